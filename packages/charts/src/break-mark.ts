/** The mark of an axis that does not start at 0: a zigzag at the foot of its labels. It is drawn the same by every renderer. */
import type { CustomSeriesOption } from 'echarts/charts';
import type { Theme } from './theme.ts';

/**
 * @param x the left end of the base, in pixels
 * @param y the base
 */
export function breakMark(x: number, y: number, { ink2 }: Pick<Theme, 'ink2'>): CustomSeriesOption {
  return {
    type: 'custom',
    id: 'break',
    silent: true,
    clip: false,
    z: 2,
    data: [0],
    renderItem: () => ({
      type: 'path',
      shape: { pathData: `M${x} ${y}v-3l-4 -3l8 -4l-4 -3v-3` },
      style: { fill: 'none', stroke: ink2, lineWidth: 1 },
    }),
  };
}

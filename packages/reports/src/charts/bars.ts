import type { BarsChart } from '../document.ts';
import { nameAxis, nameWidth } from './intervals.ts';
import type { Drawn, Style } from './style.ts';
import { base, countBar, ink, ink2 } from './theme.ts';

const barHeight = 24;

/** Horizontal bars with their values. */
export function barsOption({ items, format: form }: BarsChart, { format, width }: Style): Drawn {
  const names = items.map(({ name }) => name);
  const left = nameWidth(names, width, [0.2, 0.4]);
  return {
    height: items.length * barHeight + 12,
    option: {
      ...base,
      grid: { left, right: 70, top: 4, bottom: 8 },
      // A share is one of the whole.
      xAxis: {
        type: 'value',
        min: 0,
        ...(form === 'share' && { max: 1 }),
        axisLabel: { show: false },
        splitLine: { show: false },
      },
      yAxis: nameAxis(names, left - 4),
      series: [
        {
          type: 'bar',
          barWidth: 12,
          itemStyle: { color: countBar },
          data: items.map(({ value }) => value),
          label: {
            show: true,
            position: 'right',
            color: ink,
            fontSize: 12,
            formatter: ({ value }) => format.text(value as number, form),
          },
          markLine: {
            symbol: 'none',
            silent: true,
            label: { show: false },
            lineStyle: { color: ink2, type: 'solid', width: 1 },
            data: [{ xAxis: 0 }],
          },
        },
      ],
    },
  };
}

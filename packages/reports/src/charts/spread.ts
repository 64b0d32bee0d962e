import type { SpreadChart } from '../document.ts';
import { priceTicks } from './price-ticks.ts';
import type { Drawn, Style } from './style.ts';
import { base, halo, ink2, ink3, kinds, letters, rule } from './theme.ts';

const height = 168;
/** Pixels beside the scale. */
const side = 8;

/** Shares of sales over prices on a logarithmic axis, a filled line for each series. */
export function spreadOption({ series }: SpreadChart, { format, width }: Style): Drawn {
  const bins = series.flatMap((each) => each.bins);
  const low = Math.min(...bins.map(({ from }) => from));
  const high = Math.max(...bins.map(({ to }) => to));
  const shown = priceTicks(low, high, width - 2 * side, format).map(Math.log10);
  const labelOf = ({ name, median }: SpreadChart['series'][number]) => `${name} ${format.text(median, 'short_money')}`;
  const labels = series.map((each) => placed(each.median, labelOf(each)));
  const isStacked = labels.some(({ from, to }, i) =>
    labels.some((other, k) => k < i && from < other.to + 8 && other.from < to + 8),
  );
  return {
    height,
    option: {
      ...base,
      grid: { left: side, right: side, top: 34, bottom: 26 },
      xAxis: {
        type: 'value',
        min: Math.log10(low),
        max: Math.log10(high),
        axisLabel: {
          color: ink3,
          fontSize: 12,
          customValues: shown,
          formatter: (value: number) => format.text(Math.round(10 ** value), 'short_money'),
        },
        axisTick: { show: false },
        axisLine: { lineStyle: { color: ink2 } },
        splitLine: { show: false },
      },
      yAxis: {
        type: 'value',
        min: 0,
        axisLabel: { show: false },
        axisLine: { show: false },
        axisTick: { show: false },
        splitLine: { show: false },
      },
      series: [
        {
          type: 'line',
          data: [],
          markLine: {
            symbol: 'none',
            silent: true,
            label: { show: false },
            lineStyle: { color: rule, width: 1, type: 'solid' },
            data: shown.map((xAxis) => ({ xAxis })),
          },
        },
        ...series.map((each, i) => {
          const { name, median, bins: own } = each;
          // Series have bins of different widths: the share for each factor of ten is comparable.
          const points = own.map(({ from, to, share }) => [
            Math.log10(Math.sqrt(from * to)),
            share / Math.log10(to / from),
          ]);
          const colour = kinds[i % kinds.length] as string;
          return {
            type: 'line' as const,
            name,
            symbol: 'none',
            data: points,
            lineStyle: { color: colour, width: 1.8 },
            areaStyle: { color: colour, opacity: 0.13 },
            markLine: {
              symbol: 'none',
              silent: true,
              lineStyle: { color: colour, width: 1.2, type: [2, 3] as [number, number] },
              label: {
                ...halo,
                color: letters[i % letters.length] as string,
                formatter: labelOf(each),
                position: 'end' as const,
                align: labels[i]?.align ?? 'center',
                offset: [labels[i]?.moved ?? 0, 0],
                distance: isStacked ? 4 + 14 * (i % 2) : 4,
              },
              data: [{ xAxis: Math.log10(median) }],
            },
          };
        }),
      ],
    },
  };

  /** The place of the label of a median, within the chart: away from the other medians, if there is room. */
  function placed(median: number, label: string) {
    const at = side + (Math.log(median / low) / Math.log(high / low)) * (width - 2 * side);
    const length = 7.4 * label.length;
    const isHighest = series.every((other) => other.median <= median);
    const wanted = series.length === 1 ? 'center' : isHighest ? 'left' : 'right';
    const align =
      at - length < 0 && wanted !== 'left' ? 'left' : at + length > width && wanted !== 'right' ? 'right' : wanted;
    const wantedFrom = align === 'left' ? at : align === 'right' ? at - length : at - length / 2;
    // A label that is too long for either side is moved into the chart.
    const from = Math.max(0, Math.min(wantedFrom, width - length));
    return { align: align as 'left' | 'center' | 'right', moved: from - wantedFrom, from, to: from + length };
  }
}

/** Charts of items below each other, each with a dot and its interval. */
import { positionScale } from '@property-insights/charts';
import type { CustomSeriesOption, SeriesOption } from 'echarts';
import type { ChangesChart, ComparablesChart, RangesChart } from '../document.ts';
import { priceTicks } from './price-ticks.ts';
import type { Drawn, Style } from './style.ts';
import { base, down, halo, ink, ink2, ink3, noChange, paper, rule, up } from './theme.ts';

const rowHeight = 22;
const axisHeight = 26;
const top = 8;

/** Pixels for the names of items: as wide as the longest, within shares of the chart. */
export function nameWidth(names: readonly string[], width: number, [least, most]: readonly [number, number]): number {
  const longest = names.reduce((length, name) => Math.max(length, name.length), 0);
  return Math.min(Math.max(6.6 * longest + 16, least * width), most * width);
}

/** The names of items. A name without enough room is shortened, because tables have it in full. */
export function nameAxis(names: readonly string[], width: number) {
  return {
    type: 'category' as const,
    inverse: true,
    data: names.map((_, i) => `${i}`),
    axisTick: { show: false },
    axisLine: { show: false },
    axisLabel: {
      align: 'left' as const,
      margin: width,
      width: width - 8,
      overflow: 'truncate' as const,
      color: ink,
      fontSize: 12,
      interval: 0,
      formatter: (index: string) => names[Number(index)] ?? '',
    },
  };
}

/** Pixels of the notes beside names, and of the column to the right of a chart. */
const notesWidth = 84;
const valueWidth = 76;

/** Values in that column. */
function valueAxis(texts: readonly string[], colours: readonly string[]) {
  return {
    type: 'category' as const,
    inverse: true,
    position: 'right' as const,
    data: texts.map((_, i) => `${i}`),
    axisTick: { show: false },
    axisLine: { show: false },
    axisLabel: {
      align: 'right' as const,
      margin: 64,
      fontSize: 12,
      fontWeight: 600 as const,
      interval: 0,
      formatter: (index: string) => texts[Number(index)] ?? '',
      color: (_: unknown, i?: number) => colours[i ?? 0] ?? ink,
    },
  };
}

/** Horizontal lines from one value to another, one in each row. */
function segments(data: readonly [number, number, string][], width: number, opacity: number): CustomSeriesOption {
  return {
    type: 'custom',
    silent: true,
    z: 2,
    data: data.map(([from, to], i) => [from, to, i]),
    renderItem: (params, api) => {
      const at = api.value(2) as number;
      const [x1, y] = api.coord([api.value(0), at]) as [number, number];
      const [x2] = api.coord([api.value(1), at]) as [number, number];
      return {
        type: 'line',
        shape: { x1, y1: y, x2, y2: y },
        style: { stroke: data[params.dataIndex]?.[2] ?? ink, lineWidth: width, opacity, lineCap: 'round' },
      };
    },
  };
}

function dots(points: readonly [number, string][], isHollow = false): SeriesOption {
  return {
    type: 'scatter',
    symbolSize: 8,
    z: 3,
    silent: true,
    data: points.map(([x, colour], i) => ({
      value: [x, i],
      itemStyle: isHollow ? { color: paper, borderColor: colour, borderWidth: 1.6 } : { color: colour },
    })),
  };
}

const heightOf = (items: number) => top + items * rowHeight + axisHeight;

export function changesOption({ items }: ChangesChart, { format, width }: Style): Drawn {
  const names = nameWidth(
    items.map(({ name }) => name),
    width,
    [0.24, 0.34],
  );
  const isClear = ({ lower, upper }: ChangesChart['items'][number]) =>
    lower === null || upper === null || lower > 0 || upper < 0;
  const colours = items.map((item) => (isClear(item) ? (item.value > 0 ? up : down) : noChange));
  const all = items.map(({ value }) => value);
  const ends = [...all, ...items.flatMap(({ lower, upper }) => [lower, upper])].filter((value) => value !== null);
  // A few wide intervals must not make the others invisible: they end at the edge.
  const reach = 2.2 * Math.max(...all.map(Math.abs), 0.01);
  const clip = (value: number) => Math.max(-reach, Math.min(reach, value));
  const steps = Math.max(2, Math.min(5, Math.floor((width - names - notesWidth - valueWidth) / 56)));
  const axis = positionScale(Math.min(0, ...ends.map(clip)), Math.max(0, ...ends.map(clip)), steps);
  const bounds = items.map(({ lower, upper, value }, i): [number, number, string] => [
    clip(lower ?? value),
    clip(upper ?? value),
    colours[i] as string,
  ]);
  return {
    height: heightOf(items.length),
    option: {
      ...base,
      grid: { left: names + notesWidth, right: valueWidth, top, bottom: axisHeight },
      xAxis: {
        type: 'value',
        ...axis,
        axisLabel: {
          color: ink3,
          fontSize: 12,
          formatter: (value: number) => format.text(value, 'change').replace(/[.,]0(\s?%)$/, '$1'),
        },
        splitLine: { lineStyle: { color: rule } },
      },
      yAxis: [
        nameAxis(
          items.map(({ name }) => name),
          names + 76,
        ),
        valueAxis(
          items.map(({ value }) => format.text(value, 'change')),
          colours.map((colour) => (colour === noChange ? ink2 : colour)),
        ),
        {
          ...valueAxis(
            items.map(({ note }) => note),
            items.map(() => ink2),
          ),
          position: 'left' as const,
          axisLabel: {
            align: 'right',
            margin: 12,
            fontSize: 12,
            color: ink2,
            interval: 0,
            formatter: (i: string) => items[Number(i)]?.note ?? '',
          },
        },
      ],
      series: [
        {
          type: 'line',
          data: [],
          markLine: {
            symbol: 'none',
            silent: true,
            label: { show: false },
            lineStyle: { color: ink2, type: 'solid', width: 1 },
            data: [{ xAxis: 0 }],
          },
        },
        segments(bounds, 3, 0.35),
        dots(items.map(({ value }, i) => [value, colours[i] as string])),
      ],
    },
  };
}

/** Prices on a logarithmic axis, where equal distances are equal ratios. @param width of the axis in pixels */
function priceAxis(low: number, high: number, format: Style['format'], width: number) {
  const ends = [low * 0.94, high * 1.06] as const;
  const round = priceTicks(...ends, width, format);
  return {
    type: 'value' as const,
    min: Math.log10(ends[0]),
    max: Math.log10(ends[1]),
    axisLabel: {
      color: ink3,
      fontSize: 12,
      customValues: round.map(Math.log10),
      formatter: (value: number) => format.text(Math.round(10 ** value), 'short_money'),
    },
    axisTick: { show: false },
    splitLine: { show: false },
  };
}

export function rangesOption({ items }: RangesChart, { format, width }: Style): Drawn {
  const names = nameWidth(
    items.map(({ name }) => name),
    width,
    [0.24, 0.4],
  );
  const log = Math.log10;
  const low = Math.min(...items.map(({ p10 }) => Math.max(p10, 1)));
  const high = Math.max(...items.map(({ p90 }) => p90));
  return {
    height: heightOf(items.length),
    option: {
      ...base,
      grid: { left: names, right: valueWidth, top, bottom: axisHeight },
      xAxis: {
        ...priceAxis(low, high, format, width - names - valueWidth),
        axisLine: { show: true, lineStyle: { color: ink2 } },
      },
      yAxis: [
        {
          ...nameAxis(
            items.map(({ name }) => name),
            names,
          ),
          splitLine: { show: true, lineStyle: { color: rule } },
        },
        valueAxis(
          items.map(({ median }) => format.text(median, 'short_money')),
          items.map(() => up),
        ),
      ],
      series: [
        segments(
          items.map(({ p10, p90 }) => [log(Math.max(p10, 1)), log(p90), up]),
          1.5,
          0.5,
        ),
        segments(
          items.map(({ p25, p75 }) => [log(Math.max(p25, 1)), log(p75), up]),
          7,
          0.35,
        ),
        dots(items.map(({ median }) => [log(median), up])),
      ],
    },
  };
}

export function comparablesOption({ items, estimate, range }: ComparablesChart, { format, width }: Style): Drawn {
  const names = nameWidth(
    items.map(({ name }) => name),
    width,
    [0.24, 0.46],
  );
  const log = Math.log10;
  const prices = [...items.flatMap(({ price, adjusted }) => [price, adjusted]), estimate, ...(range ?? [])];
  const lines = items.map(({ price, adjusted }): [number, number, string] => [log(price), log(adjusted), noChange]);
  const headroom = 20;
  return {
    height: heightOf(items.length) + headroom,
    option: {
      ...base,
      grid: { left: names, right: valueWidth, top: top + headroom, bottom: axisHeight },
      xAxis: {
        ...priceAxis(Math.min(...prices), Math.max(...prices), format, width - names - valueWidth),
        axisLine: { show: true, lineStyle: { color: ink2 } },
      },
      yAxis: [
        nameAxis(
          items.map(({ name }) => name),
          names,
        ),
        valueAxis(
          items.map(({ adjusted }) => format.text(adjusted, 'short_money')),
          items.map(() => up),
        ),
      ],
      series: [
        {
          type: 'line',
          data: [],
          ...(range && {
            markArea: {
              silent: true,
              itemStyle: { color: up, opacity: 0.1 },
              data: [[{ xAxis: log(range[0]) }, { xAxis: log(range[1]) }]],
            },
          }),
          markLine: {
            symbol: 'none',
            silent: true,
            lineStyle: { color: up, width: 1.6, type: 'solid' },
            label: {
              ...halo,
              color: up,
              position: 'start',
              rotate: 0,
              formatter: format.text(estimate, 'estimate'),
              distance: 6,
            },
            data: [{ xAxis: log(estimate) }],
          },
        },
        segments(lines, 1.2, 1),
        dots(
          items.map(({ price }) => [log(price), noChange]),
          true,
        ),
        dots(items.map(({ adjusted }) => [log(adjusted), up])),
      ],
    },
  };
}

import type { SeriesOption } from 'echarts';
import type { LinesChart } from '../document.ts';
import { niceAxis } from './scale.ts';
import type { Drawn, Style } from './style.ts';
import { base, countBar, halo, ink, ink2, ink3, kinds, letters, paper, rule } from './theme.ts';

const linesHeight = 190;
const countsHeight = 44;
const top = 12;
/** Between the lines and the bars: the title of the bars. */
const gap = 34;
/** For the labels of the axis. */
const bottom = 40;
const left = 58;
const right = 14;

/** With more periods only years are labelled. */
const maxLabels = 26;
/** With more periods the periods have no dots. */
const maxDots = 40;

/** Lines with bands, dotted and hollow where the data does not cover the period; numbers of sales as bars below. */
export function linesOption(chart: LinesChart, { width, format, words }: Style): Drawn {
  const { periods, covered, series, counts } = chart;
  const short = chart.format === 'money' ? 'short_money' : 'index';
  const seen = series.flatMap(({ values, band }) =>
    [values, band?.lower ?? [], band?.upper ?? []].flatMap((each) =>
      each.filter((value, i): value is number => value !== null && (covered[i] || !covered.some(Boolean))),
    ),
  );
  const values = seen.length > 0 ? seen : [0, 1];
  const lowest = chart.format === 'money' ? 0 : Math.min(...values);
  const axis = niceAxis(lowest, Math.max(...values));
  const grid = { left, right, top, height: linesHeight };
  const labels = {
    show: true,
    color: ink3,
    fontSize: 12,
    margin: 8,
    interval: labelled(periods, chart.interval, width),
    formatter: (_: string, i: number) => periodLabel(periods, i, chart.interval, format),
    rich: { year: { color: ink, fontWeight: 600 as const, fontSize: 12, lineHeight: 16 } },
    hideOverlap: false,
  };
  const category = {
    type: 'category' as const,
    data: periods,
    boundaryGap: true,
    axisTick: { show: false },
    axisLine: { onZero: false, lineStyle: { color: ink2 } },
  };
  const lastCovered = (own: (number | null)[]) => {
    const at = own.findLastIndex((value, i) => value !== null && covered[i]);
    return at >= 0 ? at : own.findLastIndex((value) => value !== null);
  };
  // The labels of two lines are on their outer sides.
  const heights = series.map(({ values: own }) => own[lastCovered(own)] ?? 0);
  const highest = heights.indexOf(Math.max(...heights));
  // The label of one line is where the line does not come from.
  const sideOf = (own: (number | null)[], end: number, i: number): 'top' | 'bottom' => {
    const falls = (own[end - 2] ?? 0) > (own[end] ?? 0);
    return (series.length > 1 ? i === highest : !falls) ? 'top' : 'bottom';
  };
  const lines = series.flatMap(({ name, values: own, band }, i): SeriesOption[] => {
    const colour = kinds[i % kinds.length] as string;
    const end = lastCovered(own);
    const dots = periods.length <= maxDots;
    const solid: SeriesOption = {
      type: 'line',
      name,
      z: 4,
      data: own.map((value, at) => ({
        value: covered[at] ? (value ?? '-') : '-',
        symbol: at === end || isAlone(own, covered, at) ? 'circle' : 'none',
        ...(at === end && {
          label: {
            show: true,
            ...halo,
            color: letters[i % letters.length] as string,
            formatter: `${name} ${format.text(value ?? null, short)}`,
            position: sideOf(own, end, i),
            distance: 8,
            align: (at > periods.length / 2 ? 'right' : 'left') as 'left' | 'right',
          },
        }),
      })),
      showAllSymbol: true,
      symbolSize: 6,
      labelLayout: { moveOverlap: 'shiftY' },
      lineStyle: { color: colour, width: 2.4 },
      itemStyle: { color: colour },
    };
    const dotted: SeriesOption = {
      type: 'line',
      name,
      z: 3,
      data: own.map((value, at) => ({
        value: !covered[at] || !covered[at - 1] || !covered[at + 1] ? (value ?? '-') : '-',
        symbol: covered[at] || !dots ? 'none' : 'circle',
      })),
      showAllSymbol: true,
      symbolSize: 6,
      lineStyle: { color: colour, width: 1.6, type: [2, 4] },
      itemStyle: { color: paper, borderColor: colour, borderWidth: 1.6 },
    };
    const shade = (part: string, data: (number | string)[], style: object): SeriesOption => ({
      type: 'line',
      name: part,
      stack: `band ${i}`,
      stackStrategy: 'all',
      data,
      symbol: 'none',
      lineStyle: { opacity: 0 },
      ...style,
    });
    const isKnown = (at: number) => covered[at] && band?.lower[at] != null && band?.upper[at] != null;
    const bands: SeriesOption[] = band
      ? [
          shade(
            'lower',
            own.map((_, at) => (isKnown(at) ? (band.lower[at] as number) : '-')),
            {},
          ),
          shade(
            'upper',
            own.map((_, at) => (isKnown(at) ? (band.upper[at] as number) - (band.lower[at] as number) : '-')),
            { areaStyle: { color: colour, opacity: chart.format === 'index' ? 0.19 : 0.13 } },
          ),
        ]
      : [];
    return [...bands, ...(covered.every(Boolean) ? [] : [dotted]), solid];
  });
  const reference: SeriesOption[] =
    chart.format === 'index'
      ? [
          {
            type: 'line',
            data: [],
            markLine: {
              symbol: 'none',
              silent: true,
              label: { show: false },
              lineStyle: { color: ink3, width: 1, type: 'solid' },
              data: [{ yAxis: 100 }],
            },
          },
        ]
      : [];
  const zones = uncoveredZones(covered);
  const zone: SeriesOption[] =
    zones.length > 0
      ? [
          {
            type: 'line',
            data: [],
            markArea: {
              silent: true,
              itemStyle: { color: '#f6f4ee' },
              label: {
                color: ink2,
                fontFamily: 'Source Serif 4',
                fontStyle: 'italic',
                fontSize: 12,
                position: 'insideTop',
              },
              data: zones.map(([from, to]) => [
                {
                  xAxis: from,
                  // A narrow zone has no room for words.
                  name: to - from + 1 >= periods.length / 9 || periods.length <= 14 ? zoneName(from, words) : '',
                },
                { xAxis: to },
              ]),
            },
          },
        ]
      : [];
  const countsTop = top + linesHeight + gap;
  const countAxis = counts && niceAxis(0, Math.max(...counts.values, 1), 3);
  const height = top + linesHeight + (counts ? gap + countsHeight : 0) + bottom;
  const money = {
    type: 'value' as const,
    ...axis,
    axisLabel: { color: ink3, fontSize: 12, formatter: (value: number) => format.text(value, short) },
  };
  return {
    height,
    option: {
      ...base,
      grid: counts ? [grid, { left, right, top: countsTop, height: countsHeight }] : [grid],
      xAxis: [
        { ...category, axisLabel: counts ? { show: false } : labels },
        ...(counts ? [{ ...category, gridIndex: 1, axisLabel: labels }] : []),
      ],
      yAxis: [
        { ...money, splitLine: { lineStyle: { color: rule } } },
        ...(counts
          ? [
              {
                type: 'value' as const,
                ...countAxis,
                gridIndex: 1,
                name: counts.title,
                nameGap: 8,
                nameTextStyle: { color: ink2, fontSize: 12, align: 'left' as const },
                axisLabel: { color: ink3, fontSize: 12, formatter: (value: number) => format.text(value, 'count') },
                splitLine: { lineStyle: { color: rule } },
              },
            ]
          : []),
      ],
      series: [
        ...zone,
        ...reference,
        ...lines,
        ...(counts
          ? [
              {
                type: 'bar' as const,
                name: counts.title,
                xAxisIndex: 1,
                yAxisIndex: 1,
                barCategoryGap: '30%',
                data: counts.values.map((value, i) => ({
                  value,
                  itemStyle: covered[i]
                    ? { color: countBar }
                    : { color: paper, borderColor: countBar, borderWidth: 1, borderType: [2, 2] },
                })),
              },
            ]
          : []),
      ],
    },
  };
}

/** A point without neighbours has no line, so it has a dot. */
function isAlone(values: (number | null)[], covered: boolean[], at: number): boolean {
  const isDrawn = (i: number) => covered[i] && values[i] != null;
  return !isDrawn(at - 1) && !isDrawn(at + 1);
}

/** The runs of periods that are not covered, as pairs of indices. */
function uncoveredZones(covered: boolean[]): [number, number][] {
  const zones: [number, number][] = [];
  for (const [i, isCovered] of covered.entries()) {
    if (isCovered) continue;
    const last = zones.at(-1);
    if (last && last[1] === i - 1) last[1] = i;
    else zones.push([i, i]);
  }
  return zones;
}

function zoneName(from: number, words: Words): string {
  return from === 0 ? words.chart.before : words.chart.arriving;
}

type Words = Style['words'];

/** All periods if they fit, else the first of each year, or of every few years. */
function labelled(periods: readonly string[], interval: LinesChart['interval'], width: number) {
  const most = Math.round((maxLabels * width) / 640);
  if (periods.length <= most) return 0;
  const years = new Set(periods.map((period) => period.slice(0, 4))).size;
  const step = [1, 2, 5, 10, 20, 50].find((each) => years / each <= most / 2) ?? 100;
  return (i: number) => {
    const period = periods[i] as string;
    return (interval === 'year' || period.slice(5, 7) === '01') && Number(period.slice(0, 4)) % step === 0;
  };
}

function periodLabel(
  periods: readonly string[],
  i: number,
  interval: LinesChart['interval'],
  format: Style['format'],
): string {
  const period = periods[i] as string;
  const year = period.slice(0, 4);
  if (interval === 'year') return year;
  if (periods.length > maxLabels) return `{year|${year}}`;
  const part = interval === 'month' ? format.shortMonth(period) : `Q${Math.floor(Number(period.slice(5, 7)) / 3) + 1}`;
  return i === 0 || period.slice(5, 7) === '01' ? `${part}\n{year|${year}}` : part;
}

/** Prices over time, with their middle half, the numbers of sales, and how much of each period is known. */
import type { CustomSeriesOption, LineSeriesOption } from 'echarts/charts';
import type { GridComponentOption } from 'echarts/components';
import type { ComposeOption } from 'echarts/core';
import type { CustomSeriesRenderItemAPI } from 'echarts/types/dist/shared';
import { breakMark } from './break-mark.ts';
import { hatch } from './hatch.ts';
import type { Coverage, PlacedNote } from './periods.ts';
import { roundScale, type Scale } from './scale.ts';
import { axisText, axisWidth, type ChartStyle, halo, isNarrow } from './style.ts';

export type TrendOptions = ComposeOption<LineSeriesOption | CustomSeriesOption | GridComponentOption>;

export interface TrendPeriod {
  /** First day. */
  day: string;
  coverage: Coverage;
  /** The share of its sales that is known, if that can be estimated. */
  known: number | null;
  sales: number;
  /** The number of sales that the period will have once it is complete, with its range. */
  expected?: { sales: number; low: number; high: number } | null;
}

export interface TrendPrice {
  value: number;
  low: number | null;
  high: number | null;
  /** Whether it rests on too few sales to be joined to its neighbours. */
  thin: boolean;
}

export interface TrendSeries {
  name: string;
  /** Index of its colour; undefined for grey. */
  kind: number | undefined;
  /** By period; undefined without sales. */
  prices: (TrendPrice | undefined)[];
}

export interface TrendWords {
  sales: string;
  known: string;
  zones: Record<Exclude<Coverage, 'covered'>, string>;
}

export interface Trend {
  periods: TrendPeriod[];
  series: TrendSeries[];
  /** Whether to draw the band between `low` and `high`, which more than two lines would blur. */
  bands: boolean;
  /** Whether to draw the numbers of sales. */
  volumes: boolean;
  /** Drawn as numbered lines; their sentences are beside the chart. */
  notes?: readonly Pick<PlacedNote, 'number' | 'at'>[];
  words: TrendWords;
}

/** A period under this share is not drawn as a price: its sales are too few to stand for it. */
export const minKnown = 0.25;

/** A period under this share has its share written below. */
const fullyKnown = 0.9;

/** If there are at most this many periods, each has a label; otherwise years have. */
const maxLabels = 18;

/** Pixels for names beside the lines. */
const besideWidth = (style: Pick<ChartStyle, 'width'>) => (isNarrow(style) ? 140 : 170);

/** Pixels from the lines to the names beside them. */
const besideGap = 14;

/** The size of names, in pixels. A letter is half as wide. */
const nameSize = (style: Pick<ChartStyle, 'width'>, beside: boolean) => (beside && isNarrow(style) ? 12 : 13);
const letterWidth = 0.51;

/** Names of more lines would hide them, and are beside them. */
const areNamedBeside = (lines: number) => lines > 2;

/**
 * Pixels of the parts of the chart, from top to bottom.
 * @param lines their number
 */
export function trendLayout(style: Pick<ChartStyle, 'width' | 'heights'>, volumes: boolean, lines = 1) {
  const narrow = isNarrow(style);
  const { prices, bars } = style.heights ?? { prices: narrow ? 230 : 322, bars: narrow ? 62 : 76 };
  const [top, gap] = [26, 34];
  const railTop = volumes ? top + prices + gap + bars + 12 : top + prices + 12;
  return {
    left: axisWidth([]),
    right: areNamedBeside(lines) ? besideWidth(style) : narrow ? 6 : 10,
    prices: { top, height: prices },
    bars: { top: top + prices + gap, height: bars },
    railTop,
    height: railTop + 46,
  };
}

/** An end of a band that is this many times as far from its value as is usual does not set the scale. */
const maxReach = 3;

/** The scale of prices. Only covered and well supported values set it. */
export function priceScale({ periods, series, bands }: Pick<Trend, 'periods' | 'series' | 'bands'>): Scale {
  const firm = series.flatMap(({ prices }) =>
    prices.filter((price, i) => price && !price.thin && isCovered(periods[i])),
  );
  const any = series.flatMap(({ prices }) => prices);
  const shown = (firm.length > 0 ? firm : any).filter((price) => price !== undefined);
  const usual = (reach: (price: TrendPrice) => number) => {
    const sorted = shown.map(reach).toSorted((a, b) => a - b);
    const limit = maxReach * (sorted[Math.floor(sorted.length / 2)] ?? 0);
    return shown.filter((price) => reach(price) <= limit);
  };
  const ends = bands
    ? [
        ...usual(({ value, low }) => value - (low ?? value)).map(({ value, low }) => low ?? value),
        ...usual(({ value, high }) => (high ?? value) - value).map(({ value, high }) => high ?? value),
      ]
    : [];
  const values = [...shown.map(({ value }) => value), ...ends];
  return values.length === 0 ? { min: 0, max: 1, interval: 1 } : roundScale(Math.min(...values), Math.max(...values));
}

const isCovered = (period: TrendPeriod | undefined) => period?.coverage === 'covered';
const isDrawn = (period: TrendPeriod | undefined) =>
  period !== undefined && (period.known === null || period.known >= minKnown);

export function trendOptions(trend: Trend, style: ChartStyle): TrendOptions {
  const { periods, series, volumes } = trend;
  const { theme, format } = style;
  const scale = priceScale(trend);
  const labelled = [scale.max, scale.max - scale.interval].map(format.axisPrice);
  const layout = { ...trendLayout(style, volumes, series.length), left: axisWidth(labelled) };
  const maxSales = Math.max(1, ...periods.map(({ sales, expected }) => Math.max(sales, expected?.high ?? 0)));
  const volumeScale = roundScale(0, maxSales, 2);
  const side = { left: layout.left, right: layout.right };
  const axis = { type: 'category' as const, data: periods.map(({ day }) => day), axisTick: { show: false } };
  const value = {
    type: 'value' as const,
    axisLine: { show: false },
    splitLine: { lineStyle: { color: theme.rule, width: 1 } },
  };
  const base = { show: true, lineStyle: { color: theme.ink2, width: 1 } };
  const labels = {
    ...axisText(theme),
    margin: 24,
    interval: 0,
    ...periodLabels(periods, style, style.width - layout.right),
  };
  return {
    animation: false,
    textStyle: { fontFamily: 'inherit' },
    grid: [{ ...side, ...layout.prices }, ...(volumes ? [{ ...side, ...layout.bars }] : [])],
    xAxis: [
      { ...axis, gridIndex: 0, axisLine: base, axisLabel: volumes ? { show: false } : labels },
      ...(volumes ? [{ ...axis, gridIndex: 1, axisLine: base, axisLabel: labels }] : []),
    ],
    yAxis: [
      {
        ...value,
        ...scale,
        gridIndex: 0,
        axisLabel: { ...axisText(theme), formatter: (price: number) => format.axisPrice(price) },
      },
      ...(volumes
        ? [
            {
              ...value,
              ...volumeScale,
              gridIndex: 1,
              name: trend.words.sales,
              nameGap: 8,
              nameTextStyle: { ...axisText(theme), color: theme.ink2, align: 'left' as const },
              axisLabel: { ...axisText(theme), formatter: (sales: number) => format.axisCount(sales) },
            },
          ]
        : []),
    ],
    series: [
      zones(trend, style),
      ...(trend.bands ? series.flatMap((each) => band(each, trend, style)) : []),
      ...series.flatMap((each, i) => lines(each, i, trend, style)),
      ...(volumes ? [bars(trend, style)] : []),
      rail(trend, style),
      ...(scale.min > 0 ? [breakMark(layout.left, layout.prices.top + layout.prices.height, theme)] : []),
      ...(trend.notes?.length ? [noteLines(trend, style)] : []),
    ],
  };
}

/**
 * Labels of the periods: all if they are few, else some years.
 * @param width pixels of the prices and their axis
 */
function periodLabels(periods: TrendPeriod[], style: ChartStyle, width: number) {
  const { theme, format } = style;
  const narrow = isNarrow(style);
  const rich = {
    // With styles for parts of a label, its other parts would have the size of the page's text.
    rich: {
      period: { ...axisText(theme), lineHeight: 18 },
      year: { color: theme.ink, fontWeight: 600 as const, lineHeight: 18 },
      known: { color: theme.ink2, fontSize: narrow ? 11 : 12, lineHeight: 18 },
    },
  };
  const yearOf = (i: number) => Number(periods[i]?.day.slice(0, 4));
  if (periods.length > maxLabels) {
    const years = yearOf(periods.length - 1) - yearOf(0) + 1;
    const step = [1, 2, 5, 10, 20, 50].find((each) => years / each <= width / 56) ?? 100;
    return {
      formatter: (day: string, i: number) =>
        (i === 0 || yearOf(i - 1) !== yearOf(i)) && yearOf(i) % step === 0 && i > 0 ? format.year(day) : '',
    };
  }
  return {
    ...rich,
    formatter(day: string, i: number) {
      // Whole names of months need about 40 pixels each.
      const tight = width / periods.length < 40;
      const name = tight ? format.period(day).slice(0, 1) : format.period(day);
      const label = `{period|${name}}`;
      const { known = null } = periods[i] ?? {};
      if (known !== null && known < fullyKnown) {
        // Without room, the sign is left to the words beside the rail.
        const share = tight ? String(Math.round(known * 100)) : format.percent(known);
        return `${label}\n{known|${share}}`;
      }
      // Two years beside each other would touch.
      const begins = i === 0 ? !tight || yearOf(1) === yearOf(0) : yearOf(i - 1) !== yearOf(i);
      return begins && name !== format.year(day) ? `${label}\n{year|${format.year(day)}}` : label;
    },
  };
}

/** Adjacent periods that are not covered, and why. */
function runs(periods: TrendPeriod[]): { from: number; to: number; coverage: Exclude<Coverage, 'covered'> }[] {
  const found: ReturnType<typeof runs> = [];
  for (const [i, { coverage }] of periods.entries()) {
    if (coverage === 'covered') continue;
    const last = found.at(-1);
    if (last?.to === i - 1 && last.coverage === coverage) last.to = i;
    else found.push({ from: i, to: i, coverage });
  }
  return found;
}

function zones({ periods, series, volumes, words }: Trend, style: ChartStyle): CustomSeriesOption {
  const { theme } = style;
  const layout = trendLayout(style, volumes, series.length);
  const bottom = volumes ? layout.bars.top + layout.bars.height : layout.prices.top + layout.prices.height;
  return {
    type: 'custom',
    id: 'zones',
    silent: true,
    clip: false,
    z: 0,
    data: runs(periods).map(({ from, to, coverage }) => ({ value: [from, to], name: words.zones[coverage] })),
    renderItem(params, api) {
      const step = stepOf(api);
      const left = (api.coord([api.value(0), 0])[0] as number) - step / 2;
      const width = step * (Number(api.value(1)) - Number(api.value(0)) + 1);
      const name = runs(periods)[params.dataIndex]?.coverage;
      const label = name ? words.zones[name] : '';
      const top = layout.prices.top - 20;
      // About six pixels a letter.
      const fits = label.length * 6.2 < width + 16;
      return {
        type: 'group',
        children: [
          {
            type: 'path',
            shape: { pathData: hatch(left, top, width, bottom - top) },
            style: { fill: 'none', stroke: theme.strongRule, lineWidth: 1, opacity: 0.6 },
          },
          ...(fits
            ? [
                {
                  type: 'text' as const,
                  style: {
                    ...halo(theme, theme.ink2),
                    text: label,
                    x: Math.min(left + width / 2, style.width - layout.right - label.length * 3.1),
                    y: top + 8,
                    align: 'center' as const,
                    verticalAlign: 'middle' as const,
                    fontSize: 13,
                    fontStyle: 'italic' as const,
                    fontFamily: 'Source Serif 4 Variable, Georgia, serif',
                  },
                },
              ]
            : []),
        ],
      };
    },
  };
}

/** A line for each note, with its number above. */
function noteLines({ notes = [], series, volumes }: Trend, style: ChartStyle): CustomSeriesOption {
  const { theme } = style;
  const { top, height } = trendLayout(style, volumes, series.length).prices;
  return {
    type: 'custom',
    id: 'notes',
    silent: true,
    clip: false,
    z: 4,
    data: notes.map((_, i) => [i]),
    renderItem(params, api) {
      const { number = 0, at = 0 } = notes[params.dataIndex] ?? {};
      const x = Math.round((api.coord([0, 0])[0] as number) + at * stepOf(api)) + 0.5;
      return {
        type: 'group',
        children: [
          {
            type: 'line',
            shape: { x1: x, y1: top, x2: x, y2: top + height },
            style: { stroke: theme.ink2, lineWidth: 1, lineDash: [3, 3] },
          },
          {
            type: 'text',
            style: {
              ...halo(theme, theme.ink),
              text: String(number),
              x,
              y: top - 8,
              align: 'center' as const,
              verticalAlign: 'middle' as const,
              fontSize: 12,
              fontWeight: 600 as const,
              fontFamily: 'inherit',
            },
          },
        ],
      };
    },
  };
}

/** The distance between two periods in pixels. */
function stepOf({ coord }: Pick<CustomSeriesRenderItemAPI, 'coord'>): number {
  return (coord([1, 0])[0] as number) - (coord([0, 0])[0] as number);
}

/** The middle half of the prices, where periods are covered and well supported. */
function band({ name, kind, prices }: TrendSeries, { periods }: Trend, { theme }: ChartStyle): CustomSeriesOption {
  const parts: number[][] = [[]];
  for (const [i, price] of prices.entries()) {
    if (price && !price.thin && price.low !== null && price.high !== null && isCovered(periods[i]))
      parts.at(-1)?.push(i);
    else if (parts.at(-1)?.length) parts.push([]);
  }
  const edges = parts.filter(({ length }) => length > 1);
  return {
    type: 'custom',
    id: `band ${name}`,
    silent: true,
    clip: true,
    z: 1,
    data: edges.map((_, i) => [i]),
    renderItem(params, api) {
      const part = edges[params.dataIndex] ?? [];
      const corner = (i: number, end: 'low' | 'high') => api.coord([i, prices[i]?.[end] ?? 0]);
      const points = [...part.map((i) => corner(i, 'high')), ...part.toReversed().map((i) => corner(i, 'low'))];
      return {
        type: 'polygon',
        shape: { points },
        style: { fill: colourOf(theme.kinds, kind, theme.flat), opacity: 0.14 },
      };
    },
  };
}

const colourOf = (colours: readonly string[], kind: number | undefined, otherwise: string) =>
  (kind === undefined ? undefined : colours[kind]) ?? otherwise;

/** Pixels. A label that is farther from the end of its line is not seen as its name. */
const maxClearance = 40;

function lines({ name, kind, prices }: TrendSeries, at: number, trend: Trend, style: ChartStyle): LineSeriesOption[] {
  const { periods, series } = trend;
  const { theme, format } = style;
  const colour = colourOf(theme.kinds, kind, theme.flat);
  const firm = (i: number) => prices[i] !== undefined && !prices[i]?.thin && isCovered(periods[i]);
  // The last covered value names the line, also if it is thin; without covered ones, the last thin one does.
  const covered = prices.findLastIndex((price, i) => price && isCovered(periods[i]));
  const named = covered >= 0 ? covered : prices.findLastIndex((price) => price?.thin);
  const value = prices[named]?.value ?? 0;
  // A thin value may be outside the scale, where nothing is drawn.
  const scale = priceScale(trend);
  const inside = Math.min(scale.max, Math.max(scale.min, value));
  const outside = value > inside ? ' ▴' : value < inside ? ' ▾' : '';
  const isLoose = (i: number) =>
    prices[i] !== undefined && !prices[i]?.thin && !isCovered(periods[i]) && isDrawn(periods[i]);
  // The label is on the side that is farther from the other lines' ends.
  const others = series.filter((_, i) => i !== at).flatMap(({ prices }) => prices[named]?.value ?? []);
  const above = others.every((other) => other <= value) || (others.length > 1 && at % 2 === 0);
  const beside = areNamedBeside(series.length);
  const nameWidth = besideWidth(style) - besideGap;
  const fontSize = nameSize(style, beside);
  const number = `${firm(named) ? '' : '≈ '}${format.shortPrice(value)}${outside}`;
  // The renderer takes letters for narrower than they are, and would break the line within a number.
  const fits = !beside || (name.length + 1 + number.length) * letterWidth * fontSize <= nameWidth;
  const labelText = `${name}${fits ? ' ' : '\n'}${number}`;
  const label = {
    show: true,
    ...(beside
      ? { position: 'right' as const, width: Math.floor(0.85 * nameWidth), lineHeight: 16, overflow: 'break' as const }
      : {
          position: above ? ('top' as const) : ('bottom' as const),
          align: 'right' as const,
          offset: [4, clearance(labelText, above)],
        }),
    formatter: labelText,
    color: colourOf(theme.letters, kind, theme.ink3),
    // A label has the opacity of its dot by default.
    opacity: 1,
    fontSize,
    fontWeight: 600 as const,
    fontFamily: 'inherit',
    textBorderColor: theme.paper,
    textBorderWidth: 4,
  };
  const labelLayout = beside && {
    labelLayout: { x: style.width - besideWidth(style) + besideGap, moveOverlap: 'shiftY' as const },
  };
  const common = { type: 'line' as const, emphasis: { disabled: true }, silent: true, showAllSymbol: true, z: 3 };
  return [
    {
      ...common,
      id: `covered ${name}`,
      lineStyle: { color: colour, width: series.length > 3 ? 1.8 : 2.4, cap: 'round', join: 'round' },
      itemStyle: { color: colour, borderColor: theme.paper, borderWidth: 1.5 },
      symbolSize: 9,
      ...labelLayout,
      data: prices.map((price, i) => ({
        value: firm(i) ? (price?.value as number) : '-',
        // A period that is not joined to its neighbours has no line.
        symbol: i === named || !(firm(i - 1) || firm(i + 1)) ? 'circle' : 'none',
        ...(i === named && firm(i) && { label }),
      })),
    },
    {
      ...common,
      id: `loose ${name}`,
      lineStyle: { color: colour, width: 1.6, type: [2, 4] },
      itemStyle: { color: theme.paper, borderColor: colour, borderWidth: 1.5 },
      symbolSize: 7,
      data: prices.map((price, i) => ({
        // A covered neighbour joins the dotted line to the solid one.
        value: price && (isLoose(i) || (firm(i) && (isLoose(i - 1) || isLoose(i + 1)))) ? price.value : '-',
        symbol: isLoose(i) ? 'circle' : 'none',
      })),
    },
    {
      ...common,
      id: `thin ${name}`,
      lineStyle: { opacity: 0 },
      itemStyle: { color: theme.paper, borderColor: colour, borderWidth: 1.2, opacity: 0.8 },
      symbolSize: 6,
      ...labelLayout,
      data: prices.map((price, i) => ({
        value: !price?.thin ? '-' : i === named ? inside : price.value,
        symbol: i === named && outside ? 'triangle' : 'circle',
        ...(i === named && price?.thin && { label, symbolRotate: value < inside ? 180 : 0 }),
      })),
    },
  ];

  /** The pixels by which a label is moved off the part of its own line that it would cover. */
  function clearance(text: string, above: boolean): number {
    const layout = trendLayout(style, trend.volumes, series.length);
    const { min, max } = scale;
    const step = (style.width - layout.left - layout.right) / periods.length;
    const beneath = prices.slice(Math.max(0, named - Math.ceil((7 * text.length) / step)), named + 1);
    const values = beneath.flatMap((price) => (price && !price.thin ? [price.value] : []));
    const end = inside;
    const pixels = layout.prices.height / (max - min);
    const moved = above ? -pixels * (Math.max(end, ...values) - end) : pixels * (end - Math.min(end, ...values));
    return Math.abs(moved) <= maxClearance ? moved : 0;
  }
}

function bars({ periods }: Trend, { theme }: ChartStyle): CustomSeriesOption {
  return {
    type: 'custom',
    id: 'volumes',
    silent: true,
    xAxisIndex: 1,
    yAxisIndex: 1,
    z: 2,
    data: periods.map(({ sales, expected }, i) => [
      i,
      sales,
      expected?.sales ?? 0,
      expected?.low ?? 0,
      expected?.high ?? 0,
    ]),
    renderItem(params, api) {
      const period = periods[params.dataIndex] as TrendPeriod;
      const band = stepOf(api);
      const width = Math.max(1, Math.min(46, band - Math.min(14, band * 0.25)));
      const [centre, top] = api.coord([api.value(0), api.value(1)]) as [number, number];
      const bottom = api.coord([api.value(0), 0])[1] as number;
      const left = centre - width / 2;
      const rect = { x: left, y: top, width, height: bottom - top };
      if (period.coverage === 'covered') return { type: 'rect', shape: rect, style: { fill: theme.bar } };
      const { expected } = period;
      const y = (sales: number) => api.coord([api.value(0), sales])[1] as number;
      return {
        type: 'group',
        children: [
          { type: 'rect', shape: rect, style: { fill: theme.paper } },
          {
            type: 'path',
            shape: { pathData: hatch(rect.x, rect.y, rect.width, rect.height, 4) },
            style: { fill: 'none', stroke: theme.bar, lineWidth: 1.3 },
          },
          ...(expected
            ? [
                {
                  type: 'rect' as const,
                  shape: { x: left, y: y(expected.sales), width, height: top - y(expected.sales) },
                  style: { fill: 'none', stroke: theme.bar, lineDash: [2, 2] },
                },
                {
                  type: 'path' as const,
                  shape: {
                    pathData: `M${centre} ${y(expected.low)}V${y(expected.high)}M${centre - 4} ${y(expected.low)}h8M${centre - 4} ${y(expected.high)}h8`,
                  },
                  style: { fill: 'none', stroke: theme.ink2, lineWidth: 1.2 },
                },
              ]
            : []),
        ],
      };
    },
  };
}

/** How much of each period is known, as a rail under the axis. */
function rail({ periods, volumes, words }: Trend, style: ChartStyle): CustomSeriesOption {
  const { theme } = style;
  const layout = trendLayout(style, volumes);
  const axis = volumes ? 1 : 0;
  return {
    type: 'custom',
    id: 'rail',
    silent: true,
    clip: false,
    xAxisIndex: axis,
    yAxisIndex: axis,
    z: 2,
    data: periods.map((_, i) => [i]),
    renderItem(params, api) {
      const { coverage, known } = periods[params.dataIndex] as TrendPeriod;
      const band = stepOf(api);
      const x = (api.coord([params.dataIndex, 0])[0] as number) - band / 2;
      const inset = band > 6 ? 1 : 0;
      const cell = { x: x + inset, y: layout.railTop, width: band - 2 * inset, height: 6 };
      const share = known ?? (coverage === 'covered' ? 1 : null);
      return {
        type: 'group',
        children: [
          ...(params.dataIndex === 0
            ? [
                {
                  type: 'text' as const,
                  style: {
                    text: words.known,
                    x: x - 8,
                    y: layout.railTop + 3,
                    align: 'right' as const,
                    verticalAlign: 'middle' as const,
                    // A longer word than the English one would be cut.
                    fontSize: words.known.length > 6 ? 11 : 12,
                    fontFamily: 'inherit',
                    fill: theme.ink3,
                  },
                },
              ]
            : []),
          share === null
            ? {
                type: 'path' as const,
                shape: { pathData: hatch(cell.x, cell.y, cell.width, cell.height, 4) },
                style: { fill: 'none', stroke: theme.ink3, lineWidth: 1.2 },
              }
            : { type: 'rect' as const, shape: cell, style: { fill: theme.rule } },
          ...(share === null
            ? []
            : [
                {
                  type: 'rect' as const,
                  shape: { ...cell, width: cell.width * share },
                  style: { fill: coverage === 'covered' ? theme.ink2 : theme.ink3 },
                },
              ]),
        ],
      };
    },
  };
}

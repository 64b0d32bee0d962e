/** The trend as ECharts options: medians (and, ungrouped, the middle half of the prices) above, numbers of sales below. A pure function, so that tests need no browser. */
import type { BarSeriesOption, LineSeriesOption } from 'echarts/charts';
import type { GridComponentOption, TooltipComponentOption } from 'echarts/components';
import type { ComposeOption } from 'echarts/core';
import { formatCount, formatPeriod, formatPriceShort } from '../format.ts';
import type { ChartColours } from '../theme.ts';
import type { Interval } from '../view.ts';
import { THIN } from './thin.ts';
import type { TrendShape } from './trend-shape.ts';

export type TrendOptions = ComposeOption<
  LineSeriesOption | BarSeriesOption | GridComponentOption | TooltipComponentOption
>;

interface Style {
  currency: string;
  interval: Interval;
  colours: ChartColours;
}

/** If there are at most this many periods, each is marked with a dot. */
const DOTS_MOST = 18;
/** If there are at most this many periods, each has a label; otherwise only years have. */
const LABELS_MOST = 12;
/** The approximate number of labelled years. The chart drops labels that do not fit. */
const YEARS_LABELLED = 12;

/** The labels of the periods: all periods if they are few, else the first of each year, or of each fifth, tenth, … year. */
function labelling(periods: readonly string[]) {
  const year = (period: string) => Number(period.slice(0, 4));
  const years = year(periods.at(-1) ?? '') - year(periods[0] ?? '') + 1;
  const step = [1, 2, 5, 10, 20, 50].find((each) => years / each <= YEARS_LABELLED) ?? 100;
  if (periods.length <= LABELS_MOST) return { interval: 0, formatter: (label: string) => label };
  return {
    interval: (at: number) => {
      const period = periods[at] as string;
      return period.slice(5, 7) === '01' && year(period) % step === 0;
    },
    formatter: (_: string, at: number) => (periods[at] as string).slice(0, 4),
  };
}

export function trendOptions(
  { periods, complete, series }: TrendShape,
  { currency, interval, colours }: Style,
): TrendOptions {
  const labels = periods.map((period) => formatPeriod(period, interval));
  const axis = {
    type: 'category',
    data: labels,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: colours.rule } },
  } as const;
  const scale = {
    type: 'value' as const,
    axisLabel: { color: colours.muted, fontSize: 12 },
    splitLine: { lineStyle: { color: colours.rule } },
    nameGap: 12,
    nameTextStyle: { color: colours.muted, fontSize: 12, align: 'right' as const, padding: [0, 8, 0, 0] },
  };
  const colourOf = (i: number) => colours.lines[i] as string;

  const lines = series.flatMap(({ name, points }, i) => {
    const isFirm = (at: number) => (points[at]?.sales ?? 0) >= THIN;
    const line = (part: string, isDrawn: (at: number) => boolean, style: LineSeriesOption): LineSeriesOption => ({
      type: 'line',
      id: `${part} ${name}`,
      data: points.map((point, at) => ({
        value: (isDrawn(at) ? point?.median : undefined) ?? '-',
        // A period that is not joined to its neighbours has no line.
        symbol: periods.length <= DOTS_MOST || !(isFirm(at - 1) || isFirm(at + 1)) || !isFirm(at) ? 'circle' : 'none',
      })),
      symbolSize: 5,
      showAllSymbol: true,
      itemStyle: { color: colourOf(i) },
      emphasis: { disabled: true },
      z: 3,
      ...style,
    });
    const drawn = (type: 'solid' | 'dotted') => ({ lineStyle: { color: colourOf(i), width: 2, type } });
    return [
      line('complete', (at) => isFirm(at) && complete[at] === true, drawn('solid')),
      // A period that the data does not cover to its end is dotted, because its figures will still change.
      line(
        'incomplete',
        (at) => isFirm(at) && [at - 1, at, at + 1].some((near) => complete[near] === false),
        drawn('dotted'),
      ),
      // Medians of few sales vary widely. Joined by a line, they would look like a trend.
      line('thin', (at) => !isFirm(at), { lineStyle: { opacity: 0 }, itemStyle: { color: colourOf(i), opacity: 0.5 } }),
    ];
  });

  const only = series.length === 1 ? series[0] : undefined;
  const firm = only?.points.map((point) => (point && point.sales >= THIN ? point : undefined)) ?? [];
  const band: LineSeriesOption[] = only
    ? [
        // The band is two lines stacked: up to the 25th percentile, invisible, and from there to the 75th, filled.
        bandEdge(firm.map((point) => point?.p25 ?? '-')),
        {
          ...bandEdge(firm.map((point) => (point?.p25 != null && point.p75 != null ? point.p75 - point.p25 : '-'))),
          areaStyle: { color: colourOf(0), opacity: 0.16 },
        },
      ]
    : [];

  const bars = series.map(
    ({ name, points }, i): BarSeriesOption => ({
      type: 'bar',
      id: `sales ${name}`,
      stack: 'sales',
      xAxisIndex: 1,
      yAxisIndex: 1,
      data: points.map((point, at) => ({
        value: point?.sales ?? 0,
        itemStyle: { opacity: complete[at] ? 1 : 0.5 },
      })),
      itemStyle: { color: only ? colours.bars : colourOf(i) },
      barCategoryGap: '25%',
      barMaxWidth: 48,
      emphasis: { disabled: true },
    }),
  );

  return {
    animation: false,
    textStyle: { fontFamily: 'inherit', color: colours.text },
    grid: [
      { left: 64, right: 12, top: 30, height: 204 },
      { left: 64, right: 12, top: 276, height: 66 },
    ],
    xAxis: [
      { ...axis, gridIndex: 0, axisLabel: { show: false } },
      {
        ...axis,
        gridIndex: 1,
        axisLabel: { color: colours.muted, fontSize: 12, hideOverlap: true, ...labelling(periods) },
      },
    ],
    yAxis: [
      {
        ...scale,
        name: 'Price',
        gridIndex: 0,
        scale: true,
        splitNumber: 4,
        axisLabel: { ...scale.axisLabel, formatter: (value: number) => formatPriceShort(value, currency) },
      },
      {
        ...scale,
        name: 'Sales',
        gridIndex: 1,
        splitNumber: 2,
        minInterval: 1,
        axisLabel: { ...scale.axisLabel, formatter: (value: number) => formatCount(value) },
      },
    ],
    axisPointer: { link: [{ xAxisIndex: 'all' }], lineStyle: { color: colours.muted }, label: { show: false } },
    tooltip: {
      trigger: 'axis',
      confine: true,
      transitionDuration: 0,
      backgroundColor: colours.surface,
      borderColor: colours.rule,
      textStyle: { color: colours.text, fontSize: 13 },
    },
    series: [...band, ...lines, ...bars],
  };
}

function bandEdge(data: (number | '-')[]): LineSeriesOption {
  return {
    type: 'line',
    data,
    stack: 'band',
    stackStrategy: 'all',
    symbol: 'none',
    silent: true,
    lineStyle: { opacity: 0 },
    emphasis: { disabled: true },
  };
}

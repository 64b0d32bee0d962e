/** Prices or indices over time, as the dashboard draws them. */
import {
  type ChartFormat,
  light,
  priceScale,
  type Trend,
  type TrendPrice,
  trendLayout,
  trendOptions,
} from '@property-insights/charts';
import type { EChartsOption } from 'echarts';
import type { LinesChart } from '../document.ts';
import type { Words } from '../words/index.ts';
import type { Drawn, Style } from './style.ts';
import { paper } from './theme.ts';

/** Pixels: with them, the first page of a market report has room for the charts of types below. */
const heights = { prices: 170, bars: 44 };

export function linesOption(chart: LinesChart, { width, format, words }: Style): Drawn {
  const trend = trendOf(chart, words);
  const style = { theme: { ...light, paper }, width, heights, format: chartFormat(chart, format) };
  return {
    height: trendLayout(style, trend.volumes, trend.series.length).height,
    option: trendOptions(trend, style) as EChartsOption,
  };
}

/** The sentence on an axis that does not start at 0. */
export function axisNote(chart: LinesChart, { format, words }: Style): string | undefined {
  const { min } = priceScale(trendOf(chart, words));
  return min > 0 ? words.chart.axisStart(chartFormat(chart, format).axisPrice(min)) : undefined;
}

function trendOf({ periods, series, counts, notes }: LinesChart, words: Words): Trend {
  return {
    periods: periods.map(({ day, coverage, known }, i) => ({ day, coverage, known, sales: counts?.values[i] ?? 0 })),
    series: series.map(({ name, values, band, thin }, kind) => ({
      name,
      kind,
      prices: values.map((value, i): TrendPrice | undefined =>
        value === null
          ? undefined
          : { value, low: band?.lower[i] ?? null, high: band?.upper[i] ?? null, thin: thin?.[i] ?? false },
      ),
    })),
    bands: series.some(({ band }) => band),
    volumes: counts !== undefined,
    ...(notes && { notes }),
    words: { sales: counts?.title ?? '', known: words.chart.known, zones: words.chart.zones },
  };
}

function chartFormat({ format: form, interval }: LinesChart, format: Style['format']): ChartFormat {
  const year = (day: string) => day.slice(0, 4);
  const count = (value: number) => format.text(value, 'count');
  const price = (value: number) => format.text(value, 'short_money');
  return {
    axisPrice: form === 'money' ? price : (value) => count(Math.round(value)),
    shortPrice: form === 'money' ? price : (value) => format.text(value, 'index'),
    count,
    axisCount: count,
    percent: (share) => format.percent(share),
    period(day) {
      if (interval === 'year') return year(day);
      return interval === 'month' ? format.shortMonth(day) : `Q${Math.floor(Number(day.slice(5, 7)) / 3) + 1}`;
    },
    year,
  };
}

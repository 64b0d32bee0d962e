import { CustomChart, LineChart } from 'echarts/charts';
import { GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { expect, test } from 'vitest';
import {
  light,
  priceScale,
  type Trend,
  type TrendPeriod,
  type TrendPrice,
  trendLayout,
  trendOptions,
} from '../src/index.ts';

use([LineChart, CustomChart, GridComponent, SVGRenderer]);

const format = {
  axisPrice: (value: number) => `$${value / 1000}k`,
  shortPrice: (value: number) => `$${value / 1000}k`,
  count: String,
  axisCount: String,
  percent: (share: number) => `${Math.round(share * 100)}%`,
  period: (day: string) => day.slice(5, 7),
  year: (day: string) => day.slice(0, 4),
};

/** A trend by month of 2024: its prices, `~` for a thin one, and the share known of each month from the end on. */
function monthsOf(prices: (number | `~${number}`)[], tail: Partial<TrendPeriod>[] = []): Trend {
  const covered = prices.length - tail.length;
  const periods = prices.map((_, i): TrendPeriod => {
    const day = `2024-${String(i + 1).padStart(2, '0')}-01`;
    const known = { coverage: 'covered' as const, known: 1, ...tail[i - covered] };
    return { day, sales: 100, ...(i < covered ? { coverage: 'covered', known: 1 } : known) };
  });
  const series = prices.map((price): TrendPrice => {
    const value = typeof price === 'number' ? price : Number(price.slice(1));
    return { value, low: value * 0.8, high: value * 1.2, thin: typeof price !== 'number' };
  });
  const zones = { arriving: 'Still arriving', before: 'Before the files', unknown: 'May still be arriving' };
  return {
    periods,
    series: [{ name: 'Houses', kind: 0, prices: series }],
    bands: true,
    volumes: true,
    words: { sales: 'Sales', known: 'Known', zones },
  };
}

const style = { theme: light, format, width: 800 };

/** The values of a line of the chart; undefined where it is interrupted. */
function lineOf(trend: Trend, id: string) {
  const series = trendOptions(trend, style).series as { id: string; data: { value: number | '-' }[] }[];
  return series.find((each) => each.id === id)?.data.map(({ value }) => (value === '-' ? undefined : value));
}

const arriving = { coverage: 'arriving' as const, known: 0.8 };

test('an interval that is much wider than the others does not set the axis', () => {
  const trend = monthsOf([100, 101, 102, 101, 100, 103]);
  const [first] = trend.series;
  if (first) first.prices = first.prices.map((price, i) => price && (i === 2 ? { ...price, high: 600 } : price));
  expect(priceScale(trend).max).toBeLessThan(200);
});

test('the name of a line is below the part of the line that it would cover', () => {
  const rising = { ...monthsOf([100, 150, 200, 250, 300, 350]), bands: false };
  const [series] = rising.series;
  if (series)
    rising.series = [
      series,
      { name: 'Units', kind: 1, prices: series.prices.map((price) => price && { ...price, value: price.value * 2 }) },
    ];
  const lines = trendOptions(rising, style).series as { id: string; data: { label?: { offset?: number[] } }[] }[];
  const offset = lines.find(({ id }) => id === 'covered Houses')?.data.at(-1)?.label?.offset;
  expect(offset?.[1]).toBeGreaterThan(10);
});

test('covered months are joined, and partly known ones follow dotted from the last covered one', () => {
  const trend = monthsOf([100, 110, 120], [arriving]);
  expect(lineOf(trend, 'covered Houses')).toEqual([100, 110, undefined]);
  expect(lineOf(trend, 'loose Houses')).toEqual([undefined, 110, 120]);
});

test('a month of which little is known is not drawn', () => {
  expect(lineOf(monthsOf([100, 110, 120], [{ ...arriving, known: 0.05 }]), 'loose Houses')).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('a median of few sales is a dot of its own', () => {
  const trend = monthsOf([100, '~500', 120]);
  expect(lineOf(trend, 'covered Houses')).toEqual([100, undefined, 120]);
  expect(lineOf(trend, 'thin Houses')).toEqual([undefined, 500, undefined]);
});

/** The labelled points of a chart. */
function labelsOf(trend: Trend) {
  const series = trendOptions(trend, style).series as {
    data: { value: number; symbol: string; label?: { formatter: string } }[];
  }[];
  return series.flatMap(({ data }) =>
    data.flatMap(({ value, symbol, label }) => (label ? [[label.formatter, value, symbol]] : [])),
  );
}

test('a line is named at its last covered value, as an estimate if that is thin', () => {
  expect(labelsOf(monthsOf(['~500000', '~510000']))).toEqual([['Houses ≈ $510k', 510_000, 'circle']]);
  expect(labelsOf(monthsOf([100_000, '~110000', 130_000], [arriving]))).toEqual([
    ['Houses ≈ $110k', 110_000, 'circle'],
  ]);
});

test('a thin value outside the scale names the line at its edge, with an arrow', () => {
  const trend = { ...monthsOf([100_000, 120_000, '~900000']), bands: false };
  const { max } = priceScale(trend);
  expect(labelsOf(trend)).toEqual([['Houses ≈ $900k ▴', max, 'triangle']]);
});

test('only covered and well supported values set the scale, and it begins at 0 unless the values are close', () => {
  expect(priceScale(monthsOf([100, '~9000', 120, 5000], [arriving])).max).toBe(150);
  expect(priceScale(monthsOf([20, 120])).min).toBe(0);
  expect(priceScale({ ...monthsOf([100, 105]), bands: false }).min).toBeGreaterThan(0);
  expect(priceScale(monthsOf([]))).toEqual({ min: 0, max: 1, interval: 1 });
});

test('an axis that does not start at 0 has a break mark', () => {
  const marks = (prices: number[]) =>
    (trendOptions({ ...monthsOf(prices), bands: false }, style).series as { id: string }[]).filter(
      ({ id }) => id === 'break',
    );
  expect(marks([100, 105])).toHaveLength(1);
  expect(marks([20, 120])).toHaveLength(0);
});

test('a document draws the same chart, with its zones and the label of the last covered month', () => {
  const trend = monthsOf([100, 110, 120, 130], [arriving, { coverage: 'unknown', known: null }]);
  const chart = init(null, undefined, {
    renderer: 'svg',
    ssr: true,
    width: 800,
    height: trendLayout(style, true).height,
  });
  chart.setOption(trendOptions(trend, style));
  const svg = chart.renderToSVGString();
  for (const text of ['Houses $0.11k', 'Still arriving', 'May still be arriving', '80%', '2024', 'Known']) {
    expect(svg).toContain(text);
  }
  chart.dispose();
});

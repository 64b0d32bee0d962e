import { expect, test } from 'vitest';
import { trendOptions } from '../src/overview/trend-options.ts';
import { shapeTrend } from '../src/overview/trend-shape.ts';
import { chartColours } from '../src/theme.ts';

const style = { currency: 'AUD', interval: 'year', colours: chartColours.light } as const;

/** The chart of one point per year from 2020, the last year incomplete; `drawn(id)` are the values of that series. */
function chartOf(sales: number[]) {
  const periods = sales.map((count, i) => ({
    period: `${2020 + i}-01-01`,
    group: null,
    sales: count,
    median: count > 0 ? 500_000 + i : null,
    mean: count > 0 ? 500_000 : null,
    p25: count > 0 ? 400_000 : null,
    p75: count > 0 ? 650_000 : null,
    total: count * 500_000,
    median_lower: null,
    median_upper: null,
    support: 'good' as const,
    complete: i < sales.length - 1,
  }));
  const { series } = trendOptions(shapeTrend({ periods, group_by: 'none' }, 'all'), style);
  const all = series as { id?: string; stack?: string; data: (unknown | { value: unknown })[] }[];
  const values = (data: unknown[]) =>
    data.map((point) => (typeof point === 'object' && point !== null && 'value' in point ? point.value : point));
  return {
    drawn: (id: string) => values(all.find((each) => each.id === id)?.data ?? []),
    band: all.filter(({ stack }) => stack === 'band').map(({ data }) => values(data)),
  };
}

test('the line joins complete periods, and is dotted up to the incomplete one', () => {
  const chart = chartOf([10, 20, 30]);
  expect(chart.drawn('complete undefined')).toEqual([500_000, 500_001, '-']);
  expect(chart.drawn('incomplete undefined')).toEqual(['-', 500_001, 500_002]);
});

test('periods with fewer than five sales are separate dots without a band', () => {
  const chart = chartOf([10, 4, 0, 10, 5]);
  expect(chart.drawn('complete undefined')).toEqual([500_000, '-', '-', 500_003, '-']);
  expect(chart.drawn('thin undefined')).toEqual(['-', 500_001, '-', '-', '-']);
  expect(chart.band).toEqual([
    [400_000, '-', '-', 400_000, 400_000],
    [250_000, '-', '-', 250_000, 250_000],
  ]);
});

test('sales are drawn for every period', () => {
  expect(chartOf([10, 4, 0, 10]).drawn('sales undefined')).toEqual([10, 4, 0, 10]);
});

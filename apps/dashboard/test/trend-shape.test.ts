import { expect, test } from 'vitest';
import type { TrendPoint } from '../src/api/types.ts';
import { MAX_GROUPS, shapeTrend } from '../src/overview/trend-shape.ts';

/** A trend by year with these numbers of sales, starting in `first`. */
function years(first: number, counts: number[], group: string | null = null): TrendPoint[] {
  return counts.map((sales, i) => ({
    period: `${first + i}-01-01`,
    group,
    sales,
    median: sales > 0 ? 500_000 : null,
    mean: sales > 0 ? 510_000 : null,
    p25: sales > 0 ? 400_000 : null,
    p75: sales > 0 ? 600_000 : null,
    total: sales * 510_000,
    median_lower: null,
    median_upper: null,
    support: 'good' as const,
    complete: i < counts.length - 1,
  }));
}

const alone = (periods: TrendPoint[], span: 'main' | 'all' = 'main') => shapeTrend({ periods, group_by: 'none' }, span);

test('a few contracts of decades ago are left out of the chart and counted', () => {
  const counts = [1, 0, 0, 2, ...new Array(60).fill(0), 1, 3, 5_000, 80_000, 90_000];
  const shape = alone(years(1956, counts));
  expect(shape.periods).toEqual(['2022-01-01', '2023-01-01', '2024-01-01']);
  expect(shape.early).toEqual({ sales: 7, from: '1956-01-01', to: '2021-01-01' });
});

test('all periods are drawn on demand', () => {
  const shape = alone(years(1956, [1, ...new Array(60).fill(0), 5_000, 80_000]), 'all');
  expect(shape.periods).toHaveLength(63);
  expect(shape.early).toBeUndefined();
});

test('a market that grew steadily is drawn from its first sale', () => {
  const shape = alone(years(1995, [40, 60, 90, 140, 200, 300, 450, 700, 1_000, 1_500]));
  expect(shape.periods[0]).toBe('1995-01-01');
  expect(shape.early).toBeUndefined();
});

test('a steady market keeps its first period, however small its share', () => {
  expect(alone(years(1800, [1, ...new Array(60).fill(0), ...new Array(55).fill(400)])).periods[0]).toBe('1861-01-01');
});

test('a period without sales has no point, and a period that the data does not cover is incomplete', () => {
  const shape = alone(years(2020, [10, 0, 10]));
  expect(shape.series[0]?.points.map((point) => point?.sales)).toEqual([10, undefined, 10]);
  expect(shape.complete).toEqual([true, true, false]);
});

test('of many groups, those with most sales are drawn and the others are counted', () => {
  const periods = Array.from({ length: 11 }, (_, i) => years(2020, [i + 1, i + 1], `Region ${i}`)).flat();
  const shape = shapeTrend({ periods, group_by: 'region' }, 'main');
  expect(shape.series).toHaveLength(MAX_GROUPS);
  expect(shape.series[0]?.name).toBe('Region 10');
  expect(shape.groupsLeftOut).toBe(3);
});

test('sales that state no group are a group of their own', () => {
  const shape = shapeTrend({ periods: [...years(2020, [5], 'NSW'), ...years(2020, [3])], group_by: 'region' }, 'main');
  expect(shape.series.map(({ name }) => name)).toEqual(['NSW', 'not stated']);
});

test('no sales make an empty shape', () => {
  expect(alone([])).toEqual({ periods: [], complete: [], series: [], groupsLeftOut: 0, early: undefined });
});

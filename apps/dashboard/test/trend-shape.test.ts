import { expect, test } from 'vitest';
import type { TrendAnswer } from '../src/api/types.ts';
import { shapeTrend } from '../src/parts/trend-shape.ts';

type Point = TrendAnswer['periods'][number];

/** A trend by year with these numbers of sales, starting in `first`; its last year is not covered to its end. */
function years(first: number, counts: number[], group: string | null = null): Point[] {
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

/** The covered period, and the shares known of months after it. */
function coveredOf(from: string | null, to: string | null, known: Record<string, number> = {}): TrendAnswer['covered'] {
  const none = { known_lower: null, known_upper: null, expected: null, expected_lower: null, expected_upper: null };
  const months = Object.entries(known).map(([month, known]) => ({ month, sales: 10, known, ...none }));
  return { from, to, basis: 'issue dates', months, before: 0, after: 0, undated: 0 };
}

const shapeOf = (periods: Point[], covered = coveredOf('2020-01-01', '2021-12-31')) =>
  shapeTrend({ periods, interval: 'year', covered });

test('periods long before the covered ones are left out of the chart and counted, and those near are marked', () => {
  const shape = shapeOf(
    years(1956, [1, 0, 0, 2, ...new Array(60).fill(0), 3, 4, 5_000]),
    coveredOf('2022-01-01', '2022-12-31'),
  );
  expect(shape.periods.map(({ day, coverage }) => [day.slice(0, 4), coverage])).toEqual([
    ['2020', 'before'],
    ['2021', 'before'],
    ['2022', 'covered'],
  ]);
  expect(shape.early).toBe(3);
});

test('months after the covered ones have the share that is known', () => {
  const months = ['2024-01-01', '2024-02-01', '2024-03-01'].map((period) => ({
    ...(years(2024, [10])[0] as Point),
    period,
  }));
  const covered = coveredOf('2024-01-01', '2024-01-31', { '2024-02-01': 0.82 });
  const { periods } = shapeTrend({ periods: months, interval: 'month', covered });
  expect(periods.map(({ coverage, known }) => [coverage, known])).toEqual([
    ['covered', null],
    ['arriving', 0.82],
    ['arriving', null],
  ]);
});

test('a market of which nothing is known to be covered is drawn whole, as unknown', () => {
  const { periods, early } = shapeOf(years(1990, [3, 0, 5]), coveredOf(null, null));
  expect(periods.map(({ coverage }) => coverage)).toEqual(['unknown', 'unknown', 'unknown']);
  expect(early).toBe(0);
});

test('a period without sales has no point, and a period that the data does not cover is marked', () => {
  const { groups, periods } = shapeOf(years(2020, [10, 0, 10]));
  expect(groups[0]?.points.map((point) => point?.sales)).toEqual([10, undefined, 10]);
  expect(periods.map(({ coverage }) => coverage)).toEqual(['covered', 'covered', 'arriving']);
});

test('groups are in the order of their sales, and those that state none are a group of their own', () => {
  const { groups, periods } = shapeOf([...years(2020, [3, 4]), ...years(2020, [5, 20], 'House')]);
  expect(groups.map(({ name, sales }) => [name, sales])).toEqual([
    ['House', 25],
    [null, 7],
  ]);
  expect(periods.map(({ sales }) => sales)).toEqual([8, 24]);
});

test('medians of few sales are thin', () => {
  expect(shapeOf(years(2020, [9, 10])).groups[0]?.prices.map((price) => price?.thin)).toEqual([true, false]);
});

test('no sales make an empty shape', () => {
  expect(shapeOf([])).toEqual({ interval: 'year', periods: [], groups: [], early: 0 });
});

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

const shapeOf = (periods: Point[]) => shapeTrend({ periods, interval: 'year' });
const yearsOf = (periods: Point[]) => shapeOf(periods).periods.map(({ day }) => Number(day.slice(0, 4)));

test('a few contracts of decades ago are left out of the chart and counted', () => {
  const points = years(1956, [1, 0, 0, 2, ...new Array(60).fill(0), 1, 3, 5_000, 80_000, 90_000]);
  expect(yearsOf(points)).toEqual([2022, 2023, 2024]);
  expect(shapeOf(points).early).toBe(7);
});

test('a market that grew steadily is drawn from its first sale', () => {
  expect(yearsOf(years(1995, [40, 60, 90, 140, 200, 300, 450, 700, 1_000, 1_500]))[0]).toBe(1995);
});

test('a steady market keeps its first period, however small its share', () => {
  expect(yearsOf(years(1800, [1, ...new Array(60).fill(0), ...new Array(55).fill(400)]))[0]).toBe(1861);
});

test('a period without sales has no point, and a period that the data does not cover is marked', () => {
  const { groups, periods } = shapeOf(years(2020, [10, 0, 10]));
  expect(groups[0]?.points.map((point) => point?.sales)).toEqual([10, undefined, 10]);
  expect(periods.map(({ coverage }) => coverage)).toEqual(['covered', 'covered', 'unknown']);
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

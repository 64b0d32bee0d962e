import { describe, expect, test } from 'vitest';
import { wellFilled } from '../../src/price-index/filled.ts';

describe('a well-filled period', () => {
  const first = (counts: number[], yearly: number) => wellFilled(counts, yearly).indexOf(true);
  const months = (years: number, count: number) => new Array<number>(12 * years).fill(count);
  const quiet = (periods: number) => new Array<number>(periods).fill(0);

  test('is not one of a stray sale, whatever the number of sales in others', () => {
    expect(first([1, ...quiet(827), ...months(3, 1)], 12)).toBe(828);
    expect(first([1, ...quiet(1211), 1, 1, ...quiet(10), ...months(2, 9000)], 12)).toBe(1224);
    expect(first([1, ...quiet(68), 12, 12, 12], 1)).toBe(69);
    expect(first([1, 0, 0, 2, 1, 0, 0, 0, 30, 40, 50, 45], 4)).toBe(8);
  });

  test('is not the first one if the sales begin within it', () => {
    expect(first([30, 100, 90, 95, 110, 100, 95, 100], 4)).toBe(1);
    expect(first([60, 100, 90, 95, 110, 100, 95, 100], 4)).toBe(0);
  });

  test('may have few sales if all have', () => {
    expect(wellFilled([1], 12)).toEqual([true]);
    expect(wellFilled([1, 0, 1, 1], 4)).toEqual([true, false, true, true]);
    expect(wellFilled([], 4)).toEqual([]);
  });

  test('may be at the end, and in a market that grows', () => {
    expect(wellFilled([40, 50, 60, 70, 80, 100, 120, 140], 4)).toEqual(new Array(8).fill(true));
    expect(first([100, 120, 150, 200, 260, 330, 390], 1)).toBe(0);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { distribution } from '../../src/index.ts';
import * as reference from '../reference.ts';
import { holdsForAll, randomMarket } from './random-market.ts';

const random = randomMarket();

const choices = fc.record({
  of: fc.constantFrom(
    'price' as const,
    'price_per_floor_area' as const,
    'price_per_land_area' as const,
    'floor_area' as const,
    'land_area' as const,
    'time_held' as const,
  ),
  scale: fc.constantFrom('linear' as const, 'log' as const),
  bins: fc.integer({ min: 1, max: 40 }),
});

function measure(row: reference.Row, of: string): number | null {
  switch (of) {
    case 'price':
      return row.price;
    case 'floor_area':
      return row.floor_area;
    case 'land_area':
      return row.land_area;
    case 'price_per_floor_area':
      return row.floor_area && row.price / row.floor_area;
    case 'price_per_land_area':
      return row.land_area && row.price / row.land_area;
    default: {
      const { property_id, contract_date: sold } = row;
      const bought = random.rows
        .filter((other) => other.property_id === property_id && other.non_standard === null)
        .map(({ contract_date }) => contract_date)
        .filter((day) => day !== null && sold !== null && day < sold)
        .sort()
        .at(-1);
      return bought && sold ? (Date.parse(sold) - Date.parse(bought)) / 86_400_000 / 365.25 : null;
    }
  }
}

describe('distribution', () => {
  test('equals the figures calculated row by row, and its parts add up', () =>
    holdsForAll(choices, async (filters, choices) => {
      const { selected, leftOut, notStated } = reference.split(random.rows, filters);
      const values = selected.map((row) => measure(row, choices.of) ?? 0).filter((value) => value > 0);
      const result = await random.ask(distribution, { ...filters, ...choices });
      expect(result.left_out).toEqual(reference.leftOut(leftOut, notStated));
      expect(result.sales).toBe(values.length);
      expect(result.without).toBe(selected.length - values.length);
      for (const { percent, value } of result.percentiles) {
        const expected = reference.quantileOf(values, percent / 100);
        if (expected === null) expect(value).toBe(null);
        else expect(value).toBeCloseTo(expected, 6);
      }
      for (const { from, to, sales } of result.bins) {
        expect(sales, `${from}…${to}`).toBe(values.filter((value) => value >= from && value < to).length);
      }
      const [first, last] = [result.bins[0]?.from ?? 0, result.bins.at(-1)?.to ?? Infinity];
      expect(result.below).toBe(values.filter((value) => value < first).length);
      expect(result.above).toBe(values.filter((value) => value >= last).length);
      expect(result.bins.length).toBeLessThanOrEqual(choices.bins);
      expect(result.min).toBe(values.length ? Math.min(...values) : null);
      expect(result.max).toBe(values.length ? Math.max(...values) : null);
    }));
});

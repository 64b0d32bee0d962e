import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Filters, facets } from '../../src/index.ts';
import * as reference from '../reference.ts';
import { holdsForAll, randomMarket } from './random-market.ts';

const random = randomMarket();

describe('facets', () => {
  test('equal the figures calculated row by row, each without its own filter', () =>
    holdsForAll(fc.constantFrom(1, 2, 1000), async (filters, limit) => {
      const result = await random.ask(facets, { ...filters, limit });
      const without = (aside: Filters) => reference.split(random.rows, { ...filters, ...aside }).selected;
      for (const [column, aside] of [
        ['region', { region: undefined }],
        ['locality', { locality: undefined }],
        ['postcode', { postcode: undefined }],
        ['type', { type: undefined }],
        ['bedrooms', { bedrooms_min: undefined, bedrooms_max: undefined }],
      ] as const) {
        const expected = Map.groupBy(without(aside), (row) => row[column]);
        const { total, values } = result[column];
        expect(total).toBe(expected.size);
        expect(values).toHaveLength(Math.min(limit, expected.size));
        for (const { value, sales } of values) expect(sales).toBe(expected.get(value)?.length);
        const most = [...expected.values()].map(({ length }) => length).sort((a, b) => b - a);
        expect(values.map(({ sales }) => sales)).toEqual(most.slice(0, limit));
      }
      const prices = without({ price_min: undefined, price_max: undefined }).map(({ price }) => price);
      const extremes = { min: Math.min(...prices), max: Math.max(...prices) };
      expect(result.price).toEqual(prices.length ? extremes : { min: null, max: null });
      const days = without({ sold_from: undefined, sold_to: undefined })
        .flatMap((row) => row.contract_date ?? [])
        .sort();
      expect(result.contract_date).toEqual({ min: days[0] ?? null, max: days.at(-1) ?? null });
      for (const standard of ['true', 'false', 'all'] as const) {
        expect(result.standard[standard]).toBe(without({ standard }).length);
      }
      const selected = without({});
      for (const name of ['bedrooms', 'land_area', 'floor_area'] as const) {
        expect(result.stated[name]).toBe(selected.filter((row) => row[name] !== null).length);
      }
    }));
});

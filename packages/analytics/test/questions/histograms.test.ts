import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Filters, histograms } from '../../src/index.ts';
import { storeOf } from '../fixture-market.ts';
import * as reference from '../reference.ts';
import { plainSale } from '../sales.ts';
import { holdsForAll, randomMarket } from './random-market.ts';

const random = randomMarket();

const choices = fc.record({
  bins: fc.integer({ min: 1, max: 60 }),
  cells: fc.constantFrom('land_area' as const, 'floor_area' as const),
});

/** The sales that the filters select without these. */
const selectedWithout = (filters: Filters, ...names: (keyof Filters)[]) =>
  reference.split(random.rows, { ...filters, ...Object.fromEntries(names.map((name) => [name, undefined])) }).selected;

const isStated = (value: number | null): value is number => value !== null && value > 0;

describe('histograms', () => {
  test('each count what the other filters leave, and add up', () =>
    holdsForAll(choices, async (filters, choices) => {
      const answer = await random.ask(histograms, { ...filters, ...choices });
      const { leftOut, notStated } = reference.split(random.rows, filters);
      expect(answer.left_out).toEqual(reference.leftOut(leftOut, notStated));
      for (const measure of ['price', 'land_area', 'floor_area'] as const) {
        const rows = selectedWithout(filters, `${measure}_min`, `${measure}_max`);
        const values = rows.map((row) => row[measure]).filter(isStated);
        const { bins, below, above, without } = answer[measure];
        expect(bins.length).toBeLessThanOrEqual(choices.bins);
        expect(without).toBe(rows.length - values.length);
        for (const { from, to, sales } of bins) {
          expect(sales, `${measure} ${from}…${to}`).toBe(values.filter((value) => value >= from && value < to).length);
        }
        expect(below + above + bins.reduce((sum, { sales }) => sum + sales, 0)).toBe(values.length);
      }
      const dated = selectedWithout(filters, 'sold_from', 'sold_to');
      const days = dated.map(({ contract_date }) => contract_date).filter((day) => day !== null);
      const ends = answer.time.bins.map((_, i) => answer.time.bins[i + 1]?.from ?? '9999-12-31');
      for (const [i, { from, sales }] of answer.time.bins.entries()) {
        expect(sales, from).toBe(days.filter((day) => day >= from && day < (ends[i] as string)).length);
      }
      expect(answer.time.without).toBe(dated.length - days.length);
      const { of, x, y, counts, outside, without } = answer.cells;
      const rows = selectedWithout(filters, 'price_min', 'price_max', `${of}_min`, `${of}_max`);
      const both = rows.filter((row) => isStated(row[of]) && isStated(row.price));
      expect(without).toBe(rows.length - both.length);
      expect(outside + counts.reduce((sum, { sales }) => sum + sales, 0)).toBe(both.length);
      const inBin = (value: number, edges: number[], i: number) =>
        value >= (edges[i] as number) && value < (edges[i + 1] as number);
      for (const cell of counts) {
        const inside = both.filter((row) => inBin(row[of] as number, x, cell.x) && inBin(row.price, y, cell.y));
        expect(cell.sales).toBe(inside.length);
      }
    }));

  test('count the attributes that are asked for, each under the filters on others', async () => {
    const storeys = [-1, 0, 0, 1, 5, 5.5, null];
    const rows = storeys.map((storey, i) => ({
      ...plainSale,
      property: i,
      storey,
      new_build: i % 2,
      year_built: 1900 + 20 * i,
    }));
    const store = await storeOf(rows);
    const { details } = await store.ask(histograms, { details: ['storey', 'new_build', 'grade'], new_build: 1 });
    const filled = (bins: { from: number; to: number; sales: number }[] = []) =>
      bins.flatMap(({ from, to, sales }) => (sales === 0 ? [] : [[from, to, sales]]));
    expect(filled(details.storey?.bins)).toEqual([
      [0, 1, 1],
      [1, 2, 1],
      [5, 6, 1],
    ]);
    expect(details.storey?.without).toBe(0);
    expect(filled(details.new_build?.bins)).toEqual([
      [0, 1, 4],
      [1, 2, 3],
    ]);
    expect(details.grade).toEqual({ bins: [], below: 0, above: 0, without: 3 });
    expect(details.year_built).toBeUndefined();
    const few = await store.ask(histograms, { details: ['storey', 'year_built'], bins: 3, storey_max: 0 });
    expect(filled(few.details.storey?.bins)).toEqual([
      [-5, 0, 1],
      [0, 5, 3],
      [5, 10, 2],
    ]);
    expect(filled(few.details.year_built?.bins)).toEqual([
      [1900, 1920, 1],
      [1920, 1940, 1],
      [1940, 1960, 1],
    ]);
  });
});

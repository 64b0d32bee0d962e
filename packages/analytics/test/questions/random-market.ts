/** A market of random sales, with what the tests of every question ask it: see `reference.ts` for what the answers are compared with. */
import fc from 'fast-check';
import type { Static, TObject, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { beforeAll, expect } from 'vitest';
import type { Filters, Question, Replica } from '../../src/index.ts';
import * as reference from '../reference.ts';
import { anySale, plainSale, testMarket } from '../support.ts';

export interface RandomMarket {
  readonly replica: Replica;
  readonly rows: reference.Row[];
  /** The latest contract date of a standard sale. */
  readonly last: string | null;
  /** The answer, which has to be as its question describes it. */
  ask<P extends TObject, R extends TSchema>(question: Question<P, R>, parameters: Static<P>): Promise<Static<R>>;
}

/** Sets the market up before the tests of a file, and takes it down after them. */
export function randomMarket(): RandomMarket {
  const parts = {} as { -readonly [K in keyof RandomMarket]: RandomMarket[K] };
  const market = testMarket();
  beforeAll(async () => {
    const { ids } = await market.write(fc.sample(anySale, { numRuns: 600, seed: 3 }));
    await market.write(fc.sample(anySale, { numRuns: 40, seed: 4 }), ids.slice(0, 100));
    // A name of either region, and a property sold in both, must not be counted into one.
    await market.write([
      { ...plainSale, region: 'VIC' },
      { ...plainSale, region: 'NSW' },
    ]);
    parts.replica = await market.replica();
    parts.rows = await reference.salesInForce(market);
    parts.last = reference.lastDay(parts.rows);
  });
  parts.ask = async (question, parameters) => {
    const { body } = await parts.replica.answer(question, { market: 'test', ...parameters });
    const result = JSON.parse(body.toString());
    expect(Value.Errors(question.result, result)).toEqual([]);
    return result;
  };
  return parts;
}

const ordered = <T>([a, b]: [T, T]): [T, T] => (a <= b ? [a, b] : [b, a]);
const range = <T>(value: fc.Arbitrary<T>) => fc.option(fc.tuple(value, value).map(ordered), { nil: undefined });
const someOf = (...names: string[]) => fc.option(fc.subarray(names, { minLength: 1 }), { nil: undefined });
const day = fc
  .date({ min: new Date('2017-12-01'), max: new Date('2024-06-30'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

export const anyFilters: fc.Arbitrary<Filters> = fc
  .record({
    region: someOf('NSW', 'vic'),
    locality: someOf('parramatta', "O'CONNELL", 'Mosman'),
    postcode: someOf('2150', '0800'),
    type: someOf('house', 'Unit'),
    bedrooms: range(fc.integer({ min: 0, max: 6 })),
    price: range(fc.integer({ min: 0, max: 5_000_000 })),
    sold: range(day),
    standard: fc.constantFrom<Filters['standard'][]>(undefined, 'true', 'false', 'all'),
  })
  .map(({ bedrooms, price, sold, ...filters }) => ({
    ...filters,
    bedrooms_min: bedrooms?.[0],
    bedrooms_max: bedrooms?.[1],
    price_min: price?.[0],
    price_max: price?.[1],
    sold_from: sold?.[0],
    sold_to: sold?.[1],
  }));

/** Holds for filters that select much, little and nothing. The first failure is told as it is: making it smaller takes minutes. */
export async function holdsForAll<T>(extra: fc.Arbitrary<T>, check: (filters: Filters, extra: T) => Promise<void>) {
  const filters = fc.oneof(
    anyFilters,
    fc.constant<Filters>({}),
    anyFilters.map(({ region, standard }) => ({ region, standard })),
  );
  await fc.assert(fc.asyncProperty(filters, extra, check), { numRuns: 60, endOnFailure: true });
}

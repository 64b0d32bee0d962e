/** A market of random sales, which the tests of each question share. `reference.ts` calculates what the answers are compared with. */
import fc from 'fast-check';
import { beforeAll } from 'vitest';
import type { Filters } from '../../src/index.ts';
import { type FixtureStore, fixtureMarket } from '../fixture-market.ts';
import * as reference from '../reference.ts';
import { anySale, plainSale } from '../sales.ts';

export interface RandomMarket {
  readonly ask: FixtureStore['ask'];
  readonly rows: reference.Row[];
  /** Its covered period. */
  readonly covered: ReturnType<typeof reference.covered>;
}

/** Creates the market before the tests of a file. */
export function randomMarket(): RandomMarket {
  const parts = {} as { -readonly [K in keyof RandomMarket]: RandomMarket[K] };
  const market = fixtureMarket();
  beforeAll(async () => {
    const ids = market.write(fc.sample(anySale, { numRuns: 600, seed: 3 }));
    market.write(fc.sample(anySale, { numRuns: 40, seed: 4 }), ids.slice(0, 100));
    // A locality of both regions, and a property sold in both, must not be counted as one.
    market.write([
      { ...plainSale, region: 'VIC' },
      { ...plainSale, region: 'NSW' },
    ]);
    const reasons = Object.fromEntries(ids.slice(100, 130).map((id) => [id, id % 3 === 0 ? 'a gift' : 'part sale']));
    market.setAside(reasons);
    const store = await market.store();
    parts.ask = (question, parameters) => store.ask(question, parameters);
    parts.rows = reference.inReplica(market.sales, reasons);
    parts.covered = reference.covered(parts.rows);
  });
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
    land: range(fc.integer({ min: 0, max: 2_000 })),
    floor: range(fc.integer({ min: 0, max: 400 })),
    within: fc.constantFrom(
      undefined,
      undefined,
      '150,-34.5,151.2,-33',
      '151,-90,-180,90',
      '150.2,-34.4,151.3,-34.2,150.6,-33.6,151.2,-32.9,150.1,-33.1',
    ),
    sold: range(day),
    reason: someOf('part interest', 'shared dealing', 'set aside'),
    standard: fc.constantFrom<Filters['standard'][]>(undefined, 'true', 'false', 'all'),
  })
  .map(({ bedrooms, price, land, floor, sold, reason, ...filters }) => ({
    ...filters,
    reason: filters.standard === 'false' || filters.standard === 'all' ? reason : undefined,
    land_area_min: land?.[0],
    land_area_max: land?.[1],
    floor_area_min: floor?.[0],
    floor_area_max: floor?.[1],
    bedrooms_min: bedrooms?.[0],
    bedrooms_max: bedrooms?.[1],
    price_min: price?.[0],
    price_max: price?.[1],
    sold_from: sold?.[0],
    sold_to: sold?.[1],
  }));

/** Checks filters that select much, little and nothing. The first failure is reported as it is: shrinking it takes minutes. */
export async function holdsForAll<T>(extra: fc.Arbitrary<T>, check: (filters: Filters, extra: T) => Promise<void>) {
  const filters = fc.oneof(
    anyFilters,
    fc.constant<Filters>({}),
    anyFilters.map(({ region, standard }) => ({ region, standard })),
  );
  await fc.assert(fc.asyncProperty(filters, extra, check), { numRuns: 60, endOnFailure: true });
}

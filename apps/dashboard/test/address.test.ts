import { filterParameters } from '@property-insights/analytics';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Address,
  filtersOf,
  isFiltered,
  readAddress,
  readRows,
  withoutFilters,
  writeQuery,
} from '../src/address.ts';

const names = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1, maxLength: 3 });
const day = fc.constantFrom('2024-01-01', '2024-09-30');
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const addresses: fc.Arbitrary<Address> = fc
  .record({
    market: optional(fc.stringMatching(/^[a-z0-9][a-z0-9-]*$/)),
    locality: optional(names),
    type: optional(names),
    price_min: optional(fc.integer({ min: 0, max: 10_000_000 })),
    land_area_max: optional(fc.integer({ min: 0, max: 10_000 })),
    sold_from: optional(day),
    standard: optional(fc.constantFrom('true', 'false', 'all')),
    as_of: optional(fc.integer({ min: 1, max: 99 })),
    interval: optional(fc.constantFrom('month', 'quarter', 'year')),
    rows: optional(fc.constant('type=House&sold_from=2024-01-01')),
  })
  .map((address) => Object.fromEntries(Object.entries(address).filter(([, value]) => value !== undefined)));

test('the address contains the whole view', () => {
  fc.assert(
    fc.property(addresses, (address) => {
      expect(readAddress(writeQuery(address))).toEqual(address);
    }),
  );
});

test('invalid parameters of an address are ignored', () => {
  const query =
    'interval=week&standard=maybe&price_min=-5&price_max=1e99x&sold_from=yesterday&sold_to=0000-00-00&as_of=new&type=&market=';
  expect(readAddress(query)).toEqual({ type: [] });
  expect(filtersOf(readAddress(query))).toEqual({});
});

test('the drawer’s filters are read as filters only', () => {
  expect(readRows('type=House&interval=month&rows=x&sold_to=2024-09-30')).toEqual({
    type: ['House'],
    sold_to: '2024-09-30',
  });
});

test('the market and the version are no filters, and another market keeps the settings', () => {
  expect(isFiltered({ market: 'nsw', as_of: 3, interval: 'year' })).toBe(false);
  expect(isFiltered({ type: ['House'] })).toBe(true);
  expect(withoutFilters({ market: 'nsw', type: ['House'], area: ['Ryde'], rows: 'x', interval: 'year' })).toEqual({
    interval: 'year',
  });
});

test('a page has every filter of the questions under the same name', () => {
  const values: Record<string, string> = {
    standard: 'false',
    not_stated: 'zoning',
    sold_from: '2024-01-01',
    sold_to: '2024-12-31',
  };
  for (const name of Object.keys(filterParameters)) {
    const address = readAddress(`${name}=${values[name] ?? '1'}`);
    expect(filtersOf(address), name).toHaveProperty(name);
  }
});

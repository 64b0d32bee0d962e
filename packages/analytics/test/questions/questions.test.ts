/** Every question against figures worked out row by row, over random sales and filters. */
import fc from 'fast-check';
import type { Static, TObject, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { areas, type Filters, propertySummary, type Question, type Replica, summary, trend } from '../../src/index.ts';
import * as reference from '../reference.ts';
import { anySale, plainSale, TestMarket } from '../support.ts';

let market: TestMarket;
let replica: Replica;
let rows: reference.Row[];
let last: string | null;

beforeAll(async () => {
  market = await TestMarket.create();
  const { ids } = await market.write(fc.sample(anySale, { numRuns: 600, seed: 3 }));
  await market.write(fc.sample(anySale, { numRuns: 40, seed: 4 }), ids.slice(0, 100));
  // A name of either region, and a property sold in both, must not be counted into one.
  await market.write([
    { ...plainSale, region: 'VIC' },
    { ...plainSale, region: 'NSW' },
  ]);
  replica = await market.replica();
  rows = await reference.salesInForce(market);
  last = reference.lastDay(rows);
});
afterAll(() => market.drop());

async function ask<P extends TObject, R extends TSchema>(question: Question<P, R>, parameters: Static<P>) {
  const { body } = await replica.answer(question, { market: 'test', ...parameters });
  const result = JSON.parse(body.toString()) as Static<R>;
  expect(Value.Errors(question.result, result)).toEqual([]);
  return result;
}

const ordered = <T>([a, b]: [T, T]): [T, T] => (a <= b ? [a, b] : [b, a]);
const range = <T>(value: fc.Arbitrary<T>) => fc.option(fc.tuple(value, value).map(ordered), { nil: undefined });
const someOf = (...names: string[]) => fc.option(fc.subarray(names, { minLength: 1 }), { nil: undefined });
const day = fc
  .date({ min: new Date('2021-10-01'), max: new Date('2024-06-30'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

const anyFilters: fc.Arbitrary<Filters> = fc
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

/** Holds for filters that select much, little and nothing. */
async function holdsForAll<T>(extra: fc.Arbitrary<T>, check: (filters: Filters, extra: T) => Promise<void>) {
  const filters = fc.oneof(
    anyFilters,
    fc.constant<Filters>({}),
    anyFilters.map(({ region, standard }) => ({ region, standard })),
  );
  await fc.assert(fc.asyncProperty(filters, extra, check), { numRuns: 60 });
}

describe('summary', () => {
  test('equals the figures worked out row by row', () =>
    holdsForAll(fc.constant(null), async (filters) => {
      const { selected, leftOut } = reference.split(rows, filters);
      const days = selected.flatMap(({ contract_date }) => contract_date ?? []).sort();
      const byRegion = Map.groupBy(selected, ({ region }) => region);
      byRegion.delete(null);
      const average = reference.mean(selected);
      const { average_price, ...result } = await ask(summary, filters);
      expect(reference.rounded(result)).toEqual(
        reference.rounded({
          total_properties: reference.properties(selected),
          properties_by_region: Object.fromEntries(
            [...byRegion].map(([region, sales]) => [region, reference.properties(sales)]),
          ),
          market: { code: 'test', name: 'Test Market', currency: 'AUD' },
          sales: selected.length,
          total_value: reference.total(selected),
          median_price: reference.quantile(selected, 0.5),
          first_sale: days[0] ?? null,
          last_sale: days.at(-1) ?? null,
          change_over_one_year: reference.yearChange(selected, last).change,
          left_out: reference.leftOut(leftOut),
        }),
      );
      if (average === null) expect(average_price).toBe('N/A');
      else {
        expect(average_price).toMatch(/^\d{1,3}(,\d{3})*\.\d\d$/);
        expect(Math.abs(Number(average_price.replaceAll(',', '')) - average)).toBeLessThanOrEqual(0.005 + 1e-9);
      }
    }));

  test('of the demonstration market is what it has always been', async () => {
    expect(await ask(summary, { market: 'demo' })).toMatchObject({
      total_properties: 3,
      average_price: '1,516,666.67',
      properties_by_region: { NSW: 2, VIC: 1 },
      median_price: 1_200_000,
      total_value: 4_550_000,
    });
  });
});

describe('property-summary', () => {
  test('counts as the summary does, most first', () =>
    holdsForAll(fc.constant(null), async (filters) => {
      const regions = await ask(propertySummary, filters);
      const { properties_by_region } = await ask(summary, filters);
      expect(Object.fromEntries(regions.map((row) => [row.region, row.property_count]))).toEqual(properties_by_region);
      const counts = regions.map((row) => row.property_count);
      expect(counts).toEqual(counts.toSorted((a, b) => b - a));
    }));
});

describe('trend', () => {
  const interval = fc.constantFrom('month' as const, 'quarter' as const, 'year' as const);
  const groupBy = fc.constantFrom('none' as const, 'region' as const, 'type' as const);

  function start(day: string, interval: 'month' | 'quarter' | 'year'): string {
    const [year, month] = [day.slice(0, 4), Number(day.slice(5, 7))];
    const first = { month, quarter: month - ((month - 1) % 3), year: 1 }[interval];
    return `${year}-${String(first).padStart(2, '0')}-01`;
  }

  test('equals the figures worked out row by row', () =>
    holdsForAll(fc.tuple(interval, groupBy), async (filters, [interval, group_by]) => {
      const { selected, leftOut } = reference.split(rows, filters);
      const dated = selected.filter(({ contract_date }) => contract_date !== null);
      const result = await ask(trend, { ...filters, interval, group_by });
      expect(result.left_out).toEqual(reference.leftOut(leftOut));
      const groups = new Set(dated.map((row) => (group_by === 'none' ? null : row[group_by])));
      const starts = [...new Set(result.periods.map(({ period }) => period))];
      expect(result.periods).toHaveLength(groups.size * starts.length);
      expect(starts).toEqual(starts.toSorted());
      for (const { group, period, complete, ...figures } of result.periods) {
        const sales = dated.filter(
          (row) =>
            start(row.contract_date as string, interval) === period && (group_by === 'none' || row[group_by] === group),
        );
        expect(reference.rounded(figures)).toEqual(
          reference.rounded({
            sales: sales.length,
            median: reference.quantile(sales, 0.5),
            mean: reference.mean(sales),
            p25: reference.quantile(sales, 0.25),
            p75: reference.quantile(sales, 0.75),
            total: reference.total(sales),
          }),
        );
        const end = [28, 29, 30, 31].map((day) => `${period.slice(0, 4)}-${monthsLater(period, interval)}-${day}`);
        expect(complete && last !== null && end[0] !== undefined && end[0] > last).toBe(false);
      }
      expect(result.periods.reduce((sum, { sales }) => sum + sales, 0)).toBe(dated.length);
    }));

  function monthsLater(period: string, interval: 'month' | 'quarter' | 'year'): string {
    return String(Number(period.slice(5, 7)) + { month: 0, quarter: 2, year: 11 }[interval]).padStart(2, '0');
  }

  test('has the periods without sales, and marks those that are not complete', async () => {
    const sparse = await TestMarket.create();
    try {
      await sparse.write([
        { ...plainSale, contract_date: '2023-11-10', price: 100 },
        { ...plainSale, contract_date: '2024-02-28', price: 200 },
        { ...plainSale, contract_date: null, non_standard: 'contract date missing' },
      ]);
      const replica = await sparse.replica();
      const asked = async (parameters: Static<typeof trend.parameters>) =>
        JSON.parse((await replica.answer(trend, { market: 'test', ...parameters })).body.toString()).periods;
      const empty = { group: null, sales: 0, median: null, mean: null, p25: null, p75: null, total: 0, complete: true };
      const one = (price: number) => ({
        group: null,
        sales: 1,
        median: price,
        mean: price,
        p25: price,
        p75: price,
        total: price,
      });
      expect(await asked({})).toEqual([
        { period: '2023-11-01', ...one(100), complete: true },
        { period: '2023-12-01', ...empty },
        { period: '2024-01-01', ...empty },
        { period: '2024-02-01', ...one(200), complete: false },
      ]);
      expect(await asked({ interval: 'quarter', sold_from: '2023-11-01' })).toEqual([
        { period: '2023-10-01', ...one(100), complete: false },
        { period: '2024-01-01', ...one(200), complete: false },
      ]);
      await sparse.write([{ ...plainSale, contract_date: '2024-02-29' }]);
      expect((await asked({})).at(-1)).toMatchObject({ period: '2024-02-01', complete: true });
      expect((await asked({ sold_to: '2024-02-28' })).at(-1)).toMatchObject({ complete: false });
      await sparse.write([{ ...plainSale, contract_date: '0217-05-11', non_standard: 'contract date before 1900' }]);
      expect((await asked({ standard: 'all', interval: 'year' }))[0]).toMatchObject({ period: '0217-01-01', sales: 1 });
      await expect(asked({ standard: 'all' })).rejects.toThrow(/more than 20,000 rows; choose a longer interval/);
    } finally {
      await sparse.drop();
    }
  });
});

describe('areas', () => {
  const choices = fc.record({
    level: fc.constantFrom('region' as const, 'locality' as const, 'postcode' as const),
    sort: fc.constantFrom('sales' as const, 'median' as const, 'change' as const),
    order: fc.constantFrom('asc' as const, 'desc' as const),
    limit: fc.constantFrom(1, 2, 3, 1000),
  });

  test('equals the figures worked out row by row, over all pages', () =>
    holdsForAll(choices, async (filters, choices) => {
      const { level, sort, order, limit } = choices;
      const { selected, leftOut } = reference.split(rows, filters);
      const groups = Map.groupBy(
        selected.filter((row) => row[level] !== null),
        (row) => JSON.stringify([row[level], level === 'postcode' ? null : row.region]),
      );
      const expected = [...groups].map(([key, sales]) => {
        const [area, region] = JSON.parse(key);
        return {
          area,
          region,
          sales: sales.length,
          median: reference.quantile(sales, 0.5) as number,
          mean: reference.mean(sales) as number,
          ...reference.yearChange(sales, last),
        };
      });
      const found: Static<typeof areas.result>['areas'] = [];
      let cursor: string | null | undefined;
      do {
        const page = await ask(areas, { ...filters, ...choices, cursor: cursor ?? undefined });
        expect(page.total).toBe(expected.length);
        expect(page.areas.length).toBeLessThanOrEqual(limit);
        expect(page.left_out).toEqual(reference.leftOut(leftOut));
        expect(page.unplaced).toBe(selected.filter((row) => row[level] === null).length);
        found.push(...page.areas);
        cursor = page.next;
      } while (cursor);
      const byName = <T extends { area: string; region: string | null }>(list: T[]) =>
        list.toSorted((a, b) => (JSON.stringify([a.area, a.region]) < JSON.stringify([b.area, b.region]) ? -1 : 1));
      expect(reference.rounded(byName(found))).toEqual(reference.rounded(byName(expected)));
      const values = found.map((area) => area[sort]).map((value) => value ?? (order === 'asc' ? Infinity : -Infinity));
      expect(values).toEqual(values.toSorted((a, b) => (order === 'asc' ? a - b : b - a)));
    }));

  test('says what a cursor has to be', async () => {
    for (const cursor of ['nonsense', Buffer.from('[1,2]').toString('base64url'), "' OR 1=1 --"]) {
      await expect(ask(areas, { cursor })).rejects.toThrow('cursor must be what `next` was on the page before');
    }
  });
});

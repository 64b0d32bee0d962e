import fc from 'fast-check';
import type { Static } from 'typebox';
import { describe, expect, test } from 'vitest';
import { priceIndex, trend } from '../../src/index.ts';
import { FixtureMarket, storeOf } from '../fixture-market.ts';
import * as reference from '../reference.ts';
import { plainSale } from '../sales.ts';
import { holdsForAll, randomMarket } from './random-market.ts';

const random = randomMarket();

describe('trend', () => {
  const interval = fc.constantFrom('month' as const, 'quarter' as const, 'year' as const);
  const groupBy = fc.constantFrom('none' as const, 'region' as const, 'type' as const, 'bedrooms' as const);

  function start(day: string, interval: 'month' | 'quarter' | 'year'): string {
    const [year, month] = [day.slice(0, 4), Number(day.slice(5, 7))];
    const first = { month, quarter: month - ((month - 1) % 3), year: 1 }[interval];
    return `${year}-${String(first).padStart(2, '0')}-01`;
  }

  test('equals the figures calculated row by row', () =>
    holdsForAll(fc.tuple(interval, groupBy), async (filters, [interval, group_by]) => {
      const { selected, leftOut, notStated } = reference.split(random.rows, filters);
      const dated = selected.filter(({ contract_date }) => contract_date !== null);
      const result = await random.ask(trend, { ...filters, interval, group_by });
      expect(result.left_out).toEqual(reference.leftOut(leftOut, notStated));
      const groups = new Set(dated.map((row) => (group_by === 'none' ? null : row[group_by])));
      const starts = [...new Set(result.periods.map(({ period }) => period))];
      expect(result.periods).toHaveLength(groups.size * starts.length);
      expect(starts).toEqual(starts.toSorted());
      for (const { group, period, complete, ...figures } of result.periods) {
        const sales = dated.filter(
          (row) =>
            start(row.contract_date as string, interval) === period &&
            (group_by === 'none' || text(row[group_by]) === group),
        );
        expect(reference.rounded(figures)).toEqual(reference.rounded(figuresOf(sales)));
        if (complete)
          expect(`${period.slice(0, 4)}-${lastMonth(period, interval)}-28` <= (random.covered.to ?? '')).toBe(true);
      }
      expect(result.periods.reduce((sum, { sales }) => sum + sales, 0)).toBe(dated.length);
    }));

  function figuresOf(sales: reference.Row[]) {
    return {
      sales: sales.length,
      median: reference.quantile(sales, 0.5),
      mean: reference.mean(sales),
      p25: reference.quantile(sales, 0.25),
      p75: reference.quantile(sales, 0.75),
      total: reference.total(sales),
      ...reference.medianSupport(sales),
    };
  }

  function text(value: string | number | null): string | null {
    return value === null ? null : String(value);
  }

  function lastMonth(period: string, interval: 'month' | 'quarter' | 'year'): string {
    return String(Number(period.slice(5, 7)) + { month: 0, quarter: 2, year: 11 }[interval]).padStart(2, '0');
  }

  test('rolling windows hold the sales of their periods', () =>
    holdsForAll(fc.tuple(interval, fc.integer({ min: 2, max: 14 })), async (filters, [interval, window]) => {
      const { selected } = reference.split(random.rows, filters);
      const dated = selected.filter(({ contract_date }) => contract_date !== null);
      const single = await random.ask(trend, { ...filters, interval });
      const { periods } = await random.ask(trend, { ...filters, interval, window });
      const starts = periods.map(({ period }) => period);
      expect(starts).toEqual(single.periods.map(({ period }) => period));
      for (const [i, { group: _, period, complete, ...figures }] of periods.entries()) {
        const from = starts[Math.max(0, i - window + 1)] as string;
        const sales = dated.filter((row) => {
          const own = start(row.contract_date as string, interval);
          return own >= from && own <= period;
        });
        expect(reference.rounded(figures)).toEqual(reference.rounded(figuresOf(sales)));
        expect(complete && (i < window - 1 || !single.periods[i]?.complete)).toBe(false);
      }
    }));

  test('named areas are groups, in the order requested, and are empty without sales', async () => {
    const { selected, leftOut, notStated } = reference.split(random.rows, {});
    const asked = { interval: 'year', group_by: 'area' } as const;
    const { periods, left_out, covered } = await random.ask(trend, {
      ...asked,
      area: ['mosman, NSW', "O'CONNELL, vic", 'Mosman, NSW'],
    });
    const isNamed = ({ locality, region }: (typeof selected)[number]) =>
      ['Mosman, NSW', "O'Connell, VIC"].includes(`${locality}, ${region}`);
    expect(left_out).toEqual(reference.leftOut(leftOut.filter(isNamed), notStated));
    expect(covered.undated).toBe(selected.filter((row) => isNamed(row) && row.contract_date === null).length);
    expect([...new Set(periods.map(({ group }) => group))]).toEqual(['Mosman, NSW', "O'Connell, VIC"]);
    for (const { group, period, sales, median } of periods) {
      const rows = selected.filter(
        (row) => `${row.locality}, ${row.region}` === group && row.contract_date?.slice(0, 4) === period.slice(0, 4),
      );
      expect({ sales, median }).toEqual({ sales: rows.length, median: reference.quantile(rows, 0.5) });
    }
    const none = await random.ask(trend, {
      ...asked,
      area: ['2150'],
      level: 'postcode',
      bedrooms_min: 6,
      price_max: 1,
    });
    expect(none.periods).toEqual([]);
  });

  test('gives an axis that thin periods do not set', async () => {
    const sales = (month: string, count: number, price: number) =>
      Array.from({ length: count }, (_, i) => ({
        ...plainSale,
        contract_date: `${month}-${String(1 + (i % 28)).padStart(2, '0')}`,
        price: price + i,
      }));
    const market = FixtureMarket.create();
    market.write([...sales('2024-01', 40, 1000), ...sales('2024-02', 12, 5000), ...sales('2024-03', 30, 1100)]);
    market.write([...sales('2024-04', 1, 9_000_000), { ...plainSale, contract_date: '2024-04-30' }]);
    const store = await market.store();
    // The 14th lowest and highest of 40 prices, and the 10th of 30.
    expect((await store.ask(trend, {})).axis).toEqual({ from: 1013, to: 1120 });
    expect((await store.ask(trend, { sold_from: '2024-02-01', sold_to: '2024-02-29' })).axis).toEqual({
      from: 5002,
      to: 5009,
    });
    expect((await store.ask(trend, { price_max: 1 })).axis).toBe(null);
  });

  test('refuses wrong areas with those that can be named', async () => {
    const refused = (parameters: Static<typeof trend.parameters>) =>
      expect(random.ask(trend, { group_by: 'area', ...parameters })).rejects;
    await refused({}).toThrow('area is required: give area= once for each of up to 10 areas of level locality.');
    await refused({ area: ['Mosmann'] }).toThrow('Test Market has no locality "Mosmann"; its localities are Mosman, ');
    await refused({ area: ['mosman'] }).toThrow(
      'Test Market has more than one locality "mosman"; give one of "Mosman, ',
    );
    await refused({ area: ['Mosman, NSW'], group_by: 'type' }).toThrow('set group_by, or omit area');
    await refused({ area: Array(11).fill('Mosman, NSW') }).toThrow('area');
    await refused({ window: 25 }).toThrow('window must be <= 24, but is 25.');
  });

  test('has the periods without sales, and marks those that are not complete', async () => {
    const sparse = FixtureMarket.create();
    sparse.write([
      { ...plainSale, contract_date: '2023-11-10', price: 100_000 },
      { ...plainSale, contract_date: '2024-02-28', price: 200_000 },
      { ...plainSale, contract_date: null, non_standard: 'contract date missing' },
    ]);
    const store = await sparse.store();
    const asked = async (parameters: Static<typeof trend.parameters>) => (await store.ask(trend, parameters)).periods;
    const few = { median_lower: null, median_upper: null, support: 'few' };
    const none = { group: null, sales: 0, median: null, mean: null, p25: null, p75: null, total: 0 };
    const empty = { ...none, ...few, complete: true };
    const one = (price: number) => ({
      group: null,
      sales: 1,
      median: price,
      mean: price,
      p25: price,
      p75: price,
      total: price,
      ...few,
    });
    expect(await asked({})).toEqual([
      { period: '2023-11-01', ...one(100_000), complete: true },
      { period: '2023-12-01', ...empty },
      { period: '2024-01-01', ...empty },
      { period: '2024-02-01', ...one(200_000), complete: true },
    ]);
    expect(await asked({ interval: 'quarter', sold_from: '2023-11-01' })).toEqual([
      { period: '2023-10-01', ...one(100_000), complete: false },
      { period: '2024-01-01', ...one(200_000), complete: false },
    ]);
    expect((await asked({ sold_to: '2024-02-28' })).at(-1)).toMatchObject({ complete: false });
    sparse.write([{ ...plainSale, contract_date: '0217-05-11', non_standard: 'contract date before 1900' }]);
    expect((await asked({ standard: 'all', interval: 'year' }))[0]).toMatchObject({ period: '2023-01-01', sales: 1 });
    const all = { standard: 'all', period: 'all' } as const;
    expect((await asked({ ...all, interval: 'year' }))[0]).toMatchObject({
      period: '0217-01-01',
      sales: 1,
      complete: false,
    });
    await expect(asked(all)).rejects.toThrow(/more than 20,000 rows; choose a longer interval/);
  });
});

test('by month and quarter is refused if the register states years', async () => {
  const store = await storeOf(
    Array.from({ length: 120 }, (_, i) => {
      return { property: i, price: 500_000 + i, address: `${i} A St`, contract_date: `20${15 + (i % 8)}-01-01` };
    }),
  );
  const sentence = 'The register states the years of contracts, and not their months; choose interval=year.';
  await expect(store.ask(trend, {})).rejects.toThrow(sentence);
  await expect(store.ask(trend, { interval: 'quarter' })).rejects.toThrow(sentence);
  expect((await store.ask(trend, { interval: 'year', period: 'all' })).periods).toHaveLength(8);
});

test('by month is refused if the register states quarters', async () => {
  const quarters = (sales: number) =>
    Array.from({ length: sales }, (_, i) => {
      const month = String(3 * (i % 4) + 1).padStart(2, '0');
      return { property: i, price: 500_000 + i, address: `${i} A St`, contract_date: `20${15 + (i % 8)}-${month}-01` };
    });
  const store = await storeOf(quarters(120));
  const sentence =
    'The register states the quarters of contracts, and not their months; choose interval=quarter or interval=year.';
  await expect(store.ask(trend, {})).rejects.toThrow(sentence);
  await expect(store.ask(priceIndex, { method: ['median'] })).rejects.toThrow(sentence);
  const { periods } = await store.ask(trend, { interval: 'quarter', period: 'all' });
  expect(periods.reduce((sum, { sales }) => sum + sales, 0)).toBe(120);
  const [first, ...rest] = quarters(120);
  const daily = await storeOf([{ ...(first as (typeof rest)[number]), contract_date: '2020-04-02' }, ...rest]);
  expect((await daily.ask(trend, {})).interval).toBe('month');
});

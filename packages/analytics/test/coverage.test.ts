import { describe, expect, test } from 'vitest';
import { withoutSharedData } from '../../../test/shared-data.ts';
import { coverageOf as coverageOfSelection, readCoverage } from '../src/coverage.ts';
import { type Filters, select } from '../src/filters.ts';
import { areas, changes, priceIndex, summary, trend } from '../src/index.ts';
import { position } from '../src/market.ts';
import { leftOut } from '../src/statistics.ts';
import { FixtureMarket, type SaleFixture, storeOf } from './fixture-market.ts';
import { plainSale } from './sales.ts';
import { realMarket } from './valuation/real-markets.ts';

/** So many sales in each month, the first of them in January 2020, on days from the first to the 28th. */
function monthly(counts: readonly number[], firstYear = 2020): SaleFixture[] {
  return counts.flatMap((count, i) =>
    Array.from({ length: count }, (_, n) => {
      const month = `${firstYear + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, '0')}`;
      return { ...plainSale, property: n, contract_date: `${month}-${String((n % 28) + 1).padStart(2, '0')}` };
    }),
  );
}

async function coverageOf(sales: readonly SaleFixture[]) {
  return (await storeOf(sales)).read((db) => readCoverage(db));
}

describe('without issue dates', () => {
  const year = Array<number>(12).fill(60);

  test('the period is all months at their level, of monthly dates too', async () => {
    const expected = { from: '2020-01-01', to: '2021-12-31', basis: 'counts', months: [] };
    expect(await coverageOf(monthly([...year, ...year]))).toMatchObject(expected);
    const firstDays = monthly([...year, ...year]).map((sale) => ({
      ...sale,
      contract_date: `${sale.contract_date?.slice(0, 8)}01`,
    }));
    expect(await coverageOf(firstDays)).toMatchObject(expected);
  });

  test('it begins and ends where later and earlier months keep the level, and what is known of the others is unknown', async () => {
    const { from, to, months } = await coverageOf(monthly([2, 20, ...year.slice(2), ...year.slice(2), 30, 3]));
    expect({ from, to }).toEqual({ from: '2020-03-01', to: '2021-10-31' });
    expect(months.map(({ month, sales, known, expected }) => [month, sales, known, expected])).toEqual([
      ['2020-01-01', 2, null, null],
      ['2020-02-01', 20, null, null],
      ['2021-11-01', 30, null, null],
      ['2021-12-01', 3, null, null],
    ]);
  });

  test('a year of one month is incomplete, and so is a last month of a quarter of its sales', async () => {
    const completeOf = async (sales: SaleFixture[], interval: 'month' | 'year') =>
      (await (await storeOf(sales)).ask(trend, { interval, period: 'all' })).periods.map(({ complete }) => complete);
    const december = monthly([...Array<number>(11).fill(0), 60]);
    expect(await coverageOf(december)).toMatchObject({ from: '2020-12-01', to: '2020-12-31' });
    expect(await completeOf(december, 'year')).toEqual([false]);
    const ends = monthly([...Array<number>(11).fill(120), 33]);
    expect(await completeOf(ends, 'month')).toEqual([...Array<boolean>(11).fill(true), false]);
    expect(await completeOf(ends, 'year')).toEqual([false]);
  });

  test('a month in the middle may be quiet', async () => {
    const { from, to } = await coverageOf(monthly([...year, 60, 5, 60, ...year]));
    expect({ from, to }).toEqual({ from: '2020-01-01', to: '2022-03-31' });
  });

  test('stray dates move neither end', async () => {
    const strays = ['1901-01-01', '1950-06-01', '2025-11-30'].map((contract_date) => ({ ...plainSale, contract_date }));
    const store = await storeOf([...monthly([...year, ...year]), ...strays]);
    const { covered } = await store.ask(summary, {});
    expect(covered).toMatchObject({ from: '2020-01-01', to: '2021-12-31', before: 2, after: 1, undated: 0 });
    expect((await store.ask(trend, {})).periods).toHaveLength(24);
    expect((await store.ask(priceIndex, {})).periods).toHaveLength(24);
    const { periods } = await store.ask(trend, { period: 'all', interval: 'year' });
    expect(periods.flatMap(({ period, complete }) => (complete ? [period] : []))).toEqual(['2020-01-01', '2021-01-01']);
    expect(periods[0]?.period).toBe('1901-01-01');
    expect((await store.ask(trend, { sold_from: '1950-01-01', interval: 'year' })).periods[0]?.period).toBe(
      '1950-01-01',
    );
  });

  test('of few sales, it is the series without a long gap that are not single sales', async () => {
    const thin = monthly([1, 0, 0, 2, 1, 0, 1]);
    const old = { ...plainSale, contract_date: '1950-01-10' };
    expect(await coverageOf([old, ...thin])).toMatchObject({ from: '2020-01-01', to: '2020-07-31' });
    expect(await coverageOf([...monthly([1, 2, 1], 2010), ...thin])).toMatchObject({
      from: '2010-01-01',
      to: '2020-07-31',
    });
    expect(await coverageOf([])).toMatchObject({ from: null, to: null, last: null });
  });
});

describe('with issue dates', () => {
  /** Issued every Monday of 2022, of contracts that are issued evenly over the four to ten weeks after them. */
  const issued = (until: string) =>
    Array.from({ length: 365 + 90 }, (_, day) => {
      const contract = Date.UTC(2021, 9, 3) + day * 86_400_000;
      return Array.from({ length: 7 }, (_, n) => {
        const delayed = contract + (28 + 7 * n) * 86_400_000;
        const monday = delayed + ((8 - new Date(delayed).getUTCDay()) % 7) * 86_400_000;
        return { contract, monday, n };
      });
    })
      .flat()
      .filter(({ monday }) => monday >= Date.UTC(2022, 0, 3) && monday <= Date.parse(until))
      .map(({ contract, monday, n }) => ({
        ...plainSale,
        property: n,
        contract_date: new Date(contract).toISOString().slice(0, 10),
        issued_at: new Date(monday).toISOString(),
      }));

  test('the share of each month is that of the delays that the issues span', async () => {
    const { from, to, basis, months } = await coverageOf(issued('2022-12-26'));
    expect(basis).toBe('issue dates');
    const known = Object.fromEntries(months.map(({ month, known }) => [month, known]));
    // Contracts of December 2021 are all issued in 2022; of November some are. Of October 2022 most have been, of November less than half.
    expect(from).toBe('2021-12-01');
    expect(to).toBe('2022-09-30');
    expect(known['2021-10-01']).toBeLessThan(0.1);
    expect(known['2021-11-01']).toBeGreaterThan(0.4);
    expect(known['2022-10-01']).toBeGreaterThan(0.7);
    expect(known['2022-10-01']).toBeLessThan(0.9);
    expect(known['2022-11-01']).toBeGreaterThan(0.2);
    expect(known['2022-11-01']).toBeLessThan(0.5);
  });

  test('an earlier year of which a part is known has its number of sales, and no change', async () => {
    const rows = issued('2022-12-26');
    const late = { ...plainSale, contract_date: '2021-06-15', issued_at: '2022-01-03T12:00:00Z' };
    const store = await storeOf([...rows, ...Array.from({ length: 12 }, (_, property) => ({ ...late, property }))]);
    const later = rows.filter(({ contract_date: day }) => day >= '2021-10-01' && day <= '2022-09-30').length;
    const expected = { lower: null, upper: null, clear: false, sales: later, sales_before: 12 };
    const { change_over_one_year, change_over_one_year_interval } = await store.ask(summary, {});
    expect(change_over_one_year).toBeNull();
    expect(change_over_one_year_interval).toMatchObject(expected);
    const { all } = await store.ask(changes, {});
    expect(all).toMatchObject({ change: null, median_before: null, change_interval: expected });
  });

  test('nothing is covered by a few files, and every period is answered, incomplete', async () => {
    const store = await storeOf(issued('2022-01-31'));
    expect(await store.read((db) => readCoverage(db))).toMatchObject({ from: null, to: null, basis: 'issue dates' });
    const { periods } = await store.ask(trend, {});
    expect(periods.map(({ complete }) => complete)).toEqual([false, false, false, false]);
  });

  test('sales that are added alone count at once', async () => {
    const market = FixtureMarket.create();
    market.write(monthly(Array(24).fill(60)));
    const store = await market.store();
    const read = () => store.read((db) => readCoverage(db));
    expect((await read()).to).toBe('2021-12-31');
    for (let n = 0; n < 60; n++) {
      market.write([{ ...plainSale, contract_date: '2022-01-15' }]);
      await read();
    }
    expect((await read()).to).toBe('2022-01-31');
    expect(await (await market.store()).read((db) => readCoverage(db))).toEqual(await read());
  });
});

test('what all sales have outside the period and left out is counted once for each version', async () => {
  const market = FixtureMarket.create();
  market.write(monthly(Array(24).fill(60)));
  const store = await market.store();
  const counted = (filters: Filters) =>
    store.read(async (db) => {
      const selection = await select(db, filters, (await position(db)).market);
      return { leftOut: await leftOut(db, selection), covered: await coverageOfSelection(db, selection) };
    });
  const first = await counted({});
  expect((await counted({})).leftOut).toBe(first.leftOut);
  expect((await counted({ standard: 'false' })).leftOut).toEqual({ count: 1440, by_reason: { standard: 1440 } });
  market.write([
    { ...plainSale, contract_date: null },
    { ...plainSale, non_standard: 'part interest' },
  ]);
  const second = await counted({});
  expect(second.covered.undated).toBe(first.covered.undated + 1);
  expect(second.leftOut).toEqual({ count: 1, by_reason: { 'part interest': 1 } });
  expect((await counted({ price_min: 1 })).leftOut).toEqual({ ...second.leftOut, not_stated: { price: 0 } });
});

describe.skipIf(withoutSharedData('nsw-psi-2024'))('New South Wales', { timeout: 600_000 }, () => {
  const coverage = async (files: RegExp) => {
    const store = await realMarket('nsw', files);
    const found = await store.read((db) => readCoverage(db));
    return { ...found, store, of: new Map(found.months.map((month) => [month.month, month])) };
  };

  test('the files of 2024 cover December 2023 to September 2024, and those to June estimate the same for their own period', async () => {
    const all = await coverage(/\.zip$/);
    expect(all).toMatchObject({ from: '2023-12-01', to: '2024-09-30', basis: 'issue dates' });
    // The few sales of January are the season: all of them are known.
    expect(all.of.get('2024-01-01')).toBeUndefined();
    expect(all.of.get('2024-09-01')?.known).toBeCloseTo(0.93, 2);
    expect(all.of.get('2024-10-01')?.known).toBeCloseTo(0.82, 2);
    expect(all.of.get('2024-11-01')?.known).toBeCloseTo(0.39, 2);
    expect(all.of.get('2024-12-01')?.known).toBeLessThan(0.06);
    expect(all.of.get('2024-11-01')?.expected).toBeNull();
    expect(all.of.get('2024-12-01')).toMatchObject({ sales: 1_588, expected: null });
    // Before December 2023 only late issues are known, so nothing is compared with them.
    expect((await all.store.ask(areas, { sort: 'change', limit: 1 })).areas).toMatchObject([
      { change: null, rank: null },
    ]);
    const toJune = await coverage(/20240[1-6]\d\d\.zip$/);
    expect(toJune).toMatchObject({ from: '2023-12-01', to: '2024-03-31' });
    // What the files to June know of each month, of what the files of the whole year have: the estimate is at most 7 points off.
    const later = {
      '2024-02-01': 16_114,
      '2024-03-01': 17_511,
      '2024-04-01': 15_732,
      '2024-05-01': 17_293,
      '2024-06-01': 14_672,
    };
    for (const [month, sales] of Object.entries(later)) {
      const estimated = toJune.of.get(month);
      expect(Math.abs((estimated?.known ?? 0) - (estimated?.sales ?? 0) / sales)).toBeLessThan(0.07);
    }
  });
});

describe.skipIf(withoutSharedData('singapore-hdb'))('Singapore', () => {
  test('a year of monthly dates is covered to its end', async () => {
    const store = await realMarket('singapore');
    expect(await store.read((db) => readCoverage(db))).toMatchObject({
      from: '2012-03-01',
      to: '2016-12-31',
      months: [],
    });
    const { periods } = await store.ask(trend, { interval: 'year' });
    expect(periods.map(({ complete }) => complete)).toEqual([false, true, true, true, true]);
  });
});

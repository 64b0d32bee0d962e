/** Small files that misled: each is read as an import reads it, and its figures are those that a careful reader expects. */
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readFile } from '../../imports/test/helpers.ts';
import { comparables, estimate, priceIndex, summary, trend } from '../src/index.ts';
import { storeOf } from './fixture-market.ts';
import { fixturesOf } from './valuation/real-markets.ts';

function read(name: string) {
  return readFile({ name, path: fileURLToPath(new URL(`fixtures/figures/${name}`, import.meta.url)) });
}

/** A store of the sales of a file without rejects. */
async function storeOfFile(name: string) {
  const { sales, rejects } = await read(name);
  expect(rejects).toEqual([]);
  return storeOf(fixturesOf(sales));
}

describe("downloads of HM Land Registry's search page", () => {
  test('may have the first sale on the line of the header', async () => {
    const { sales, rejects } = await read('uk-header-without-newline.csv');
    expect(rejects).toEqual([]);
    expect(sales.map(({ price, address }) => [price, address])).toEqual([
      [440_000, '1B Example Road, London'],
      [380_000, '1C Example Road, London'],
    ]);
  });

  test('may have a row of commas', async () => {
    const { sales, rejects } = await read('uk-empty-row-of-commas.csv');
    expect({ prices: sales.map(({ price }) => price), rejects }).toEqual({ prices: [100_000, 110_000], rejects: [] });
  });
});

describe('a contract date in the far future', () => {
  test('moves neither the periods, nor changes, nor the day of an estimate', async () => {
    const store = await storeOfFile('stray-future-date.csv');
    const { left_out, last_sale, change_over_one_year, covered } = await store.ask(summary, {});
    expect(left_out.by_reason).toEqual({ 'contract date after issue': 1 });
    expect({ last_sale, to: covered.to }).toEqual({ last_sale: '2024-12-27', to: '2024-12-31' });
    expect(change_over_one_year).not.toBeNull();
    expect((await store.ask(trend, {})).periods).toHaveLength(60);
    expect((await store.ask(priceIndex, {})).periods).toHaveLength(60);
    const { valued_on, comparables: used, confidence } = await store.ask(estimate, { address: '1 Example St' });
    expect(valued_on).toBe('2025-01-01');
    expect(used.length).toBeGreaterThan(0);
    // The file states no streets, so nothing is known of who is in the same one.
    expect(confidence.reasons.join(' ')).not.toContain('street');
  });

  test.each([
    ['one-future-year.csv', 4, 1],
    ['future-typo-dates.csv', 1, 2],
  ])('is not standard: %s', async (name, standard, after) => {
    const store = await storeOfFile(name);
    const { sales, left_out } = await store.ask(summary, {});
    expect({ sales, by_reason: left_out.by_reason }).toEqual({
      sales: standard,
      by_reason: { 'contract date after issue': after },
    });
    for (const interval of ['month', 'quarter'] as const) {
      const { periods } = await store.ask(priceIndex, { interval, method: ['median'] });
      expect(periods.at(-1)?.period.slice(0, 4)).toBe('2024');
    }
    expect((await store.ask(trend, {})).periods.at(-1)?.period.slice(0, 4)).toBe('2024');
  });
});

test('one sale of long ago is neither the start, the base nor the chain of an index', async () => {
  const store = await storeOfFile('one-old-sale-and-rolling-hedonic.csv');
  const rolling = await store.ask(priceIndex, { method: ['rolling_hedonic'] });
  expect(rolling.base).toBe('2019-01-01');
  expect(rolling.methods[0]?.count).toBe(36);
  expect(rolling.periods).toHaveLength(36);
  expect(rolling.periods.every(({ index }) => index !== null)).toBe(true);
  const based = await store.ask(priceIndex, { method: ['rolling_hedonic'], base: '2020-01-01' });
  expect(based.base).toBe('2020-01-01');
  const { base, periods } = await store.ask(priceIndex, {});
  expect({ base, months: periods.length }).toEqual({ base: '2019-01-01', months: 36 });
});

test('one rebuilt house does not decide by how much prices are adjusted', async () => {
  const store = await storeOfFile('one-pair-decides-the-index.csv');
  const { comparables: rows } = await store.ask(comparables, { address: '105 Example St' });
  const earlier = rows.filter(({ contract_date }) => contract_date < '2020');
  expect(earlier.length).toBeGreaterThan(5);
  for (const { price, adjusted_price } of earlier) expect(Math.abs(adjusted_price / price - 1)).toBeLessThan(0.05);
});

test('an address is valued although the register gives no locality', async () => {
  const store = await storeOfFile('no-locality-address.csv');
  const { subject, estimate: value, baseline } = await store.ask(estimate, { address: '2 Example Road, Exampletown' });
  expect(subject).toMatchObject({ region: 'Dublin' });
  expect(value).toBeGreaterThan(290_000);
  expect(value).toBeLessThan(330_000);
  expect(baseline.median).not.toBeNull();
});

describe('deeds of a few dollars', () => {
  test('are not standard, and make no pair of sales', async () => {
    const store = await storeOfFile('nyc-ten-dollars.csv');
    const { sales, median_price, left_out } = await store.ask(summary, {});
    expect({ sales, median_price }).toEqual({ sales: 1, median_price: 800_000 });
    expect(left_out.by_reason).toEqual({ 'nominal price': 1 });
    await expect(store.ask(priceIndex, { method: ['repeat_sales'] })).rejects.toThrow('There is no repeat_sales index');
  });

  test('do not move the median', async () => {
    const store = await storeOfFile('nyc-ten.csv');
    const { median_price, left_out } = await store.ask(summary, {});
    expect(median_price).toBe(1_250_000);
    expect(left_out.by_reason).toEqual({ 'nominal price': 2 });
  });
});

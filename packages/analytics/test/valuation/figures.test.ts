/** Small markets in which a careless valuation misleads. */
import { describe, expect, test } from 'vitest';
import { comparables, estimate } from '../../src/index.ts';
import { FixtureMarket, type SaleFixture, storeOf } from '../fixture-market.ts';
import { plainSale } from '../sales.ts';

const bare = {
  ...plainSale,
  ...{ bedrooms: null, bathrooms: null, car_spaces: null, land_area: null, floor_area: null, dealing: null },
  ...{
    latitude: null,
    longitude: null,
    postcode: null,
    region: 'Region',
    locality: 'Exampleton',
    street: 'Example St',
  },
};
const monthly = (year: number, price: number, first: number): SaleFixture[] =>
  Array.from({ length: 12 }, (_, i) => ({
    ...bare,
    ...{ property: first + i, address: `${first + i} Example St`, price: price + 1000 * i },
    contract_date: `${year}-${String(i + 1).padStart(2, '0')}-10`,
  }));

describe('the index that prices are adjusted by', () => {
  test('is not that of a single pair of sales', async () => {
    const rebuilt = { ...bare, property: 1, address: '1 Rebuilt St', street: 'Rebuilt St' };
    const store = await storeOf([
      ...monthly(2019, 300_000, 100),
      ...monthly(2020, 300_000, 200),
      { ...rebuilt, contract_date: '2019-03-05', price: 150_000 },
      { ...rebuilt, contract_date: '2020-06-05', price: 300_000 },
    ]);
    const { index, comparables: rows } = await store.ask(comparables, { address: '105 Example St' });
    expect(index.method).toBe('stratified_median');
    const before = rows.filter(({ contract_date }) => contract_date < '2020-01-01');
    expect(before.length).toBeGreaterThan(5);
    for (const { price, adjusted_price } of before) {
      expect(Math.abs(adjusted_price / price - 1)).toBeLessThan(0.05);
    }
  });

  test('is the one chosen for the market if it is precise enough', async () => {
    const market = FixtureMarket.create();
    const pairs = Array.from({ length: 200 }, (_, i) => {
      const one = { ...bare, property: i, address: `${i} Example St` };
      const price = 300_000 * (1 + (i % 9));
      return [
        { ...one, contract_date: `2019-${String(1 + (i % 12)).padStart(2, '0')}-10`, price },
        {
          ...one,
          contract_date: `2020-${String(1 + (i % 11)).padStart(2, '0')}-20`,
          price: Math.round(price * (1.1 + (i % 5) / 500)),
        },
      ];
    }).flat();
    market.write(pairs);
    const store = await market.store();
    const method = async () => (await store.ask(comparables, { address: '105 Example St' })).index.method;
    expect(await method()).toBe('stratified_median');
    market.chooseIndexMethod('repeat_sales');
    expect(await method()).toBe('repeat_sales');
  });
});

describe('an address that the market has', () => {
  const dublin = (i: number): SaleFixture => ({
    ...bare,
    ...{ property: i, address: `${i} Example Road, Exampletown`, region: 'Dublin', locality: null, street: null },
    ...{ contract_date: `2010-01-${String(10 + i)}`, price: 300_000 + 10_000 * i },
  });

  test('is valued without a locality, by the sales of its region', async () => {
    const store = await storeOf([1, 2, 3].map(dublin));
    const result = await store.ask(estimate, { address: '3 Example Road, Exampletown' });
    expect(result.subject).toMatchObject({ property_id: 3, locality: null, region: 'Dublin' });
    expect(result.estimate).toBeGreaterThan(290_000);
    expect(result.baseline).toMatchObject({ sales: 3, median: expect.any(Number) });
  });

  test.each(['3 example rd exampletown', '3 Example Road, Exampletown', '3, Éxample Rd. Exampletown, Dublin'])(
    'is found as %s',
    async (address) => {
      const store = await storeOf([1, 2, 3].map(dublin));
      expect((await store.ask(estimate, { address })).subject.property_id).toBe(3);
    },
  );

  test('is found by Street for St, and not by another number or street', async () => {
    const store = await storeOf(monthly(2020, 300_000, 100));
    const found = async (address: string) => (await store.ask(comparables, { address })).subject.property_id;
    expect(await found('105 Example Street, Exampleton, Region')).toBe(105);
    await expect(found('5 Example Street')).rejects.toThrow('has no sale at "5 Example Street"');
    await expect(found('105 Example Road')).rejects.toThrow('has no sale at "105 Example Road"');
    await expect(found('105 Example Street, Otherton')).rejects.toThrow('has no sale at');
  });

  test('of several dwellings shows what differs', async () => {
    const flat = {
      ...bare,
      address: '406 ANG MO KIO AVE 10',
      type: 'Flat',
      street: null,
      floor_area: 44,
      contract_date: '2020-01-10',
    };
    const store = await storeOf([
      { ...flat, property: 1, details: { storey: '10 TO 12', model: 'Improved' } },
      { ...flat, property: 2, details: { storey: '01 TO 03', model: 'Improved' } },
    ]);
    await expect(store.ask(estimate, { address: '406 Ang Mo Kio Avenue 10' })).rejects.toThrow(
      'give the id of one of them: 1 (storey 10 TO 12), 2 (storey 01 TO 03).',
    );
  });
});

describe('comparables', () => {
  test('leave outliers out, with the reason', async () => {
    const store = await storeOf([
      ...monthly(2020, 900_000, 100),
      { ...bare, property: 7, address: '7 Example St', contract_date: '2020-06-10', price: 62_000_000 },
    ]);
    const { comparables: rows, left_out } = await store.ask(comparables, { address: '105 Example St' });
    expect(rows.map(({ price }) => price)).not.toContain(62_000_000);
    expect(left_out).toMatchObject([
      {
        property_id: 7,
        price: 62_000_000,
        reason: expect.stringMatching(/^Its adjusted price is \d+ times the median/),
      },
    ]);
    expect((await store.ask(estimate, { address: '105 Example St' })).left_out).toEqual(left_out);
  });

  test('and the calibration are the same whatever the order in which sales are loaded', async () => {
    const sales: SaleFixture[] = Array.from({ length: 900 }, (_, i) => ({
      ...bare,
      ...{ key: `sale ${i}`, property: i, address: `${i} Example St`, floor_area: 50 + ((i * 7) % 90) },
      contract_date: `202${Math.floor(i / 300)}-${String(1 + (Math.floor(i / 25) % 12)).padStart(2, '0')}-${10 + (i % 9)}`,
      price: 400_000 + 5_000 * ((i * 7) % 90) + 1_000 * ((i * 31) % 97),
    }));
    const answer = async (sales: SaleFixture[]) => {
      const store = await storeOf(sales);
      const { accuracy, low, high, ...rest } = await store.ask(estimate, {
        type: bare.type ?? '',
        locality: 'Exampleton',
        floor_area: 80,
      });
      return { accuracy, low, high, estimate: rest.estimate };
    };
    const turned = sales.toReversed().map((sale) => ({ ...sale, property: 5_000 - sale.property }));
    const expected = await answer(sales);
    expect(expected.accuracy).not.toBe(null);
    expect(await answer(turned)).toEqual(expected);
  });
});

import { describe, expect, test } from 'vitest';
import { chooseMethod, priceIndex } from '../../src/index.ts';
import { FixtureMarket, type SaleFixture, storeOf } from '../fixture-market.ts';
import { plainSale } from '../sales.ts';
import { type RealMarket, realMarket, withoutFiles } from '../valuation/real-markets.ts';

const unstated = { bedrooms: null, bathrooms: null, car_spaces: null, land_area: null, floor_area: null };

/** Dwellings sold twice, which were dearer in each month of 2021, and mixed in 2023: that moves medians, but not the prices of one dwelling. */
function resales(count: number): SaleFixture[] {
  const day = (year: number, month: number) => `${year}-${String(1 + (month % 12)).padStart(2, '0')}-10`;
  return Array.from({ length: count }, (_, i) => {
    const price = 300_000 * (1 + (i % 12));
    const one = { ...plainSale, ...unstated, property: i, address: `${i} Green St`, dealing: null };
    return [
      { ...one, contract_date: day(2021, i), price },
      {
        ...one,
        contract_date: day(2023, 5 * i + Math.floor(i / 12)),
        price: Math.round(price * (1.1 + (i % 7) / 1000)),
      },
    ];
  }).flat();
}

describe('the default method', () => {
  const choose = async (sales: SaleFixture[], former: string | null = null) =>
    (await storeOf(sales)).read((db) => chooseMethod(db, former));

  test('has the smallest error on held-out resales', async () => {
    const { method, why } = await choose(resales(300));
    expect(method).toBe('repeat_sales');
    expect(why).toMatch(
      /^by the median error of the prices of 300 held-out resales: stratified_median \d+\.\d\d %, median \d+\.\d\d %, repeat_sales 0\.\d\d %$/,
    );
  });

  test('is the same whatever the order in which sales are loaded', async () => {
    const sales = resales(300);
    const market = FixtureMarket.create();
    const keyed = sales.map((sale, i) => ({ ...sale, key: `sale ${i}` }));
    market.write(keyed);
    const turned = FixtureMarket.create();
    turned.write(keyed.toReversed().map((sale) => ({ ...sale, property: 1000 - sale.property })));
    const chosen = async (one: FixtureMarket) => (await one.store()).read((db) => chooseMethod(db, null));
    expect(await chosen(turned)).toEqual(await chosen(market));
  });

  test('is not chosen by few resales', async () => {
    expect(await choose(resales(150))).toMatchObject({ method: null });
    expect(await choose([])).toMatchObject({ method: null });
  });

  test('is that of an index without a method, and is stated', async () => {
    const market = FixtureMarket.create();
    market.write(resales(60));
    const store = await market.store();
    const ask = async (parameters = {}) => {
      const { methods, preferred } = await store.ask(priceIndex, { interval: 'year', ...parameters });
      expect(preferred.why).toMatch(/^It .*\.$/);
      const { method, chosen } = preferred;
      return { methods: methods.map(({ method }) => method), preferred: { method, chosen } };
    };
    expect(await ask()).toEqual({
      methods: ['stratified_median'],
      preferred: { method: 'stratified_median', chosen: false },
    });
    market.chooseIndexMethod('repeat_sales');
    const preferred = { method: 'repeat_sales', chosen: true };
    expect(await ask()).toEqual({ methods: ['repeat_sales'], preferred });
    expect(await ask({ method: ['median'] })).toEqual({ methods: ['median'], preferred });
    // No property was sold twice within a year.
    expect(await ask({ sold_from: '2023-01-01' })).toEqual({ methods: ['stratified_median'], preferred });
    const all = await store.ask(priceIndex, { interval: 'year', quality: true });
    const plain = await store.ask(priceIndex, { interval: 'year', all_methods: true });
    expect(plain.periods).toEqual(all.periods);
    expect(plain.methods.every(({ quality }) => quality === null)).toBe(true);
    expect(all.methods.map(({ method }) => method)).toEqual([
      ...['repeat_sales', 'median', 'mean', 'stratified_median', 'case_shiller', 'arithmetic_repeat_sales'],
    ]);
    for (const { quality } of all.methods) expect(quality?.accuracy.pairs).toBe(60);
  });

  const chosen = [
    ['seattle', /x/, 'hedonic'],
    ['reading', /csv/, 'repeat_sales'],
    ['singapore', /csv/, 'repeat_sales'],
    ['nsw', /zip/, 'hedonic'],
  ] as const satisfies [RealMarket, RegExp, string][];
  describe.each(chosen)('of %s', (name, files, method) => {
    test.skipIf(withoutFiles(name))('is as documented', { timeout: 900_000 }, async () => {
      const store = await realMarket(name, files);
      expect((await store.read((db) => chooseMethod(db, null))).method).toBe(method);
    });
  });
});

import { expect, test } from 'vitest';
import { readSales, sampled } from '../../src/price-index/sales.ts';
import { storeOf } from '../fixture-market.ts';

test('a sample of the sales has every sale of some properties, and is all sales where there are at most as many as requested', async () => {
  const rows = Array.from({ length: 3000 }, (_, i) => ({
    property: i % 1000,
    contract_date: `${2020 + Math.floor(i / 1000)}-06-01`,
    price: 500_000,
    address: `${i % 1000} Long St`,
  }));
  const store = await storeOf(rows);
  await store.read(async (db) => {
    const { sales } = await readSales(db, { where: 'true', unstated: {}, leftOut: 'false', values: {} }, 'year');
    expect(sampled(sales, 3000)).toBe(sales);
    const properties = await db.rows<{ sales: number }>(
      `SELECT count(*) AS sales FROM sale WHERE ${sampled(sales, 600).where} GROUP BY property_id`,
    );
    expect(new Set(properties.map(({ sales }) => sales))).toEqual(new Set([3]));
    expect(properties.length).toBeGreaterThan(150);
    expect(properties.length).toBeLessThan(250);
  });
});

test('a sample has the same sales whatever the order in which they are loaded', async () => {
  const rows = Array.from({ length: 900 }, (_, i) => ({
    ...{ key: `sale ${i}`, property: i % 300, contract_date: '2020-06-01', price: 500_000, address: 'Long St' },
  }));
  const keys = async (sales: typeof rows) => {
    const store = await storeOf(sales);
    return store.read(async (db) => {
      const { sales } = await readSales(db, { where: 'true', unstated: {}, leftOut: 'false', values: {} }, 'year');
      return db.rows(`SELECT key FROM sale WHERE ${sampled(sales, 300).where} ORDER BY key`);
    });
  };
  const turned = rows.toReversed().map((sale) => ({ ...sale, property: 5_000 - sale.property }));
  expect(await keys(turned)).toEqual(await keys(rows));
});

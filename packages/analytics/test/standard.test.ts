import { describe, expect, test } from 'vitest';
import { summary } from '../src/index.ts';
import { FixtureMarket, type FixtureStore, type SaleFixture, storeOf } from './fixture-market.ts';
import { plainSale } from './sales.ts';

async function reasons(sales: SaleFixture[]): Promise<(string | null)[]> {
  return reasonsIn(await storeOf(sales));
}

async function reasonsIn(store: FixtureStore): Promise<(string | null)[]> {
  const rows = await store.read((db) =>
    db.rows<{ reason: string | null; is_standard: boolean }>(
      'SELECT non_standard AS reason, is_standard FROM sale ORDER BY id',
    ),
  );
  expect(rows.map(({ is_standard }) => is_standard)).toEqual(rows.map(({ reason }) => reason === null));
  return rows.map(({ reason }) => reason);
}

describe('a contract date', () => {
  test('after the issue of its row, or after the day of its import, is not standard', async () => {
    const dated = (contract_date: string, issued_at: string | null = null) => ({
      ...plainSale,
      contract_date,
      issued_at,
    });
    expect(
      await reasons([
        dated('2024-05-31', '2024-06-01T12:00:00+10'),
        dated('2024-06-02', '2024-06-01T12:00:00+10'),
        dated('2024-06-03', '2024-06-01T12:00:00+10'),
        // Fixtures are imported on 30 June 2026. A day later it may be where the source is.
        dated('2026-07-01'),
        dated('2026-07-02'),
        dated('2204-03-05'),
        dated('2030-01-01', '2031-01-01T00:00:00Z'),
        dated('1024-05-11'),
        { ...dated('2204-03-05'), non_standard: 'part interest' },
      ]),
    ).toEqual([
      null,
      null,
      'contract date after issue',
      null,
      'contract date after issue',
      'contract date after issue',
      'contract date after issue',
      'contract date before 1900',
      'part interest',
    ]);
  });

  test('is checked in sales that are added alone', async () => {
    const market = FixtureMarket.create();
    market.write([plainSale]);
    const store = await market.store();
    await reasonsIn(store);
    market.write([{ ...plainSale, contract_date: '2204-03-05' }]);
    expect(await reasonsIn(store)).toEqual([null, 'contract date after issue']);
  });
});

describe('a price', () => {
  const priced = (...prices: number[]) => prices.map((price) => ({ ...plainSale, price }));

  test('is nominal far below what homes cost, by whatever currency', async () => {
    expect(await reasons(priced(10, 1_250_000, 1))).toEqual(['nominal price', null, 'nominal price']);
    expect(await reasons(priced(10, 800_000))).toEqual(['nominal price', null]);
    expect(await reasons(priced(100, 30_000, 40_000))).toEqual(['nominal price', null, null]);
    expect(await reasons(priced(5_000, 600_000, 800_000))).toEqual([null, null, null]);
  });

  test('is compared with prices until the end of its decade', async () => {
    const recent = Array.from({ length: 36 }, (_, i) => ({
      ...plainSale,
      contract_date: '2019-01-10',
      price: 300_000 + i,
    }));
    const old = { ...plainSale, contract_date: '1950-01-10', price: 1_000 };
    const first = { ...plainSale, contract_date: '2020-01-01', price: 1_000 };
    const undated = { ...plainSale, contract_date: null, price: 1_000 };
    expect((await reasons([...recent, old, first, undated])).slice(36)).toEqual([
      null,
      'nominal price',
      'nominal price',
    ]);
  });

  test('is nominal or not by the sales in force now, and other reasons take precedence', async () => {
    const market = FixtureMarket.create();
    const [, million] = market.write(priced(1_000, 1_000_000));
    market.write([
      { ...plainSale, price: 10, dealing: 'D' },
      { ...plainSale, price: 900_000, dealing: 'D' },
    ]);
    const store = await market.store();
    expect(await reasonsIn(store)).toEqual(['nominal price', null, 'shared dealing', 'shared dealing']);
    market.setAside({ 1: 'a gift' });
    expect((await reasonsIn(store))[0]).toBe('set aside');
    market.setAside({});
    expect((await reasonsIn(store))[0]).toBe('nominal price');
    // Alone, and one at a time: these move the threshold.
    for (let i = 0; i < 20; i++) {
      market.write(priced(1_500));
      await reasonsIn(store);
    }
    expect(await reasonsIn(store)).toEqual([null, null, 'shared dealing', 'shared dealing', ...Array(20).fill(null)]);
    market.write([], [million as number]);
    expect((await reasonsIn(await market.store()))[0]).toBe((await reasonsIn(store))[0]);
    expect((await store.ask(summary, {})).left_out.by_reason).toEqual({ 'shared dealing': 2 });
  });
});

test('many changes are applied while a question reads the sales that they affect', async () => {
  const market = FixtureMarket.create();
  const sold = (from: number) =>
    Array.from({ length: 300 }, (_, i) => ({ ...plainSale, property: from + i, dealing: `dealing ${i}` }));
  market.write(sold(0));
  const store = await market.store();
  const count = (where: string) =>
    store.read(
      async (db) => (await db.row<{ sales: number }>(`SELECT count(*) AS sales FROM sale WHERE ${where}`)).sales,
    );
  await store.read(async (db) => {
    await db.rows('SELECT count(non_standard) FROM sale');
    market.write(sold(300));
    expect(await count(`non_standard = 'shared dealing'`)).toBe(600);
    expect(await db.row('SELECT count(non_standard) AS sales FROM sale')).toEqual({ sales: 0 });
  });
  expect(await count('true')).toBe(600);
});

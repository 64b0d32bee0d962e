import { beforeAll, describe, expect, test } from 'vitest';
import { sheetBatches } from '../src/sheet-rows.ts';
import { type FixtureStore, fixtureMarket } from './fixture-market.ts';

const market = fixtureMarket();
let store: FixtureStore;

beforeAll(async () => {
  market.write(
    Array.from({ length: 53 }, (_, i) => ({
      property: i,
      price: 100 + (i % 7),
      address: `${i} Green St`,
      land_area: i % 5 === 0 ? null : 400 + (i % 3),
      contract_date: '2024-05-01',
    })),
  );
  store = await market.store();
});

const columns = [{ name: 'id', style: 0, isDate: false }];
const idsOf = (rows: { element: string }[]) => rows.map(({ element }) => Number(/<v>(\d+)</.exec(element)?.[1]));

describe.each(['price', 'land_area'] as const)('the rows of a sheet by %s', (sort) => {
  test.each(['asc', 'desc'] as const)('in batches are those in one, %s', async (order) => {
    await store.read(async (db) => {
      const selected = { where: 'price >= $least', values: { least: 101 } };
      const read = async (size: number) => {
        const batches = await sheetBatches(db, { columns, sort, order }, selected, size);
        const ids: number[][] = [];
        for (const batch of batches) ids.push(idsOf(await db.rows(batch, selected.values)));
        return ids;
      };
      const [whole = []] = await read(1_000);
      expect(whole).toHaveLength(45);
      for (const size of [4, 15, 44, 45]) {
        const batches = await read(size);
        expect(batches.flat()).toEqual(whole);
        for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(size);
      }
    });
  });
});

import fc from 'fast-check';
import Type from 'typebox';
import { expect, test } from 'vitest';
import { areas, compare, defineQuestion, facets, places, sales, summary } from '../src/index.ts';
import { FixtureMarket, type FixtureStore, storeOf } from './fixture-market.ts';
import { plainSale, type SaleInput } from './sales.ts';

const named = (names: Partial<SaleInput>, count = 1): SaleInput[] => Array(count).fill({ ...plainSale, ...names });

async function localitiesOf(store: FixtureStore): Promise<Record<string, number>> {
  const answer = await store.ask(areas, {});
  return Object.fromEntries(answer.areas.map(({ area, region, sales }) => [`${area}, ${region}`, sales]));
}

test('names that differ by case or spacing are one area, with the spelling that most sales have', async () => {
  const spellings = [
    'NORTHVILLE',
    'Northville',
    'northville',
    'North ville',
    'Northville  ',
    'Northville',
    'Northville',
  ];
  const types = ['House', 'house', 'HOUSE', 'House ', 'House', 'House', 'House'];
  const store = await storeOf(
    spellings.map((locality, i) => ({ ...plainSale, property: i, locality, type: types[i] as string })),
  );
  expect(await localitiesOf(store)).toEqual({ 'Northville, NSW': 7 });
  const { type, locality } = await store.ask(facets, {});
  expect([type, locality]).toEqual([
    { total: 1, values: [{ value: 'House', sales: 7 }] },
    { total: 1, values: [{ value: 'Northville', sales: 7 }] },
  ]);
  for (const spelling of ['NORTHVILLE', 'north ville', ' Northville']) {
    expect((await store.ask(summary, { locality: [spelling], type: ['HOUSE'] })).sales, spelling).toBe(7);
    expect((await store.ask(compare, { area: [spelling] })).areas, spelling).toMatchObject([
      { area: 'Northville', sales: 7 },
    ]);
    expect((await store.ask(places, { q: spelling })).places[0], spelling).toMatchObject({
      name: 'Northville',
      sales: 7,
      match: 'exact',
    });
  }
  expect((await store.ask(sales, {})).sales.map((sale) => sale.locality)).toEqual(Array(7).fill('Northville'));
});

test('names that differ by accents are one area where their region or postcode agrees', async () => {
  const store = await storeOf([
    ...named({ locality: 'São João', region: 'SP', postcode: '1' }, 2),
    ...named({ locality: 'Sao Joao', region: 'SP', postcode: '2' }, 3),
    ...named({ locality: 'SÃO JOÃO', region: 'RJ', postcode: '3' }),
    ...named({ locality: 'Mühlen', region: null, postcode: '4' }, 2),
    ...named({ locality: 'Muhlen', region: null, postcode: '4' }),
    ...named({ locality: 'Muhlen', region: null, postcode: '5' }),
    ...named({ locality: 'Paris', region: 'Île-de-France', postcode: '75001' }, 3),
    ...named({ locality: 'Paris', region: 'Ile-de-France', postcode: '75001' }),
    ...named({ locality: 'Meaux', region: 'Ile-de-France', postcode: '77100' }),
    ...named({ locality: 'A', region: 'Bérn', postcode: '6' }),
    ...named({ locality: 'A', region: 'Bern', postcode: '7' }),
  ]);
  expect(await localitiesOf(store)).toEqual({
    'Sao Joao, SP': 5,
    'São João, RJ': 1,
    'Mühlen, null': 3,
    'Muhlen, null': 1,
    'Paris, Île-de-France': 4,
    'Meaux, Île-de-France': 1,
    'A, Bérn': 1,
    'A, Bern': 1,
  });
});

test('the spelling changes when more sales have another one, and the places of the sales with it', async () => {
  const market = FixtureMarket.create();
  const unplaced = { latitude: null, longitude: null, postcode: '2000' };
  market.writePlaces([{ name: 'Northville', postcode: '2000', latitude: 1, longitude: 2 }]);
  market.write(named({ ...unplaced, locality: 'North Ville' }, 2));
  const store = await market.store();
  expect(await localitiesOf(store)).toEqual({ 'North Ville, NSW': 2 });
  const added = market.write(named({ ...unplaced, locality: 'NORTHVILLE' }, 3));
  expect(await localitiesOf(store)).toEqual({ 'NORTHVILLE, NSW': 5 });
  const { sales: rows } = await store.ask(sales, {});
  expect(rows.map(({ approximate }) => approximate)).toEqual(Array(5).fill('locality'));
  market.write([], added.slice(1));
  expect(await localitiesOf(store)).toEqual({ 'North Ville, NSW': 3 });
});

const contents = defineQuestion({
  name: 'contents',
  summary: 'Every sale and every count',
  parameters: Type.Object({}),
  result: Type.Array(Type.Unknown()),
  async ask(db) {
    const rows = await db.rows(
      'SELECT * EXCLUDE (uncounted) REPLACE (epoch(issued_at) AS issued_at) FROM sale ORDER BY id',
    );
    for (const table of ['place', 'spelling', 'street', 'address']) {
      rows.push(
        ...(await db.rows(
          `SELECT * EXCLUDE (sales), sum(sales) AS sales FROM ${table} GROUP BY ALL HAVING sum(sales) <> 0 ORDER BY ALL`,
        )),
      );
    }
    return rows;
  },
});

test('a store that follows its market has the spellings of one that is filled at once', async () => {
  const name = (...spellings: string[]) => fc.constantFrom(null, ...spellings);
  const sale = fc.record({
    region: name('NSW', 'nsw', 'Île', 'Ile'),
    locality: name('Ayr', 'AYR', 'A yr', 'Äyr', 'Bo'),
    postcode: name('1', '1 A', '1a'),
    type: name('House', 'house'),
  });
  const revision = fc.record({
    added: fc.array(sale, { maxLength: 4 }),
    retired: fc.array(fc.nat(20), { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(revision, { minLength: 1, maxLength: 4 }), async (revisions) => {
      const market = FixtureMarket.create();
      market.writePlaces([{ name: 'Ayr', postcode: '1', latitude: 1, longitude: 2 }]);
      const following = await market.store();
      for (const { added, retired } of revisions) {
        const inForce = market.sales.map(({ id }) => id);
        const leaving = [...new Set(retired)].filter((id) => inForce.includes(id));
        market.write(
          added.map((names) => ({ ...plainSale, ...names, latitude: null, longitude: null })),
          leaving,
        );
        await following.ask(contents, {});
      }
      expect(await following.ask(contents, {})).toEqual(await (await market.store()).ask(contents, {}));
    }),
    { numRuns: 10 },
  );
});

import fc from 'fast-check';
import Type from 'typebox';
import { expect, test } from 'vitest';
import { defineQuestion } from '../src/index.ts';
import { FixtureMarket, type FixtureStore } from './fixture-market.ts';
import { type PlaceInput, plainSale, type SaleInput } from './sales.ts';

const positions = defineQuestion({
  name: 'positions',
  summary: 'The position of each sale',
  parameters: Type.Object({}),
  result: Type.Array(Type.Unknown()),
  ask: (db) => db.rows('SELECT id, latitude, longitude, approximate FROM sale ORDER BY sale.id'),
});

type Position = { latitude: number | null; longitude: number | null; approximate: string | null };

async function positionsIn(store: FixtureStore): Promise<(Position & { id: number })[]> {
  return (await store.ask(positions, {})) as (Position & { id: number })[];
}

const unplaced: SaleInput = { ...plainSale, latitude: null, longitude: null };
const parramatta: PlaceInput = { name: 'PARRAMATTA', postcode: '2150', latitude: -33.8167, longitude: 151 };

/** The positions of sales without coordinates, each placed by the places beside it. One market holds them all, separated by their postcodes. */
async function placed(cases: { sale: Partial<SaleInput>; places: Partial<PlaceInput>[] }[]): Promise<Position[]> {
  const market = FixtureMarket.create();
  const postcode = (i: number) => ({ postcode: `${3000 + i}` });
  market.write(cases.map(({ sale }, i) => ({ ...unplaced, ...postcode(i), ...sale })));
  market.writePlaces(
    cases.flatMap(({ places }, i) => places.map((place) => ({ ...parramatta, ...postcode(i), ...place }))),
  );
  const found = await positionsIn(await market.store());
  return found.map(({ id: _, ...position }) => position);
}

test('a sale without coordinates gets those of its locality and postcode, or else the middle of its postcode', async () => {
  const places = [-33.9, -33.7, -33.8].map((latitude, i) => ({ name: `Place ${i}`, latitude }));
  expect(
    await placed([
      { sale: {}, places: [{}, ...places] },
      { sale: {}, places },
      { sale: { locality: null }, places: [{ name: null, latitude: 1 }] },
      // A mean would be on the other side of the Earth.
      {
        sale: {},
        places: [
          { name: 'East', longitude: -179.9 },
          { name: 'West', longitude: 179.9 },
        ],
      },
    ]),
  ).toEqual([
    { latitude: -33.8167, longitude: 151, approximate: 'locality' },
    { latitude: -33.8, longitude: 151, approximate: 'postcode' },
    { latitude: 1, longitude: 151, approximate: 'postcode' },
    { latitude: -33.8167, longitude: -179.9, approximate: 'postcode' },
  ]);
});

test('a sale whose postcode is in no gazetteer is not placed: other places are named Parramatta too', async () => {
  const nowhere = { latitude: null, longitude: null, approximate: null };
  expect(
    await placed([
      { sale: { postcode: '2151' }, places: [{}] },
      { sale: { postcode: null }, places: [{}] },
      { sale: { postcode: '' }, places: [{}] },
      { sale: {}, places: [] },
    ]),
  ).toEqual([nowhere, nowhere, nowhere, nowhere]);
});

test('a British postcode that is in no gazetteer is placed by its outward code', async () => {
  const reading = { name: 'Tilehurst', postcode: 'RG30', latitude: 51.4, longitude: -1 };
  const whole = { name: null, postcode: 'RG30 6AB', latitude: 51.5, longitude: -1.1 };
  const at = ({ latitude, longitude }: typeof reading | typeof whole, approximate: string) => ({
    latitude,
    longitude,
    approximate,
  });
  const nowhere = { latitude: null, longitude: null, approximate: null };
  const cases = [
    ['RG30 1AB', 'TILEHURST', at(reading, 'locality')],
    ['rg301ab', null, at(reading, 'postcode')],
    // In the gazetteer as it is: the outward code does not count.
    ['RG30 6AB', 'TILEHURST', at(whole, 'postcode')],
    ['RG3 0AB', null, nowhere],
    ['RG30 1ABC', null, nowhere],
    ['RG30 AAB', null, nowhere],
  ] as const;
  const market = FixtureMarket.create();
  market.writePlaces([reading, whole]);
  market.write(cases.map(([postcode, locality]) => ({ ...unplaced, postcode, locality })));
  const found = await positionsIn(await market.store());
  expect(found.map(({ id: _, ...position }) => position)).toEqual(cases.map(([, , position]) => position));
});

test('names match regardless of case, abbreviations and punctuation', async () => {
  const pairs = [
    ['ST MARYS', "St. Mary's"],
    ['Saint Marys', 'St Marys'],
    ['MOUNT DRUITT', 'Mt Druitt'],
    ['Brighton-le-Sands', 'BRIGHTON LE SANDS'],
    ['Orléans', 'ORLEANS'],
    ['  Tallawong ', 'TALLAWONG'],
    ['Tōkyō (Chiyoda)', 'tokyo chiyoda'],
    ['東京', '東京'],
  ] as const;
  const others = [
    ['East Parramatta', 'Parramatta'],
    ['Stanmore', 'Saint Anmore'],
    ['東京', '京都'],
  ] as const;
  const postcodes = [
    ['RG30 1AB', 'rg301ab'],
    ['0800', '800'],
  ] as const;
  const cases = [
    ...[...pairs, ...others].map(([locality, name]) => ({ sale: { locality }, places: [{ name }] })),
    ...postcodes.map(([sale, place]) => ({ sale: { postcode: sale }, places: [{ postcode: place }] })),
  ];
  expect((await placed(cases)).map(({ approximate }) => approximate)).toEqual([
    ...pairs.map(() => 'locality'),
    ...others.map(() => 'postcode'),
    ...postcodes.map(() => 'locality'),
  ]);
});

test('a sale with its own coordinates keeps them, and they are not approximate', async () => {
  const market = FixtureMarket.create();
  market.writePlaces([parramatta]);
  market.write([plainSale]);
  expect(await positionsIn(await market.store())).toMatchObject([
    { latitude: plainSale.latitude, longitude: plainSale.longitude, approximate: null },
  ]);
});

test('a store that has been closed continues to place sales', async () => {
  const market = FixtureMarket.create();
  const directory = await market.directory();
  const before = await market.store(directory);
  market.writePlaces([parramatta]);
  await positionsIn(before);
  market.close(before);
  const after = await market.store(directory);
  market.write([unplaced]);
  expect(await positionsIn(after)).toMatchObject([{ latitude: -33.8167, approximate: 'locality' }]);
});

const names = fc.constantFrom(null, 'Parramatta', 'PARRAMATTA', "St Mary's", 'SAINT MARYS', 'Mt Druitt', 'Mosman');
const postcodes = fc.constantFrom('2150', ' 2150', '0800', '800', '2760');
const degrees = fc.integer({ min: -80, max: 80 });
const anyPlace: fc.Arbitrary<PlaceInput> = fc.record({
  name: names,
  postcode: postcodes,
  latitude: degrees,
  longitude: degrees,
});
const anySale: fc.Arbitrary<SaleInput> = fc
  .record({
    locality: names,
    postcode: fc.option(postcodes),
    coordinates: fc.option(fc.record({ latitude: degrees, longitude: degrees }), { freq: 3 }),
  })
  .map(({ locality, postcode, coordinates }) => ({ ...unplaced, locality, postcode, ...coordinates }));

/** The key by which names are compared, for the names above. */
function key(name: string | null): string | undefined {
  return name
    ?.toLowerCase()
    .replace("'", '')
    .replace(/^(st|saint) /, 'saint ')
    .replace(/^mt /, 'mount ');
}

function expected(sale: SaleInput, places: PlaceInput[]): Position {
  const { latitude, longitude } = sale;
  if (latitude !== null) return { latitude, longitude, approximate: null };
  const near = places.filter(({ postcode }) => Number(postcode) === Number(sale.postcode ?? Number.NaN));
  const nearest = near.filter(({ name }) => name !== null && key(name) === key(sale.locality));
  const known = nearest.length > 0 ? nearest : near;
  const middle = (values: number[]) => values.sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? null;
  return {
    latitude: middle(known.map((place) => place.latitude)),
    longitude: middle(known.map((place) => place.longitude)),
    approximate: nearest.length > 0 ? 'locality' : near.length > 0 ? 'postcode' : null,
  };
}

test('after sales and places are added, corrected and retired in any order, every sale is where a new store places it', async () => {
  const market = FixtureMarket.create();
  const store = await market.store();
  const sales = new Map<number, SaleInput>();
  const places = new Map<number, PlaceInput>();
  const changes = <T>(thing: fc.Arbitrary<T>) =>
    fc.record({ added: fc.array(thing, { maxLength: 12 }), retired: fc.array(fc.nat(), { maxLength: 6 }) });
  const step = fc.oneof(
    changes(anySale).map((sale) => ({ sale })),
    changes(anyPlace).map((place) => ({ place })),
  );
  /** Removes some of those in force, and returns their ids. */
  const take = (all: Map<number, unknown>, chosen: number[]) => {
    const ids = [...all.keys()];
    const leaving = [...new Set(chosen.map((n) => ids[n % ids.length]).filter((id) => id !== undefined))];
    for (const id of leaving) all.delete(id);
    return leaving;
  };
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(step, fc.boolean()), { minLength: 1, maxLength: 6 }), async (steps) => {
      for (const [change, skipped] of steps) {
        if ('sale' in change) {
          const ids = market.write(change.sale.added, take(sales, change.sale.retired));
          for (const [i, id] of ids.entries()) sales.set(id, change.sale.added[i] as SaleInput);
        } else {
          const ids = market.writePlaces(change.place.added, take(places, change.place.retired));
          for (const [i, id] of ids.entries()) places.set(id, change.place.added[i] as PlaceInput);
        }
        if (!skipped) await positionsIn(store);
      }
      const inForce = [...places.values()];
      expect(await positionsIn(store)).toEqual(
        [...sales].sort(([a], [b]) => a - b).map(([id, sale]) => ({ id, ...expected(sale, inForce) })),
      );
    }),
    { numRuns: 25 },
  );
  expect(await positionsIn(await market.store())).toEqual(await positionsIn(store));
});

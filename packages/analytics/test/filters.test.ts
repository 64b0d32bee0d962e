import { beforeAll, expect, test } from 'vitest';
import {
  areas,
  comparables,
  compare,
  type Filters,
  facets,
  InvalidQuestion,
  propertySummary,
  type Question,
  quality,
  summary,
  trend,
} from '../src/index.ts';
import { type FixtureStore, fixtureMarket, storeOf } from './fixture-market.ts';
import { plainSale } from './sales.ts';

const market = fixtureMarket();
let store: FixtureStore;

beforeAll(async () => {
  const localities = [
    'Parramatta',
    'Paramatta Park',
    "O'Connell",
    'St Marys',
    'Mosman',
    'Dubbo',
    'Blacktown',
    'Castle Hill',
  ];
  const more = ['Ryde', 'Kogarah', 'Hurstville', 'Auburn', 'Penrith', 'Ångström', 'Straße'];
  market.write(
    [...localities, ...more].map((locality, i) => ({
      ...plainSale,
      ...{ property: i + 1, locality, tenure: (['Freehold', 'Leasehold', null] as const)[i % 3] ?? null },
    })),
  );
  store = await market.store();
});

async function sales(filters: Filters): Promise<number> {
  return (await store.ask(summary, filters)).sales;
}

test('names match in any case', async () => {
  expect(await sales({ locality: ['PARRAMATTA', 'parramatta', 'st marys', "o'connell", 'ÅNGSTRÖM'] })).toBe(4);
  expect(await sales({ region: ['nsw'], type: ['HOUSE'] })).toBe(15);
});

test('sales that do not state an attribute are those that `missing` counts', async () => {
  const { missing } = await store.ask(quality, {});
  for (const { field, sales: count } of missing) expect(await sales({ not_stated: [field] }), field).toBe(count);
  expect(await sales({ not_stated: ['tenure'], locality: ['Kogarah'] })).toBe(0);
});

test('a category matches in any case, and sales that state none are counted', async () => {
  const { sales: freehold, left_out } = await store.ask(summary, { tenure: ['FREEHOLD'] });
  expect([freehold, left_out.not_stated]).toEqual([5, { tenure: 5 }]);
  const { tenure } = await store.ask(facets, { tenure: ['Freehold'] });
  expect(tenure).toEqual({ total: 3, values: ['Freehold', 'Leasehold', null].map((value) => ({ value, sales: 5 })) });
});

test.each<[Filters, string, string]>([
  [
    { tenure: ['Commonhold'] },
    'tenure',
    'Test Market has no tenure "Commonhold"; its tenures are Freehold, Leasehold.',
  ],
  [
    { locality: ['Mosman', 'Paramata'] },
    'locality',
    'Test Market has no locality "Paramata"; the closest are Parramatta, Paramatta Park, ',
  ],
  [{ type: ['Castle'] }, 'type', 'Test Market has no type "Castle"; its types are House.'],
  [{ region: ['Queensland'] }, 'region', 'Test Market has no region "Queensland"; its regions are NSW.'],
  [{ price_min: 2, price_max: 1 }, 'price_min', 'price_min (2) is above price_max (1); exchange them.'],
  [{ bedrooms_min: 4, bedrooms_max: 1 }, 'bedrooms_min', 'bedrooms_min (4) is above bedrooms_max (1); exchange them.'],
  [
    { sold_from: '2024-02-01', sold_to: '2024-01-31' },
    'sold_from',
    'sold_from (2024-02-01) is above sold_to (2024-01-31); exchange them.',
  ],
  [{ sold_from: '2024-02-30' }, 'sold_from', 'sold_from must be a day such as 2024-06-30, not "2024-02-30".'],
  [{ standard: 'maybe' as 'all' }, 'standard', 'standard must be one of true, false, all, not "maybe".'],
  [{ sold: 1 } as Filters, 'sold', 'There is no parameter "sold"; there are market, region, '],
  [{ price_min: -1 }, 'price_min', 'price_min must be >= 0, but is -1.'],
  [{ land_area_min: 2, land_area_max: 1 }, 'land_area_min', 'land_area_min (2) is above land_area_max (1); exchange'],
  [{ reason: ['part interest'] }, 'reason', 'reason selects sales that are not standard; add standard=false.'],
  [{ within: '1,2,3' }, 'within', 'west,south,east,north in degrees'],
  [{ within: '1,2,3,4,5' }, 'within', 'within has 5 numbers; the corners of a polygon are pairs'],
  [{ within: '1,9,3,2' }, 'within', 'within is west,south,east,north: south (9) is above north (2).'],
  [{ sold_to: 'yesterday' }, 'sold_to', 'sold_to must be a day such as 2024-06-30, not "yesterday".'],
])('%j is refused with the values that are possible', async (filters, parameter, message) => {
  const refusal = await sales(filters).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(InvalidQuestion);
  expect(refusal).toMatchObject({ parameter, message: expect.stringContaining(message) });
});

test('a polygon selects the sales inside it, wherever its corners begin', async () => {
  // A U, of which the middle is outside.
  const corners = ['150,-34', '153,-34', '153,-31', '152,-31', '152,-33', '151,-33', '151,-31', '150,-31'];
  const at = (longitude: number, latitude: number, property: number) => ({
    ...plainSale,
    property,
    longitude,
    latitude,
  });
  const inside = [at(150.5, -31.5, 1), at(152.5, -32, 2), at(151.5, -33.5, 3), at(150.01, -33.99, 4)];
  const outside = [at(151.5, -32, 5), at(149.9, -33.5, 6), at(153.1, -33.5, 7), at(151.5, -34.1, 8), at(152, -30.9, 9)];
  const nowhere = { ...plainSale, property: 10, latitude: null, longitude: null, locality: null, postcode: null };
  const store = await storeOf([...inside, ...outside, nowhere]);
  for (let i = 0; i < corners.length; i++) {
    const within = [...corners.slice(i), ...corners.slice(0, i)].join(',');
    const { sales, left_out } = await store.ask(summary, { within });
    expect({ sales, not_stated: left_out.not_stated }).toEqual({ sales: 4, not_stated: { coordinates: 1 } });
  }
  expect((await store.ask(summary, { within: '150,-34,151,-34,152,-34' })).sales).toBe(0);
});

test('a postcode may be the beginning of several: a British outward code, or any other prefix', async () => {
  const postcodes = ['RG30 1AA', 'RG30 4BB', 'RG3 1AA', 'RG301CC', 'RG30', 'RG41 1AA', '98101', '98102-1234', '2150'];
  const store = await storeOf(postcodes.map((postcode, i) => ({ ...plainSale, property: i, postcode })));
  const sales = async (...postcode: string[]) => (await store.ask(summary, { postcode })).sales;
  expect(await sales('RG30')).toBe(4);
  expect(await sales('rg3')).toBe(1);
  expect(await sales('rg30 1')).toBe(2);
  expect(await sales('RG4')).toBe(1);
  expect(await sales('981')).toBe(2);
  expect(await sales('98102', '21', 'RG41 1AA')).toBe(3);
  await expect(sales('RG5')).rejects.toThrow('Test Market has no postcode "RG5"; its postcodes are 2150, 98101');
  const { areas: found } = await store.ask(areas, { level: 'postcode_prefix' });
  expect(Object.fromEntries(found.map(({ area, sales }) => [area, sales]))).toEqual({
    RG30: 4,
    RG3: 1,
    RG41: 1,
    '981': 2,
    '21': 1,
  });
});

test('areas are of the level that divides the sales, if none is asked for', async () => {
  const levelOf = async (names: Partial<typeof plainSale>) => {
    const store = await storeOf([{ ...plainSale, ...names }]);
    return (await store.ask(areas, {})).level;
  };
  expect(await levelOf({})).toBe('locality');
  expect(await levelOf({ locality: null })).toBe('region');
  expect(await levelOf({ locality: null, region: null })).toBe('postcode_prefix');
  expect(await levelOf({ locality: null, region: null, postcode: null })).toBe('locality');
});

test('the level is neither one that a few sales state, nor one of which an area has nearly all', async () => {
  const twenty = (some: Partial<typeof plainSale>, others: Partial<typeof plainSale>, count: number) =>
    storeOf(Array.from({ length: 20 }, (_, i) => ({ ...plainSale, property: i, ...(i < count ? some : others) })));
  const levelOf = async (...of: Parameters<typeof twenty>) => (await (await twenty(...of)).ask(areas, {})).level;
  const kerry = { locality: null, postcode: null, region: 'Kerry' };
  expect(await levelOf(kerry, { region: 'Dublin' }, 11)).toBe('region');
  const london = { locality: 'London', region: 'Greater London', postcode: 'SW19 1AA' };
  const others = { ...london, locality: 'Morden', postcode: 'CR4 1AA' };
  expect(await levelOf(london, { ...london, postcode: 'CR4 1AA' }, 10)).toBe('postcode_prefix');
  expect(await levelOf(london, others, 18)).toBe('locality');
  const named = await (await twenty(london, { ...london, postcode: 'CR4 1AA' }, 10)).ask(compare, { area: ['London'] });
  expect(named).toMatchObject({ level: 'locality', areas: [{ area: 'London', sales: 20 }] });
});

test('a stray sale of another region makes the name of a locality no ambiguous one', async () => {
  const tilehurst = (region: string, count: number) =>
    Array.from({ length: count }, (_, i) => ({ ...plainSale, property: i, locality: 'Tilehurst', region }));
  const store = await storeOf([...tilehurst('Reading', 101), ...tilehurst('Kent', 2), ...tilehurst('Devon', 1)]);
  expect((await store.ask(compare, { area: ['tilehurst', 'tilehurst, kent'] })).areas).toMatchObject([
    { region: 'Reading', sales: 101 },
    { region: 'Kent', sales: 2 },
  ]);
  const described = { type: 'House', locality: 'Tilehurst' };
  expect((await store.ask(comparables, described)).subject.region).toBe('Reading');
  const few = await storeOf([...tilehurst('Reading', 4), ...tilehurst('Kent', 1)]);
  expect((await few.ask(compare, { area: ['Tilehurst'] })).areas).toMatchObject([{ region: 'Reading', sales: 4 }]);
  const divided = await storeOf([...tilehurst('Reading', 20), ...tilehurst('Kent', 2)]);
  await expect(divided.ask(comparables, described)).rejects.toThrow('Tilehurst is in several regions: Kent, Reading');
  await expect(divided.ask(compare, { area: ['Tilehurst'] })).rejects.toThrow(
    'more than one locality "Tilehurst"; give one of "Tilehurst, Kent", "Tilehurst, Reading".',
  );
});

test('a name that only a retired sale had is unknown again', async () => {
  const ids = market.write([{ ...plainSale, locality: 'Atlantis' }]);
  expect(await sales({ locality: ['atlantis'] })).toBe(1);
  market.write([], ids);
  await expect(sales({ locality: ['atlantis'] })).rejects.toThrow('Test Market has no locality "atlantis"');
});

test('sales without a price are counted beside a minimum price', async () => {
  const unpriced = { ...plainSale, price: 0, non_standard: 'no price', locality: 'Unpriced' };
  const ids = market.write([
    unpriced,
    { ...unpriced, non_standard: 'part interest' },
    { ...unpriced, price: 900_000, non_standard: null },
  ]);
  const { sales, left_out } = await store.ask(summary, { locality: ['Unpriced'], price_min: 1 });
  expect({ sales, left_out }).toEqual({ sales: 1, left_out: { count: 0, by_reason: {}, not_stated: { price: 1 } } });
  market.write([], ids);
});

const attacks = [
  "' OR 1=1 --",
  "'; DROP TABLE sale; --",
  '$market_id',
  '\\',
  "Mosman' UNION SELECT 1 --",
  '"',
  '\u0000',
  '%',
  'NULL',
];

test('a parameter is never read as SQL', async () => {
  const before = await sales({ standard: 'all' });
  for (const attack of attacks) {
    for (const name of ['region', 'locality', 'postcode', 'type'] as const) {
      await expect(sales({ [name]: [attack] })).rejects.toThrow(InvalidQuestion);
    }
    for (const name of ['bedrooms_min', 'bedrooms_max', 'price_min', 'price_max', 'sold_from', 'sold_to', 'standard']) {
      await expect(sales({ [name]: attack } as Filters)).rejects.toThrow(InvalidQuestion);
    }
    for (const [question, name] of [
      [trend, 'interval'],
      [trend, 'group_by'],
      [areas, 'level'],
      [areas, 'sort'],
      [areas, 'order'],
      [areas, 'limit'],
      [propertySummary, 'region; --'],
    ] as const) {
      await expect(store.ask(question as Question, { [name]: attack })).rejects.toThrow(InvalidQuestion);
    }
  }
  expect(await sales({ standard: 'all' })).toBe(before);
});

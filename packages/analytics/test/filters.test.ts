import { beforeAll, expect, test } from 'vitest';
import { areas, type Filters, InvalidQuestion, propertySummary, type Question, summary, trend } from '../src/index.ts';
import { type FixtureStore, fixtureMarket } from './fixture-market.ts';
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
  market.write([...localities, ...more].map((locality, i) => ({ ...plainSale, property: i + 1, locality })));
  store = await market.store();
});

async function sales(filters: Filters): Promise<number> {
  return (await store.ask(summary, filters)).sales;
}

test('names match in any case', async () => {
  expect(await sales({ locality: ['PARRAMATTA', 'parramatta', 'st marys', "o'connell", 'ÅNGSTRÖM'] })).toBe(4);
  expect(await sales({ region: ['nsw'], type: ['HOUSE'] })).toBe(15);
});

test.each<[Filters, string, string]>([
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
  [{ within: '1,9,3,2' }, 'within', 'within is west,south,east,north: south (9) is above north (2).'],
  [{ sold_to: 'yesterday' }, 'sold_to', 'sold_to must be a day such as 2024-06-30, not "yesterday".'],
])('%j is refused with the values that are possible', async (filters, parameter, message) => {
  const refusal = await sales(filters).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(InvalidQuestion);
  expect(refusal).toMatchObject({ parameter, message: expect.stringContaining(message) });
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

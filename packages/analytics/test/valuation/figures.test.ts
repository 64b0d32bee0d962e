/** Small markets in which a careless valuation misleads. */
import { describe, expect, test } from 'vitest';
import { comparables, estimate } from '../../src/index.ts';
import { type SaleFixture, storeOf } from '../fixture-market.ts';
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

describe('the trend that prices are adjusted by', () => {
  test('does not rest on a single pair of sales', async () => {
    const rebuilt = { ...bare, property: 1, address: '1 Rebuilt St', street: 'Rebuilt St' };
    const others = [...monthly(2019, 300_000, 100), ...monthly(2020, 300_000, 200)];
    const pair = [
      { ...rebuilt, contract_date: '2019-03-05', price: 150_000 },
      { ...rebuilt, contract_date: '2020-06-05', price: 300_000 },
    ];
    const adjusted = async (sales: SaleFixture[]) => {
      const { comparables: rows } = await (await storeOf(sales)).ask(comparables, {
        address: '105 Example St',
        limit: 40,
      });
      return new Map(rows.map(({ address, adjusted_price }) => [address, adjusted_price]));
    };
    const [without, withPair] = [await adjusted(others), await adjusted([...others, ...pair])];
    expect(without.size).toBe(24);
    for (const [address, price] of without) {
      expect(Math.abs((withPair.get(address) as number) / price - 1)).toBeLessThan(0.03);
    }
  });

  test('follows the market', async () => {
    const rising = Array.from({ length: 600 }, (_, i): SaleFixture => {
      const month = Math.floor(i / 25);
      return {
        ...bare,
        ...{
          property: i,
          address: `${i} Example St`,
          price: Math.round(300_000 * 1.1 ** (month / 12) * (1 + (i % 5) / 100)),
        },
        contract_date: `20${19 + Math.floor(month / 12)}-${String(1 + (month % 12)).padStart(2, '0')}-10`,
      };
    });
    const { comparables: rows } = await (await storeOf(rising)).ask(comparables, { address: '105 Example St' });
    for (const { contract_date, steps } of rows) {
      const months = (2021 - Number(contract_date.slice(0, 4))) * 12 - Number(contract_date.slice(5, 7));
      const time = steps.find(({ name }) => name === 'time')?.factor as number;
      expect(Math.abs(time / 1.1 ** (months / 12) - 1)).toBeLessThan(0.03);
    }
  });

  test('and the fit reach the valuation day without a jump from month to month', async () => {
    const random = (i: number) => ((Math.sin(i * 12.9898) * 43758.5453) % 1) / 2;
    const sales = Array.from({ length: 900 }, (_, i): SaleFixture => {
      const [month, year] = [Math.floor(i / 30) % 12, 2020 + Math.floor(i / 360)];
      const floor_area = 60 + ((i * 37) % 101);
      return {
        ...bare,
        ...{ property: i, address: `${i} Street ${i % 9}`, street: `Street ${i % 9}`, floor_area },
        price: Math.round(4000 * floor_area * (1 + (i % 9) / 20) * 1.3 ** (i / 360) * Math.exp(random(i))),
        contract_date: `${year}-${String(1 + month).padStart(2, '0')}-${10 + (i % 9)}`,
      };
    });
    const store = await storeOf(sales);
    const changes: number[] = [];
    for (let id = 0; id < 900; id += 30) {
      const at = async (valued_on: string) => (await store.ask(estimate, { id: id || 1, valued_on })).estimate;
      for (const [day, next] of [
        ['2022-05-31', '2022-06-01'],
        ['2022-06-08', '2022-06-09'],
      ] as const) {
        changes.push(Math.abs((await at(next)) / (await at(day)) - 1));
      }
    }
    expect(changes.filter((change) => change < 0.01)).toHaveLength(changes.length);
  });
});

test('a described house whose land and postcode are not known is typical of its locality', async () => {
  const houses = Array.from({ length: 600 }, (_, i): SaleFixture => {
    const isStrata = i % 4 === 0;
    return {
      ...bare,
      ...{ property: i, address: `${i} Example St`, land_area: isStrata ? null : 500 + (i % 30) },
      ...{ locality: isStrata ? 'Strataville' : 'Exampleton', postcode: isStrata ? '2001' : '2002' },
      price: (isStrata ? 400_000 : 800_000) + 1000 * (i % 13),
      contract_date: `20${19 + Math.floor(i / 300)}-${String(1 + (i % 12)).padStart(2, '0')}-10`,
    };
  });
  const store = await storeOf(houses);
  const described = await store.ask(estimate, { type: 'House', locality: 'Exampleton' });
  expect(Math.abs(described.price_model.price / 806_000 - 1)).toBeLessThan(0.05);
  expect(Math.abs(described.estimate / 806_000 - 1)).toBeLessThan(0.05);
  expect(described.comparables.flatMap(({ steps }) => steps.map(({ name }) => name))).not.toContain('place');
  const large = await store.ask(estimate, { type: 'House', locality: 'Exampleton', land_area: 5000 });
  expect(large.confidence.coded_reasons).toContainEqual({ code: 'large_areas', areas: ['land_area'] });
});

describe('an earlier sale of the dwelling itself', () => {
  test('is left aside if the dwelling was rebuilt since', async () => {
    const house = { ...bare, property: 7, address: '7 Example St' };
    const store = await storeOf([
      ...monthly(2020, 900_000, 100),
      { ...house, contract_date: '2019-06-10', price: 400_000, year_built: 1930 },
    ]);
    const asked = { address: '7 Example St', year_built: 2020 };
    const { left_out, comparables: rows, confidence } = await store.ask(estimate, asked);
    expect(rows.map(({ property_id }) => property_id)).not.toContain(7);
    expect(left_out).toMatchObject([
      {
        property_id: 7,
        reason: 'It is an earlier sale of the dwelling itself, before it was rebuilt.',
        coded_reason: { code: 'before_rebuilding' },
      },
    ]);
    expect(confidence.reasons).toContain('Its own earlier sale, before it was rebuilt, is left aside.');
    const { comparables: before } = await store.ask(estimate, { ...asked, year_built: 1930 });
    expect(before.map(({ property_id }) => property_id)).toContain(7);
    // In the year of building, the price shows whether the new dwelling was sold.
    const { comparables: cheap } = await store.ask(estimate, { ...asked, year_built: 2019 });
    expect(cheap.map(({ property_id }) => property_id)).not.toContain(7);
  });

  test('in its year of building is compared if the price is that of the new dwelling', async () => {
    const house = { ...bare, property: 7, address: '7 Example St' };
    const store = await storeOf([
      ...monthly(2020, 900_000, 100),
      { ...house, contract_date: '2019-06-10', price: 880_000, year_built: 2019 },
    ]);
    const { comparables: rows } = await store.ask(estimate, { address: '7 Example St' });
    expect(rows.map(({ property_id }) => property_id)).toContain(7);
  });
});

test('a dwelling that was new when it was last sold is not new again, and its lease is shorter, unless the caller states it', async () => {
  const house = { ...bare, property: 7, address: '7 Example St', contract_date: '2019-06-10', price: 700_000 };
  const store = await storeOf([...monthly(2020, 500_000, 100), { ...house, new_build: 1, lease_remaining: 90 }]);
  const subject = async (asked: { id: number; new_build?: number; lease_remaining?: number }) =>
    (await store.ask(comparables, { valued_on: '2021-06-10', ...asked })).subject;
  expect(await subject({ id: 7 })).toMatchObject({ new_build: 0, lease_remaining: 88 });
  const stated = { new_build: 1, lease_remaining: 99 };
  expect(await subject({ id: 7, ...stated })).toMatchObject(stated);
  expect(await subject({ id: 100 })).toMatchObject({ new_build: null, lease_remaining: null });
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

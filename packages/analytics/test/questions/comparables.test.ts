import fc from 'fast-check';
import type { Static } from 'typebox';
import { beforeAll, describe, expect, test } from 'vitest';
import { position } from '../../src/market.ts';
import { comparables } from '../../src/questions/comparables.ts';
import { estimate } from '../../src/questions/estimate.ts';
import { marketValuation } from '../../src/valuation/market-valuation.ts';
import { FixtureMarket, type FixtureStore, fixtureMarket, type SaleFixture, storeOf } from '../fixture-market.ts';

/** Sales of dwellings whose prices follow from place and size, with some noise. Some are sold twice. */
const anySale = fc.record({
  property: fc.integer({ min: 1, max: 500 }),
  day: fc.integer({ min: 0, max: 1400 }),
  noise: fc.integer({ min: -100, max: 100 }),
});
const localities = ['Ashfield', 'Burwood', 'Croydon', 'Dulwich Hill'];

function sale({ property, day, noise }: { property: number; day: number; noise: number }): SaleFixture {
  const place = property % 4;
  const area = 60 + (property % 17) * 10;
  const bedrooms = 1 + (property % 3);
  return {
    property,
    contract_date: new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10),
    price: Math.round(
      500_000 * Math.exp(0.3 * place + 0.0002 * day + 0.6 * Math.log(area / 100) + 0.1 * bedrooms + noise / 1000),
    ),
    type: property % 5 ? 'House' : 'Unit',
    address: `${property % 5 ? '' : `${property % 3}/`}${property % 20} Long St, ${localities[place]}`,
    street: 'Long St',
    locality: localities[place],
    region: 'NSW',
    postcode: `21${place}0`,
    floor_area: area,
    bedrooms,
  };
}

const rows = fc.sample(anySale, { numRuns: 1500, seed: 11 }).map(sale);
/** For tests that need markets of their own: a valuation of these takes half the time. */
const fewRows = rows.slice(0, 700);
/** A flat that was sold twice. */
const flat = rows.find(
  ({ property, type }, i) => type === 'Unit' && rows.findIndex((row) => row.property === property) < i,
)?.property as number;
const market = fixtureMarket();
let store: FixtureStore;
beforeAll(async () => {
  market.write(rows);
  store = await market.store();
});

const compare = (parameters: Static<typeof comparables.parameters>, of = store) => of.ask(comparables, parameters);
const value = (parameters: Static<typeof estimate.parameters>, of = store) => of.ask(estimate, parameters);

describe('comparables', () => {
  test('are ranked by likeness, of the type, and sold before the day valued', async () => {
    const { subject, comparables, valued_on } = await compare({ id: 7, valued_on: '2023-03-15' });
    expect(subject).toMatchObject({ property_id: 7, locality: 'Dulwich Hill', floor_area: 130, bedrooms: 2 });
    expect(comparables).toHaveLength(20);
    expect(comparables.map(({ rank }) => rank)).toEqual(comparables.map((_, i) => i + 1));
    const errors = comparables.map(({ expected_error }) => expected_error);
    expect(errors).toEqual(errors.toSorted((a, b) => a - b));
    for (const { contract_date, type } of comparables) {
      expect(contract_date < valued_on).toBe(true);
      expect(type).toBe('House');
    }
  });

  test('lead step by step from the recorded to the adjusted price', async () => {
    const { comparables, index } = await compare({ id: 7, bedrooms: 3, limit: 40 });
    expect(index.method).toBe('hedonic');
    for (const { price, steps, adjusted_price, floor_area, bedrooms } of comparables) {
      let before = price;
      for (const { factor, amount, price: after } of steps) {
        expect(before * factor).toBeCloseTo(after, 0);
        expect(after - before).toBeCloseTo(amount, 1);
        before = after;
      }
      expect(Math.round(before)).toBe(adjusted_price);
      const by = new Map(steps.map(({ name, factor }) => [name, factor]));
      expect(by.get('floor_area') ?? 1).toBeCloseTo((130 / (floor_area as number)) ** 0.6, 1);
      expect(by.get('bedrooms') ?? 1).toBeCloseTo(Math.exp(0.1 * (3 - (bedrooms as number))), 1);
    }
    // The coefficients that the prices were generated with.
    expect(index.coefficients.log_floor_area).toBeCloseTo(0.6, 1);
    expect(index.coefficients.bedrooms).toBeCloseTo(0.1, 1);
  });

  test('state their relation: the property itself, its building, street and locality', async () => {
    const unit = await compare({ id: flat, limit: 40 });
    expect(unit.subject).toMatchObject({ building: String(flat % 20), type: 'Unit' });
    const relations = new Set(unit.comparables.map(({ relation }) => relation));
    expect(relations).toContain('property');
    expect(relations).toContain('building');
    for (const { relation, property_id, address } of unit.comparables) {
      if (relation === 'property') expect(property_id).toBe(flat);
      if (relation === 'building') expect(address).toMatch(new RegExp(`^(\\d/)?${flat % 20} Long St`));
    }
  });

  test('state their distance, except from an approximate position', async () => {
    const own = FixtureMarket.create();
    const seven = fewRows.filter(({ property }) => property === 7);
    const others = fewRows.filter(({ property }) => property !== 7);
    const thousandths = (property: number) => (property * 7) % 50;
    const placed = (row: SaleFixture) => ({
      ...row,
      latitude: -33.9,
      longitude: 151 + 0.001 * thousandths(row.property),
    });
    const placedSeven = own.write(seven.map(placed));
    const placedOthers = own.write(others.map(placed));
    const store = await own.store();
    for (const { property_id, distance_km } of (await compare({ id: 7 }, store)).comparables) {
      // A thousandth of a degree of longitude is 92 m there.
      expect(distance_km).toBeCloseTo(0.0923 * Math.abs(thousandths(property_id) - thousandths(7)), 2);
    }
    own.writePlaces(localities.map((name, i) => ({ name, postcode: `21${i}0`, latitude: -33.9, longitude: 151 })));
    own.write(others, placedOthers);
    const { comparables, subject } = await compare({ id: 7 }, store);
    expect(subject.approximate).toBeNull();
    for (const { relation, distance_km } of comparables) expect(distance_km === null).toBe(relation !== 'property');
    own.write(seven, placedSeven);
    expect((await compare({ id: 7 }, store)).subject.approximate).toBe('locality');
    expect((await compare({ id: 7, latitude: -33.9, longitude: 151 }, store)).subject.approximate).toBeNull();
  });

  test('are from the whole region where too few are near', async () => {
    const away = {
      ...sale({ property: 999, day: 1300, noise: 0 }),
      locality: 'Zetland',
      postcode: '2999',
      street: 'Short St',
    };
    const { comparables } = await compare({ type: 'house', locality: 'zetland' }, await storeOf([...fewRows, away]));
    expect(comparables[0]).toMatchObject({ property_id: 999, relation: 'locality' });
    expect(comparables.slice(1).every(({ relation }) => relation === 'region')).toBe(true);
  });
});

describe('an estimate', () => {
  test('is the mean of the adjusted prices by weight, within its range, and near the truth', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 500 }), async (id) => {
        fc.pre(rows.some(({ property }) => property === id));
        const { estimate, low, high, comparables, price_model, accuracy } = await value({ id });
        const mean = comparables.reduce(
          (sum, { weight, adjusted_price }) => sum + weight * Math.log(adjusted_price),
          price_model.weight * Math.log(price_model.price),
        );
        expect(Math.exp(mean) / estimate).toBeCloseTo(1, 4);
        expect(comparables.reduce((sum, { weight }) => sum + weight, price_model.weight)).toBeCloseTo(1, 6);
        expect(low).toBeLessThan(high as number);
        expect(accuracy?.coverage).toBeGreaterThan(0.7);
        const truth = sale({ property: id, day: 1400, noise: 0 }).price as number;
        expect(Math.abs(estimate / truth - 1)).toBeLessThan(0.15);
      }),
      { numRuns: 10 },
    );
  });

  test('has no weight of the price model from rounding errors', async () => {
    const ids = [25, 28, 32, 36, 39, 41, 46, 47];
    const results = await Promise.all(ids.map((id) => value({ id, valued_on: '2023-03-15' })));
    const weights = results.map(({ price_model }) => price_model.weight);
    expect(weights).toContain(0);
    expect(weights.filter((weight) => weight !== 0 && weight < 1e-9)).toEqual([]);
  });

  test('leaves out the sales that the caller excludes, and rests on those that it includes', async () => {
    const before = await value({ id: 7 });
    expect(before.chosen).toEqual({ excluded: 0, included: 0 });
    const first = before.comparables[0] as (typeof before.comparables)[number];
    const near = new Set((await compare({ id: 7, limit: 40 })).comparables.map(({ id }) => id));
    const elsewhere = await compare({ type: 'House', locality: 'Ashfield' });
    const far = elsewhere.comparables.find(({ id }) => !near.has(id))?.id as number;
    const after = await value({ id: 7, exclude: [first.id], include: [far] });
    expect(after.chosen).toEqual({ excluded: 1, included: 1 });
    expect(after.comparables.map(({ id }) => id)).not.toContain(first.id);
    expect(after.left_out).toContainEqual(
      expect.objectContaining({ id: first.id, price: first.price, reason: 'The caller excludes it.' }),
    );
    expect(after.comparables.filter(({ included }) => included).map(({ id }) => id)).toEqual([far]);
    expect(after.confidence.reasons[0]).toMatch(/^Comparables were chosen by hand: 1 excluded, 1 included\./);
    expect(after.confidence.coded_reasons[0]).toEqual({ code: 'chosen_by_hand', excluded: 1, included: 1 });
    const mean = after.comparables.reduce(
      (sum, { weight, adjusted_price }) => sum + weight * Math.log(adjusted_price),
      after.price_model.weight * Math.log(after.price_model.price),
    );
    expect(Math.exp(mean) / after.estimate).toBeCloseTo(1, 4);
    expect(after.estimate).not.toBe(before.estimate);
    const listed = await compare({ id: 7, exclude: [first.id], include: [far], limit: 40 });
    expect(listed.comparables).toHaveLength(40);
    expect(listed.comparables.map(({ id }) => id)).toContain(far);
    await expect(value({ id: 7, exclude: [far], include: [far] })).rejects.toThrow(
      `Sale ${far} is both included and excluded.`,
    );
    await expect(value({ id: 7, include: [999_999] })).rejects.toThrow('Sale 999999 cannot be compared: ');
  });

  test('of a day does not depend on sales of that day or later', async () => {
    const valued_on = '2022-05-01';
    const later = rows.map((row) => ((row.contract_date as string) >= valued_on ? { ...row, price: 1 } : row));
    const other = await storeOf(later);
    for (const id of [3, 7, flat])
      expect(await value({ id, valued_on }, other)).toEqual(await value({ id, valued_on }));
  });

  test('is calculated again when the sales that it depends on change, and only then', async () => {
    const own = FixtureMarket.create();
    own.write(fewRows);
    const store = await own.store();
    const valuation = () => store.read(async (db) => marketValuation(db, (await position(db)).market, '2023-03-15'));
    const known = await valuation();
    const added = { ...(rows[0] as SaleFixture), dealing: 'D1' };
    own.write([{ ...added, contract_date: '2023-03-02', dealing: null }]);
    expect(await valuation()).toBe(known);
    let before = known;
    for (const change of [
      () => own.write([{ ...added, contract_date: '2023-02-28' }]),
      // The sale gets a position.
      () => own.writePlaces([{ name: null, postcode: added.postcode as string, latitude: -33.9, longitude: 151.1 }]),
      // The sale is no longer standard, since another one shares its dealing.
      () => own.write([{ ...added, contract_date: '2023-03-02' }]),
    ]) {
      change();
      const now = await valuation();
      expect(now).not.toBe(before);
      before = now;
    }
  });

  test('has a wider range with fewer details, and names the missing ones', async () => {
    const known = await value({ type: 'House', locality: 'Burwood', floor_area: 120, bedrooms: 2 });
    const vague = await value({ type: 'House', locality: 'Burwood' });
    const width = ({ low, high, estimate }: typeof known) => ((high as number) - (low as number)) / estimate;
    expect(width(vague)).toBeGreaterThan(width(known));
    expect(vague.confidence.reasons.join()).toContain(
      'Prices in this market depend on attributes that are not known of the dwelling: floor area, bedrooms.',
    );
    expect(vague.confidence.coded_reasons).toContainEqual({
      code: 'unknown_attributes',
      attributes: ['floor_area', 'bedrooms'],
    });
    expect(known.subject).toMatchObject({ region: 'NSW', property_id: null });
  });

  test('has no range where too few sales can be held out', async () => {
    const result = await value({ id: rows[0]?.property as number }, await storeOf(rows.slice(0, 60)));
    expect(result).toMatchObject({ low: null, high: null, accuracy: null, confidence: { level: 'low' } });
    expect(result.estimate).toBeGreaterThan(0);
  });
});

describe('a valuation that is not possible is refused with the reason', () => {
  const house = { type: 'House', locality: 'Burwood' };
  test.each([
    [
      {},
      'The dwelling to value is missing: give an id or an address of a property, or a type with a locality, a postcode, or latitude and longitude.',
    ],
    [{ locality: 'Burwood' }, 'type is required to value a described dwelling; Test Market has House, Unit.'],
    [{ id: 12_345 }, 'Test Market has no property 12345 with a sale in force; `sales` and `places` return ids.'],
    [
      { address: '7 Long Street, Croydon' },
      /no sale at "7 Long Street, Croydon"; the closest addresses are "\d+ Long St, Croydon",/,
    ],
    [
      { address: '7 Long St, Dulwich Hill' },
      /^Several properties have the address .* give the id of one of them: 7 \(floor area 130, bedrooms 2\), /,
    ],
    [{ ...house, type: 'Castle' }, 'Test Market has no type "Castle"; its types are House, Unit.'],
    [{ ...house, latitude: -33 }, 'latitude and longitude have to be given together.'],
    [{ ...house, valued_on: '2019-01-01' }, /no sale before 2019-01-01; its first is of 2020-01-/],
    [
      { ...house, valued_on: '2031-01-01' },
      /^valued_on \(2031-01-01\) is too long after the last sale .* at the latest it can be 2024-/,
    ],
  ])('%j', async (parameters, message) => {
    await expect(value(parameters)).rejects.toThrow(message);
    await expect(compare(parameters)).rejects.toThrow(message);
  });

  test('before the market is valued', async () => {
    const checked = store.read(async (db) => estimate.preparation?.check(db, {}, (await position(db)).market));
    await expect(checked).rejects.toThrow('The dwelling to value is missing');
  });
});

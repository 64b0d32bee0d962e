/** The price model and the weights of comparables, on data whose truth is known. */
import { describe, expect, test } from 'vitest';
import { eachCategory, eachFeature, eachMeasure } from '../../src/features.ts';
import { expectedError, fitErrorScale, largeAreas } from '../../src/valuation/error-scale.ts';
import { fitPriceModel } from '../../src/valuation/fit-price-model.ts';
import type { ModelSales } from '../../src/valuation/model-sales.ts';
import { adjustments, modelLogarithm } from '../../src/valuation/price-model.ts';
import { krige, type Similarity, solvePositive } from '../../src/valuation/similarity.ts';

const unstated = eachFeature(() => null);
const firstMonth = 24_000;

/** In another cell, a kilometre apart. */
const [north, south] = [
  { latitude: -33.985, longitude: 151.005, approximate: null },
  { latitude: -33.995, longitude: 151.005, approximate: null },
];

/**
 * Houses and units in 20 localities over 36 months, a fifth of them in the north, where prices are higher. Land is worth more per m² for houses
 * up to 1,000 m², and nothing beyond.
 * @param rise what the logarithm of the price of a unit rises by in a month, beyond that of a house
 */
function sales(rise = 0): ModelSales {
  const count = 6000;
  const column = (of: (i: number) => number) => Float64Array.from({ length: count }, (_, i) => of(i));
  const place = (i: number) => ((i * 7) % 40) + (isLeasehold(i) ? 40 : 0) + (isNorth(i) ? 80 : 0);
  const isNorth = (i: number) => Math.floor(i / 40) % 5 === 0;
  const isLeasehold = (i: number) => i % 3 === 0;
  const land = (i: number) => 200 * 10 ** ((i % 101) / 100);
  const month = (i: number) => Math.floor((36 * i) / count);
  const isHouse = (i: number) => place(i) % 40 < 20;
  const noise = (i: number) => 0.05 * Math.sin(i * 12.9898);
  return {
    month: column((i) => firstMonth + month(i)),
    logarithm: column(
      (i) =>
        13 +
        0.01 * month(i) +
        0.05 * (place(i) % 20) +
        (isHouse(i) ? 0.5 * Math.log(Math.min(land(i), 1000) / 500) : -0.3) -
        (isLeasehold(i) ? 0.2 : 0) +
        (isNorth(i) ? 0.2 : -0.05) +
        (isHouse(i) ? 0 : rise * (month(i) - 35)) +
        noise(i),
    ),
    property: column((i) => i),
    place: column(place),
    attributes: {
      ...eachMeasure(() => column(() => Number.NaN)),
      land_area: column((i) => (isHouse(i) ? Math.log(land(i)) : Number.NaN)),
    },
    places: Array.from({ length: 160 }, (_, p) => ({
      type: p % 40 < 20 ? 'House' : 'Unit',
      region: 'Region',
      locality: `Locality ${p % 20}`,
      postcode: null,
      ...(p < 80 ? south : north),
      ...eachCategory(() => null),
      tenure: p % 80 < 40 ? 'Freehold' : 'Leasehold',
    })),
  };
}

describe('the price model', () => {
  const house = {
    ...unstated,
    type: 'House',
    region: 'Region',
    locality: 'Locality 10',
    postcode: null,
    ...{ latitude: null, longitude: null, approximate: null },
    land_area: 500,
    tenure: 'Freehold',
  };
  const fitted = fitPriceModel(sales(), firstMonth + 36, async () => {});
  const factor = async (sale: object, subject: object, name: string) => {
    const steps = adjustments(
      await fitted,
      { ...house, month: firstMonth + 35, price: 1, ...sale },
      { ...house, ...subject },
      null,
    );
    return steps.find((step) => step.name === name)?.logarithm ?? 0;
  };

  test('finds trend, attributes, places and types', async () => {
    const model = await fitted;
    // By half of the mean monthly rise beyond the last month.
    expect(modelLogarithm(model, house)).toBeCloseTo(13 + 0.355 + 0.5, 1);
    expect(await factor({ month: firstMonth + 5 }, {}, 'time')).toBeCloseTo(0.305, 2);
    expect(await factor({ locality: 'Locality 2' }, {}, 'place')).toBeCloseTo(0.4, 1);
    expect(modelLogarithm(model, { ...house, type: 'Unit', land_area: null })).toBeCloseTo(13 + 0.355 + 0.5 - 0.3, 1);
  });

  test('has a trend of each type', async () => {
    const unit = { type: 'Unit', land_area: null };
    const model = await fitPriceModel(sales(0.01), firstMonth + 36, async () => {});
    const rise = (of: object) => {
      const [first] = adjustments(
        model,
        { ...house, ...of, month: firstMonth + 5, price: 1 },
        { ...house, ...of },
        null,
      );
      return first?.logarithm;
    };
    expect(rise({})).toBeCloseTo(0.305, 1);
    expect(rise(unit)).toBeCloseTo(0.605, 1);
  });

  test('has effects of the parts of a locality, by coordinates of dwellings themselves', async () => {
    expect(await factor(south, north, 'place')).toBeCloseTo(0.25, 1);
    expect(await factor({ ...south, approximate: 'locality' }, { ...north, approximate: 'locality' }, 'place')).toBe(0);
  });

  test('has the effect of a category, and its mean where it is not known', async () => {
    expect(await factor({ tenure: 'Leasehold' }, {}, 'tenure')).toBeCloseTo(0.2, 2);
    expect(await factor({ tenure: null }, {}, 'tenure')).toBeCloseTo(0.2 / 3, 2);
    const difference = modelLogarithm(await fitted, house) - modelLogarithm(await fitted, { ...house, tenure: null });
    expect(difference).toBeCloseTo(0.2 / 3, 2);
  });

  test('counts land less the more there is, and not at all beyond what was sold', async () => {
    expect(await factor({ land_area: 300 }, { land_area: 600 }, 'land_area')).toBeCloseTo(0.5 * Math.log(2), 1);
    expect(Math.abs(await factor({ land_area: 1500 }, { land_area: 2000 }, 'land_area'))).toBeLessThan(0.06);
    expect(await factor({ land_area: 2000 }, { land_area: 336_000 }, 'land_area')).toBeCloseTo(0, 6);
  });
});

test('errors are expected to be larger for large lots, as much as they are, and no larger for the largest', () => {
  const dwelling = (land_area: number | null) => ({
    value: { logarithm: 13, scale: 0.1 },
    subject: { land_area, floor_area: null },
  });
  const lots = Array.from({ length: 300 }, (_, i) => (i % 10 === 9 ? 2000 + 100 * i : 400 + i));
  const scored = lots.map((land, i) => ({
    ...dwelling(land),
    error: (i % 2 === 0 ? 1 : -1) * (land > 1000 ? 0.3 : 0.1),
  }));
  const errors = fitErrorScale(scored);
  const expected = (land: number | null) => expectedError(errors, dwelling(land));
  expect(expected(10_000) / expected(500)).toBeGreaterThan(2);
  expect(expected(10_000) / expected(500)).toBeLessThan(4);
  expect(expected(300_000)).toBe(expected(10_000));
  expect(expected(null)).toBe(expected(500));
  expect(largeAreas(errors, dwelling(10_000).subject)).toEqual(['land_area']);
  expect(largeAreas(errors, dwelling(600).subject)).toEqual([]);
});

test('equations with a positive definite matrix are solved', () => {
  const [x, y] = solvePositive([Float64Array.of(4), Float64Array.of(2, 3)], [2, 5]);
  // 4x + 2y = 2, 2x + 3y = 5
  expect(x).toBeCloseTo(-0.5);
  expect(y).toBeCloseTo(2);
});

describe('the weights of comparables', () => {
  const similarity = { own: 1 } as Similarity;

  test('are those of simple kriging', () => {
    // Two comparables with variances 3, a covariance of 1 between them, and of 2 and 1 with the subject.
    const all = Float64Array.of(3, 1, 3, 2, 1, 3);
    const { weights, variance } = krige(all, [0, 0], similarity);
    // (4 1; 1 4) w = (2; 1)
    expect([...weights]).toEqual([expect.closeTo(7 / 15), expect.closeTo(2 / 15)]);
    expect(variance).toBeCloseTo(3 + 1 - 16 / 15);
  });

  test('are never negative', () => {
    const all = Float64Array.of(3, 2.9, 3, 2, 1, 3);
    const { weights } = krige(all, [0, 0], similarity);
    expect([...weights]).toEqual([expect.closeTo(0.5), 0]);
  });

  test('sum to at most 1, so that the model has no negative weight', () => {
    // Without the limit, 1.5 and 0.5.
    const all = Float64Array.of(1, 0, 1, 3, 1, 9);
    const { weights, variance } = krige(all, [0, 0], similarity);
    expect([...weights]).toEqual([expect.closeTo(1), expect.closeTo(0)]);
    // Of the difference between the subject and the first comparable: 9 + 2 - 2 * 3, and 1 of the subject itself.
    expect(variance).toBeCloseTo(6);
  });

  test('are lower for a deviation far from the others', () => {
    const equal = Float64Array.of(3, 2, 3, 2, 2, 3, 2, 2, 2, 3);
    const { weights } = krige(equal, [0, 0.1, 9], similarity);
    expect(weights[2]).toBeLessThan(0.2 * (weights[0] as number));
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Estimate } from '../../src/price-index/estimate.ts';
import { type HedonicData, hedonic, hedonicConnections } from '../../src/price-index/hedonic.ts';
import { mean, type PriceMean } from '../../src/price-index/mean.ts';
import { median, type PriceMedian } from '../../src/price-index/median.ts';
import { type RollingOptions, rollingHedonic, splicedRegressions } from '../../src/price-index/rolling-hedonic.ts';
import {
  type StratumCell,
  stratifiedMedian,
  stratifiedMedianConnections,
} from '../../src/price-index/stratified-median.ts';
import { medianRank } from '../reference.ts';
import { expectClose, expectErrorsClose } from './compare.ts';
import * as reference from './reference.ts';
import { publishedIndex, seattleSales, withoutSeattle } from './seattle.ts';

type Index = (number | null)[];
const indexOf = ({ levels }: Estimate): Index => levels.map(({ index }) => index);
const errorsOf = ({ levels }: Estimate) => levels.map(({ standardError }) => standardError);

describe('median and mean', () => {
  const medians: PriceMedian[] = [
    { period: 0, sales: 10, median: 100, lower: 90, upper: 120 },
    { period: 2, sales: 10, median: 130, lower: 110, upper: 160 },
    { period: 3, sales: 1, median: 200, lower: null, upper: null },
  ];
  const means: PriceMean[] = [
    { period: 0, sales: 10, mean: 100, deviation: 20 },
    { period: 2, sales: 10, mean: 150, deviation: 30 },
    { period: 3, sales: 1, mean: 200, deviation: null },
  ];

  test('are those of each period over those of the base, none where nothing was sold', () => {
    expect(indexOf(median(medians, 4, 0))).toEqual([100, null, 130, 200]);
    expectClose(indexOf(mean(means, 4, 2)), [100 / 1.5, null, 100, 200 / 1.5]);
    expect(median(medians, 4, 0)).toMatchObject({
      count: 21,
      levels: [{ count: 10 }, { count: 0 }, {}, { count: 1 }],
    });
  });

  test('the median has a band from the intervals of both medians, and none where a period has no interval', () => {
    const { levels } = median(medians, 4, 0);
    expect(levels[0]).toMatchObject({ standardError: 0, lower: 100, upper: 100 });
    expect(levels[3]).toMatchObject({ standardError: null, lower: null, upper: null });
    expect(levels[2]?.lower).toBeCloseTo(130 * Math.exp(-Math.hypot(Math.log(130 / 110), Math.log(120 / 100))), 10);
    expect(levels[2]?.upper).toBeCloseTo(130 * Math.exp(Math.hypot(Math.log(160 / 130), Math.log(100 / 90))), 10);
    expect(levels[2]?.standardError).toBeCloseTo(
      (130 * Math.hypot(Math.log(160 / 110), Math.log(120 / 90))) / 2 / 1.959963984540054,
      10,
    );
  });

  test('the standard error of the mean is that of a ratio of two means', () => {
    const { levels } = mean(means, 4, 0);
    expect(levels[2]?.standardError).toBeCloseTo(150 * Math.sqrt(0.2 ** 2 / 10 + 0.2 ** 2 / 10), 10);
    expect(levels[3]).toMatchObject({ index: 200, standardError: null });
  });

  test('the prices between which the true median lies do so in 95 % of all samples of any size', () => {
    for (let n = 1; n <= 1000; n++) {
      const k = medianRank(n);
      expect(k > 0).toBe(n >= 6);
      // The interval misses when fewer than k of n sales are on one side of the true median.
      let missed = 0;
      let probability = 0.5 ** n;
      for (let below = 0; below < k; below++) {
        missed += 2 * probability;
        probability *= (n - below) / (below + 1);
      }
      expect(missed).toBeLessThan(0.0501);
    }
  });
});

describe('stratified median', () => {
  const cell = (stratum: number, period: number, median: number, sales: number, type = 'House'): StratumCell => ({
    stratum,
    type,
    period,
    sales,
    p25: median * 0.9,
    median,
    p75: median * 1.1,
  });
  const years = [2020, 2020, 2021, 2021];

  test('weighs strata by their sales of all periods', () => {
    // 4 and 6 sales: what is sold when does not matter.
    const cells = [cell(1, 0, 100, 1), cell(2, 0, 200, 5), cell(1, 1, 110, 3), cell(2, 1, 260, 1)];
    expectClose(indexOf(stratifiedMedian(cells, [2020, 2021], 0, 'fixed')), [
      100,
      (100 * (4 * 110 + 6 * 260)) / (4 * 100 + 6 * 200),
    ]);
  });

  test('weighs strata by their sales in the year before, the first year by its own', () => {
    const cells = [
      cell(1, 0, 100, 1),
      cell(2, 0, 200, 5),
      cell(1, 1, 110, 2),
      cell(2, 1, 210, 5),
      cell(1, 2, 130, 7),
      cell(2, 2, 200, 1),
      cell(1, 3, 120, 7),
      cell(2, 3, 220, 1),
    ];
    const first = (3 * 110 + 10 * 210) / (3 * 100 + 10 * 200);
    const second = (3 * 130 + 10 * 200) / (3 * 110 + 10 * 210);
    const third = (3 * 120 + 10 * 220) / (3 * 130 + 10 * 200);
    const expected = [1, first, first * second, first * second * third].map((index) => 100 * index);
    expectClose(indexOf(stratifiedMedian(cells, years, 0, 'updated')), expected);
    // Sales of 2021 weigh in 2022 only.
    const later = [...cells, cell(1, 4, 130, 1), cell(2, 4, 200, 1)];
    const fourth = (14 * 130 + 2 * 200) / (14 * 120 + 2 * 220);
    expectClose(indexOf(stratifiedMedian(later, [...years, 2022], 0, 'updated')), [
      ...expected,
      (expected[3] as number) * fourth,
    ]);
  });

  test('moves an empty stratum with the others of its type, with a note', () => {
    const cells = [
      cell(1, 0, 100, 2),
      cell(2, 0, 200, 2),
      cell(3, 0, 50, 2, 'Unit'),
      cell(1, 1, 120, 2),
      cell(3, 1, 50, 2, 'Unit'),
      cell(1, 2, 120, 2),
      cell(2, 2, 250, 2),
      cell(3, 2, 50, 2, 'Unit'),
    ];
    const estimate = stratifiedMedian(cells, years.slice(0, 3), 0, 'fixed');
    // Stratum 2 rises by 20 % with stratum 1; 6, 4 and 6 sales.
    const values = [600 + 800 + 300, 720 + 960 + 300, 720 + 1000 + 300];
    expectClose(
      indexOf(estimate),
      values.map((value) => (100 * value) / 1700),
    );
    expect(estimate.notes).toEqual([expect.stringMatching(/^1 times a stratum had no sales/)]);
  });

  test('includes a stratum after its first sale, without a jump', () => {
    const cells = [cell(1, 0, 100, 2), cell(1, 1, 110, 2), cell(2, 1, 900, 2), cell(1, 2, 110, 2), cell(2, 2, 990, 2)];
    const entered = (6 * 110 + 4 * 990) / (6 * 110 + 4 * 900);
    expectClose(indexOf(stratifiedMedian(cells, years.slice(0, 3), 0, 'fixed')), [100, 110, 110 * entered]);
  });

  test('breaks where nothing sold that had sold before', () => {
    const cells = [cell(1, 0, 100, 2), cell(1, 1, 110, 2), cell(2, 3, 500, 2)];
    expect(stratifiedMedianConnections(cells, years, 'fixed')).toEqual([[0, 1], [3]]);
    expectClose(indexOf(stratifiedMedian(cells, years, 1, 'fixed')), [100 / 1.1, 100, null, null]);
    expect(stratifiedMedian(cells, years, 1, 'fixed')).toMatchObject({ count: 4, levels: [{}, {}, {}, { count: 2 }] });
  });

  test('is more certain the more sales there are', () => {
    const errors = (sales: number) =>
      errorsOf(stratifiedMedian([cell(1, 0, 100, sales), cell(1, 1, 110, sales)], [2020, 2020], 0, 'fixed'));
    const spread = Math.log(1.1 / 0.9) / 1.3489795003921634;
    expectClose(errors(8), [0, 110 * spread * Math.sqrt((2 * Math.PI) / 2 / 8)]);
    expect(errors(3)).toEqual([0, null]);
  });

  test('is the same in another currency, in any order of the sales, and rescaled by another base', () => {
    const anyCells = fc.uniqueArray(
      fc
        .record({
          stratum: fc.integer({ min: 0, max: 3 }),
          period: fc.integer({ min: 0, max: 3 }),
          median: fc.integer({ min: 50, max: 500 }),
          sales: fc.integer({ min: 1, max: 9 }),
        })
        .map(({ stratum, period, median, sales }) =>
          cell(stratum, period, median, sales, stratum % 2 ? 'Unit' : 'House'),
        ),
      { selector: ({ stratum, period }) => stratum * 4 + period, minLength: 1 },
    );
    fc.assert(
      fc.property(anyCells, fc.constantFrom('fixed' as const, 'updated' as const), (cells, weights) => {
        const [base, other] = (stratifiedMedianConnections(cells, years, weights)[0] as number[]).flatMap(
          (period, i, all) => (i === 0 ? [period, all.at(-1) as number] : []),
        ) as [number, number];
        const index = indexOf(stratifiedMedian(cells, years, base, weights));
        const converted = cells.map((cell) => ({ ...cell, median: cell.median * 7 }));
        expectClose(indexOf(stratifiedMedian(converted, years, base, weights)), index);
        expectClose(indexOf(stratifiedMedian(cells.toReversed(), years, base, weights)), index);
        const rescaled = index.map((value) => value && (100 * value) / (index[other] as number));
        expectClose(indexOf(stratifiedMedian(cells, years, other, weights)), rescaled);
      }),
    );
  });
});

/** The rows as the SQL aggregates them. */
function dataOf(rows: reference.HedonicRow[], periods: number, attributes: string[]): HedonicData {
  const variablesOf = (row: reference.HedonicRow) => [...row.attributes, Math.log(row.price)];
  const cells = [...Map.groupBy(rows, ({ group, period }) => JSON.stringify([group, period])).values()]
    .map((sales) => ({
      group: sales[0]?.group as string,
      period: sales[0]?.period as number,
      sales: sales.length,
      sums: sales.map(variablesOf).reduce((a, b) => a.map((value, v) => value + (b[v] as number))),
    }))
    .sort((a, b) => (a.group === b.group ? a.period - b.period : a.group < b.group ? -1 : 1));
  return {
    attributes,
    periods,
    cells: {
      starts: [...cells.flatMap(({ group }, i) => (group === cells[i - 1]?.group ? [] : [i])), cells.length],
      period: cells.map(({ period }) => period),
      sales: cells.map(({ sales }) => sales),
      sums: [...attributes, 'price'].map((_, v) => cells.map(({ sums }) => sums[v] as number)),
    },
    products: Array.from({ length: periods }, (_, period) => {
      const own = rows.filter((row) => row.period === period).map(variablesOf);
      return [...attributes, 'price'].flatMap((_, v, all) =>
        all
          .slice(v)
          .map((_, w) => own.reduce((sum, values) => sum + (values[v] as number) * (values[v + w] as number), 0)),
      );
    }),
  };
}

const periods = 6;
const anyRow: fc.Arbitrary<reference.HedonicRow> = fc.record({
  period: fc.integer({ min: 0, max: periods - 1 }),
  price: fc.integer({ min: 100_000, max: 900_000 }),
  group: fc.constantFrom('a', 'b', 'c', 'd'),
  attributes: fc.tuple(
    fc.integer({ min: 0, max: 4 }),
    fc.integer({ min: 50, max: 300 }).map((area) => area / 100),
  ),
});
const anyRows = fc.array(anyRow, { minLength: 2, maxLength: 40 });
const names = ['bedrooms', 'area'];

const withoutPause = async () => {};
const regress = (data: HedonicData, base: number) => hedonic(data, base, withoutPause);

describe('hedonic', () => {
  test('equals a regression with a row for each sale and a dummy for each group and period', async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, fc.nat(), async (rows, n) => {
        const base = (rows[n % rows.length] as reference.HedonicRow).period;
        const estimate = await regress(dataOf(rows, periods, names), base);
        const expected = reference.hedonic(rows, periods, base);
        expectClose(indexOf(estimate), expected.index, 1e-7);
        expectErrorsClose(errorsOf(estimate), expected);
        const coefficients = names.map((name) => estimate.coefficients?.[name] ?? 0);
        expectClose(coefficients, expected.coefficients, 1e-6, 1);
      }),
    );
  });

  test('is the same in another currency and rescaled by another base', async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, async (rows) => {
        const data = dataOf(rows, periods, names);
        const [group] = hedonicConnections(data) as [number[]];
        const [base, other] = [group[0] as number, group.at(-1) as number];
        const [index, byOther] = [indexOf(await regress(data, base)), indexOf(await regress(data, other))];
        fc.pre([index, byOther].every((numbers) => group.every((period) => numbers[period] !== null)));
        const converted = rows.map((row) => ({ ...row, price: row.price * 0.6 }));
        expectClose(indexOf(await regress(dataOf(converted, periods, names), base)), index, 1e-6);
        const rescaled = index.map((value) => value && (100 * value) / (index[other] as number));
        expectClose(byOther, rescaled, 1e-6);
      }),
    );
  });

  test('has finite numbers or none, from few sales too', async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, async (rows) => {
        const { levels } = await regress(dataOf(rows, periods, names), 0);
        for (const { index, standardError, lower, upper } of levels) {
          for (const number of [index, standardError, lower, upper]) {
            expect(number === null || Number.isFinite(number)).toBe(true);
          }
        }
      }),
    );
    const row = (period: number, price: number, attributes: number[]) => ({ period, price, group: 'a', attributes });
    const nearlyDetermined = [
      row(1, 100_000, [1, 0.5]),
      row(0, 353_469, [2, 0.53]),
      row(0, 100_000, [2, 0.54]),
      row(1, 508_794, [2, 2.82]),
      row(2, 501_243, [0, 1.41]),
    ];
    expect((await regress(dataOf(nearlyDetermined, 3, names), 0)).notes).toEqual([
      'area: left out of the regression, being determined by the others here.',
    ]);
    const farApart = [row(0, 100_000, [1.26]), row(0, 400_000, [1.24]), row(1, 100_000, [0.5]), row(2, 100_000, [1.2])];
    const { levels, notes } = await regress(dataOf(farApart, 3, ['area']), 0);
    expect(levels.map(({ index }) => index !== null)).toEqual([true, false, true]);
    expect(notes).toEqual([expect.stringMatching(/^1 period has no index/)]);
  });

  test('leaves out an attribute that the others determine, with a note', async () => {
    const rows = fc.sample(anyRow, { numRuns: 60, seed: 1 });
    const doubled = rows.map((row) => ({
      ...row,
      attributes: [...row.attributes, 2 * (row.attributes[0] as number), 3],
    }));
    const estimate = await regress(dataOf(doubled, periods, [...names, 'twice', 'always three']), 0);
    expectClose(indexOf(estimate), indexOf(await regress(dataOf(rows, periods, names), 0)));
    expect(estimate.notes).toEqual([
      'twice, always three: left out of the regression, being determined by the others here.',
    ]);
    expect(Object.keys(estimate.coefficients ?? {})).toEqual(names);
  });

  test('has no number for periods that share no group with the base, and counts sales that are alone', async () => {
    const row = (period: number, group: string, price: number) => ({ period, group, price, attributes: [] });
    const rows = [
      row(0, 'a', 100),
      row(1, 'a', 110),
      row(3, 'b', 500),
      row(4, 'b', 600),
      row(1, 'c', 70),
      row(0, 'a', 100),
    ];
    const data = dataOf(rows, periods, []);
    expect(hedonicConnections(data)).toEqual([
      [0, 1],
      [3, 4],
    ]);
    const estimate = await regress(data, 0);
    expectClose(indexOf(estimate), [100, 110, null, null, null, null]);
    expect(estimate).toMatchObject({ count: 4, leftOut: { 'alone in their group': 1 } });
  });

  test.skipIf(withoutSeattle)('the index published for Seattle is reproduced', async () => {
    const rows = seattleSales().map((sale) => ({
      period: sale.month,
      price: sale.price,
      group: '',
      attributes: [sale.squareFeet - 2000, sale.beds - 3, sale.baths - 2],
    }));
    const estimate = await regress(dataOf(rows, 84, ['tot_sf', 'beds', 'baths']), 0);
    expectClose(indexOf(estimate), publishedIndex('hed_ols_monthly_tot_sf_beds_baths.csv'), 1e-11);
  });
});

describe('rolling hedonic', () => {
  const rows = fc.sample(anyRow, { numRuns: 300, seed: 2 });
  const data = dataOf(rows, periods, names);
  const rolling = async (data: HedonicData, base: number, options: RollingOptions) =>
    rollingHedonic(
      data,
      await splicedRegressions(data, options, new Array(data.periods).fill(true), withoutPause),
      base,
      String,
    );

  test('is the hedonic index where the window holds all periods', async () => {
    const index = indexOf(await rolling(data, 2, { window: periods, splice: 'mean' }));
    expectClose(index, indexOf(await regress(data, 2)));
  });

  test.each(['movement', 'window', 'mean'] as const)('continues by the %s of each new regression', async (splice) => {
    const window = 3;
    const regression = (last: number) =>
      reference.hedonic(
        rows.filter(({ period }) => period <= last && period > last - window),
        periods,
        last,
      ).index as number[];
    const expected = regression(window - 1).slice(0, window);
    for (let period = window; period < periods; period++) {
      const fit = regression(period);
      const all = [1, 2].map((back) => period - back).reverse();
      const hung = { movement: all.slice(-1), window: all.slice(0, 1), mean: all }[splice];
      const continued = hung.map((at) => ((expected[at] as number) * 100) / (fit[at] as number));
      expected.push(continued.reduce((product, value) => product * value, 1) ** (1 / continued.length));
    }
    const rebased = expected.map((index) => (100 * index) / (expected[0] as number));
    expectClose(indexOf(await rolling(data, 0, { window, splice })), rebased);
  });

  test('adds up the variances of the movements between two periods', async () => {
    const window = 3;
    const errors = errorsOf(await rolling(data, 0, { window, splice: 'movement' }));
    const index = indexOf(await rolling(data, 0, { window, splice: 'movement' }));
    const link = (period: number) => {
      const last = Math.max(period, window - 1);
      const within = rows.filter((row) => row.period <= last && row.period > last - window);
      const { index, standardError } = reference.hedonic(within, periods, period - 1);
      return ((standardError[period] as number) / (index[period] as number)) ** 2;
    };
    let variance = 0;
    const expected = index.map((value, period) => {
      if (period > 0) variance += link(period);
      return (value as number) * Math.sqrt(variance);
    });
    expectClose(errors, expected, 1e-7);
  });

  test('never changes an earlier number', async () => {
    const options = { window: 3, splice: 'mean' } as const;
    const earlier = await rolling({ ...data, periods: 5 }, 0, options);
    expectClose(indexOf(earlier), indexOf(await rolling(data, 0, options)).slice(0, 5), 1e-12);
  });
});

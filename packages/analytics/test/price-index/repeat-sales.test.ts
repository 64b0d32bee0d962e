import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arithmetic } from '../../src/price-index/arithmetic.ts';
import { baileyMuthNourse, pairConnections } from '../../src/price-index/bailey-muth-nourse.ts';
import { caseShiller, varianceFloor } from '../../src/price-index/case-shiller.ts';
import type { Estimate } from '../../src/price-index/estimate.ts';
import { expectClose, expectErrorsClose } from './compare.ts';
import * as reference from './reference.ts';
import { publishedIndex, seattleSales, withoutSeattle } from './seattle.ts';

const indexOf = ({ levels }: Estimate) => levels.map(({ index }) => index);
const errorsOf = ({ levels }: Estimate) => levels.map(({ standardError }) => standardError);
const estimators = { baileyMuthNourse, caseShiller, arithmetic };

/** Periods from 1, as in the examples. */
function pairs(...list: [from: number, price: number, to: number, later: number][]): reference.Pair[] {
  return list.map(([from, firstPrice, to, secondPrice]) => ({
    first: from - 1,
    second: to - 1,
    firstPrice,
    secondPrice,
  }));
}

const a = pairs([1, 1, 2, 3], [2, 3, 3, 2], [1, 1, 3, 1]);
const b = pairs([1, 1, 3, 6], [1, 1, 2, 5], [2, 1, 3, 4], [1, 1, 2, 3], [2, 1, 3, 2], [1, 1, 3, 1]);

test.each([
  { name: 'A', sales: a, geometric: [100, 238.1102, 125.9921], byValue: [100, 240, 133.3333] },
  { name: 'B', sales: b, geometric: [100, 235.0755, 403.5654], byValue: [100, 310.5263, 491.6667] },
])('the indices of example $name are those calculated by hand', ({ sales, geometric, byValue }) => {
  const rounded = (estimate: Estimate) => indexOf(estimate).map((index) => Number(index?.toFixed(4)));
  for (const cells of [reference.cellsOf(sales), reference.aggregated(reference.cellsOf(sales))]) {
    expect(rounded(baileyMuthNourse(cells, 3, 0))).toEqual(geometric);
    expect(rounded(arithmetic(cells, 3, 0))).toEqual(byValue);
  }
});

/** Few periods, so that pairs meet, and pairs few enough that some periods are not connected. */
const periods = 8;
const anyPair = fc
  .record({
    first: fc.integer({ min: 0, max: periods - 2 }),
    gap: fc.integer({ min: 1, max: periods - 1 }),
    firstPrice: fc.integer({ min: 50_000, max: 2_000_000 }),
    ratio: fc.double({ min: 0.5, max: 2.5, noNaN: true }),
  })
  .map(({ first, gap, firstPrice, ratio }) => ({
    first,
    second: Math.min(first + gap, periods - 1),
    firstPrice,
    secondPrice: Math.round(firstPrice * ratio),
  }));
const anyPairs = fc.array(anyPair, { minLength: 1, maxLength: 30 });

/** The pairs, and a base that they have. */
const anyCase = fc
  .tuple(anyPairs, fc.nat())
  .map(([sales, n]) => ({ sales, base: (sales[n % sales.length] as reference.Pair).first }));

describe('equals a regression with a row for each pair', () => {
  test('Bailey, Muth and Nourse', () => {
    fc.assert(
      fc.property(anyCase, ({ sales, base }) => {
        const estimate = baileyMuthNourse(reference.aggregated(reference.cellsOf(sales)), periods, base);
        const expected = reference.baileyMuthNourse(sales, periods, base);
        expectClose(indexOf(estimate), expected.index);
        expectErrorsClose(errorsOf(estimate), expected);
      }),
    );
  });

  test('Case and Shiller, in three stages, with variances that are too low raised', () => {
    let raised = 0;
    fc.assert(
      fc.property(anyCase, ({ sales, base }) => {
        const estimate = caseShiller(reference.aggregated(reference.cellsOf(sales)), periods, base);
        if (estimate.notes.some((note) => note.includes('cannot estimate variances'))) return;
        const expected = reference.caseShiller(sales, periods, base, varianceFloor);
        expectClose(indexOf(estimate), expected.index, 1e-6);
        expectErrorsClose(errorsOf(estimate), expected);
        raised += expected.raised;
        const said = expected.raised
          ? [expect.stringContaining(`fits ${expected.raised} of ${estimate.count} pairs`)]
          : [];
        expect(estimate.notes).toEqual(said);
      }),
    );
    expect(raised).toBeGreaterThan(0);
  });

  test('Shiller, with instruments', () => {
    fc.assert(
      fc.property(anyCase, ({ sales, base }) => {
        const estimate = arithmetic(reference.aggregated(reference.cellsOf(sales)), periods, base);
        const expected = reference.arithmetic(sales, periods, base);
        expectClose(indexOf(estimate), expected.index);
        expectErrorsClose(errorsOf(estimate), expected);
      }),
    );
  });
});

describe.each(Object.entries(estimators))('%s', (_, estimate) => {
  const indices = (sales: reference.Pair[], base: number) =>
    indexOf(estimate(reference.aggregated(reference.cellsOf(sales)), periods, base));

  test('is the same in another currency', () => {
    fc.assert(
      fc.property(anyCase, fc.double({ min: 0.01, max: 100, noNaN: true }), ({ sales, base }, rate) => {
        const converted = sales.map((pair) => ({
          ...pair,
          firstPrice: pair.firstPrice * rate,
          secondPrice: pair.secondPrice * rate,
        }));
        expectClose(indices(converted, base), indices(sales, base), 1e-7);
      }),
    );
  });

  test('does not depend on the order of pairs', () => {
    fc.assert(
      fc.property(
        anyCase.chain(({ sales, base }) =>
          fc.tuple(fc.constant({ sales, base }), fc.shuffledSubarray(sales, { minLength: sales.length })),
        ),
        ([{ sales, base }, shuffled]) => expectClose(indices(shuffled, base), indices(sales, base), 1e-7),
      ),
    );
  });

  test('is rescaled by another base', () => {
    fc.assert(
      fc.property(anyCase, fc.nat(), ({ sales, base }, n) => {
        const before = indices(sales, base);
        const others = before.flatMap((index, period) => (index === null ? [] : [period]));
        const other = others[n % others.length] as number;
        const rescaled = before.map((index) => index && (100 * index) / (before[other] as number));
        expectClose(indices(sales, other), rescaled, 1e-7);
      }),
    );
  });

  test('has no number for periods that no chain of pairs joins to the base, and counts the pairs left out', () => {
    const sales = pairs([1, 100, 2, 110], [2, 100, 3, 120], [1, 100, 3, 130], [5, 100, 6, 200], [6, 100, 8, 90]);
    const cells = reference.cellsOf(sales);
    expect(pairConnections(cells, periods)).toEqual([
      [0, 1, 2],
      [4, 5, 7],
    ]);
    const { levels, count, leftOut } = estimate(cells, periods, 1);
    expect(levels.map(({ index }) => index !== null)).toEqual([true, true, true, false, false, false, false, false]);
    expect(levels.map((level) => level.count)).toEqual([2, 2, 2, 0, 1, 2, 0, 1]);
    expect({ count, leftOut }).toEqual({ count: 3, leftOut: { 'pairs not connected to the base': 2 } });
    expect(levels[1]).toMatchObject({ index: 100, standardError: 0, lower: 100, upper: 100 });
    expect(estimate(cells, periods, 4).leftOut).toEqual({ 'pairs not connected to the base': 3 });
  });

  test('has no standard error where no pair is left to estimate it from', () => {
    const { levels } = estimate(reference.cellsOf(pairs([1, 100, 2, 110], [2, 100, 3, 120])), 3, 0);
    expect(levels.map(({ standardError }) => standardError)).toEqual([0, null, null]);
    expect(levels[2]?.index).toBeCloseTo(132, 10);
  });
});

test('the variance of a pair that the second stage puts at or below 0 is raised, with a note', () => {
  // Pairs held long agree; of those held for a period, some are far off: the line falls below 0 at the far end.
  const sales = pairs(
    [1, 100, 2, 60],
    [1, 100, 2, 160],
    [2, 100, 3, 150],
    [2, 100, 3, 70],
    [1, 100, 8, 100],
    [2, 100, 8, 99],
  );
  const { notes, levels } = caseShiller(reference.cellsOf(sales), periods, 0);
  expect(notes).toEqual([
    expect.stringContaining('fits 1 of 6 pairs a variance that is too low, 1 of them not above 0'),
  ]);
  expectClose(
    levels.map(({ index }) => index),
    reference.caseShiller(sales, periods, 0, varianceFloor).index,
  );
});

describe.skipIf(withoutSeattle)('Seattle', () => {
  const options = { pairs: 'all', minMonths: 12, trim: 0 } as const;
  const sales = () =>
    reference.pairsOf(
      seattleSales().map((sale) => ({ ...sale, period: sale.month })),
      options,
    );

  test('the published repeat-sales index is reproduced', () => {
    const all = sales();
    expect(all).toHaveLength(557);
    const published = publishedIndex('rt_ols_monthly_allpairs_min12.csv');
    expectClose(indexOf(baileyMuthNourse(reference.aggregated(reference.cellsOf(all)), 84, 0)), published, 1e-11);
  });

  test('the weighted and the arithmetic index equal regressions with a row for each pair', () => {
    const all = sales();
    const cells = reference.aggregated(reference.cellsOf(all));
    const weighted = reference.caseShiller(all, 84, 0, varianceFloor);
    expectClose(indexOf(caseShiller(cells, 84, 0)), weighted.index, 1e-11);
    expectClose(errorsOf(caseShiller(cells, 84, 0)), weighted.standardError);
    const byValue = reference.arithmetic(all, 84, 0);
    expectClose(indexOf(arithmetic(cells, 84, 0)), byValue.index, 1e-11);
    expectClose(errorsOf(arithmetic(cells, 84, 0)), byValue.standardError);
  });
});

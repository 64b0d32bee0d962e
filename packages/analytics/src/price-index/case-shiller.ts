import {
  fitRepeatSales,
  type PairCell,
  type RepeatSalesFit,
  repeatSalesEstimate,
  squaredResiduals,
} from './bailey-muth-nourse.ts';
import type { Estimate } from './estimate.ts';

/**
 * The minimum error variance of a pair, as a fraction of the first stage's mean squared residual, so that no pair has more than twenty times the average
 * weight. A straight line fitted to squared residuals is sometimes below that, or below 0, at one of its ends.
 */
export const varianceFloor = 0.05;

/**
 * Weighted geometric repeat-sales index, in three stages. Source: Case and Shiller 1987, Prices of Single-Family Homes Since 1970: New Indexes for Four
 * Cities, New England Economic Review, September/October: 45.
 *
 * 1. The regression of Bailey, Muth and Nourse. 2. Its squared residuals on a constant and the number of periods between the two sales, by ordinary
 * least squares: the longer a property is held, the more its price drifts from the market's. 3. The first regression again, each pair weighted
 * by the inverse of its variance fitted in the second, which is raised to `varianceFloor` where it is lower; a note says of how many pairs.
 * Standard errors are those of the weighted least squares, by the delta method.
 * @param periods the number of periods in the timeline
 */
export function caseShiller(cells: PairCell[], periods: number, base: number): Estimate {
  const unweighted = fitRepeatSales(cells, periods, base, () => 1);
  const { weightOf, notes } = weights(unweighted);
  return repeatSalesEstimate(fitRepeatSales(unweighted.cells, periods, base, weightOf), cells, periods, notes);
}

function weights(stage1: RepeatSalesFit): { weightOf: (cell: PairCell) => number; notes: string[] } {
  const { cells, logarithms, pairs } = stage1;
  const gaps = cells.map(({ first, second }) => second - first);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / pairs;
  const meanGap = mean(cells.map((cell, i) => cell.pairs * (gaps[i] as number)));
  const residuals = cells.map((cell) => squaredResiduals(cell, logarithms));
  const meanResidual = mean(residuals);
  const gapVariance = mean(cells.map((cell, i) => cell.pairs * ((gaps[i] as number) - meanGap) ** 2));
  // The residuals are rounding errors only: the pairs agree exactly.
  if (!(meanResidual > 1e-20) || gapVariance === 0) {
    return {
      weightOf: () => 1,
      notes: [
        'The second stage cannot estimate variances, because the pairs agree exactly; all pairs have the same weight.',
      ],
    };
  }
  const slope = mean(residuals.map((residual, i) => residual * ((gaps[i] as number) - meanGap))) / gapVariance;
  const fitted = ({ first, second }: PairCell) => meanResidual + slope * (second - first - meanGap);
  const floor = varianceFloor * meanResidual;
  const count = (limit: number) => cells.reduce((sum, cell) => sum + (fitted(cell) <= limit ? cell.pairs : 0), 0);
  const notes = count(floor)
    ? [
        `The second stage fits ${count(floor)} of ${pairs} pairs a variance that is too low, ${count(0)} of them not above 0; it was raised to ${varianceFloor * 100} % of the mean squared residual.`,
      ]
    : [];
  return { weightOf: (cell) => 1 / Math.max(fitted(cell), floor), notes };
}

import { connectedWith, type PairCell, pairsByPeriod, unconnected } from './bailey-muth-nourse.ts';
import { type Estimate, levelOfLogarithm, withoutIndex } from './estimate.ts';
import { Factors, increase, zeros } from './linear.ts';

/**
 * Value-weighted arithmetic repeat-sales index. Source: Shiller 1991, Arithmetic Repeat Sales Price Estimators, Journal of Housing Economics 1: 110.
 *
 * With β = base / index, each pair gives the equation β(second) · later price − β(first) · earlier price = error, β(base) = 1. The prices are regressors with
 * errors of their own, so the dummies of the two periods (−1 and +1) are the instruments. Therefore the prices of the sales in a period, adjusted to the
 * base, have the same sum as the other sales of their pairs. The index is that of a portfolio of the properties.
 *
 * Standard errors are those of instrumental variables with unequal variances (White's), by the delta method; the band is taken on the logarithm. They are
 * null if there are no more pairs than periods to compare.
 * @param periods the number of periods in the timeline
 */
export function arithmetic(cells: PairCell[], periods: number, base: number): Estimate {
  const { compared, used, pairs } = connectedWith(base, cells, periods);
  const unknowns = [...compared].filter((period) => period !== base);
  const size = unknowns.length;
  const place = new Map(unknowns.map((period, i) => [period, i]));
  const matrix = zeros(size);
  const rightHandSide = new Float64Array(size);
  for (const { first, second, firstPrices, secondPrices } of used) {
    for (const [period, own, other, others] of [
      [first, firstPrices, second, secondPrices],
      [second, secondPrices, first, firstPrices],
    ] as const) {
      const [i, j] = [place.get(period), place.get(other)];
      if (i === undefined) continue;
      const row = matrix[i] as Float64Array;
      increase(row, i, own);
      if (j === undefined) increase(rightHandSide, i, others);
      else increase(row, j, -others);
    }
  }
  const factors = new Factors(matrix, new Float64Array(size));
  const solution = factors.solve(rightHandSide);
  const betas = new Float64Array(periods).fill(1);
  for (const [period, i] of place) betas[period] = solution[i] as number;
  const variances = pairs > size ? solutionVariances(used, place, betas, factors.inverse()) : undefined;

  const counts = pairsByPeriod(cells, periods);
  const levels = Array.from({ length: periods }, (_, period) => {
    const count = counts[period] as number;
    if (!compared.has(period)) return withoutIndex(period, count);
    if (period === base) return levelOfLogarithm(period, count, 0, 0);
    const beta = betas[period] as number;
    const variance = variances ? (variances[place.get(period) as number] as number) / beta ** 2 : null;
    return levelOfLogarithm(period, count, -Math.log(beta), variance);
  });
  return { levels, count: pairs, leftOut: unconnected(cells, pairs), notes: [] };
}

/** The diagonal of A⁻¹ M A⁻ᵀ, where M is the sum over the pairs of the squared error times the outer product of the instruments. */
function solutionVariances(
  cells: PairCell[],
  place: Map<number, number>,
  betas: Float64Array,
  inverseColumns: Float64Array[],
): Float64Array {
  const size = place.size;
  const variances = new Float64Array(size);
  const none = new Float64Array(size);
  for (const { first, second, firstSquares, products, secondSquares } of cells) {
    const [a, b] = [betas[first] as number, betas[second] as number];
    const squares = Math.max(0, b * b * secondSquares - 2 * a * b * products + a * a * firstSquares);
    const [earlier, later] = [first, second].map((period) => inverseColumns[place.get(period) ?? -1] ?? none) as [
      Float64Array,
      Float64Array,
    ];
    for (let k = 0; k < size; k++) {
      increase(variances, k, squares * ((later[k] as number) - (earlier[k] as number)) ** 2);
    }
  }
  return variances;
}

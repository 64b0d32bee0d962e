import { Connections } from './connected.ts';
import { type Estimate, levelOfLogarithm, reasons, withoutIndex } from './estimate.ts';
import { Factors, increase, zeros } from './linear.ts';

/**
 * Pairs of sales of one property, summed by the periods of the earlier and the later sale: the data that all repeat-sales methods use. There may be several
 * cells for the same two periods.
 */
export interface PairCell {
  first: number;
  /** After `first`. */
  second: number;
  pairs: number;
  /** Mean of ln(later price / earlier price). */
  meanLogRatio: number;
  /** Sum of the squared distances from that mean. */
  squares: number;
  /** Sums over the pairs: of the earlier prices, the later prices, their squares, and their products. */
  firstPrices: number;
  secondPrices: number;
  firstSquares: number;
  products: number;
  secondSquares: number;
}

/** A weighted regression of the log ratios on period dummies, −1 for the earlier and +1 for the later sale, without intercept. */
export interface RepeatSalesFit {
  /** The periods connected with the base. */
  cells: PairCell[];
  compared: Set<number>;
  pairs: number;
  /** By period, over the base. */
  logarithms: Float64Array;
  /** The variance of a period's logarithm; null if there are no more pairs than periods to compare. */
  variance(period: number): number | null;
}

/**
 * Geometric repeat-sales index by ordinary least squares. Source: Bailey, Muth and Nourse 1963, A Regression Method for Real Estate Price Index
 * Construction, Journal of the American Statistical Association 58: 933.
 *
 * ln(later price / earlier price) = b(second) − b(first) + error, b(base) = 0; the index is 100 exp(b). Periods that no chain of pairs connects with the base
 * have no index. Standard errors are those of least squares with equal variances, by the delta method; they take pairs as independent, which the
 * several pairs of one property are not.
 * @param periods the number of periods in the timeline
 */
export function baileyMuthNourse(cells: PairCell[], periods: number, base: number): Estimate {
  const fit = fitRepeatSales(cells, periods, base, () => 1);
  return repeatSalesEstimate(fit, cells, periods, []);
}

/** The periods that pairs connect, most pairs first. */
export function pairConnections(cells: PairCell[], periods: number): number[][] {
  const connections = new Connections(periods);
  for (const { first, second } of cells) connections.join(first, second);
  return connections.groups(pairsByPeriod(cells, periods));
}

/** The cells and the periods that are connected with the base. */
export function connectedWith(
  base: number,
  cells: PairCell[],
  periods: number,
): { compared: Set<number>; used: PairCell[]; pairs: number } {
  const compared = new Set(pairConnections(cells, periods).find((group) => group.includes(base)) ?? []);
  const used = cells.filter(({ first }) => compared.has(first));
  return { compared, used, pairs: used.reduce((sum, { pairs }) => sum + pairs, 0) };
}

export function fitRepeatSales(
  cells: PairCell[],
  periods: number,
  base: number,
  weightOf: (cell: PairCell) => number,
): RepeatSalesFit {
  const { compared, used, pairs } = connectedWith(base, cells, periods);
  const unknowns = [...compared].filter((period) => period !== base);
  const place = new Map(unknowns.map((period, i) => [period, i]));
  const matrix = zeros(unknowns.length);
  const rightHandSide = new Float64Array(unknowns.length);
  for (const cell of used) {
    const weight = weightOf(cell) * cell.pairs;
    for (const [period, other, sign] of [
      [cell.first, cell.second, -1],
      [cell.second, cell.first, 1],
    ] as const) {
      const [i, j] = [place.get(period), place.get(other)];
      if (i === undefined) continue;
      const row = matrix[i] as Float64Array;
      increase(row, i, weight);
      if (j !== undefined) increase(row, j, -weight);
      increase(rightHandSide, i, sign * weight * cell.meanLogRatio);
    }
  }
  const factors = new Factors(matrix, new Float64Array(unknowns.length));
  const solution = factors.solve(rightHandSide);
  const logarithms = new Float64Array(periods);
  for (const [period, i] of place) logarithms[period] = solution[i] as number;
  const squares = used.reduce((sum, cell) => sum + weightOf(cell) * squaredResiduals(cell, logarithms), 0);
  const errorVariance = pairs > unknowns.length ? squares / (pairs - unknowns.length) : null;
  let inverse: Float64Array[] | undefined;
  return {
    cells: used,
    compared,
    pairs,
    logarithms,
    variance: (period) => {
      if (period === base) return 0;
      if (errorVariance === null) return null;
      inverse ??= factors.inverse();
      const i = place.get(period) as number;
      return errorVariance * (inverse[i]?.[i] as number);
    },
  };
}

/** Sum of the squared residuals of a cell's pairs. */
export function squaredResiduals(cell: PairCell, logarithms: Float64Array): number {
  const fitted = (logarithms[cell.second] as number) - (logarithms[cell.first] as number);
  return cell.squares + cell.pairs * (cell.meanLogRatio - fitted) ** 2;
}

export function repeatSalesEstimate(
  fit: RepeatSalesFit,
  cells: PairCell[],
  periods: number,
  notes: string[],
): Estimate {
  const counts = pairsByPeriod(cells, periods);
  const levels = Array.from({ length: periods }, (_, period) => {
    const count = counts[period] as number;
    return fit.compared.has(period)
      ? levelOfLogarithm(period, count, fit.logarithms[period] as number, fit.variance(period))
      : withoutIndex(period, count);
  });
  return { levels, count: fit.pairs, leftOut: unconnected(cells, fit.pairs), notes };
}

export function unconnected(cells: PairCell[], used: number): Record<string, number> {
  return reasons({ 'pairs not connected to the base': cells.reduce((sum, { pairs }) => sum + pairs, 0) - used });
}

/** The number of pairs with a sale in each period. */
export function pairsByPeriod(cells: PairCell[], periods: number): number[] {
  const counts = new Array<number>(periods).fill(0);
  for (const { first, second, pairs } of cells) {
    increase(counts, first, pairs);
    increase(counts, second, pairs);
  }
  return counts;
}

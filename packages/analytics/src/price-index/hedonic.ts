import type { Pause } from '../connection.ts';
import { Connections } from './connected.ts';
import { type Estimate, levelOfLogarithm, reasons, withoutIndex } from './estimate.ts';
import { Factors, increase, zeros } from './linear.ts';

/**
 * Sums over the sales of one group in one period, by column. A group has sales of one place and type that state the same attributes: within it the
 * sales are compared.
 */
export interface HedonicCells {
  /** The index of each group's first cell, and as the last number the number of cells. Cells of a group are in the order of their periods. */
  starts: ArrayLike<number>;
  period: ArrayLike<number>;
  sales: ArrayLike<number>;
  /** Of each variable: the attributes in order, 0 for an attribute that the group does not state, and last the logarithm of the price. */
  sums: ArrayLike<number>[];
}

export interface HedonicData {
  attributes: string[];
  /** The number of periods: that of the timeline, or fewer for an earlier time. */
  periods: number;
  cells: HedonicCells;
  /**
   * By period: the sums of products of variables i ≤ j, in the order (0,0), (0,1), …, (1,1), … . Variables measured from about their mean keep
   * more digits.
   */
  products: ArrayLike<number>[];
}

/** A regression on the sales of some periods. */
export interface HedonicFit {
  /** The periods it compares, in order. */
  periods: number[];
  /** Logarithm of the price level of a period over that of the reference period. */
  logarithm(period: number): number;
  /** Variance of the difference of two periods' logarithms; null without degrees of freedom. */
  variance(a: number, b: number): number | null;
  coefficients: Record<string, number>;
  /** Attributes that depend linearly on the others. */
  dropped: string[];
  sales: number;
  /** The number of sales without another one in their group to compare with. */
  alone: number;
}

/**
 * Time-dummy hedonic index: the coefficients of the periods in a regression of the logarithm of the price on attributes, period dummies, and an effect
 * of each group, by ordinary least squares over all periods. Source: Eurostat, Handbook on Residential Property Price Indices (2013), the time dummy
 * variable method.
 *
 * The groups' effects are removed before the normal equations are solved (Frisch and Waugh 1933, Econometrica 1: 387), by subtracting the sums of the
 * groups' means from the sums of products. So there is one equation for each period and attribute, for any number of groups. The standard errors are those of
 * least squares, by the delta method.
 *
 * An attribute is left out if less than a ten-thousandth of its variation is independent of groups, periods and the attributes before it. Its coefficient
 * would come from tiny differences between a few sales, and distort the levels of periods. (That share is 1 − R², the *tolerance* of a regressor; the
 * bound is the usual one of statistics packages.)
 */
export async function hedonic(data: HedonicData, base: number, pause: Pause): Promise<Estimate> {
  const fit = await fitHedonic(data, base, 0, data.periods - 1, pause);
  const counts = salesByPeriod(data);
  const compared = new Set(fit.periods.filter((period) => isBelievable(fit.logarithm(period))));
  const levels = Array.from({ length: data.periods }, (_, period) => {
    const count = counts[period] as number;
    return compared.has(period)
      ? levelOfLogarithm(period, count, fit.logarithm(period), fit.variance(period, base))
      : withoutIndex(period, count);
  });
  return {
    levels,
    count: fit.sales,
    leftOut: reasons({ 'alone in their group': fit.alone }),
    notes: [...droppedNote(fit.dropped), ...unbelievableNote(fit.periods.length - compared.size)],
    coefficients: fit.coefficients,
  };
}

/** The minimum share of an attribute's variation that is independent of the others. */
const leastOwnShare = 1e-4;

export function droppedNote(dropped: Iterable<string>): string[] {
  const names = [...dropped];
  return names.length ? [`${names.join(', ')}: left out of the regression, being determined by the others here.`] : [];
}

/** A price level a billion times another is an extrapolation of a regression on too few sales. */
export function isBelievable(logarithm: number): boolean {
  return Math.abs(logarithm) < Math.log(1e9);
}

export function unbelievableNote(periods: number): string[] {
  if (periods === 0) return [];
  const have = periods === 1 ? '1 period has' : `${periods} periods have`;
  return [
    `${have} no index: there are too few sales to estimate the coefficients, and the regression extrapolates to implausible values.`,
  ];
}

/** The periods that can be compared, most sales first. */
export function hedonicConnections({ cells, periods }: HedonicData): number[][] {
  return connections(cells, periods, 0, periods - 1);
}

export function salesByPeriod({ cells, periods }: HedonicData): number[] {
  const counts = new Array<number>(periods).fill(0);
  for (let i = 0; i < cells.period.length; i++) {
    const period = cells.period[i] as number;
    if (period < periods) increase(counts, period, cells.sales[i] as number);
  }
  return counts;
}

function connections(cells: HedonicCells, periods: number, first: number, last: number): number[][] {
  const { starts, period, sales } = cells;
  const joined = new Connections(periods);
  const counts = new Array<number>(periods).fill(0);
  for (let group = 0; group + 1 < starts.length; group++) {
    const { from, to } = within(group, cells, first, last);
    for (let i = from; i < to; i++) {
      increase(counts, period[i] as number, sales[i] as number);
      if (i > from) joined.join(period[i - 1] as number, period[i] as number);
    }
  }
  return joined.groups(counts);
}

/** A group's cells from one period to another, both included. */
function within(
  group: number,
  { starts, period }: HedonicCells,
  first: number,
  last: number,
): { from: number; to: number } {
  const end = starts[group + 1] as number;
  const from = firstSince(period, first, starts[group] as number, end);
  return { from, to: firstSince(period, last + 1, from, end) };
}

/** The first index from `low` whose number is at least a minimum; `high` if there is none before. */
function firstSince(ascending: ArrayLike<number>, least: number, low: number, high: number): number {
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The regression on the sales from one period to another, both included.
 * @param reference the period that logarithms are relative to; only periods connected with it are included
 */
export async function fitHedonic(
  data: HedonicData,
  reference: number,
  first: number,
  last: number,
  pause: Pause,
): Promise<HedonicFit> {
  const { attributes } = data;
  const compared = connections(data.cells, data.periods, first, last).find((group) => group.includes(reference)) ?? [];
  const equations = await normalEquations(data, compared, reference, pause);
  const { matrix, place, size, sales, groups, alone } = equations;
  const rightHandSide = Float64Array.from({ length: size }, (_, i) => matrix[i]?.[size] as number);
  const factors = new Factors(
    matrix.slice(0, size).map((row) => row.slice(0, size)),
    equations.leastPivots,
  );
  const solution = factors.solve(rightHandSide);
  const freedom = sales - groups - (size - factors.dropped.size);
  const explained = solution.reduce((sum, value, i) => sum + value * (rightHandSide[i] as number), 0);
  const squares = (matrix[size] as Float64Array)[size] as number;
  const errorVariance = freedom > 0 ? Math.max(0, squares - explained) / freedom : null;
  let inverse: Float64Array[] | undefined;
  const covariance = (i: number, j: number) => (i < 0 || j < 0 ? 0 : (inverse?.[i]?.[j] as number));
  const firstAttribute = size - attributes.length;
  const included = attributes.map((_, i) => !factors.dropped.has(firstAttribute + i));
  return {
    periods: compared,
    logarithm: (period) => (period === reference ? 0 : (solution[place[period] as number] as number)),
    variance: (a, b) => {
      if (a === b) return 0;
      if (errorVariance === null) return null;
      inverse ??= factors.inverse();
      const [i, j] = [place[a] as number, place[b] as number];
      return errorVariance * Math.max(0, covariance(i, i) + covariance(j, j) - 2 * covariance(i, j));
    },
    coefficients: Object.fromEntries(
      attributes.flatMap((name, i) => (included[i] ? [[name, solution[firstAttribute + i] as number]] : [])),
    ),
    dropped: attributes.filter((_, i) => !included[i]),
    sales,
    alone,
  };
}

interface NormalEquations {
  /** Symmetric. The rows are the compared periods except the reference, the attributes, and last the right-hand side. */
  matrix: Float64Array[];
  /** The number of unknowns. */
  size: number;
  /** The index of each period's unknown; -1 for the reference, -2 for periods that are not compared. */
  place: Int32Array;
  /** The smallest pivot. An attribute with a smaller one depends on the others; what remains is rounding. 0 for periods, which are all connected. */
  leastPivots: number[];
  sales: number;
  groups: number;
  alone: number;
}

async function normalEquations(
  { cells, attributes, products }: HedonicData,
  compared: number[],
  reference: number,
  pause: Pause,
): Promise<NormalEquations> {
  const { starts, period, sales } = cells;
  const unknowns = compared.filter((period) => period !== reference);
  const place = new Int32Array(products.length).fill(-2);
  for (const [i, period] of unknowns.entries()) place[period] = i;
  place[reference] = -1;
  const variables = attributes.length + 1;
  const firstVariable = unknowns.length;
  const size = firstVariable + attributes.length;
  const matrix = zeros(size + 1);
  const add = (i: number, j: number, value: number) => increase(matrix[i] as Float64Array, j, value);
  for (const period of compared) {
    const ofPeriod = products[period] as ArrayLike<number>;
    for (let v = 0, k = 0; v < variables; v++) {
      for (let w = v; w < variables; w++, k++) add(firstVariable + v, firstVariable + w, ofPeriod[k] as number);
    }
  }
  const squares = matrix.map((row, i) => row[i] as number);
  const totals = new Float64Array(variables);

  const counted = { sales: 0, groups: 0, alone: 0 };
  const sums = new Float64Array(variables);
  const rows = new Int32Array(products.length);
  /** Adds the products of a group's cells with the dummies, without the group's means. It makes no objects, because there are millions of groups. */
  const addGroup = (from: number, to: number) => {
    let total = 0;
    sums.fill(0);
    for (let i = from; i < to; i++) {
      total += sales[i] as number;
      rows[i - from] = place[period[i] as number] as number;
      for (let v = 0; v < variables; v++) increase(sums, v, cells.sums[v]?.[i] as number);
    }
    counted.sales += total;
    counted.groups++;
    if (total === 1) counted.alone++;
    for (let v = 0; v < variables; v++) increase(totals, v, sums[v] as number);
    for (let i = from; i < to; i++) {
      const row = rows[i - from] as number;
      if (row < 0) continue;
      const share = (sales[i] as number) / total;
      const ofRow = matrix[row] as Float64Array;
      increase(ofRow, row, sales[i] as number);
      // Above the diagonal, where later periods are. Groups of hundreds of periods spend their time here, so there is no function call.
      for (let l = i; l < to; l++) {
        const column = rows[l - from] as number;
        if (column >= row) ofRow[column] = (ofRow[column] as number) - share * (sales[l] as number);
      }
      for (let v = 0; v < variables; v++) {
        increase(ofRow, firstVariable + v, (cells.sums[v]?.[i] as number) - share * (sums[v] as number));
      }
    }
    for (let v = 0; v < variables; v++) {
      for (let w = v; w < variables; w++) {
        add(firstVariable + v, firstVariable + w, (-(sums[v] as number) * (sums[w] as number)) / total);
      }
    }
  };
  const [first, last] = [compared[0] as number, compared.at(-1) as number];
  for (let group = 0; group + 1 < starts.length; group++) {
    if (group % 100 === 0) await pause();
    const { from, to } = within(group, cells, first, last);
    // A group's periods are all connected with the reference, or none is.
    if (from < to && (place[period[from] as number] as number) !== -2) addGroup(from, to);
  }
  for (let i = 0; i <= size; i++) {
    for (let j = 0; j < i; j++) (matrix[i] as Float64Array)[j] = (matrix[j] as Float64Array)[i] as number;
  }
  const leastPivots = squares.map((square, i) => {
    if (i < firstVariable) return 0;
    const variation = square - (totals[i - firstVariable] as number) ** 2 / counted.sales;
    return Math.max(leastOwnShare * variation, 1e-9 * square);
  });
  return { matrix, size, place, leastPivots, ...counted };
}

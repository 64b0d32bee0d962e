/** Price indices calculated sale by sale and pair by pair, with dense matrices: the methods and their SQL are compared with them. */
import type { PairCell } from '../../src/price-index/bailey-muth-nourse.ts';
import type { PairOptions } from '../../src/price-index/read-pairs.ts';
import type { Row } from '../reference.ts';

/** A sale of the market with the attributes that the indices use. */
export interface Sale extends Row {
  bathrooms: number | null;
  car_spaces: number | null;
  land_area: number | null;
  floor_area: number | null;
}

export type Interval = 'month' | 'quarter' | 'year';
const months = { month: 1, quarter: 3, year: 12 };

export interface Priced {
  property: number;
  period: number;
  /** From the first month of period 0. */
  month: number;
  price: number;
  sale: Sale;
}

/** The sales that have a date and a price, with their periods; and the first day of each period. */
export function priced(rows: Sale[], interval: Interval): { sales: Priced[]; starts: string[] } {
  const usable = rows.filter(({ contract_date, price }) => contract_date !== null && price > 0);
  const monthOf = ({ contract_date }: Sale) => {
    const [year, month] = (contract_date as string).split('-').map(Number) as [number, number];
    return year * 12 + month - 1;
  };
  const k = months[interval];
  const first = Math.floor(Math.min(...usable.map(monthOf)) / k) * k;
  const sales = usable.map((sale) => ({
    property: sale.property_id,
    period: Math.floor((monthOf(sale) - first) / k),
    month: monthOf(sale) - first,
    price: sale.price,
    sale,
  }));
  const starts = Array.from({ length: Math.max(...sales.map(({ period }) => period)) + 1 }, (_, period) => {
    const month = first + period * k;
    return `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-01`;
  });
  return { sales, starts };
}

export interface Pair {
  first: number;
  second: number;
  firstPrice: number;
  secondPrice: number;
}

type Unpaired = Pick<Priced, 'property' | 'period' | 'month' | 'price'>;

export function pairsOf(sales: Unpaired[], options: PairOptions): Pair[] {
  const pairs: (Pair & { gap: number })[] = [];
  for (const ofProperty of Map.groupBy(sales, ({ property }) => property).values()) {
    const kept = [...Map.groupBy(ofProperty, ({ period }) => period).values()]
      .map((ofPeriod) => ofPeriod.toSorted((a, b) => a.price - b.price || a.month - b.month).at(-1) as Unpaired)
      .sort((a, b) => a.period - b.period);
    for (const [i, first] of kept.entries()) {
      const later = options.pairs === 'all' ? kept.slice(i + 1) : kept.slice(i + 1, i + 2);
      for (const second of later) {
        const gap = second.month - first.month;
        if (gap < options.minMonths || gap > (options.maxMonths ?? Infinity)) continue;
        pairs.push({
          first: first.period,
          second: second.period,
          firstPrice: first.price,
          secondPrice: second.price,
          gap,
        });
      }
    }
  }
  const ratios = pairs.map(logRatio).sort((a, b) => a - b);
  const [low, high] = [quantile(ratios, options.trim / 100), quantile(ratios, 1 - options.trim / 100)];
  return pairs.filter((pair) => options.trim === 0 || (logRatio(pair) >= low && logRatio(pair) <= high));
}

function logRatio({ firstPrice, secondPrice }: Pair): number {
  return Math.log(secondPrice) - Math.log(firstPrice);
}

function quantile(sorted: number[], fraction: number): number {
  const position = (sorted.length - 1) * fraction;
  const [low, high] = [sorted[Math.floor(position)] as number, sorted[Math.ceil(position)] as number];
  return low + (high - low) * (position - Math.floor(position));
}

/** One cell a pair. */
export function cellsOf(pairs: Pair[]): PairCell[] {
  return pairs.map((pair) => ({
    first: pair.first,
    second: pair.second,
    pairs: 1,
    meanLogRatio: logRatio(pair),
    squares: 0,
    firstPrices: pair.firstPrice,
    secondPrices: pair.secondPrice,
    firstSquares: pair.firstPrice ** 2,
    products: pair.firstPrice * pair.secondPrice,
    secondSquares: pair.secondPrice ** 2,
  }));
}

/** The cells of the same periods put into one, as SQL does it. */
export function aggregated(cells: PairCell[]): PairCell[] {
  const groups = Map.groupBy(cells, ({ first, second }) => `${first} ${second}`);
  return [...groups.values()].map((group) => {
    const sum = (of: (cell: PairCell) => number) => group.reduce((total, cell) => total + of(cell), 0);
    const pairs = sum((cell) => cell.pairs);
    const mean = sum((cell) => cell.pairs * cell.meanLogRatio) / pairs;
    return {
      ...(group[0] as PairCell),
      pairs,
      meanLogRatio: mean,
      squares: sum((cell) => cell.squares + cell.pairs * (cell.meanLogRatio - mean) ** 2),
      firstPrices: sum((cell) => cell.firstPrices),
      secondPrices: sum((cell) => cell.secondPrices),
      firstSquares: sum((cell) => cell.firstSquares),
      products: sum((cell) => cell.products),
      secondSquares: sum((cell) => cell.secondSquares),
    };
  });
}

/** What is to be equal: the index and its standard error by period; null for periods that the base is not connected with. */
export interface Series {
  index: (number | null)[];
  standardError: (number | null)[];
}

/** Everything that can be reached from a start over steps. */
function reach(start: number, steps: Map<number, Iterable<number>>): Set<number> {
  const reached = new Set([start]);
  for (const at of reached) for (const next of steps.get(at) ?? []) reached.add(next);
  return reached;
}

function connectedPairs(pairs: Pair[], base: number): { used: Pair[]; columns: number[] } {
  const steps = new Map<number, number[]>();
  for (const { first, second } of pairs) {
    steps.set(first, [...(steps.get(first) ?? []), second]);
    steps.set(second, [...(steps.get(second) ?? []), first]);
  }
  const compared = reach(base, steps);
  return {
    used: pairs.filter(({ first }) => compared.has(first)),
    columns: [...compared].filter((period) => period !== base).sort((a, b) => a - b),
  };
}

function geometric(used: Pair[], columns: number[], weights: number[]): Fit {
  const rows = used.map((pair) =>
    columns.map((period) => (period === pair.second ? 1 : 0) - (period === pair.first ? 1 : 0)),
  );
  return leastSquares(rows, used.map(logRatio), weights);
}

function series(periods: number, base: number, columns: number[], fit: Fit): Series {
  const at = (period: number) => columns.indexOf(period);
  const index = Array.from({ length: periods }, (_, period) => {
    if (period === base) return 100;
    return at(period) < 0 ? null : 100 * Math.exp(fit.coefficients[at(period)] as number);
  });
  const standardError = index.map((value, period) => {
    if (value === null || period === base) return value === null ? null : 0;
    return fit.covariance ? value * Math.sqrt(fit.covariance[at(period)]?.[at(period)] as number) : null;
  });
  return { index, standardError };
}

export function baileyMuthNourse(pairs: Pair[], periods: number, base: number): Series {
  const { used, columns } = connectedPairs(pairs, base);
  return series(
    periods,
    base,
    columns,
    geometric(
      used,
      columns,
      used.map(() => 1),
    ),
  );
}

/** @returns also how many pairs the second stage's variance is not positive for */
export function caseShiller(
  pairs: Pair[],
  periods: number,
  base: number,
  floor: number,
): Series & { notPositive: number; raised: number } {
  const { used, columns } = connectedPairs(pairs, base);
  const ones = used.map(() => 1);
  const { residuals } = geometric(used, columns, ones);
  const squares = residuals.map((residual) => residual ** 2);
  const stage2 = leastSquares(
    used.map(({ first, second }) => [1, second - first]),
    squares,
    ones,
  );
  const fitted = squares.map((square, i) => square - (stage2.residuals[i] as number));
  const lowest = (floor * squares.reduce((sum, square) => sum + square, 0)) / squares.length;
  const stage3 = geometric(
    used,
    columns,
    fitted.map((variance) => 1 / Math.max(variance, lowest)),
  );
  return {
    ...series(periods, base, columns, stage3),
    notPositive: fitted.filter((variance) => variance <= 0).length,
    raised: fitted.filter((variance) => variance <= lowest).length,
  };
}

export function arithmetic(pairs: Pair[], periods: number, base: number): Series {
  const { used, columns } = connectedPairs(pairs, base);
  const regressors = used.map((pair) =>
    columns.map((period) => {
      if (period === pair.first) return -pair.firstPrice;
      return period === pair.second ? pair.secondPrice : 0;
    }),
  );
  const instruments = regressors.map((row) => row.map(Math.sign));
  const known = used.map((pair) => {
    if (pair.first === base) return pair.firstPrice;
    return pair.second === base ? -pair.secondPrice : 0;
  });
  const zx = columns.map((_, i) =>
    columns.map((_, j) =>
      dot(
        instruments.map((row) => row[i] as number),
        regressors.map((row) => row[j] as number),
      ),
    ),
  );
  const inverse = inverted(zx);
  const zy = columns.map((_, i) =>
    dot(
      instruments.map((row) => row[i] as number),
      known,
    ),
  );
  const betas = inverse.map((row) => dot(row, zy));
  const errors = used.map((_, p) => (known[p] as number) - dot(regressors[p] as number[], betas));
  const fit = {
    coefficients: betas.map((beta) => -Math.log(beta)),
    covariance:
      used.length > columns.length
        ? columns.map((_, i) =>
            columns.map((_, j) => {
              const effect = (row: number, p: number) => dot(inverse[row] as number[], instruments[p] as number[]);
              const variance = errors.reduce((sum, error, p) => sum + error ** 2 * effect(i, p) * effect(j, p), 0);
              return variance / ((betas[i] as number) * (betas[j] as number));
            }),
          )
        : null,
    residuals: errors,
  };
  return series(periods, base, columns, fit);
}

export interface HedonicRow {
  period: number;
  price: number;
  group: string;
  attributes: number[];
}

/** With a dummy for every group and every period, written out. */
export function hedonic(rows: HedonicRow[], periods: number, base: number): Series & { coefficients: number[] } {
  const steps = new Map<number, Set<number>>();
  for (const group of Map.groupBy(rows, ({ group }) => group).values()) {
    const present = new Set(group.map(({ period }) => period));
    for (const period of present) steps.set(period, new Set([...(steps.get(period) ?? []), ...present]));
  }
  const compared = reach(base, steps);
  const used = rows.filter(({ period }) => compared.has(period));
  const columns = [...compared].filter((period) => period !== base).sort((a, b) => a - b);
  const groups = [...new Set(used.map(({ group }) => group))];
  const matrix = used.map((row) => [
    ...columns.map((period) => (row.period === period ? 1 : 0)),
    ...groups.map((group) => (row.group === group ? 1 : 0)),
    ...row.attributes,
  ]);
  // Attributes need a ten-thousandth of their variation for themselves.
  const attributes = (used[0]?.attributes ?? []).map((_, a) => used.map((row) => row.attributes[a] as number));
  const needed = attributes.map((values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variation = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return Math.max(1e-4 * variation, 1e-9 * dot(values, values));
  });
  const fit = leastSquares(
    matrix,
    used.map(({ price }) => Math.log(price)),
    used.map(() => 1),
    needed,
  );
  const { index, standardError } = series(periods, base, columns, fit);
  const believable = index.map((value) => value !== null && value > 1e-7 && value < 1e11);
  return {
    index: index.map((value, period) => (believable[period] ? value : null)),
    standardError: standardError.map((value, period) => (believable[period] ? value : null)),
    coefficients: fit.coefficients.slice(columns.length + groups.length),
  };
}

interface Fit {
  coefficients: number[];
  /** null where there are no more rows than columns. */
  covariance: number[][] | null;
  residuals: number[];
}

/**
 * Weighted least squares by orthogonalising columns one after another, twice each. Columns that depend on those before them get 0.
 * @param needed square sums that the last columns have to keep for themselves
 */
function leastSquares(rows: number[][], y: number[], weights: number[], needed: number[] = []): Fit {
  const roots = weights.map(Math.sqrt);
  const width = rows[0]?.length ?? 0;
  const columns = Array.from({ length: width }, (_, j) =>
    rows.map((row, i) => (row[j] as number) * (roots[i] as number)),
  );
  const kept: number[] = [];
  const units: number[][] = [];
  const triangle: number[][] = [];
  for (const [j, column] of columns.entries()) {
    let rest = column;
    const parts = units.map(() => 0);
    for (let round = 0; round < 2; round++) {
      for (const [k, unit] of units.entries()) {
        const part = dot(unit, rest);
        parts[k] = (parts[k] as number) + part;
        rest = rest.map((value, i) => value - part * (unit[i] as number));
      }
    }
    const length = Math.sqrt(dot(rest, rest));
    if (length ** 2 <= (needed[j - width + needed.length] ?? 1e-14 * dot(column, column))) continue;
    kept.push(j);
    units.push(rest.map((value) => value / length));
    triangle.push([...parts, length]);
  }
  const target = y.map((value, i) => value * (roots[i] as number));
  const inverse = invertedTriangle(triangle);
  const projections = units.map((unit) => dot(unit, target));
  const coefficients = new Array<number>(width).fill(0);
  for (const [k, j] of kept.entries()) {
    coefficients[j] = projections.reduce((sum, projection, l) => sum + (inverse[k]?.[l] ?? 0) * projection, 0);
  }
  const residuals = y.map((value, i) => value - dot(rows[i] as number[], coefficients));
  const freedom = rows.length - kept.length;
  const variance = residuals.reduce((sum, residual, i) => sum + (weights[i] as number) * residual ** 2, 0) / freedom;
  return {
    coefficients,
    covariance:
      freedom > 0
        ? coefficients.map((_, a) =>
            coefficients.map((_, b) => {
              const [i, j] = [kept.indexOf(a), kept.indexOf(b)];
              return i < 0 || j < 0 ? 0 : variance * dot(inverse[i] as number[], inverse[j] as number[]);
            }),
          )
        : null,
    residuals,
  };
}

/** Of an upper triangular matrix given by columns; as rows. */
function invertedTriangle(columns: number[][]): number[][] {
  const size = columns.length;
  const rows = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (let j = 0; j < size; j++) {
    const column = columns[j] as number[];
    for (let i = 0; i < j; i++) {
      let sum = 0;
      for (let k = i; k < j; k++) sum += (rows[i]?.[k] as number) * (column[k] as number);
      (rows[i] as number[])[j] = -sum / (column[j] as number);
    }
    (rows[j] as number[])[j] = 1 / (column[j] as number);
  }
  return rows;
}

/** By Gauss and Jordan, with the largest pivot. */
function inverted(matrix: number[][]): number[][] {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let k = 0; k < size; k++) {
    const best = rows
      .slice(k)
      .reduce((a, row, i) => (Math.abs(row[k] as number) > Math.abs(rows[a]?.[k] as number) ? k + i : a), k);
    [rows[k], rows[best]] = [rows[best] as number[], rows[k] as number[]];
    const pivot = rows[k] as number[];
    const value = pivot[k] as number;
    for (let j = 0; j < 2 * size; j++) pivot[j] = (pivot[j] as number) / value;
    for (const [i, row] of rows.entries()) {
      const factor = row[k] as number;
      if (i === k || factor === 0) continue;
      for (let j = 0; j < 2 * size; j++) row[j] = (row[j] as number) - factor * (pivot[j] as number);
    }
  }
  return rows.map((row) => row.slice(size));
}

function dot(a: number[], b: number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

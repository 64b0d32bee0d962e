import { type Estimate, type Level, levelOfLogarithm, withoutIndex } from './estimate.ts';

/** The sales of one stratum in one period. */
export interface StratumCell {
  stratum: number;
  /** The type of the dwellings in the stratum. Empty strata follow the others of their type. */
  type: string | null;
  period: number;
  sales: number;
  /** Lower quartile, median and upper quartile of the prices. */
  p25: number;
  median: number;
  p75: number;
}

export type Weights = 'fixed' | 'updated';

/** The price of a stratum in one period. */
interface Price {
  price: number;
  /** 0 if the price is imputed. */
  sales: number;
}

interface Step {
  period: number;
  /** Logarithm of the index, relative to the first period of the chain. */
  logarithm: number;
  /** Variance of the logarithm of the strata's weighted mean; null if unknown. */
  variance: number | null;
  /** The number of strata without sales in the period. */
  imputed: number;
}

/**
 * Mix-adjusted index: the median of each stratum, weighted by its number of sales.
 *
 * Each link of the chain is Σ q m(t) / Σ q m(t−1) over the strata s, m being their medians and q their weights: the stratum's number of sales in the
 * whole time (`fixed`: a Lowe index), or in the last calendar year before with any (`updated`; the first year has its own). A stratum without sales in a period
 * is imputed: its last median moves as those strata of its type together that have both, or if there are none, as all strata. A stratum enters the chain
 * after its first sale. Sources: Eurostat, Handbook on Residential Property Price Indices (2013), chapter 5; Australian Bureau of Statistics 6416.0,
 * Concepts, Sources and Methods; Prasad and Richards 2008, Journal of Real Estate Research 30: 45.
 *
 * The variance of a median's logarithm is taken as that of a normal sample, π/2 · σ² / n, with σ from the quartiles of the stratum's periods with at
 * least four sales; that of the index adds up those of its period and of the base, as for fixed weights.
 * @param cells in any order
 * @param years the calendar year of each period of the timeline
 */
export function stratifiedMedian(cells: StratumCell[], years: number[], base: number, weights: Weights): Estimate {
  const counts = salesByPeriod(cells, years.length);
  const chain = chains(cells, years, weights).find((steps) => steps.some(({ period }) => period === base)) ?? [];
  const reference = chain.find(({ period }) => period === base) as Step;
  const steps = new Map(chain.map((step) => [step.period, step]));
  let count = 0;
  const levels = years.map((_, period): Level => {
    const sales = counts[period] as number;
    const step = steps.get(period);
    if (!step) return withoutIndex(period, sales);
    count += sales;
    if (period === base) return levelOfLogarithm(period, sales, 0, 0);
    const variance = step.variance === null || reference.variance === null ? null : step.variance + reference.variance;
    return levelOfLogarithm(period, sales, step.logarithm - reference.logarithm, variance);
  });
  const imputed = chain.reduce((sum, step) => sum + step.imputed, 0);
  return {
    levels,
    count,
    leftOut: {},
    notes: imputed
      ? [`${imputed} times a stratum had no sales in a period; it was taken to move as the others of its type.`]
      : [],
  };
}

/** The periods that the chain connects, longest first. It breaks where nothing sold that had sold before. */
export function stratifiedMedianConnections(cells: StratumCell[], years: number[], weights: Weights): number[][] {
  return chains(cells, years, weights)
    .map((steps) => steps.map(({ period }) => period))
    .sort((a, b) => b.length - a.length);
}

function salesByPeriod(cells: StratumCell[], periods: number): number[] {
  const counts = new Array<number>(periods).fill(0);
  for (const { period, sales } of cells) counts[period] = (counts[period] as number) + sales;
  return counts;
}

function chains(cells: StratumCell[], years: number[], weights: Weights): Step[][] {
  const weightOf = weighting(cells, years, weights);
  const spreads = spreadByStratum(cells);
  const byPeriod = Map.groupBy(cells, ({ period }) => period);
  const all: Step[][] = [];
  let prices = new Map<number, Price>();
  const types = new Map(cells.map(({ stratum, type }) => [stratum, type]));
  for (const period of [...byPeriod.keys()].sort((a, b) => a - b)) {
    const weight = weightOf(period);
    const now = new Map(
      (byPeriod.get(period) as StratumCell[]).map(({ stratum, median, sales }) => [stratum, { price: median, sales }]),
    );
    const link = linkOf(prices, now, weight, types);
    const steps = link === undefined ? undefined : all.at(-1);
    const logarithm = (steps?.at(-1)?.logarithm ?? 0) + Math.log(link?.total ?? 1);
    const step = { period, logarithm, variance: varianceOf(now, weight, spreads), imputed: 0 };
    if (steps && link) {
      steps.push(step);
      for (const [stratum, { price }] of prices) {
        if (now.has(stratum)) continue;
        now.set(stratum, { price: price * link.of(types.get(stratum) ?? null), sales: 0 });
        step.imputed++;
      }
    } else all.push([step]);
    prices = now;
  }
  return all;
}

/** How prices moved since the last period: together, and by type. undefined if no stratum has both, or none with a weight. */
function linkOf(
  before: Map<number, Price>,
  now: Map<number, Price>,
  weight: (stratum: number) => number,
  types: Map<number, string | null>,
): { total: number; of(type: string | null): number } | undefined {
  const sums = new Map<string | null, { before: number; now: number }>();
  const both = { before: 0, now: 0 };
  for (const [stratum, { price }] of now) {
    const earlier = before.get(stratum);
    if (!earlier) continue;
    const type = types.get(stratum) ?? null;
    const sum = sums.get(type) ?? { before: 0, now: 0 };
    sums.set(type, sum);
    for (const part of [sum, both]) {
      part.before += weight(stratum) * earlier.price;
      part.now += weight(stratum) * price;
    }
  }
  if (both.before === 0) return undefined;
  const of = (type: string | null) => {
    const { before, now } = sums.get(type) ?? both;
    return before === 0 ? both.now / both.before : now / before;
  };
  // All strata in the chain, those imputed moving as their type.
  const total = { before: 0, now: 0 };
  for (const [stratum, { price }] of before) {
    total.before += weight(stratum) * price;
    total.now += weight(stratum) * (now.get(stratum)?.price ?? price * of(types.get(stratum) ?? null));
  }
  return { total: total.now / total.before, of };
}

/** Gives for each period what each stratum weighs. */
function weighting(
  cells: StratumCell[],
  years: number[],
  weights: Weights,
): (period: number) => (stratum: number) => number {
  const sales = new Map<number, Map<number, number>>();
  const yearOf = (period: number) => (weights === 'fixed' ? 0 : (years[period] as number));
  for (const cell of cells) {
    const ofYear = sales.get(yearOf(cell.period)) ?? new Map<number, number>();
    sales.set(yearOf(cell.period), ofYear);
    ofYear.set(cell.stratum, (ofYear.get(cell.stratum) ?? 0) + cell.sales);
  }
  const known = [...sales.keys()].sort((a, b) => a - b);
  return (period) => {
    const year = known.findLast((year) => year < yearOf(period)) ?? known[0];
    const ofYear = sales.get(year as number);
    return (stratum) => ofYear?.get(stratum) ?? 0;
  };
}

/** The interquartile range of a standard normal distribution. */
const normalRange = 1.3489795003921634;

/** The spread of the logarithms of the prices within a stratum's periods; where none has four sales, that of all strata; null if no stratum has one. */
function spreadByStratum(cells: StratumCell[]): (stratum: number) => number | null {
  const sums = new Map<number, { range: number; sales: number }>();
  const all = { range: 0, sales: 0 };
  for (const { stratum, sales, p25, p75 } of cells) {
    if (sales < 4) continue;
    const sum = sums.get(stratum) ?? { range: 0, sales: 0 };
    sums.set(stratum, sum);
    for (const part of [sum, all]) {
      part.range += sales * Math.log(p75 / p25);
      part.sales += sales;
    }
  }
  return (stratum) => {
    const { range, sales } = sums.get(stratum) ?? all;
    return sales === 0 ? null : range / sales / normalRange;
  };
}

/** Of the logarithm of the weighted mean of the medians that were observed. */
function varianceOf(
  prices: Map<number, Price>,
  weight: (stratum: number) => number,
  spreadOf: (stratum: number) => number | null,
): number | null {
  let total = 0;
  let variance = 0;
  for (const [stratum, { price, sales }] of prices) {
    const spread = spreadOf(stratum);
    if (spread === null) return null;
    const value = weight(stratum) * price;
    total += value;
    variance += ((value * spread) ** 2 * (Math.PI / 2)) / sales;
  }
  return total === 0 ? null : variance / total ** 2;
}

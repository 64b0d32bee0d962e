import type { Pause } from '../connection.ts';
import { type Estimate, levelOfLogarithm, reasons, withoutIndex } from './estimate.ts';
import { droppedNote, fitHedonic, type HedonicData, isBelievable, salesByPeriod, unbelievableNote } from './hedonic.ts';

export type Splice = 'movement' | 'window' | 'mean';

export interface RollingOptions {
  /** The number of periods in each regression. */
  window: number;
  /**
   * Where the newest period is hung: on the period before it (`movement`), on the first of the window (`window`), or on all of the window's, which gives
   * the geometric mean of what each would (`mean`; Diewert and Fox 2022, Review of Income and Wealth 68: 1).
   */
  splice: Splice;
}

/** The linked regressions, before a base is chosen. */
export interface Chain {
  /** For each period with an index number: its logarithm, and the variance of the links up to it (null if unknown). */
  levels: Map<number, { logarithm: number; variance: number | null }>;
  dropped: Set<string>;
}

/**
 * Rolling-window time-dummy hedonic index: a regression like that of `hedonic` over the last `window` periods for each new period, whose movement
 * continues the index; so the coefficients of attributes may change over the years, and an index number is never revised. Sources: Eurostat,
 * Handbook on Residential Property Price Indices (2013), chapters 5 and 6; Shimizu, Nishimura and Watanabe 2010, Journal of Housing Economics 19.
 *
 * The variance between two periods adds up those of the movements between them, each from the regression that spliced it, as if they were
 * independent. Consecutive movements share a period and so rather offset each other, which makes the bands wide rather than narrow.
 * @param chains of which the one with the base becomes the index
 * @param startOf names a period
 */
export function rollingHedonic(
  data: HedonicData,
  chains: Chain[],
  base: number,
  startOf: (period: number) => string,
): Estimate {
  const chosen = chains.find(({ levels }) => levels.has(base));
  const reference = chosen?.levels.get(base);
  const counts = salesByPeriod(data);
  let count = 0;
  let beyond = 0;
  const levels = Array.from({ length: data.periods }, (_, period) => {
    const level = chosen?.levels.get(period);
    const sales = counts[period] as number;
    if (!level || !reference) return withoutIndex(period, sales);
    if (!isBelievable(level.logarithm - reference.logarithm)) {
      beyond++;
      return withoutIndex(period, sales);
    }
    count += sales;
    const known = level.variance !== null && reference.variance !== null;
    const variance = known ? Math.abs((level.variance as number) - (reference.variance as number)) : null;
    return levelOfLogarithm(period, sales, level.logarithm - reference.logarithm, period === base ? 0 : variance);
  });
  const starts = chains.map((chain) => firstOf(chain)).sort((a, b) => a - b);
  return {
    levels,
    count,
    leftOut: reasons({ 'in periods without an index': sum(counts) - count }),
    notes: [
      ...droppedNote(chosen?.dropped ?? []),
      ...unbelievableNote(beyond),
      ...(sum(counts.slice(0, starts[0])) > 0
        ? [`The chain starts in ${startOf(starts[0] as number)}: before, too few were sold.`]
        : []),
      ...starts
        .slice(1)
        .map(
          (start) =>
            `The chain restarts in ${startOf(start)} after a gap. Index numbers before and after it cannot be compared; base chooses the part.`,
        ),
    ],
  };
}

/**
 * Computes the regressions: up to hundreds, each over the sales of a window. A chain starts at a well-filled period. Where the window of a period has no other
 * period of the chain, another chain starts.
 * @returns the chains, the longest first
 */
export async function splicedRegressions(
  data: HedonicData,
  options: RollingOptions,
  filled: boolean[],
  pause: Pause,
): Promise<Chain[]> {
  const chains: Chain[] = [];
  for (let start = filled.indexOf(true); start >= 0; ) {
    const { chain, next } = await chainFrom(data, options, start, pause);
    chains.push(chain);
    start = next === undefined ? -1 : filled.indexOf(true, next);
  }
  return chains.sort((a, b) => b.levels.size - a.levels.size || firstOf(a) - firstOf(b));
}

/** The chain that starts in a period, and the first period that it cannot include. */
async function chainFrom(
  data: HedonicData,
  { window, splice }: RollingOptions,
  start: number,
  pause: Pause,
): Promise<{ chain: Chain; next: number | undefined }> {
  const chain: Chain = { levels: new Map(), dropped: new Set() };
  const { levels } = chain;
  const fit = (reference: number, first: number, last: number) => fitHedonic(data, reference, first, last, pause);
  const firstWindow = await fit(start, start, Math.min(start + window, data.periods) - 1);
  let previous = start;
  for (const period of firstWindow.periods) {
    const before = levels.get(previous);
    levels.set(period, {
      logarithm: firstWindow.logarithm(period),
      variance: before ? plus(before.variance, firstWindow.variance(previous, period)) : 0,
    });
    previous = period;
  }
  for (const name of firstWindow.dropped) chain.dropped.add(name);
  const counts = salesByPeriod(data);
  for (let period = start + window; period < data.periods; period++) {
    if (counts[period] === 0) continue;
    const newest = await fit(period, period - window + 1, period);
    const overlap = newest.periods.filter((other) => levels.has(other));
    if (overlap.length === 0) {
      if (period - window >= lastOf(chain)) return { chain, next: period };
      continue;
    }
    const last = overlap.at(-1) as number;
    const hung = { movement: [last], window: overlap.slice(0, 1), mean: overlap }[splice];
    // Logarithms of the fit are relative to the new period.
    const logarithms = hung.map((other) => (levels.get(other)?.logarithm as number) - newest.logarithm(other));
    levels.set(period, {
      logarithm: sum(logarithms) / logarithms.length,
      variance: plus(levels.get(last)?.variance ?? null, newest.variance(last, period)),
    });
    for (const name of newest.dropped) chain.dropped.add(name);
  }
  return { chain, next: undefined };
}

function firstOf({ levels }: Chain): number {
  return [...levels.keys()].reduce((a, b) => Math.min(a, b));
}

function lastOf({ levels }: Chain): number {
  return [...levels.keys()].reduce((a, b) => Math.max(a, b));
}

function plus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

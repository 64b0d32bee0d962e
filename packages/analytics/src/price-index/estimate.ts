/** What every method gives: an index number a period, with how sure it is and what was left out. */

/** One period of an index. Without a number it has none of the rest; `count` may still be above 0: see `Estimate.notes`. */
export interface Level {
  period: number;
  /** 100 in the base period. */
  index: number | null;
  /** In index points; 0 in the base period. null where there are too few sales to tell. */
  standardError: number | null;
  /** The 95 % band. */
  lower: number | null;
  upper: number | null;
  /** Sales in the period, or pairs with one of their sales in it. */
  count: number;
}

export interface Estimate {
  /** Every period of the timeline, in order. */
  levels: Level[];
  /** How many sales, or pairs, the index rests on. */
  count: number;
  /** Why others don't count, and how many. Reasons without any are not listed. */
  leftOut: Record<string, number>;
  /** What a reader should know about these figures, in sentences. */
  notes: string[];
  /** Hedonic methods: what one unit more of an attribute adds to the logarithm of the price. */
  coefficients?: Record<string, number>;
}

/** The 97.5th percentile of the standard normal distribution. */
export const z95 = 1.959963984540054;

export function withoutIndex(period: number, count: number): Level {
  return { period, index: null, standardError: null, lower: null, upper: null, count };
}

/**
 * A level from the logarithm of the index over its base. By the delta method the standard error of exp(x) is exp(x) times that of x; the band is
 * taken on the logarithm, so that it is not symmetric and never below 0. Without a band where that would be infinite.
 * @param variance of the logarithm; null if unknown
 */
export function levelOfLogarithm(period: number, count: number, logarithm: number, variance: number | null): Level {
  const index = 100 * Math.exp(logarithm);
  const error = variance === null ? Infinity : Math.sqrt(variance);
  if (!(error < Math.log(Number.MAX_VALUE) / 4)) return { ...withoutIndex(period, count), index };
  return {
    period,
    index,
    standardError: index * error,
    lower: index * Math.exp(-z95 * error),
    upper: index * Math.exp(z95 * error),
    count,
  };
}

/** `leftOut` without the reasons that nothing was left out for. */
export function reasons(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

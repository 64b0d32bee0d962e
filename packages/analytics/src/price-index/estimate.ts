/** The result of a method: an index number for each period, its standard error, and the sales left out. */

/** One period of an index. Without an index number the other numbers are null, but `count` may be above 0: see `Estimate.notes`. */
export interface Level {
  period: number;
  /** 100 in the base period. */
  index: number | null;
  /** In index points; 0 in the base period. null if there are too few sales. */
  standardError: number | null;
  /** The 95 % band. */
  lower: number | null;
  upper: number | null;
  /** The number of sales in the period, or of pairs with a sale in it. */
  count: number;
}

export interface Estimate {
  /** Every period of the timeline, in order. */
  levels: Level[];
  /** The number of sales, or pairs, from which the index is computed. */
  count: number;
  /** The number of sales or pairs left out, by reason. Reasons without any are not listed. */
  leftOut: Record<string, number>;
  /** Remarks about the index, as sentences. */
  notes: string[];
  /** Hedonic methods: the amount that one more unit of an attribute adds to the logarithm of the price. */
  coefficients?: Record<string, number>;
}

/** The 97.5th percentile of the standard normal distribution. */
export const z95 = 1.959963984540054;

export function withoutIndex(period: number, count: number): Level {
  return { period, index: null, standardError: null, lower: null, upper: null, count };
}

/**
 * A level from the logarithm of the index relative to its base. By the delta method, the standard error of exp(x) is exp(x) times that of x. The band is
 * computed on the logarithm, so it is not symmetric and never below 0. There is no band if it would be infinite.
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

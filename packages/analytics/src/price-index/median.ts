import type { MedianOfGroup } from '../support.ts';
import { type Estimate, type Level, withoutIndex, z95 } from './estimate.ts';

/** The median of the prices of one period, and its interval. */
export interface PriceMedian extends MedianOfGroup {
  period: number;
}

/**
 * The median price of each period relative to that of the base period.
 *
 * The band is distribution-free. The interval of the ratio is computed on logarithms from the intervals of the two medians, by recovering variances (MOVER;
 * Zou and Donner 2008, Statistics in Medicine 27: 1693). The standard error is that of normal intervals of the same lengths. Both are null if either period
 * has fewer than six sales.
 * @param periods the number of periods in the timeline
 */
export function median(summaries: PriceMedian[], periods: number, base: number): Estimate {
  const byPeriod = new Map(summaries.map((summary) => [summary.period, summary]));
  const reference = byPeriod.get(base) as PriceMedian;
  const levels = Array.from({ length: periods }, (_, period): Level => {
    const summary = byPeriod.get(period);
    if (!summary) return withoutIndex(period, 0);
    if (period === base) return { period, index: 100, standardError: 0, lower: 100, upper: 100, count: summary.sales };
    const index = (100 * summary.median) / reference.median;
    const [own, other] = [distances(summary), distances(reference)];
    if (!own || !other) return { ...withoutIndex(period, summary.sales), index };
    return {
      period,
      index,
      standardError: index * Math.hypot(own.down + own.up, other.down + other.up) * (0.5 / z95),
      lower: index * Math.exp(-Math.hypot(own.down, other.up)),
      upper: index * Math.exp(Math.hypot(own.up, other.down)),
      count: summary.sales,
    };
  });
  return { levels, count: summaries.reduce((sum, { sales }) => sum + sales, 0), leftOut: {}, notes: [] };
}

/** The distance of the ends of the interval from the median, in logarithms. */
function distances({ median, lower, upper }: PriceMedian): { down: number; up: number } | undefined {
  if (lower === null || upper === null) return undefined;
  return { down: Math.log(median / lower), up: Math.log(upper / median) };
}

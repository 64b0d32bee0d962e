import { type Estimate, type Level, levelOfLogarithm, withoutIndex } from './estimate.ts';

/** The prices of one period. */
export interface PriceMean {
  period: number;
  sales: number;
  mean: number;
  /** Sample standard deviation; null for a single sale. */
  deviation: number | null;
}

/**
 * The mean price of each period relative to that of the base period.
 *
 * By the delta method the variance of the ratio's logarithm is s² / (n m²) of the one period and of the other; it is null if either has a single
 * sale.
 * @param periods the number of periods in the timeline
 */
export function mean(summaries: PriceMean[], periods: number, base: number): Estimate {
  const byPeriod = new Map(summaries.map((summary) => [summary.period, summary]));
  const reference = byPeriod.get(base) as PriceMean;
  const levels = Array.from({ length: periods }, (_, period): Level => {
    const summary = byPeriod.get(period);
    if (!summary) return withoutIndex(period, 0);
    if (period === base) return levelOfLogarithm(period, summary.sales, 0, 0);
    const [own, other] = [relativeVariance(summary), relativeVariance(reference)];
    const variance = own === null || other === null ? null : own + other;
    return levelOfLogarithm(period, summary.sales, Math.log(summary.mean / reference.mean), variance);
  });
  return { levels, count: summaries.reduce((sum, { sales }) => sum + sales, 0), leftOut: {}, notes: [] };
}

function relativeVariance({ sales, mean, deviation }: PriceMean): number | null {
  return deviation === null ? null : (deviation / mean) ** 2 / sales;
}

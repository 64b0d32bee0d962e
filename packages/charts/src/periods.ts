/** Periods and how much of them is known. */
import type { Coverage } from './trend.ts';

export type Interval = 'month' | 'quarter' | 'year';

/** The covered period of a market, as answers state it. */
export interface CoveredPeriod {
  from: string | null;
  to: string | null;
  basis: string | null;
}

/** The last day of the period that begins on a day. */
export function endOf(day: string, interval: Interval): string {
  const date = new Date(`${day.slice(0, 10)}T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + { month: 1, quarter: 3, year: 12 }[interval], 0);
  return date.toISOString().slice(0, 10);
}

/**
 * @param day the first of the period
 * @param known the share of its sales that is known, if that can be estimated
 */
export function coverageOf(
  day: string,
  interval: Interval,
  { from, to, basis }: CoveredPeriod,
  known: number | null,
): Coverage {
  if (from === null || to === null) return 'unknown';
  // A period with a part of the covered one has both ends to be judged by; a month has one.
  if (day >= from && endOf(day, interval) <= to) return 'covered';
  if (day < from) return 'before';
  return known !== null || basis === 'issue dates' ? 'arriving' : 'unknown';
}

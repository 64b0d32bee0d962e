/** The covered period of a market, and what is compared within it. */
import type { Periods } from '../api/queries.ts';

export interface CoveredMonth {
  month: string;
  sales: number;
  known: number | null;
  expected: number | null;
  expected_lower: number | null;
  expected_upper: number | null;
}

/** As answers state it. */
export interface Covered {
  from: string | null;
  to: string | null;
  months: CoveredMonth[];
  before: number;
  after: number;
  undated: number;
}

/** The covered period that an answer states; undefined if it states none. */
export const coveredOf = (answer: object | undefined): Covered | undefined =>
  (answer as { covered?: Covered } | undefined)?.covered;

const monthOf = (day: string) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;
const firstDay = (month: number) => `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-01`;
const lastDay = (month: number) =>
  new Date(Date.parse(`${firstDay(month + 1)}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);

/**
 * The periods whose medians are compared: the last twelve months with the twelve before, which the service chooses; in a shorter covered period the
 * last three months with the first three. undefined if it is shorter than six months.
 */
export function comparedPeriods(covered: Covered | undefined): Periods | undefined {
  if (!covered?.from || !covered.to) return {};
  const [first, last] = [monthOf(covered.from), monthOf(covered.to)];
  const months = last - first + 1;
  if (months >= 24) return {};
  if (months < 6) return undefined;
  return {
    from: firstDay(last - 2),
    to: lastDay(last),
    before_from: firstDay(first),
    before_to: lastDay(first + 2),
  };
}

/** Periods and how much of them is known. */

/** covered: at least 90 % known; arriving: the files that will complete it are still to come; before: it precedes the files; unknown: it may be incomplete. */
export type Coverage = 'covered' | 'arriving' | 'before' | 'unknown';

export type Interval = 'month' | 'quarter' | 'year';

/** The covered period of a market, as answers state it. */
export interface CoveredPeriod {
  from: string | null;
  to: string | null;
  basis: string | null;
}

/** A dated sentence about a market, such as a change of law. */
export interface DatedNote {
  day: string;
  text: string;
}

export interface PlacedNote extends DatedNote {
  /** By day: 1, 2, 3, … */
  number: number;
  /** The index of its period. */
  period: number;
  /** Its position in the units of the axis: the middle of the first period is 0. */
  at: number;
}

/** The notes of the periods that a chart shows. @param days the first day of each period, in order */
export function placeNotes<N extends DatedNote>(
  notes: readonly N[],
  days: readonly string[],
  interval: Interval,
): (N & PlacedNote)[] {
  const time = (day: string) => Date.parse(`${day.slice(0, 10)}T00:00:00Z`);
  return notes
    .toSorted((a, b) => (a.day < b.day ? -1 : 1))
    .flatMap((note) => {
      const period = days.findLastIndex((day) => day <= note.day);
      const first = days[period];
      if (first === undefined || note.day > endOf(first, interval)) return [];
      const passed = (time(note.day) - time(first)) / (time(endOf(first, interval)) - time(first) + 86_400_000);
      return [{ ...note, period, at: period - 0.5 + passed }];
    })
    .map((note, i) => ({ ...note, number: i + 1 }));
}

/** The last day of the period that begins on a day. */
export function endOf(day: string, interval: Interval): string {
  const date = new Date(`${day.slice(0, 10)}T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + { month: 1, quarter: 3, year: 12 }[interval], 0);
  return date.toISOString().slice(0, 10);
}

/** The period of level figures, such as a median: the last twelve months of the covered period, or all of it if it is shorter. */
export function levelPeriod({
  from,
  to,
}: Pick<CoveredPeriod, 'from' | 'to'>): { from: string; to: string } | undefined {
  if (!from || !to) return undefined;
  const date = new Date(`${to}T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() - 11, 1);
  const first = date.toISOString().slice(0, 10);
  return { from: first > from ? first : from, to };
}

const monthOf = (day: string) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;
const firstDay = (month: number) => `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}-01`;

/** The number of months from one day to another, both included. */
export const monthsOf = (from: string, to: string): number => monthOf(to) - monthOf(from) + 1;

/**
 * The periods whose medians are compared: the last twelve months with the twelve before; in a shorter covered period the last three months with the
 * first three. undefined if it is shorter than six months.
 */
export function comparedPeriods({
  from,
  to,
}: Pick<CoveredPeriod, 'from' | 'to'>):
  | { from: string; to: string; before_from: string; before_to: string }
  | undefined {
  const months = from && to ? monthsOf(from, to) : 0;
  if (!from || !to || months < 6) return undefined;
  const [first, last] = [monthOf(from), monthOf(to)];
  const [length, before] = months >= 24 ? [12, last - 23] : [3, first];
  return {
    from: firstDay(last - length + 1),
    to: endOf(firstDay(last), 'month'),
    before_from: firstDay(before),
    before_to: endOf(firstDay(before + length - 1), 'month'),
  };
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

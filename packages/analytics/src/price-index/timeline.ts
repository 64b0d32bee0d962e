/** The periods of an index: months, quarters or years, numbered from 0. */

export const intervals = ['month', 'quarter', 'year'] as const;
export type Interval = (typeof intervals)[number];

/** How many months a period has. */
export const monthsIn: Record<Interval, number> = { month: 1, quarter: 3, year: 12 };

export interface Timeline {
  interval: Interval;
  /** The month that period 0 begins with, counted from the year 0. */
  firstMonth: number;
  /** How many periods there are. */
  length: number;
}

/** SQL for the month of the contract date, counted from the year 0. Three times as fast as `date_trunc`. */
export const monthNumber = '(year(contract_date) * 12 + month(contract_date) - 1)';

/** SQL for the period of a sale. */
export function periodOf({ interval, firstMonth }: Timeline): string {
  const month = `(${monthNumber} - ${firstMonth})`;
  return interval === 'month' ? month : `(${month} // ${monthsIn[interval]})`;
}

/** Months from the year 0 to that of a day, ISO. */
export function monthOf(day: string): number {
  const [year, month] = day.split('-').map(Number) as [number, number];
  return year * 12 + month - 1;
}

/** The first day of a period, ISO. */
export function startOf({ interval, firstMonth }: Timeline, period: number): string {
  const month = firstMonth + period * monthsIn[interval];
  return `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}-01`;
}

/** The last day of a period, ISO. */
export function endOf(timeline: Timeline, period: number): string {
  return new Date(Date.parse(`${startOf(timeline, period + 1)}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

/** The period that a day is in, which may lie outside of the timeline. */
export function periodOfDay({ interval, firstMonth }: Timeline, day: string): number {
  return Math.floor((monthOf(day) - firstMonth) / monthsIn[interval]);
}

/** The calendar year of a period. */
export function yearOf({ interval, firstMonth }: Timeline, period: number): number {
  return Math.floor((firstMonth + period * monthsIn[interval]) / 12);
}

/** The periods that a chart shows, and their values as series. */
import { type Filters, InvalidQuestion, trend } from '@property-insights/analytics';
import { coverageOf, levelPeriod } from '@property-insights/charts';
import type { Static } from 'typebox';
import type { LinesChart } from '../document.ts';
import type { Context } from '../report.ts';

export type Interval = LinesChart['interval'];

/** Where a chart begins, and the length of its periods. */
export interface Window {
  /** ISO date. */
  from: string;
  interval: Interval;
}

/**
 * Registers hold a few sales that were signed long before the others. Charts begin with the first month that has this share of the sales of a
 * busy month: half of all sales are in months that are at least as busy.
 */
const minShare = 0.1;

/** More periods make a chart hard to read. */
const maxPeriods = 40;

/** @returns undefined without sales that state a contract date */
export async function windowOf({ ask }: Context, filters: Filters, interval?: Interval): Promise<Window | undefined> {
  const { periods, interval: shortest } = await ask(trend, { ...filters, interval: 'month' }).catch(
    (error: unknown) => {
      // A register may state only quarters.
      if (error instanceof InvalidQuestion && error.parameter === 'interval')
        return ask(trend, { ...filters, interval: 'quarter' });
      throw error;
    },
  );
  const sorted = periods.map(({ sales }) => sales).sort((a, b) => b - a);
  const total = sorted.reduce((sum, sales) => sum + sales, 0);
  let sum = 0;
  const busy = sorted.find((sales) => {
    sum += sales;
    return 2 * sum >= total;
  });
  const least = minShare * (busy ?? 0);
  const start = periods.findIndex(({ sales }) => sales > 0 && sales >= least);
  const first = periods[start];
  if (!first) return undefined;
  const months = (periods.length - start) * (shortest === 'quarter' ? 3 : 1);
  if (interval) return { from: first.period, interval };
  if (months <= maxPeriods && shortest === 'month') return { from: first.period, interval: 'month' };
  // Quarters and years begin whole.
  const { period } = first;
  if (months <= 3 * maxPeriods) {
    const month = Math.floor((Number(period.slice(5, 7)) - 1) / 3) * 3 + 1;
    return { from: `${period.slice(0, 5)}${String(month).padStart(2, '0')}-01`, interval: 'quarter' };
  }
  return { from: `${period.slice(0, 4)}-01-01`, interval: 'year' };
}

type Answer = Static<typeof trend.result>;

/** The filters with the period of level figures, as the dashboard has it: the last twelve covered months, unless the filters have a period. */
export function withLevelPeriod(filters: Filters, covered: Answer['covered']): Filters {
  const period = levelPeriod(covered);
  if (!period || filters.sold_from !== undefined || filters.sold_to !== undefined) return filters;
  return { ...filters, sold_from: period.from, sold_to: period.to };
}

/** The months of the sales of a report, in words; undefined without sales. */
export function signed(
  { words, format }: Context,
  first: string | null | undefined,
  last: string | null,
): string | undefined {
  if (!first || !last) return undefined;
  const months = format.months(first, last);
  return first.slice(0, 7) === last.slice(0, 7) ? words.signedIn(months) : words.signedFrom(months);
}

/** A median of fewer sales is drawn as a single hollow dot. */
const thinBelow = 10;

/** The medians of groups as lines, each with the middle half of prices as its band. */
export function lineSeries(
  { periods, interval, covered }: Answer,
  groups: readonly (string | null)[],
  nameOf: (group: string | null) => string,
): Pick<LinesChart, 'periods' | 'series'> {
  const of = (group: string | null | undefined) => periods.filter((each) => each.group === group);
  const series = groups.map((group) => {
    const own = of(group);
    return {
      name: nameOf(group),
      values: own.map(({ median }) => median),
      band: { lower: own.map(({ p25 }) => p25), upper: own.map(({ p75 }) => p75) },
      thin: own.map(({ sales }) => sales < thinBelow),
    };
  });
  return { periods: chartPeriods(of(groups[0]), interval, covered), series };
}

/** The periods of an answer, with how much of each is known. */
export function chartPeriods(
  periods: readonly { period: string }[],
  interval: Interval,
  covered: Answer['covered'],
): LinesChart['periods'] {
  const months = new Map(covered.months.map(({ month, known }) => [month, known]));
  return periods.map(({ period }) => {
    const known = interval === 'month' ? (months.get(period) ?? null) : null;
    return { day: period, known, coverage: coverageOf(period, interval, covered, known) };
  });
}

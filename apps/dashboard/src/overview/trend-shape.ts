/** From the service's list of periods and groups to what a chart and a table draw: one row a period, one series a group. */
import type { TrendPoint } from '../api/types.ts';
import type { Interval, View } from '../view.ts';

/** More lines than this can't be told apart. */
export const GROUPS_MOST = 8;

export interface TrendShape {
  /** First days of all periods from the first drawn to the last, also of those without sales. */
  periods: string[];
  /** Most sales first; `points[i]` belongs to `periods[i]`, undefined where there was no sale. `name` is null when there is no grouping. */
  series: { name: string | null; points: (TrendPoint | undefined)[] }[];
  /** How many groups are not drawn because they would be too many. */
  groupsLeftOut: number;
  /** Sales in the few scattered early periods that are not drawn, or undefined when all are. */
  early: { sales: number; from: string; to: string } | undefined;
}

const MONTHS: Record<Interval, number> = { month: 1, quarter: 3, year: 12 };

function nextPeriod(start: string, interval: Interval): string {
  const date = new Date(start);
  date.setUTCMonth(date.getUTCMonth() + MONTHS[interval]);
  return date.toISOString().slice(0, 10);
}

/** Shapes a trend. `span: 'main'` leaves out a scattered beginning (see {@link mainStart}). */
export function shapeTrend(points: readonly TrendPoint[], interval: Interval, span: View['span']): TrendShape {
  const bySales = new Map<string | null, number>();
  const byPeriod = new Map<string, number>();
  for (const { group, period, sales } of points) {
    bySales.set(group, (bySales.get(group) ?? 0) + sales);
    byPeriod.set(period, (byPeriod.get(period) ?? 0) + sales);
  }
  const last = [...byPeriod.keys()].reduce((a, b) => (a > b ? a : b), '');
  const all: string[] = [];
  const first = [...byPeriod.keys()].reduce((a, b) => (a < b ? a : b), last);
  for (let period = first; period !== '' && period <= last; period = nextPeriod(period, interval)) all.push(period);

  const counts = all.map((period) => byPeriod.get(period) ?? 0);
  const start = span === 'all' ? 0 : mainStart(counts);
  const periods = all.slice(start);
  const place = new Map(periods.map((period, i) => [period, i]));

  const names = [...bySales].sort(([, a], [, b]) => b - a).map(([name]) => name);
  const series = names.slice(0, GROUPS_MOST).map((name) => ({
    name,
    points: new Array<TrendPoint | undefined>(periods.length).fill(undefined),
  }));
  const seriesOf = new Map(series.map((each) => [each.name, each.points]));
  for (const point of points) {
    const i = place.get(point.period);
    const target = seriesOf.get(point.group);
    if (i !== undefined && target && point.sales > 0) target[i] = point;
  }
  return {
    periods,
    series,
    groupsLeftOut: names.length - series.length,
    early:
      start === 0
        ? undefined
        : {
            sales: counts.slice(0, start).reduce((a, b) => a + b, 0),
            from: all[0] as string,
            to: all[start - 1] as string,
          },
  };
}

/**
 * Where the main part of the sales begins: behind scattered leading periods (under a tenth of what the later ones hold on average) that have
 * less than 1 % of all sales together, if leaving them out at least halves the axis. A register's year brings in contracts of decades ago, one
 * here and there, which would squeeze the rest into a corner.
 */
function mainStart(counts: readonly number[]): number {
  const all = counts.reduce((a, b) => a + b, 0);
  let before = 0;
  for (const [start, count] of counts.entries()) {
    const scattered = count < (all - before) / (counts.length - start) / 10;
    if (!scattered || before + count >= all / 100) return start >= counts.length / 2 ? start : 0;
    before += count;
  }
  return 0;
}

/** From the service's list of periods and groups to what a chart and a table draw: one row a period, one series a group. */
import type { Trend, TrendPoint } from '../api/types.ts';
import type { View } from '../view.ts';

/** More lines than this can't be told apart. */
export const GROUPS_MOST = 8;

export interface TrendShape {
  /** First days of the periods drawn, in order, without gaps. */
  periods: string[];
  /** Whether the market's data reaches to the end of each period. */
  complete: boolean[];
  /** Most sales first; `points[i]` belongs to `periods[i]`, undefined where there was no sale. `name` is undefined when nothing is grouped. */
  series: { name: string | undefined; points: (TrendPoint | undefined)[] }[];
  /** How many groups are not drawn because they would be too many. */
  groupsLeftOut: number;
  /** The few scattered early sales that are not drawn, or undefined when all are. */
  early: { sales: number; from: string; to: string } | undefined;
}

/** Shapes a trend. `span: 'main'` leaves out a scattered beginning (see {@link mainStart}). */
export function shapeTrend(
  { periods: points, group_by }: Pick<Trend, 'periods' | 'group_by'>,
  span: View['span'],
): TrendShape {
  const byPeriod = Map.groupBy(points, ({ period }) => period);
  const all = [...byPeriod.keys()].sort();
  const counts = all.map((period) => salesOf(byPeriod.get(period)));
  const start = span === 'all' ? 0 : mainStart(counts);
  const periods = all.slice(start);

  const groups = [...Map.groupBy(points, ({ group }) => group)].sort(([, a], [, b]) => salesOf(b) - salesOf(a));
  const series = groups.slice(0, GROUPS_MOST).map(([group, ofGroup]) => {
    const sold = new Map(ofGroup.filter(({ sales }) => sales > 0).map((point) => [point.period, point]));
    return {
      name: group_by === 'none' ? undefined : (group ?? 'not stated'),
      points: periods.map((period) => sold.get(period)),
    };
  });
  return {
    periods,
    complete: periods.map((period) => byPeriod.get(period)?.every(({ complete }) => complete) ?? false),
    series,
    groupsLeftOut: groups.length - series.length,
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

const salesOf = (points: readonly TrendPoint[] = []): number => points.reduce((sum, { sales }) => sum + sales, 0);

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

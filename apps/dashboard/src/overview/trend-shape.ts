/** Converts the service's list of periods and groups to the rows (periods) and series (groups) of a chart and a table. */
import type { Trend, TrendPoint } from '../api/types.ts';
import type { View } from '../view.ts';

/** More lines than this cannot be distinguished. */
export const MAX_GROUPS = 8;

export interface TrendShape {
  /** First days of the periods drawn, in order, without gaps. */
  periods: string[];
  /** Whether the market's data covers each period to its end. */
  complete: boolean[];
  /** Most sales first; `points[i]` belongs to `periods[i]` and is undefined if there was no sale. `name` is undefined if the trend is not grouped. */
  series: { name: string | undefined; points: (TrendPoint | undefined)[] }[];
  /** The number of groups above the maximum, which are not drawn. */
  groupsLeftOut: number;
  /** The few scattered early sales that are not drawn; undefined if all sales are drawn. */
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
  const series = groups.slice(0, MAX_GROUPS).map(([group, ofGroup]) => {
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
 * The index of the first period of the main part of the sales: after scattered leading periods (each under a tenth of the average of the later ones) that
 * have less than 1 % of all sales together, if leaving them out at least halves the axis. One year of a register contains a few contracts of decades
 * ago, which would compress the rest of the chart.
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

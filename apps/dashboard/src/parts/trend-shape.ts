/** Converts the service's list of periods and groups to the periods and series of a chart. */
import type { Coverage, TrendPeriod, TrendPrice } from '@property-insights/charts';
import type { Interval } from '../address.ts';
import type { TrendAnswer } from '../api/types.ts';

/** A median of fewer sales is drawn as a single hollow dot. */
export const thinBelow = 10;

type Point = TrendAnswer['periods'][number];

export interface TrendShape {
  interval: Interval;
  /** In order, without gaps. */
  periods: TrendPeriod[];
  /** Most sales first; `points[i]` belongs to `periods[i]` and is undefined without a sale. */
  groups: { name: string | null; sales: number; points: (Point | undefined)[]; prices: (TrendPrice | undefined)[] }[];
  /** Sales of scattered early periods that are not drawn. */
  early: number;
}

/** Shapes a trend; a scattered beginning is left out (see {@link mainStart}). */
export function shapeTrend({ periods: points, interval }: Pick<TrendAnswer, 'periods' | 'interval'>): TrendShape {
  const byPeriod = Map.groupBy(points, ({ period }) => period);
  const all = [...byPeriod.keys()].sort();
  const counts = all.map((period) => salesOf(byPeriod.get(period)));
  const start = mainStart(counts);
  const days = all.slice(start);
  const periods = days.map((day): TrendPeriod => {
    const complete = byPeriod.get(day)?.every(({ complete }) => complete) ?? false;
    const coverage: Coverage = complete ? 'covered' : 'unknown';
    return { day, coverage, known: null, sales: salesOf(byPeriod.get(day)) };
  });
  const groups = [...Map.groupBy(points, ({ group }) => group)]
    .sort(([, a], [, b]) => salesOf(b) - salesOf(a))
    .map(([name, ofGroup]) => {
      const sold = new Map(ofGroup.filter(({ sales }) => sales > 0).map((point) => [point.period, point]));
      const inOrder = days.map((day) => sold.get(day));
      return { name, sales: salesOf(ofGroup), points: inOrder, prices: inOrder.map(priceOf) };
    });
  return { interval, periods, groups, early: counts.slice(0, start).reduce((a, b) => a + b, 0) };
}

function priceOf(point: Point | undefined): TrendPrice | undefined {
  if (point?.median == null) return undefined;
  return { value: point.median, low: point.p25, high: point.p75, thin: point.sales < thinBelow };
}

/** The same with prices in per cent of those of the first covered period in which every group is well supported. */
export function indexTrend(shape: TrendShape): TrendShape {
  const { groups, periods } = shape;
  const base = periods.findIndex(
    ({ coverage }, i) => coverage === 'covered' && groups.every(({ prices }) => prices[i] && !prices[i].thin),
  );
  return {
    ...shape,
    groups: groups.map((group) => {
      const start = group.prices[base]?.value;
      const scaled = (price: TrendPrice | undefined) =>
        price && start ? { ...price, value: (price.value / start) * 100, low: null, high: null } : undefined;
      return { ...group, prices: group.prices.map(scaled) };
    }),
  };
}

const salesOf = (points: readonly Point[] = []): number => points.reduce((sum, { sales }) => sum + sales, 0);

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

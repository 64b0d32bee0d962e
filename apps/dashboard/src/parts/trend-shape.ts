/** Converts the service's list of periods and groups to the periods and series of a chart. */
import { coverageOf, endOf, type TrendPeriod, type TrendPrice } from '@property-insights/charts';
import type { Interval } from '../address.ts';
import type { TrendAnswer } from '../api/types.ts';

/** A median of fewer sales is drawn as a single hollow dot. */
const thinBelow = 10;

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

/** Periods before the covered ones that are drawn, to show that there are such. */
export const shownBefore = 2;

/** Shapes a trend. Periods long before the covered ones are left out and counted. */
export function shapeTrend({
  periods: points,
  interval,
  covered,
}: Pick<TrendAnswer, 'periods' | 'interval' | 'covered'>): TrendShape {
  const byPeriod = Map.groupBy(points, ({ period }) => period);
  const all = [...byPeriod.keys()].sort();
  const first = all.findIndex((day) => covered.from !== null && endOf(day, interval) >= covered.from);
  const start = Math.max(0, first - shownBefore);
  const days = all.slice(start);
  const months = new Map(covered.months.map((month) => [month.month, month]));
  const periods = days.map((day): TrendPeriod => {
    const month = interval === 'month' ? months.get(day) : undefined;
    const sales = salesOf(byPeriod.get(day));
    return {
      day,
      sales,
      known: month?.known ?? null,
      coverage: coverageOf(day, interval, covered, month?.known ?? null),
    };
  });
  const groups = [...Map.groupBy(points, ({ group }) => group)]
    .sort(([, a], [, b]) => salesOf(b) - salesOf(a))
    .map(([name, ofGroup]) => {
      const sold = new Map(ofGroup.filter(({ sales }) => sales > 0).map((point) => [point.period, point]));
      const inOrder = days.map((day) => sold.get(day));
      return { name, sales: salesOf(ofGroup), points: inOrder, prices: inOrder.map(priceOf) };
    });
  return {
    interval,
    periods,
    groups,
    early: all.slice(0, start).reduce((sum, day) => sum + salesOf(byPeriod.get(day)), 0),
  };
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

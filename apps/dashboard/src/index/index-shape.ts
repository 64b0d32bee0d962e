/** Converts a price index of several methods to the periods and series of a chart. */
import { coverageOf, endOf, type TrendPeriod, type TrendPrice } from '@property-insights/charts';
import type { IndexMethod } from '../address.ts';
import type { PriceIndex } from '../api/types.ts';
import { shownBefore } from '../parts/trend-shape.ts';

/** A value of fewer sales or pairs is drawn as a single hollow dot. */
const thinBelow = 30;

type Point = PriceIndex['periods'][number];

export interface IndexSeries {
  method: IndexMethod;
  /** `points[i]` belongs to `periods[i]`; undefined before the method's first period. */
  points: (Point | undefined)[];
  values: (TrendPrice | undefined)[];
}

export interface IndexShape {
  interval: PriceIndex['interval'];
  base: string;
  /** In order. Those long before the covered ones are left out. */
  periods: TrendPeriod[];
  /** In the order of the answer: the default method first. */
  series: IndexSeries[];
}

export function shapeIndex({ periods: points, methods, interval, base, covered }: PriceIndex): IndexShape {
  const all = [...new Set(points.map(({ period }) => period))].sort();
  const first = all.findIndex((day) => covered.from !== null && endOf(day, interval) >= covered.from);
  const days = all.slice(Math.max(0, first - shownBefore));
  const months = new Map(covered.months.map((month) => [month.month, month]));
  const byMethod = Map.groupBy(points, ({ method }) => method);
  const series = methods.map(({ method }): IndexSeries => {
    const byDay = new Map(byMethod.get(method)?.map((point) => [point.period, point]));
    const ofMethod = days.map((day) => byDay.get(day));
    return { method, points: ofMethod, values: ofMethod.map(chartedValue) };
  });
  const periods = days.map((day, i): TrendPeriod => {
    const known = interval === 'month' ? (months.get(day)?.known ?? null) : null;
    const sales = Math.max(0, ...series.map(({ points }) => points[i]?.count ?? 0));
    return { day, known, sales, coverage: coverageOf(day, interval, covered, known) };
  });
  return { interval, base, periods, series };
}

function chartedValue(point: Point | undefined): TrendPrice | undefined {
  if (point?.index == null) return undefined;
  // The base is exact by definition, however few its sales are.
  return {
    value: point.index,
    low: point.lower,
    high: point.upper,
    thin: point.count < thinBelow && point.standard_error !== 0,
  };
}

/** The last covered period in which a method has a value. */
export const lastCovered = ({ periods }: IndexShape, { points }: IndexSeries): Point | undefined =>
  points.findLast((point, i) => point?.index != null && periods[i]?.coverage === 'covered');

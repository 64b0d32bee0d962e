import type { Connection, Values } from '../connection.ts';
import type { Features } from '../features.ts';
import { type MethodName, methods, type Options, type Prepared } from '../price-index/methods.ts';
import { MissingData } from '../price-index/missing-data.ts';
import { type Regressor, regressors } from '../price-index/read-hedonic.ts';
import { readSales, sampled } from '../price-index/sales.ts';
import { intervals, monthsIn, startOf, type Timeline } from '../price-index/timeline.ts';

/** Adjusts the price of a sale to another day and to another dwelling. */
export interface PriceModel {
  method: MethodName;
  timeline: Timeline;
  /** The period that prices are adjusted to: the last complete one. */
  last: number;
  /** The logarithm of the index by period, up to the last. A period without an index has that of the one before. */
  logarithms: number[];
  /** The amount that one more of an attribute adds to the logarithm of the price. */
  coefficients: { name: Regressor; coefficient: number }[];
}

/** The maximum age of sales, in years, for a dwelling's own earlier sales and for the index. */
export const indexYears = 40;

/** With more sales, the index and the coefficients are no better and take too long. */
const maxSales = 2_000_000;

/** The mean number of sales in a period that an index needs. With fewer, periods are longer. */
const salesPerPeriod = 100;

/** The first of these methods that the sales have the data for. Hedonic is first, because its coefficients adjust for differences between dwellings. */
const preferred = ['hedonic', 'repeat_sales', 'stratified_median', 'median'] as const;

const options: Options = {
  priceGroups: 5,
  weights: 'fixed',
  attributes: undefined,
  effects: ['locality', 'type'],
  rolling: { window: 13, splice: 'mean' },
  pairs: { pairs: 'consecutive', minMonths: 6, maxMonths: undefined, trim: 0 },
};

/** Price models of the same sales at different times. */
export interface PriceModels {
  timeline: Timeline;
  /** The model from the sales up to a period. */
  upTo(last: number): Promise<PriceModel>;
}

/**
 * @param where SQL condition for sales with a contract date and a price
 * @param yearly the recent number of sales in a year
 */
export async function priceModels(db: Connection, where: string, values: Values, yearly: number): Promise<PriceModels> {
  const interval = intervals.find((interval) => (yearly * monthsIn[interval]) / 12 >= salesPerPeriod) ?? 'year';
  const { sales: all } = await readSales(db, { where, leftOut: 'false', values }, interval);
  const sales = sampled(all, maxSales);
  for (const method of preferred) {
    let prepared: Prepared;
    try {
      prepared = await methods[method].prepare(sales, options);
    } catch (error) {
      if (error instanceof MissingData) continue;
      throw error;
    }
    return {
      timeline: sales.timeline,
      upTo: async (last) => {
        const known = await prepared.upTo(last);
        const base = known.connected[0]?.[0] ?? last;
        const { levels, coefficients = {} } = await known.estimate(base);
        return {
          method,
          timeline: sales.timeline,
          last,
          logarithms: filled(levels, last),
          coefficients: Object.entries(coefficients).map(([name, coefficient]) => ({
            name: name as Regressor,
            coefficient,
          })),
        };
      },
    };
  }
  throw new Error('Every market with sales has medians.');
}

/** The logarithms of the index. A period without an index has that of the last period before it that has one, or else of the first that has one. */
function filled(levels: { index: number | null }[], last: number): number[] {
  const first = levels.find(({ index }) => index !== null)?.index ?? 100;
  let level = first as number;
  return Array.from({ length: last + 1 }, (_, period) => {
    level = levels[period]?.index ?? level;
    return Math.log(level);
  });
}

/** The properties of a sale that its adjustment uses. */
export interface Sold extends Features {
  /** The month of the contract date, counted from the year 0. */
  month: number;
  price: number;
}

/** The period of a sale, limited to the periods of the model. */
function periodOf({ timeline, last }: PriceModel, month: number): number {
  return Math.min(Math.max(Math.floor((month - timeline.firstMonth) / monthsIn[timeline.interval]), 0), last);
}

/** The logarithm of a sale's price, adjusted to the model's last period and to the subject's attributes. Attributes that either does not state are not adjusted. */
export function adjustedLogarithm(model: PriceModel, sale: Sold, subject: Features): number {
  const period = periodOf(model, sale.month);
  let sum = Math.log(sale.price) + (model.logarithms[model.last] as number) - (model.logarithms[period] as number);
  for (const { name, coefficient } of model.coefficients) {
    sum += coefficient * (attributeDifference(name, sale, subject) ?? 0);
  }
  return sum;
}

/** One step of the adjustment of a sale's price to the subject. */
export interface Adjustment {
  name: string;
  /** The period or the attribute of the comparable, and of the subject. */
  from: string | number;
  to: string | number;
  /** The factor that the price is multiplied by. */
  factor: number;
}

/** The steps that `adjustedLogarithm` sums up. */
export function adjustments(model: PriceModel, sale: Sold, subject: Features): Adjustment[] {
  const period = periodOf(model, sale.month);
  const time: Adjustment = {
    name: 'time',
    from: startOf(model.timeline, period),
    to: startOf(model.timeline, model.last),
    factor: Math.exp((model.logarithms[model.last] as number) - (model.logarithms[period] as number)),
  };
  const differences = model.coefficients.flatMap(({ name, coefficient }) => {
    const { column } = regressors[name];
    const difference = attributeDifference(name, sale, subject);
    if (!difference) return [];
    const [from, to] = [sale[column] as number, subject[column] as number];
    return [{ name: column, from, to, factor: Math.exp(coefficient * difference) }];
  });
  return [time, ...differences];
}

/** How much more of an attribute the subject has than a sale; null if either does not state it. */
export function attributeDifference(name: Regressor, sale: Features, subject: Features): number | null {
  const { column, logarithm } = regressors[name];
  const [from, to] = [sale[column], subject[column]];
  if (from === null || to === null) return null;
  if (!logarithm) return to - from;
  return from > 0 && to > 0 ? Math.log(to / from) : null;
}

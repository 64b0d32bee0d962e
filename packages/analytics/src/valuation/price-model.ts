import type { Connection, Values } from '../connection.ts';
import type { Features } from '../features.ts';
import { type MethodName, methods, type Options, type Prepared } from '../price-index/methods.ts';
import { MissingData } from '../price-index/missing-data.ts';
import { type Regressor, regressors } from '../price-index/read-hedonic.ts';
import { readSales, sampled } from '../price-index/sales.ts';
import { intervals, monthsIn, startOf, type Timeline } from '../price-index/timeline.ts';

/** What brings the price of one sale to another day and to another dwelling. */
export interface PriceModel {
  method: MethodName;
  timeline: Timeline;
  /** The period that prices are brought to: the last one that the sales are complete of. */
  last: number;
  /** By period up to the last, the logarithm of the index; of a period without, that of the one before. */
  logarithms: number[];
  /** What one more of an attribute adds to the logarithm of the price. */
  coefficients: { name: Regressor; coefficient: number }[];
}

/** Prices are looked up this far back: in a dwelling's own earlier sales, and in the index that brings them to today. */
export const indexYears = 40;

/** More sales tell an index and what attributes are worth no better, and take longer than anybody waits. */
const mostSales = 2_000_000;

/** A period should have so many sales for its index to be worth following; else longer ones are taken. */
const salesAPeriod = 100;

/**
 * The first of these methods that the sales have the data for. Hedonic first: its coefficients are what differences are adjusted by.
 */
const preferred = ['hedonic', 'repeat_sales', 'stratified_median', 'median'] as const;

const options: Options = {
  priceGroups: 5,
  weights: 'fixed',
  attributes: undefined,
  effects: ['locality', 'type'],
  rolling: { window: 13, splice: 'mean' },
  pairs: { pairs: 'consecutive', minMonths: 6, maxMonths: undefined, trim: 0 },
};

/** Price models of some sales as they would have been made at different times. */
export interface PriceModels {
  timeline: Timeline;
  /** From the sales up to a period only. */
  upTo(last: number): Promise<PriceModel>;
}

/**
 * @param where SQL condition on the sales, which have a contract date and a price
 * @param yearly how many of them there are in a year of late
 */
export async function priceModels(db: Connection, where: string, values: Values, yearly: number): Promise<PriceModels> {
  const interval = intervals.find((interval) => (yearly * monthsIn[interval]) / 12 >= salesAPeriod) ?? 'year';
  const { sales: all } = await readSales(db, { where, leftOut: 'false', values }, interval);
  const sales = sampled(all, mostSales);
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

/** Of a period without an index, that of the last before it that has one; before the first, the first. */
function filled(levels: { index: number | null }[], last: number): number[] {
  const first = levels.find(({ index }) => index !== null)?.index ?? 100;
  let level = first as number;
  return Array.from({ length: last + 1 }, (_, period) => {
    level = levels[period]?.index ?? level;
    return Math.log(level);
  });
}

/** What of a comparable sale brings it to another day and dwelling. */
export interface Sold extends Features {
  /** Of the contract date, from the year 0. */
  month: number;
  price: number;
}

/** The period of a sale, as far as the model goes. */
function periodOf({ timeline, last }: PriceModel, month: number): number {
  return Math.min(Math.max(Math.floor((month - timeline.firstMonth) / monthsIn[timeline.interval]), 0), last);
}

/** Logarithm of a sale's price brought to the model's last period, and to the subject's attributes. What either doesn't state is left as it is. */
export function adjustedLogarithm(model: PriceModel, sale: Sold, subject: Features): number {
  const period = periodOf(model, sale.month);
  let sum = Math.log(sale.price) + (model.logarithms[model.last] as number) - (model.logarithms[period] as number);
  for (const { name, coefficient } of model.coefficients) {
    sum += coefficient * (attributeDifference(name, sale, subject) ?? 0);
  }
  return sum;
}

/** One step from the price of a sale to what the subject would have sold for. */
export interface Adjustment {
  name: string;
  /** The comparable's, and the subject's. */
  from: string | number;
  to: string | number;
  /** What the price is multiplied by. */
  factor: number;
}

/** The steps that `adjustedLogarithm` adds up. */
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

/** How much more of an attribute the subject has than a sale; null where either doesn't state it. */
export function attributeDifference(name: Regressor, sale: Features, subject: Features): number | null {
  const { column, logarithm } = regressors[name];
  const [from, to] = [sale[column], subject[column]];
  if (from === null || to === null) return null;
  if (!logarithm) return to - from;
  return from > 0 && to > 0 ? Math.log(to / from) : null;
}

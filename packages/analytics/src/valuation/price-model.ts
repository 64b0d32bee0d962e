import type { Connection, Values } from '../connection.ts';
import type { Features } from '../features.ts';
import { defaultMethod } from '../price-index/choice.ts';
import { defaultOptions, type MethodName, methods, type Options, type Prepared } from '../price-index/methods.ts';
import { MissingData } from '../price-index/missing-data.ts';
import { type Regressor, regressors } from '../price-index/read-hedonic.ts';
import { readSales, type Sales, sampled } from '../price-index/sales.ts';
import { intervals, monthsIn, startOf, type Timeline } from '../price-index/timeline.ts';
import { median } from '../statistics.ts';

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

/** The maximum age of sales of other dwellings, in years. */
export const comparableYears = 5;

/** The maximum age of sales, in years, for a dwelling's own earlier sales and for the index. */
export const indexYears = 40;

/** With more sales, the index and the coefficients are no better and take too long. */
const maxSales = 2_000_000;

/** The mean number of sales in a period that an index needs. With fewer, periods are longer. */
const salesPerPeriod = 100;

/** Price models of the same sales at different times. */
export interface PriceModels {
  timeline: Timeline;
  /** The model from the sales up to a period. */
  upTo(last: number): Promise<PriceModel>;
}

/**
 * @param where SQL condition for sales with a contract date and a price
 * @param yearly the recent number of sales in a year
 * @param chosen the default method of the market's price index; null if none has been chosen
 */
export async function priceModels(
  db: Connection,
  where: string,
  values: Values,
  yearly: number,
  chosen: MethodName | null,
): Promise<PriceModels> {
  const interval = intervals.find((interval) => (yearly * monthsIn[interval]) / 12 >= salesPerPeriod) ?? 'year';
  const { sales: all } = await readSales(db, { where, unstated: {}, leftOut: 'false', values }, interval);
  const sales = sampled(all, maxSales);
  const options = defaultOptions(interval);
  const hedonic = await prepareIfPossible('hedonic', sales, options);
  const { method, prepared } = await chooseIndex(chosen, hedonic, sales, options);
  return {
    timeline: sales.timeline,
    upTo: async (last) => {
      const estimate = async (prepared: Prepared) => {
        const known = await prepared.upTo(last);
        return known.estimate(known.connected[0]?.[0] ?? last);
      };
      const index = await estimate(prepared);
      // The hedonic regression adjusts for differences between dwellings, whatever the index is.
      const { coefficients = {} } = hedonic && hedonic !== prepared ? await estimate(hedonic) : index;
      return {
        method,
        timeline: sales.timeline,
        last,
        logarithms: filled(index.levels, last),
        coefficients: Object.entries(coefficients).map(([name, coefficient]) => ({
          name: name as Regressor,
          coefficient,
        })),
      };
    },
  };
}

async function prepareIfPossible(method: MethodName, sales: Sales, options: Options): Promise<Prepared | undefined> {
  try {
    return await methods[method].prepare(sales, options);
  } catch (error) {
    if (error instanceof MissingData) return undefined;
    throw error;
  }
}

/**
 * The index that prices are adjusted by: the one chosen for the market by held-out resales, else the hedonic one. It must be at least as precise as the
 * stratified median in the periods from which comparables come, or else that is used: an index of a few pairs is possible, but misleads.
 */
async function chooseIndex(
  chosen: MethodName | null,
  hedonic: Prepared | undefined,
  sales: Sales,
  options: Options,
): Promise<{ method: MethodName; prepared: Prepared }> {
  const stratified = await methods[defaultMethod].prepare(sales, options);
  const limit = await imprecision(stratified, sales);
  for (const method of new Set([chosen ?? 'hedonic', 'hedonic'] as const)) {
    if (method === defaultMethod) break;
    const prepared = method === 'hedonic' ? hedonic : await prepareIfPossible(method, sales, options);
    if (prepared && (await imprecision(prepared, sales)) <= limit) return { method, prepared };
  }
  return { method: defaultMethod, prepared: stratified };
}

/** The median standard error, as a fraction, of the index of the last periods relative to the latest. A period with sales but without an index counts as infinite. */
async function imprecision({ connected, estimate }: Prepared, { timeline, counts }: Sales): Promise<number> {
  const last = counts.findLastIndex((count) => count > 0);
  if (!connected.some((group) => group.includes(last))) return Infinity;
  const { levels } = await estimate(last);
  const first = last - (comparableYears * 12) / monthsIn[timeline.interval];
  const errors = levels
    .filter(({ period }) => period >= first && period < last && (counts[period] as number) > 0)
    .map(({ index, standardError }) => (index === null || standardError === null ? Infinity : standardError / index));
  return errors.length === 0 ? Infinity : median(errors);
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

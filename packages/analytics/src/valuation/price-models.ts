/** The price models of a market before each month that needs one. */
import type { Connection, Values } from '../connection.ts';
import { readSales, sampled } from '../price-index/sales.ts';
import { intervals, monthsIn, type Timeline } from '../price-index/timeline.ts';
import { fitPriceModel } from './fit-price-model.ts';
import { readModelSales } from './model-sales.ts';
import type { PriceModel } from './price-model.ts';

/** With more sales, the model is no better and takes too long. */
const maxSales = 400_000;

/** The mean number of sales in a period from which sales are held out. With fewer, periods are longer. */
const salesPerPeriod = 100;

/** Price models of the same sales at different times. */
export interface PriceModels {
  /** The periods from which sales are held out. */
  timeline: Timeline;
  /** The first month with sales, counted from the year 0. */
  firstMonth: number;
  /** The model from the sales before a month, counted from the year 0. It is fitted once. */
  before(month: number): Promise<PriceModel>;
}

/**
 * @param where SQL condition for sales with a contract date and a price
 * @param yearly the recent number of sales in a year
 */
export async function priceModels(db: Connection, where: string, values: Values, yearly: number): Promise<PriceModels> {
  const interval = intervals.find((interval) => (yearly * monthsIn[interval]) / 12 >= salesPerPeriod) ?? 'year';
  const { sales } = await readSales(db, { where, unstated: {}, leftOut: 'false', values }, interval);
  const read = await readModelSales(sampled(sales, maxSales));
  const { timeline } = sales;
  const fitted = new Map<number, Promise<PriceModel>>();
  const fit = (month: number) => {
    const model = fitPriceModel(read, month, () => db.pause());
    fitted.set(month, model);
    return model;
  };
  return {
    timeline,
    firstMonth: read.month[0] as number,
    before: (month) => fitted.get(month) ?? fit(month),
  };
}

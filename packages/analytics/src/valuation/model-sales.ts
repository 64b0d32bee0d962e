/** The sales that the price model of a market is fitted to. */
import type { Connection, Values } from '../connection.ts';
import { categories, type Measure, measures } from '../features.ts';
import { readSales, type Sales, sampled } from '../price-index/sales.ts';
import { intervals, monthNumber, monthsIn, type Timeline } from '../price-index/timeline.ts';
import { isArea } from './attribute-effects.ts';
import { fitPriceModel } from './fit-price-model.ts';
import type { Dwelling, PriceModel } from './price-model.ts';

/** With more sales, the model is no better and takes too long. */
const maxSales = 400_000;

/** The mean number of sales in a period from which sales are held out. With fewer, periods are longer. */
const salesPerPeriod = 100;

/** Price models of the same sales at different times. */
export interface PriceModels {
  /** The periods from which sales are held out. */
  timeline: Timeline;
  /** The model from the sales before a month, counted from the year 0. */
  before(month: number): Promise<PriceModel>;
}

/** What sales have in common by name: the model has an effect of each. */
const placeColumns = ['type', 'region', 'locality', 'postcode', ...categories] as const;

/** The sales of a market as columns, in the order of their contract dates. */
export interface ModelSales {
  /** Counted from the year 0. */
  month: ArrayLike<number>;
  /** The logarithm of the price. */
  logarithm: ArrayLike<number>;
  property: ArrayLike<number>;
  /** The index of its place, type and categories. */
  place: ArrayLike<number>;
  /** NaN if it is not stated; areas as logarithms. */
  attributes: Record<Measure, ArrayLike<number>>;
  places: Pick<Dwelling, (typeof placeColumns)[number]>[];
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
  const pause = () => db.pause();
  return {
    timeline,
    before: (month) => fitPriceModel(read, month, pause),
  };
}

async function readModelSales({ db, where, values }: Sales): Promise<ModelSales> {
  const places = await db.rows<ModelSales['places'][number]>(
    `SELECT DISTINCT ${placeColumns.join(', ')} FROM sale WHERE ${where} ORDER BY ${placeColumns.join(', ')}`,
    values,
  );
  const columnOf = (name: Measure) => (isArea(name) ? `CASE WHEN ${name} > 0 THEN ln(${name}) END` : name);
  // The order does not depend on that of imports.
  const columns = await db.columns<string>(
    `WITH place AS (
       SELECT row_number() OVER (ORDER BY ${placeColumns.join(', ')}) - 1 AS place, * FROM (SELECT DISTINCT ${placeColumns.join(', ')} FROM sale WHERE ${where}))
     SELECT ${monthNumber} AS month, ln(price) AS logarithm, property_id AS property, place,
       ${measures.map((name) => `coalesce(${columnOf(name)}, 'NaN'::DOUBLE) AS ${name}`).join(', ')}
     FROM (SELECT * FROM sale WHERE ${where}) AS sale JOIN place ON ${placeColumns.map((name) => `sale.${name} IS NOT DISTINCT FROM place.${name}`).join(' AND ')}
     ORDER BY contract_date, key`,
    values,
  );
  const { month, logarithm, property, place, ...attributes } = columns as Record<string, Float64Array>;
  return { month, logarithm, property, place, attributes, places } as unknown as ModelSales;
}

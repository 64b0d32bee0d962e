/** The sales that the price model of a market is fitted to. */
import { type Measure, measures } from '../features.ts';
import type { Sales } from '../price-index/sales.ts';
import { monthNumber } from '../price-index/timeline.ts';
import { isArea } from './attribute-effects.ts';
import { type Dwelling, modelled } from './price-model.ts';

/** What sales have in common by name: the model has an effect of each. */
const placeColumns = ['type', 'region', 'locality', 'postcode', ...modelled] as const;

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

export async function readModelSales({ db, where, values }: Sales): Promise<ModelSales> {
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

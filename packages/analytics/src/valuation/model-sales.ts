/** The sales that the price model of a market is fitted to. */
import { type Measure, measures } from '../features.ts';
import type { Sales } from '../price-index/sales.ts';
import { monthNumber } from '../price-index/timeline.ts';
import { isArea } from './attribute-effects.ts';
import { cells, type Dwelling, modelled } from './price-model.ts';

/** What sales have in common by name: the model has an effect of each. */
const placeColumns = ['type', 'region', 'locality', 'postcode', 'latitude', 'longitude', ...modelled] as const;

/** SQL: a coordinate of the middle of the smallest cell that a dwelling is in; null if it has none of its own. */
const middle = (name: 'latitude' | 'longitude') =>
  `CASE WHEN approximate IS NULL THEN (floor(${name} / ${cells['small cell']}) + 0.5) * ${cells['small cell']} END AS ${name}`;

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
  places: Pick<Dwelling, (typeof placeColumns)[number] | 'approximate'>[];
}

export async function readModelSales({ db, where, values }: Sales): Promise<ModelSales> {
  const columnOf = (name: Measure) => (isArea(name) ? `CASE WHEN ${name} > 0 THEN ln(${name}) END` : name);
  const sold = `SELECT * REPLACE (${middle('latitude')}, ${middle('longitude')}) FROM sale WHERE ${where}`;
  const names = placeColumns.join(', ');
  const places = await db.rows<Omit<ModelSales['places'][number], 'approximate'>>(
    `SELECT DISTINCT ${names} FROM (${sold}) ORDER BY ${names}`,
    values,
  );
  // The order does not depend on that of imports.
  const columns = await db.columns<string>(
    `WITH sold AS (${sold}),
     place AS (SELECT row_number() OVER (ORDER BY ${names}) - 1 AS place, * FROM (SELECT DISTINCT ${names} FROM sold))
     SELECT ${monthNumber} AS month, ln(price) AS logarithm, property_id AS property, place,
       ${measures.map((name) => `coalesce(${columnOf(name)}, 'NaN'::DOUBLE) AS ${name}`).join(', ')}
     FROM sold JOIN place ON ${placeColumns.map((name) => `sold.${name} IS NOT DISTINCT FROM place.${name}`).join(' AND ')}
     ORDER BY contract_date, key`,
    values,
  );
  const { month, logarithm, property, place, ...attributes } = columns as Record<string, Float64Array>;
  return {
    month,
    logarithm,
    property,
    place,
    attributes,
    places: places.map((place) => ({ ...place, approximate: null })),
  } as unknown as ModelSales;
}

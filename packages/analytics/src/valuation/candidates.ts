import type { Connection, Values } from '../connection.ts';
import { features } from '../features.ts';
import { monthNumber } from '../price-index/timeline.ts';
import { comparableYears, type Sold } from './price-model.ts';
import { building, subjectColumns } from './subject.ts';

/** Nearest first. */
export const relations = [
  'property',
  'building',
  'street',
  'neighbourhood',
  'locality',
  'postcode',
  'nearby',
  'region',
] as const;
export type Relation = (typeof relations)[number];

/** A sale that may be compared with a subject. */
export interface Candidate extends Sold {
  id: number;
  property_id: number;
  contract_date: string;
  address: string;
  street: string | null;
  building: string | null;
  relation: Relation;
  latitude: number | null;
  longitude: number | null;
  /** Whose middle the coordinates are, if they are not its own. */
  approximate: 'locality' | 'postcode' | null;
  /** In kilometres; null if either has no coordinates of its own. */
  distance: number | null;
  /** From the sale to the valuation day. */
  years: number;
}

/** Kilometres per degree of latitude. */
const degree = 111.195;
/** In degrees, about 2 km. Sales in the same or an adjacent cell of this size are candidates in any locality. */
const cell = 0.02;

/**
 * SQL condition for the sales near one subject, whose columns are bound as `$s_…`. It includes all candidates of `readCandidates`, except those elsewhere
 * in the region. It repeats the join conditions with constants, by which DuckDB skips most row groups of a market that is stored by place.
 */
export const around = `(locality = $s_locality::VARCHAR OR postcode = $s_postcode::VARCHAR
  OR (latitude BETWEEN $s_latitude::DOUBLE - 2 * ${cell} AND $s_latitude::DOUBLE + 2 * ${cell}
    AND longitude BETWEEN $s_longitude::DOUBLE - 2 * ${cell} AND $s_longitude::DOUBLE + 2 * ${cell}))`;

/**
 * Reads the sales that are most similar to each subject and were sold before its day. Similarity is measured roughly here, by typical variances of many
 * markets. The measure of the market is fitted later: see `similarity.ts`.
 * @param subjects SQL: rows with the subject's columns, its `day`, and a number `n`
 * @param where SQL condition for the sales to compare with
 * @param max the maximum number of candidates of a subject
 * @param wide whether to include sales elsewhere in the region
 */
export async function readCandidates(
  db: Connection,
  subjects: string,
  where: string,
  values: Values,
  max: number,
  wide = false,
): Promise<Map<number, Candidate[]>> {
  const own = subjectColumns.map((name) => `${name} AS s_${name}`).join(', ');
  const same = (column: string) => `${column} = s_${column}`;
  const before = 'contract_date < s_day';
  const within = `${before} AND contract_date >= s_day - INTERVAL ${comparableYears} YEAR`;
  const cellOf = (prefix: string) =>
    `floor(${prefix}latitude / ${cell})::INTEGER AS ${prefix}row, floor(${prefix}longitude / ${cell})::INTEGER AS ${prefix}column`;
  const difference = (column: string) =>
    `CASE WHEN ${column} > 0 AND s_${column} > 0 THEN ln(${column} / s_${column}) ^ 2 ELSE 0 END`;
  // First the pairs are found by a few columns. Then the other columns are read once, for the sales in pairs only.
  const rows = await db.rows<Candidate & { n: number }>(
    `WITH subject AS MATERIALIZED (
       SELECT n, ${own}, day AS s_day, building AS s_building FROM (${subjects})
     ),
     sold AS NOT MATERIALIZED (
       SELECT rowid AS position, property_id, contract_date, type, locality, region, postcode, latitude, longitude FROM sale WHERE ${where}
     ),
     pair AS MATERIALIZED (
       SELECT n, position FROM subject JOIN sold ON type IS NOT DISTINCT FROM s_type AND ${same('locality')} AND region IS NOT DISTINCT FROM s_region
       WHERE ${within} OR (property_id = s_property_id AND ${before})
       UNION ALL
       SELECT n, position FROM subject JOIN sold ON type IS NOT DISTINCT FROM s_type AND ${same('postcode')}
       WHERE ${within} AND (locality <> s_locality OR region <> s_region OR locality IS NULL OR s_locality IS NULL)
       UNION ALL
       SELECT n, position
       FROM (
         SELECT * FROM (SELECT *, ${cellOf('s_')} FROM subject WHERE s_latitude IS NOT NULL), range(-1, 2) AS a(i), range(-1, 2) AS b(j)) AS subject
       JOIN (SELECT *, ${cellOf('')} FROM sold WHERE latitude IS NOT NULL) AS sold
         ON type IS NOT DISTINCT FROM s_type AND row = s_row + i AND "column" = s_column + j
       WHERE ${within} AND (locality IS DISTINCT FROM s_locality OR region IS DISTINCT FROM s_region OR locality IS NULL)
         AND (postcode IS NULL OR s_postcode IS NULL OR postcode <> s_postcode)
       ${
         wide
           ? `UNION ALL
       SELECT n, position FROM subject JOIN sold ON type IS NOT DISTINCT FROM s_type
       WHERE ${within} AND (s_region IS NULL OR region = s_region) AND NOT (coalesce(${same('locality')}, false) OR coalesce(${same('postcode')}, false))
         AND (latitude IS NULL OR s_latitude IS NULL OR greatest(abs(latitude - s_latitude), abs(longitude - s_longitude)) > 2 * ${cell})`
           : ''
       }
     ),
     found AS (
       SELECT subject.*, sold.* FROM pair JOIN subject USING (n) JOIN (
         SELECT rowid AS position, id, property_id, contract_date, price, type, address, street, locality, region, postcode, latitude, longitude, approximate,
           ${features.join(', ')} FROM sale WHERE ${where}) AS sold ON sold.position = pair.position
     ),
     related AS (
       SELECT n, id, property_id, contract_date, ${monthNumber} AS month, price, type, address, street,
         ${building} AS building, locality, region, postcode, latitude, longitude, approximate, ${features.join(', ')},
         CASE WHEN ${same('property_id')} THEN 'property'
           WHEN ${same('street')} AND ${same('locality')} THEN CASE WHEN ${building} = s_building THEN 'building' ELSE 'street' END
           WHEN ${same('locality')} THEN CASE WHEN ${same('postcode')} THEN 'neighbourhood' ELSE 'locality' END
           WHEN ${same('postcode')} THEN 'postcode'
           WHEN greatest(abs(latitude - s_latitude), abs(longitude - s_longitude)) <= 2 * ${cell} THEN 'nearby' ELSE 'region' END AS relation,
         -- Between two sales with the coordinates of the same place it would be 0.
         CASE WHEN approximate IS NULL AND s_approximate IS NULL
           THEN ${degree} * sqrt((latitude - s_latitude) ^ 2 + ((longitude - s_longitude) * cos(radians(s_latitude))) ^ 2) END AS distance,
         date_diff('day', contract_date, s_day) / 365.25 AS years,
         ${difference('floor_area')} * 0.3 + ${difference('land_area')} * 0.05 + coalesce(abs(bedrooms - s_bedrooms), 0) * 0.01 AS size
       FROM found
     ),
     rough AS (
       SELECT *, CASE relation WHEN 'property' THEN 0 WHEN 'building' THEN 0.02 WHEN 'street' THEN 0.03 WHEN 'neighbourhood' THEN 0.045
           WHEN 'locality' THEN 0.05 WHEN 'region' THEN 0.2 ELSE 0.06 END
         + 0.02 * sqrt(coalesce(distance, 0)) + 0.01 * years + size
         -- Ties have the same order on every task, whatever the order of imports.
         + hash(contract_date, price, address) % 1_000_000 * 1e-12 AS variance
       FROM related
     )
     SELECT n, unnest(min_by(rough, variance, ${max}), recursive := true) FROM rough GROUP BY n`,
    values,
  );
  return Map.groupBy(rows, ({ n }) => n);
}

import type { Connection, Values } from '../connection.ts';
import { features } from '../features.ts';
import { monthNumber } from '../price-index/timeline.ts';
import { comparableYears, type Sold } from './price-model.ts';
import { building, type Subject } from './subject.ts';

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
  /** In its source. */
  key: string;
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

const comparedNumbers = ['latitude', 'longitude', 'floor_area', 'land_area', 'bedrooms'] as const;
/** What candidates are found and ranked by, of the subject. */
const comparedColumns = [
  'property_id',
  'type',
  'street',
  'building',
  'locality',
  'region',
  'postcode',
  'approximate',
  ...comparedNumbers,
] as const;
type ComparedColumn = (typeof comparedColumns)[number];

/** SQL for a column of the subject, and for its valuation day. */
type SubjectSql = (column: ComparedColumn | 'day') => string;

function typeOf(column: ComparedColumn | 'day'): string {
  if (column === 'day') return 'DATE';
  if (column === 'property_id') return 'BIGINT';
  return (comparedNumbers as readonly string[]).includes(column) ? 'DOUBLE' : 'VARCHAR';
}

/** SQL: what a candidate states, except what follows from the subject. */
const columns = `id, key, property_id, contract_date, price, type, address, street, locality, region, postcode, latitude, longitude, approximate, ${features.join(', ')}`;

const isBefore = (s: SubjectSql) => `contract_date < ${s('day')}`;
const isRecent = (s: SubjectSql) =>
  `${isBefore(s)} AND contract_date >= ${s('day')} - INTERVAL ${comparableYears} YEAR`;
const ofType = (s: SubjectSql) => `type IS NOT DISTINCT FROM ${s('type')}`;

/** SQL: the conditions of the kinds of candidates, each of which excludes those before it. */
const inLocality = {
  on: (s: SubjectSql) => `${ofType(s)} AND locality = ${s('locality')} AND region IS NOT DISTINCT FROM ${s('region')}`,
  where: (s: SubjectSql) => `(${isRecent(s)} OR (property_id = ${s('property_id')} AND ${isBefore(s)}))`,
};
const inPostcode = {
  on: (s: SubjectSql) => `${ofType(s)} AND postcode = ${s('postcode')}`,
  where: (s: SubjectSql) =>
    `${isRecent(s)} AND (locality <> ${s('locality')} OR region <> ${s('region')} OR locality IS NULL OR ${s('locality')} IS NULL)`,
};
const nearby = (s: SubjectSql) =>
  `${isRecent(s)} AND (locality IS DISTINCT FROM ${s('locality')} OR region IS DISTINCT FROM ${s('region')} OR locality IS NULL)
     AND (postcode IS NULL OR ${s('postcode')} IS NULL OR postcode <> ${s('postcode')})`;
const inRegion = {
  on: ofType,
  where: (s: SubjectSql) =>
    `${isRecent(s)} AND (${s('region')} IS NULL OR region = ${s('region')})
     AND NOT (coalesce(locality = ${s('locality')}, false) OR coalesce(postcode = ${s('postcode')}, false))
     AND (latitude IS NULL OR ${s('latitude')} IS NULL
       OR greatest(abs(latitude - ${s('latitude')}), abs(longitude - ${s('longitude')})) > 2 * ${cell})`,
};

/** SQL: the number of the cell that a coordinate is in. */
const cellOf = (coordinate: string) => `floor(${coordinate} / ${cell})::INTEGER`;

/**
 * SQL: the candidates among the rows of `found`, with `variance`, by which they are ranked. Similarity is measured roughly here, by typical variances of many
 * markets. The measure of the market is fitted later: see `similarity.ts`.
 * @param also other columns of `found`
 */
function ranked(found: string, s: SubjectSql, also = ''): string {
  const same = (column: ComparedColumn) => `${column} = ${s(column)}`;
  const difference = (column: ComparedColumn) =>
    `CASE WHEN ${column} > 0 AND ${s(column)} > 0 THEN ln(${column} / ${s(column)}) ^ 2 ELSE 0 END`;
  return `SELECT *, CASE relation WHEN 'property' THEN 0 WHEN 'building' THEN 0.02 WHEN 'street' THEN 0.03 WHEN 'neighbourhood' THEN 0.045
       WHEN 'locality' THEN 0.05 WHEN 'region' THEN 0.2 ELSE 0.06 END
     + 0.02 * sqrt(coalesce(distance, 0)) + 0.01 * years + size
     -- Ties have the same order on every task, whatever the order of imports.
     + hash(contract_date, price, address) % 1_000_000 * 1e-12 AS variance
   FROM (
     SELECT ${also}${columns}, ${monthNumber} AS month, ${building} AS building,
       CASE WHEN ${same('property_id')} THEN 'property'
         WHEN ${same('street')} AND ${same('locality')} THEN CASE WHEN ${building} = ${s('building')} THEN 'building' ELSE 'street' END
         WHEN ${same('locality')} THEN CASE WHEN ${same('postcode')} THEN 'neighbourhood' ELSE 'locality' END
         WHEN ${same('postcode')} THEN 'postcode'
         WHEN greatest(abs(latitude - ${s('latitude')}), abs(longitude - ${s('longitude')})) <= 2 * ${cell} THEN 'nearby' ELSE 'region' END AS relation,
       -- Between two sales with the coordinates of the same place it would be 0.
       CASE WHEN approximate IS NULL AND ${s('approximate')} IS NULL
         THEN ${degree} * sqrt((latitude - ${s('latitude')}) ^ 2 + ((longitude - ${s('longitude')}) * cos(radians(${s('latitude')}))) ^ 2) END AS distance,
       date_diff('day', contract_date, ${s('day')}) / 365.25 AS years,
       ${difference('floor_area')} * 0.3 + ${difference('land_area')} * 0.05 + coalesce(abs(bedrooms - ${s('bedrooms')}), 0) * 0.01 AS size
     FROM (${found}))`;
}

/**
 * Reads the sales that are most similar to each of many subjects and were sold before its day.
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
  const s: SubjectSql = (column) => `s_${column}`;
  const pairs = (on: string, where: string) => `SELECT n, position FROM subject JOIN sold ON ${on} WHERE ${where}`;
  // First the pairs are found by a few columns. Then the other columns are read once, for the sales in pairs only.
  const rows = await db.rows<Candidate & { n: number }>(
    `WITH subject AS MATERIALIZED (
       SELECT n, ${[...comparedColumns, 'day' as const].map((name) => `${name} AS ${s(name)}`).join(', ')} FROM (${subjects})
     ),
     sold AS NOT MATERIALIZED (
       SELECT rowid AS position, property_id, contract_date, type, locality, region, postcode, latitude, longitude FROM sale WHERE ${where}
     ),
     pair AS MATERIALIZED (
       ${pairs(inLocality.on(s), inLocality.where(s))}
       UNION ALL
       ${pairs(inPostcode.on(s), inPostcode.where(s))}
       UNION ALL
       SELECT n, position
       FROM (
         SELECT *, ${cellOf(s('latitude'))} + i AS s_row, ${cellOf(s('longitude'))} + j AS s_column
         FROM subject, range(-1, 2) AS a(i), range(-1, 2) AS b(j) WHERE ${s('latitude')} IS NOT NULL)
       JOIN (SELECT *, ${cellOf('latitude')} AS row, ${cellOf('longitude')} AS "column" FROM sold WHERE latitude IS NOT NULL)
         ON ${ofType(s)} AND row = s_row AND "column" = s_column
       WHERE ${nearby(s)}
       ${wide ? `UNION ALL ${pairs(inRegion.on(s), inRegion.where(s))}` : ''}
     ),
     rough AS (
       ${ranked(
         `FROM pair JOIN subject USING (n) JOIN (SELECT rowid AS position, ${columns} FROM sale WHERE ${where}) AS sold USING (position)`,
         s,
         'n, ',
       )}
     )
     SELECT unnest(min_by(rough, (variance, key), ${max}), recursive := true) FROM rough GROUP BY n`,
    values,
  );
  return Map.groupBy(rows, ({ n }) => n);
}

/** Reads the candidates of one subject, in a fraction of the time: by constants DuckDB skips most row groups of a market that is stored by place. */
export async function readCandidatesOf(
  db: Connection,
  subject: Subject,
  day: string,
  where: string,
  values: Values,
  max: number,
  wide = false,
): Promise<Candidate[]> {
  const s: SubjectSql = (column) => `$s_${column}::${typeOf(column)}`;
  const sold = (condition: string) => `SELECT ${columns} FROM sale WHERE ${where} AND ${condition}`;
  const isClose = (name: 'latitude' | 'longitude') =>
    `${name} BETWEEN ${s(name)} - 2 * ${cell} AND ${s(name)} + 2 * ${cell}
     AND ${cellOf(name)} BETWEEN ${cellOf(s(name))} - 1 AND ${cellOf(s(name))} + 1`;
  const found = [
    sold(`${inLocality.on(s)} AND ${inLocality.where(s)}`),
    sold(`${inPostcode.on(s)} AND ${inPostcode.where(s)}`),
    sold(`${ofType(s)} AND ${isClose('latitude')} AND ${isClose('longitude')} AND ${nearby(s)}`),
    ...(wide ? [sold(`${inRegion.on(s)} AND ${inRegion.where(s)}`)] : []),
  ];
  return db.rows<Candidate>(`${ranked(found.join(' UNION ALL '), s)} ORDER BY variance, key LIMIT ${max}`, {
    ...values,
    ...Object.fromEntries(comparedColumns.map((name) => [`s_${name}`, subject[name]])),
    s_day: day,
  });
}

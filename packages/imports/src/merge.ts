/**
 * Compares the incoming rows with the market and writes the new ones, by SQL statements over whole sets.
 *
 * The planner has no statistics on rows that were written a moment ago, and estimates a market of a million sales at a handful. Where that
 * could lead to a scan of the market for each incoming row, the statements below rule such a plan out.
 */
import { type Database, lockMarket, type WriteTransaction } from '@property-insights/database';
import type pg from 'pg';
import type { Sale } from './formats/format.ts';
import { fingerprint } from './formats/values.ts';
import { saleColumns } from './incoming.ts';

/** The number of incoming rows by the result of the comparison. They add up to the rows of `incoming`. */
export interface Verdicts {
  /** Rows that are new to the market. */
  accepted: number;
  /** Rows that the market has, or that are repeated in the import, or that delete a sale that is not in force. */
  duplicate: number;
  /** Rows that replace a sale in force. */
  superseding: number;
  /** Rows that are older than a sale in force, or than another row of the import. */
  superseded: number;
  /** Rows that delete a sale in force. */
  deleted: number;
}

/** Two rows of one import with the same key. */
export type MergedRows = [MergedRow, MergedRow];
type MergedRow = Pick<Sale, 'address' | 'contractDate' | 'price' | 'type' | 'floorArea' | 'details'>;

/** The first rows of the import that have the same key, but other values; undefined if there are none. To be called after `compare`. */
export async function findMerged({
  client,
}: WriteTransaction): Promise<{ rows: number; example: MergedRows } | undefined> {
  const { rows } = await client.query<MergedRow & { rows: number }>(
    `WITH merged AS MATERIALIZED (
       SELECT key, min(number) AS first, count(DISTINCT fingerprint) - 1 AS others FROM incoming WHERE property_key IS NOT NULL
       GROUP BY key HAVING count(DISTINCT fingerprint) > 1
     )
     SELECT address, contract_date::text AS "contractDate", price, type, floor_area AS "floorArea", details::text,
       (SELECT sum(others)::integer FROM merged) AS rows
     FROM incoming WHERE key = (SELECT key FROM merged ORDER BY first LIMIT 1) ORDER BY number LIMIT 2`,
  );
  const [one, other] = rows;
  return one && other && { rows: one.rows, example: [one, other] };
}

/**
 * Compares each row of `incoming` with the sales in force, and each place with the places in force. Of several rows with one key, the row
 * issued last counts; of rows issued at the same time, the last one. It yields to a sale in force that was issued later.
 *
 * Locks the market until the transaction ends: another import compared at the same time would not see these sales.
 *
 * @param places whether the rows include places
 */
export async function compare({ client }: WriteTransaction, marketId: number, places: boolean): Promise<Verdicts> {
  // With the default 4 MB, sorting 1.3 million keys writes hundreds of runs to disk.
  await client.query(`SET LOCAL work_mem = '64MB'; ANALYZE incoming (number, key, property_key, fingerprint)`);
  await lockMarket(client, marketId);
  await client.query(
    `CREATE TEMPORARY TABLE standing (number bigint NOT NULL, is_place boolean NOT NULL, replaces bigint, verdict text NOT NULL) ON COMMIT DROP`,
  );
  await compareWith(client, marketId, 'sale');
  if (places) await compareWith(client, marketId, 'gazetteer_place');
  await client.query('ANALYZE standing');
  const { rows } = await client.query<Verdicts & { standing: number; different: number; incoming: number }>(
    `SELECT count(*) FILTER (WHERE verdict = 'accepted') AS accepted,
       count(*) FILTER (WHERE verdict = 'duplicate') AS duplicate,
       count(*) FILTER (WHERE verdict = 'superseding') AS superseding,
       count(*) FILTER (WHERE verdict = 'superseded') AS superseded,
       count(*) FILTER (WHERE verdict = 'deleted') AS deleted,
       count(*) AS standing,
       (SELECT count(*) FROM (SELECT DISTINCT fingerprint FROM incoming) AS row) AS different,
       (SELECT count(*) FROM incoming) AS incoming
     FROM standing`,
  );
  const { accepted, duplicate, superseding, superseded, deleted, standing, different, incoming } =
    rows[0] as (typeof rows)[0];
  return {
    accepted,
    duplicate: duplicate + (incoming - different),
    superseding,
    superseded: superseded + (different - standing),
    deleted,
  };
}

async function compareWith(client: pg.ClientBase, marketId: number, table: 'sale' | 'gazetteer_place'): Promise<void> {
  const isPlace = table === 'gazetteer_place';
  // Any order of keys will do; sorting by bytes is the fastest. The lookup of a sale can use only one index.
  await client.query(
    `INSERT INTO standing
     SELECT last.number, ${isPlace}, known.id,
       CASE WHEN known.id IS NULL THEN CASE WHEN last.deletes THEN 'duplicate' ELSE 'accepted' END
         WHEN known.fingerprint = last.fingerprint THEN 'duplicate'
         WHEN last.issued_at < known.issued_at THEN 'superseded'
         WHEN last.deletes THEN 'deleted'
         ELSE 'superseding' END
     FROM (
       SELECT DISTINCT ON (key COLLATE "C") key, number, fingerprint, issued_at, deletes FROM incoming
       WHERE property_key IS ${isPlace ? 'NULL' : 'NOT NULL'}
       ORDER BY key COLLATE "C", issued_at DESC NULLS LAST, number DESC
     ) AS last
     LEFT JOIN LATERAL (
       SELECT id, fingerprint, ${isPlace ? 'NULL::timestamptz AS issued_at' : 'issued_at'} FROM ${table}
       WHERE market_id = $1 AND ${table}.key = last.key AND retired_by IS NULL LIMIT 1
     ) AS known ON true`,
    [marketId],
  );
}

/** The source of the incoming rows from a number on: their format or, of a table, `tableSource`. The column `format` of a sale records it. */
export interface RowSource {
  /** The number of the first row. */
  first: number;
  name: string;
}

/**
 * Retires the sales in force that came by one of the sources and have no incoming row. To be called after `compare`.
 * @returns how many it retired
 */
export async function retireMissing(
  transaction: WriteTransaction,
  marketId: number,
  sources: readonly RowSource[],
): Promise<number> {
  const { client, revisionId } = transaction;
  const { rowCount } = await client.query(
    `UPDATE sale SET retired_by = $1 WHERE market_id = $2 AND retired_by IS NULL AND format = ANY ($3)
       AND NOT EXISTS (SELECT FROM incoming WHERE incoming.key = sale.key AND property_key IS NOT NULL)`,
    [revisionId, marketId, sources.map(({ name }) => name)],
  );
  transaction.salesRetired += rowCount ?? 0;
  return rowCount ?? 0;
}

/** The keys of the sales in files, each as the first 52 bits of its MD5, and the sources of the sales. */
export interface StatedKeys {
  hashes: Float64Array;
  sources: string[];
}

export function keyHash(key: string): number {
  return Number.parseInt(fingerprint(key).slice(0, 13), 16);
}

/** The number of sales that `retireMissing` would retire after an import of the files. */
export async function countMissing(
  database: Database,
  marketId: number,
  { hashes, sources }: StatedKeys,
): Promise<number> {
  return database.read(async (client) => {
    const { rows } = await client.query<{ missing: number }>(
      `SELECT count(*) AS missing FROM sale WHERE market_id = $1 AND retired_by IS NULL AND format = ANY ($2)
         AND ('x' || left(md5(key), 13))::bit(52)::bigint <> ALL ($3::bigint[])`,
      [marketId, sources, [...hashes]],
    );
    return rows[0]?.missing ?? 0;
  });
}

/**
 * Writes the rows that `compare` found to be new or superseding, with their properties, and retires the rows that they replace or delete.
 * Sets the counts of the transaction.
 * @param sources in the order of their rows
 */
export async function write(
  transaction: WriteTransaction,
  marketId: number,
  sources: readonly RowSource[],
  places: boolean,
): Promise<void> {
  await writeSales(transaction, marketId, sources);
  if (places) await writePlaces(transaction, marketId);
}

async function writeSales(
  transaction: WriteTransaction,
  marketId: number,
  sources: readonly RowSource[],
): Promise<void> {
  const { client, revisionId } = transaction;
  const retired = await client.query(
    `UPDATE sale SET retired_by = $1 FROM standing
     WHERE sale.id = standing.replaces AND NOT is_place AND verdict IN ('superseding', 'deleted')`,
    [revisionId],
  );
  // `property` has two indexes that begin with the market, and the planner may choose the wrong one to find a key. So each statement scans the
  // market's properties once. They are inserted in the order of the index.
  await client.query('SET LOCAL enable_nestloop = off');
  await client.query(
    `INSERT INTO property (market_id, key)
     SELECT $1, seen.key FROM (
       SELECT DISTINCT property_key COLLATE "C" AS key FROM incoming JOIN standing USING (number)
       WHERE verdict IN ('accepted', 'superseding') AND NOT is_place
     ) AS seen
     LEFT JOIN property ON property.market_id = $1 AND property.key = seen.key COLLATE "default"
     WHERE property.id IS NULL ORDER BY seen.key`,
    [marketId],
  );
  const added = await client.query(
    `INSERT INTO sale (market_id, property_id, added_by, format, ${saleColumns.join(', ')})
     SELECT $1, property.id, $2, ($3::text[])[width_bucket(number, $4::bigint[])], ${saleColumns.map((column) => `incoming.${column}`).join(', ')}
     FROM incoming
     JOIN standing USING (number)
     JOIN property ON property.market_id = $1 AND property.key = incoming.property_key
     WHERE verdict IN ('accepted', 'superseding')`,
    [marketId, revisionId, sources.map(({ name }) => name), sources.map(({ first }) => first)],
  );
  transaction.salesRetired += retired.rowCount ?? 0;
  transaction.salesAdded = added.rowCount ?? 0;
}

async function writePlaces(transaction: WriteTransaction, marketId: number): Promise<void> {
  const { client, revisionId } = transaction;
  const retired = await client.query(
    `UPDATE gazetteer_place SET retired_by = $1 FROM standing
     WHERE gazetteer_place.id = standing.replaces AND is_place AND verdict = 'superseding'`,
    [revisionId],
  );
  const added = await client.query(
    `INSERT INTO gazetteer_place (market_id, added_by, key, fingerprint, name, region, postcode, latitude, longitude)
     SELECT $1, $2, key, fingerprint, locality, region, postcode, latitude, longitude
     FROM incoming JOIN standing USING (number) WHERE is_place AND verdict IN ('accepted', 'superseding')`,
    [marketId, revisionId],
  );
  transaction.placesRetired = retired.rowCount ?? 0;
  transaction.placesAdded = added.rowCount ?? 0;
}

/**
 * Comparing what came in with the market, and writing what is new: set by set, in SQL.
 *
 * The planner has no statistics on rows that this or another transaction wrote a moment ago, and takes a market of a million sales for one of a
 * handful. Where that could make it go through all of them once for each row that came in, the statements below leave it no such plan.
 */
import { lockMarket, type WriteTransaction } from '@property-insights/database';
import type pg from 'pg';
import { saleColumns } from './incoming.ts';

/** How the rows that were taken in fared. They add up to the rows of `incoming`. */
export interface Verdicts {
  /** New to the market. */
  accepted: number;
  /** The same row again, in the market or earlier in the import; or it deletes what is not in force. */
  duplicate: number;
  /** Replaces a sale in force. */
  superseding: number;
  /** Older than a sale in force, or than another row of the import. */
  superseded: number;
  /** Deletes a sale in force. */
  deleted: number;
}

/**
 * Holds each row of `incoming` against the sales in force, and those that are places against the places in force. Of several rows with one key the one issued last stands, and of those issued together
 * the last; it yields to a sale in force that was issued later.
 *
 * @param places whether there are any
 *
 * Locks the market until the transaction ends: another import into it, compared at the same time, would not see these sales.
 */
export async function compare({ client }: WriteTransaction, marketId: number, places: boolean): Promise<Verdicts> {
  // Sorting 1.3 million keys in the default 4 MB goes to disk in hundreds of runs.
  await client.query(`SET LOCAL work_mem = '64MB'; ANALYZE incoming (number, key, property_key, fingerprint)`);
  await lockMarket(client, marketId);
  await client.query(
    `CREATE TEMPORARY TABLE standing (number bigint NOT NULL, is_place boolean NOT NULL, replaces bigint, verdict text NOT NULL) ON COMMIT DROP`,
  );
  await holdAgainst(client, marketId, 'sale');
  if (places) await holdAgainst(client, marketId, 'gazetteer_place');
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

async function holdAgainst(client: pg.ClientBase, marketId: number, table: 'sale' | 'gazetteer_place'): Promise<void> {
  const isPlace = table === 'gazetteer_place';
  // Keys are sorted by their bytes, which is faster than by a language's rules; any order will do. The lookup of a sale has but one index to use.
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

/**
 * Writes the rows that `compare` found to be new or replacing, with their properties, and retires what rows replace or delete. The transaction
 * is told how many.
 */
export async function write(transaction: WriteTransaction, marketId: number, places: boolean): Promise<void> {
  await writeSales(transaction, marketId);
  if (places) await writePlaces(transaction, marketId);
}

async function writeSales(transaction: WriteTransaction, marketId: number): Promise<void> {
  const { client, revisionId } = transaction;
  const retired = await client.query(
    `UPDATE sale SET retired_by = $1 FROM standing
     WHERE sale.id = standing.replaces AND NOT is_place AND verdict IN ('superseding', 'deleted')`,
    [revisionId],
  );
  // `property` has two indexes that begin with the market, and the planner cannot tell which of them finds a key: so each statement goes through the
  // market's properties once. They are inserted in the order of their keys, which is that of the index.
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
    `INSERT INTO sale (market_id, property_id, added_by, ${saleColumns.join(', ')})
     SELECT $1, property.id, $2, ${saleColumns.map((column) => `incoming.${column}`).join(', ')}
     FROM incoming
     JOIN standing USING (number)
     JOIN property ON property.market_id = $1 AND property.key = incoming.property_key
     WHERE verdict IN ('accepted', 'superseding')`,
    [marketId, revisionId],
  );
  transaction.salesRetired = retired.rowCount ?? 0;
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

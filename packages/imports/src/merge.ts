/**
 * Comparing what came in with the market, and writing what is new: set by set, in SQL.
 *
 * The planner has no statistics on rows that this or another transaction wrote a moment ago, and takes a market of a million sales for one of a
 * handful. Where that could make it go through all of them once for each row that came in, the statements below leave it no such plan.
 */
import { lockMarket, type WriteTransaction } from '@property-insights/database';
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
 * Holds each row of `incoming` against the sales in force. Of several rows with one key the one issued last stands, and of those issued together
 * the last; it yields to a sale in force that was issued later.
 *
 * Locks the market until the transaction ends: another import into it, compared at the same time, would not see these sales.
 */
export async function compare({ client }: WriteTransaction, marketId: number): Promise<Verdicts> {
  // Sorting 1.3 million keys in the default 4 MB goes to disk in hundreds of runs.
  await client.query(`SET LOCAL work_mem = '64MB'; ANALYZE incoming (number, key, property_key, fingerprint)`);
  await lockMarket(client, marketId);
  await client.query(
    'CREATE TEMPORARY TABLE standing (number bigint NOT NULL, replaces bigint, verdict text NOT NULL) ON COMMIT DROP',
  );
  // Keys are sorted by their bytes, which is faster than by a language's rules; any order will do. The lookup of a sale has but one index to use.
  await client.query(
    `INSERT INTO standing
     SELECT last.number, sale.id,
       CASE WHEN sale.id IS NULL THEN CASE WHEN last.deletes THEN 'duplicate' ELSE 'accepted' END
         WHEN sale.fingerprint = last.fingerprint THEN 'duplicate'
         WHEN last.issued_at < sale.issued_at THEN 'superseded'
         WHEN last.deletes THEN 'deleted'
         ELSE 'superseding' END
     FROM (
       SELECT DISTINCT ON (key COLLATE "C") key, number, fingerprint, issued_at, deletes FROM incoming
       ORDER BY key COLLATE "C", issued_at DESC NULLS LAST, number DESC
     ) AS last
     LEFT JOIN LATERAL (
       SELECT id, fingerprint, issued_at FROM sale WHERE market_id = $1 AND sale.key = last.key AND retired_by IS NULL LIMIT 1
     ) AS sale ON true`,
    [marketId],
  );
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

/** Writes the rows that `compare` found to be new or replacing, with their properties, and retires the sales that rows replace or delete. */
export async function write({ client, revisionId }: WriteTransaction, marketId: number): Promise<void> {
  await client.query(
    `UPDATE sale SET retired_by = $1 FROM standing WHERE sale.id = standing.replaces AND verdict IN ('superseding', 'deleted')`,
    [revisionId],
  );
  // `property` has two indexes that begin with the market, and the planner cannot tell which of them finds a key: so each statement goes through the
  // market's properties once. They are inserted in the order of their keys, which is that of the index.
  await client.query('SET LOCAL enable_nestloop = off');
  await client.query(
    `INSERT INTO property (market_id, key)
     SELECT $1, seen.key FROM (
       SELECT DISTINCT property_key COLLATE "C" AS key FROM incoming JOIN standing USING (number)
       WHERE verdict IN ('accepted', 'superseding')
     ) AS seen
     LEFT JOIN property ON property.market_id = $1 AND property.key = seen.key COLLATE "default"
     WHERE property.id IS NULL ORDER BY seen.key`,
    [marketId],
  );
  await client.query(
    `INSERT INTO sale (market_id, property_id, added_by, ${saleColumns.join(', ')})
     SELECT $1, property.id, $2, ${saleColumns.map((column) => `incoming.${column}`).join(', ')}
     FROM incoming
     JOIN standing USING (number)
     JOIN property ON property.market_id = $1 AND property.key = incoming.property_key
     WHERE verdict IN ('accepted', 'superseding')`,
    [marketId, revisionId],
  );
}

/** The choice of a market's default method for price indices: which market is next, and the revision that records another method. */
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { Abandoned } from './errors.ts';
import { lockMarket } from './market-lock.ts';

/** The author of revisions that the system writes by itself. */
const author = 'system';

/** How long a task may choose before another may do so instead. */
const claim = '15 minutes';

/** A market whose method may have to be chosen again. */
export interface Unchosen {
  id: number;
  code: string;
}

/** How long a market must be unchanged. Loads of several files are often a few seconds apart. */
const quietTime = '1 minute';

/** After this time, a method is chosen even for a market that is never unchanged for long enough. */
const maxDelay = '1 hour';

/** SQL condition: no job runs, because jobs of all markets use the same processors, and the market is unchanged for a time. */
function isQuiet(quiet: string) {
  return sql`(EXISTS (SELECT FROM revision WHERE market_id = market.id AND created_at < now() - ${maxDelay}::interval
        AND market_version > coalesce((SELECT version FROM index_choice WHERE market_id = market.id), 0))
      OR NOT EXISTS (SELECT FROM revision WHERE market_id = market.id AND created_at > now() - ${quiet}::interval)
        AND NOT EXISTS (SELECT FROM import WHERE state IN ('received', 'running')
          OR (market_id = market.id AND finished_at > now() - ${quiet}::interval)))`;
}

/**
 * Claims a market that has changed since its method was last chosen, and is quiet, if there is one. Several tasks may do so at the same time.
 * @param except the ids of markets that are not claimed
 * @param quiet how long the market must be unchanged, as an interval of PostgreSQL
 */
export async function claimUnchosen(
  { kysely }: Database,
  except: readonly number[],
  quiet = quietTime,
): Promise<Unchosen | undefined> {
  const { rows } = await sql<Unchosen>`
    INSERT INTO index_choice (market_id, claimed_until)
    SELECT market.id, now() + ${claim}::interval FROM market JOIN market_version ON market_version.market_id = market.id
      LEFT JOIN index_choice AS choice ON choice.market_id = market.id
    WHERE deleted_at IS NULL AND coalesce(choice.version, 0) < market_version.version AND coalesce(choice.claimed_until, '-infinity') < now()
      AND market.id <> ALL (${except}::int[]) AND ${isQuiet(quiet)}
    ORDER BY market.id LIMIT 1
    ON CONFLICT (market_id) DO UPDATE SET claimed_until = excluded.claimed_until WHERE index_choice.claimed_until < now()
    RETURNING market_id AS id, (SELECT code FROM market WHERE id = market_id) AS code`.execute(kysely);
  return rows[0];
}
/**
 * Whether the market is still quiet. A choice that others would wait for is better made later.
 * @param quiet as for `claimUnchosen`
 */
export async function remainsQuiet({ kysely }: Database, { id }: Unchosen, quiet = quietTime): Promise<boolean> {
  const { rows } = await sql`SELECT FROM market WHERE id = ${id} AND ${isQuiet(quiet)}`.execute(kysely);
  return rows.length > 0;
}

/** Ends a claim without a choice. */
export async function releaseUnchosen({ kysely }: Database, { id }: Unchosen): Promise<void> {
  await kysely
    .updateTable('index_choice')
    .set({ claimed_until: sql`'-infinity'` })
    .where('market_id', '=', id)
    .execute();
}

/**
 * Records the method chosen for a version of a market, as a revision if it is another one than before, and ends the claim.
 * @param why a clause that states why, for answers and for the note of the revision
 * @returns whether a revision was written
 * @throws MarketGone
 */
export async function recordChoice(
  database: Database,
  { id, code }: Unchosen,
  version: number,
  { method, why }: { method: string | null; why: string },
): Promise<boolean> {
  const note = { code: 'index_method', market: code, method, why } as const;
  const written = await database
    .write({ marketId: id, kind: 'market', author, note }, async (transaction) => {
      await lockMarket(transaction.client, id);
      const { rowCount } = await transaction.client.query(
        'UPDATE market SET index_method = $2, index_reason = $3 WHERE id = $1 AND index_method IS DISTINCT FROM $2',
        [id, method, why],
      );
      if (rowCount === 0) transaction.abandon();
    })
    .catch((error: unknown) => {
      if (error instanceof Abandoned) return undefined;
      throw error;
    });
  // The revision itself is no change to choose again for, unless another came between.
  const chosenFor = written?.version === version + 1 ? written.version : version;
  await database.kysely
    .updateTable('index_choice')
    .set({ version: chosenFor, claimed_until: sql`'-infinity'` })
    .where('market_id', '=', id)
    .execute();
  return written !== undefined;
}

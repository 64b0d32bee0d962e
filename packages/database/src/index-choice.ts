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

/** Claims a market that has changed since its method was last chosen, if there is one. Several tasks may do so at the same time. */
export async function claimUnchosen({ kysely }: Database): Promise<Unchosen | undefined> {
  const { rows } = await sql<Unchosen>`
    INSERT INTO index_choice (market_id, claimed_until)
    SELECT market.id, now() + ${claim}::interval FROM market JOIN market_version ON market_version.market_id = market.id
      LEFT JOIN index_choice AS choice ON choice.market_id = market.id
    WHERE deleted_at IS NULL AND coalesce(choice.version, 0) < market_version.version AND coalesce(choice.claimed_until, '-infinity') < now()
    ORDER BY market.id LIMIT 1
    ON CONFLICT (market_id) DO UPDATE SET claimed_until = excluded.claimed_until WHERE index_choice.claimed_until < now()
    RETURNING market_id AS id, (SELECT code FROM market WHERE id = market_id) AS code`.execute(kysely);
  return rows[0];
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
  const note = `market ${code}: index_method ${JSON.stringify(method)}, ${why}`;
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

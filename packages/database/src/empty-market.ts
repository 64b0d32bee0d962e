/** Emptying markets that were deleted. To everyone they are gone already; their rows go in pieces, by any number of services at a time. */
import { sql } from 'kysely';
import type { Database } from './database.ts';

/** Rows of one statement: some 100 ms, so that others hardly notice, and that little is done anew when the service dies. */
const piece = 5_000;

/** A deleted market that is not known to be empty, if there is one. */
export async function findDeletedMarket({ kysely }: Database): Promise<number | undefined> {
  const markets = kysely.selectFrom('market').select('id').where('deleted_at', 'is not', null);
  return (await markets.where('emptied_at', 'is', null).limit(1).executeTakeFirst())?.id;
}

/**
 * Removes all that a deleted market held but its history: properties, sales, places, mappings, and what its imports rejected. Nobody may be at work on one
 * of these any more. What is begun can be gone on with at any time; an abort ends it after the piece at hand.
 */
export async function emptyMarket({ kysely }: Database, marketId: number, signal: AbortSignal): Promise<void> {
  const untilNone = async (remove: () => Promise<bigint | number | null | undefined>) => {
    while (await remove()) signal.throwIfAborted();
  };
  let last = 0;
  await untilNone(async () => {
    const { rows } = await sql<{ last: number | null }>`
      SELECT remove_properties(${marketId}, ${last}, ${piece}) AS last`.execute(kysely);
    last = rows[0]?.last ?? last;
    return rows[0]?.last;
  });
  await untilNone(async () => {
    const { rows } = await sql<{ removed: number }>`
      SELECT remove_places(${marketId}, ${piece}) AS removed`.execute(kysely);
    return rows[0]?.removed;
  });
  await untilNone(() =>
    kysely.transaction().execute(async (transaction) => {
      // In turns, as the functions do: who finds no row, because another is removing it, would take it that none is left.
      await transaction.selectFrom('market').select('id').where('id', '=', marketId).forUpdate().execute();
      const { numAffectedRows } = await sql`
        DELETE FROM reject WHERE ctid = ANY (ARRAY(
          SELECT reject.ctid FROM reject JOIN import ON import.id = import_id WHERE market_id = ${marketId} LIMIT ${piece}
        ))`.execute(transaction);
      return numAffectedRows;
    }),
  );
  await kysely.deleteFrom('mapping').where('market_id', '=', marketId).execute();
  await kysely.updateTable('market').set({ emptied_at: sql`now()` }).where('id', '=', marketId).execute();
}

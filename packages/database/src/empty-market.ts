/** Removing the rows of deleted markets, which no client can see any more. Any number of services may do it at the same time. */
import { sql } from 'kysely';
import type { Database } from './database.ts';

/** The number of rows that one statement removes, in about 100 ms. So other work is hardly delayed, and little is repeated when a service dies. */
const batchSize = 5_000;

/** A deleted market whose rows have not been removed, if there is one. */
export async function findDeletedMarket({ kysely }: Database): Promise<number | undefined> {
  const markets = kysely.selectFrom('market').select('id').where('deleted_at', 'is not', null);
  return (await markets.where('emptied_at', 'is', null).limit(1).executeTakeFirst())?.id;
}

/**
 * Removes the properties, sales, places, sales set aside, notes, mappings and rejects of a deleted market. Its history stays. No other work on the market may be running.
 * @param signal aborts after the current batch; a later call continues
 */
export async function emptyMarket({ kysely }: Database, marketId: number, signal: AbortSignal): Promise<void> {
  const untilNone = async (remove: () => Promise<bigint | number | null | undefined>) => {
    while (await remove()) signal.throwIfAborted();
  };
  let last = 0;
  await untilNone(async () => {
    const { rows } = await sql<{ last: number | null }>`
      SELECT remove_properties(${marketId}, ${last}, ${batchSize}) AS last`.execute(kysely);
    last = rows[0]?.last ?? last;
    return rows[0]?.last;
  });
  await untilNone(async () => {
    const { rows } = await sql<{ removed: number }>`
      SELECT remove_places(${marketId}, ${batchSize}) AS removed`.execute(kysely);
    return rows[0]?.removed;
  });
  await untilNone(async () => {
    const { rows } = await sql<{ removed: number }>`
      SELECT remove_set_aside_sales(${marketId}, ${batchSize}) AS removed`.execute(kysely);
    return rows[0]?.removed;
  });
  await untilNone(async () => {
    const { rows } = await sql<{ removed: number }>`
      SELECT remove_market_notes(${marketId}, ${batchSize}) AS removed`.execute(kysely);
    return rows[0]?.removed;
  });
  await untilNone(() =>
    kysely.transaction().execute(async (transaction) => {
      // Serialised by a row lock, as in the functions: a service that finds no row, because another is removing it, would assume that none is left.
      await transaction.selectFrom('market').select('id').where('id', '=', marketId).forUpdate().execute();
      const { numAffectedRows } = await sql`
        DELETE FROM reject WHERE ctid = ANY (ARRAY(
          SELECT reject.ctid FROM reject JOIN import ON import.id = import_id WHERE market_id = ${marketId} LIMIT ${batchSize}
        ))`.execute(transaction);
      return numAffectedRows;
    }),
  );
  await kysely.deleteFrom('mapping').where('market_id', '=', marketId).execute();
  await kysely.updateTable('market').set({ emptied_at: sql`now()` }).where('id', '=', marketId).execute();
}

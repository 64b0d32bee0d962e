import type pg from 'pg';

/** The first number of an advisory lock whose second is a market. */
const marketLocks = 1;

/** Waits until nobody else compares sales with this market or takes many from it, and keeps others from doing so until the transaction ends. */
export async function lockMarket(client: pg.ClientBase, marketId: number): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1, $2)', [marketLocks, marketId]);
}

/** The advisory locks of imports. PostgreSQL gives them back when the transaction ends, however it ends. */
import type pg from 'pg';

// The first of a lock's two numbers tells what the second one stands for.
const marketLocks = 1;
export const importLocks = 2;

/** Waits until no other import compares with this market or writes to it, and keeps others from doing so until the transaction ends. */
export async function lockMarket(client: pg.ClientBase, marketId: number): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1, $2)', [marketLocks, marketId]);
}

/** Shows to the end of the transaction that someone is at work on this import. */
export async function lockImport(client: pg.ClientBase, importId: string): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [importLocks, importId]);
}

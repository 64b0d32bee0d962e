/** The advisory locks of jobs. PostgreSQL releases them when the transaction ends, however it ends. */
import type { Database } from '@property-insights/database';
import { sql } from 'kysely';
import type pg from 'pg';

/** The first key of a job's lock; the second is a hash of its id. The locks of markets have another first key. */
export const importLocks = 2;

/** Holds the lock of a job until the transaction ends, to show that the job is running. */
export async function lockJob(client: pg.ClientBase, importId: string): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [importLocks, importId]);
}

/** Waits until no job of a market is running. */
export async function awaitJobs({ kysely }: Database, marketId: number): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${importLocks}::integer, hashtext(id::text)) FROM import WHERE market_id = ${marketId}`.execute(
    kysely,
  );
}

/** The advisory locks of imports. PostgreSQL gives them back when the transaction ends, however it ends. */
import type { Database } from '@property-insights/database';
import { sql } from 'kysely';
import type pg from 'pg';

/** The first number of a lock whose second stands for an import; markets have another. */
export const importLocks = 2;

/** Shows to the end of the transaction that someone is at work on this import. */
export async function lockImport(client: pg.ClientBase, importId: string): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [importLocks, importId]);
}

/** Waits until nobody is at work on any import of a market. */
export async function awaitImports({ kysely }: Database, marketId: number): Promise<void> {
  await sql`SELECT pg_advisory_xact_lock(${importLocks}::integer, hashtext(id::text)) FROM import WHERE market_id = ${marketId}`.execute(
    kysely,
  );
}

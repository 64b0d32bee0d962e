import { type RawBuilder, sql } from 'kysely';

/**
 * SQL: waits for the other transactions that add rows to a table, so that a limit on the number of its rows holds. Released when the transaction ends.
 */
export function lockAdding(table: 'definition' | 'job' | 'schedule' | 'share_link'): RawBuilder<unknown> {
  return sql`SELECT pg_advisory_xact_lock(hashtext(${`reporting.${table}`}))`;
}

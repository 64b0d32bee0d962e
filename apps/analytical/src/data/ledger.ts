/** Where the rows of a market's imports went: from rows read to sales in force. */
import type { Database } from '@property-insights/database';
import { sql } from 'kysely';

export interface Ledger {
  /** The rows of all finished imports. `read` is the sum of the others. */
  rows: Record<'read' | 'rejected' | 'duplicate' | 'superseded' | 'deleting' | 'places' | 'sales', number>;
  /** The sales of all revisions. `in_force` is those imported and entered, without those retired. */
  sales: Record<'imported' | 'entered' | 'retired' | 'in_force', number>;
}

/** @param version of the market: later revisions are left out */
export async function readLedger({ kysely }: Database, marketId: number, version: number): Promise<Ledger> {
  const revisions = sql`revision WHERE market_id = ${marketId} AND market_version <= ${version}`;
  const { rows } = await sql<Record<string, number>>`
    SELECT read.*, sales.* FROM (
      SELECT coalesce(sum(rows_read), 0)::bigint AS read, coalesce(sum(rejected), 0)::bigint AS rejected, coalesce(sum(duplicate), 0)::bigint AS duplicate,
        coalesce(sum(superseded), 0)::bigint AS superseded, coalesce(sum(deleted), 0)::bigint AS deleting,
        coalesce(sum(accepted + superseding), 0)::bigint AS written
      FROM import WHERE market_id = ${marketId} AND state = 'finished' AND undoes IS NULL
        AND (revision_id IS NULL OR revision_id IN (SELECT id FROM ${revisions}))
    ) AS read, (
      SELECT coalesce(sum(sales_added) FILTER (WHERE kind = 'import'), 0)::bigint AS imported,
        coalesce(sum(places_added) FILTER (WHERE kind = 'import'), 0)::bigint AS places,
        coalesce(sum(sales_added) FILTER (WHERE kind <> 'import'), 0)::bigint AS entered,
        coalesce(sum(sales_retired), 0)::bigint AS retired
      FROM ${revisions}
    ) AS sales`.execute(kysely);
  const counted = rows[0] as Record<
    | 'read'
    | 'rejected'
    | 'duplicate'
    | 'superseded'
    | 'deleting'
    | 'written'
    | 'imported'
    | 'places'
    | 'entered'
    | 'retired',
    number
  >;
  const { written, imported, places, entered, retired, ...read } = counted;
  return {
    rows: { ...read, places, sales: written - places },
    sales: { imported, entered, retired, in_force: imported + entered - retired },
  };
}

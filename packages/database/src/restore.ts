/** What follows the restore of the database from a backup. */
import type pg from 'pg';

/** More revisions than any market can have had between a backup and its restore. */
const gap = 1_000_000;

/**
 * Gives the restored database a lineage of its own, so that every replica loads it from scratch, and skips a range of versions in each market. The
 * versions that were given out after the backup are in that range: none of them can come to mean something else. The first version after the range is the
 * restored state.
 * @param client logged in as the owner
 * @returns the new lineage, and how many markets have the gap
 */
export async function recordRestore(client: pg.ClientBase): Promise<{ lineage: string; markets: number }> {
  const { rows } = await client.query<{ lineage: string; markets: number }>(
    `WITH renewed AS (UPDATE history SET lineage = gen_random_uuid() RETURNING lineage),
     skipped AS (UPDATE market_version SET version = version + ${gap} RETURNING market_id, version),
     recorded AS (
       INSERT INTO version_gap (market_id, first, last)
       SELECT market_id, version - ${gap} + 1, version - 1 FROM skipped RETURNING market_id
     )
     SELECT lineage, (SELECT count(*)::integer FROM recorded) AS markets FROM renewed`,
  );
  return rows[0] as { lineage: string; markets: number };
}

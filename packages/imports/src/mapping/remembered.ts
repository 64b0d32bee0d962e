/** Mappings that a market's tables were read by, known by the names of the columns, to be proposed again. */
import type { Database, MappingRow, WriteTransaction } from '@property-insights/database';
import { fingerprint } from '../formats/values.ts';
import { checkMapping, type Mapping, MappingError } from './mapping.ts';

/** The mapping last used in the market for a table with these columns, if it is one still: what a mapping is may have changed since. */
export async function rememberedMapping(
  database: Database,
  marketId: number,
  columns: readonly string[],
): Promise<Mapping | undefined> {
  const row = await database.kysely
    .selectFrom('mapping')
    .select('mapping')
    .where('market_id', '=', marketId)
    .where('id', '=', idOf(marketId, columns))
    .executeTakeFirst();
  try {
    return row && checkMapping(row.mapping);
  } catch (error) {
    if (error instanceof MappingError) return undefined;
    throw error;
  }
}

/** Remembers a mapping if the transaction is committed. */
export async function rememberMapping(
  { client }: WriteTransaction,
  marketId: number,
  columns: readonly string[],
  mapping: Mapping,
): Promise<void> {
  await client.query(
    `INSERT INTO mapping (id, market_id, columns, mapping) VALUES ($1, $2, $3, $4)
     ON CONFLICT (id) DO UPDATE SET mapping = excluded.mapping, used_at = excluded.used_at`,
    [idOf(marketId, columns), marketId, JSON.stringify(columns), JSON.stringify(mapping)],
  );
}

/** All that a market remembers, the last used first. */
export function listMappings(database: Database, marketId: number, limit: number): Promise<MappingRow[]> {
  return database.kysely
    .selectFrom('mapping')
    .selectAll()
    .where('market_id', '=', marketId)
    .orderBy('used_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** Whether there was such a mapping to forget. */
export async function forgetMapping(database: Database, marketId: number, id: string): Promise<boolean> {
  const { numDeletedRows } = await database.kysely
    .deleteFrom('mapping')
    .where('market_id', '=', marketId)
    .where('id', '=', id)
    .executeTakeFirst();
  return numDeletedRows === 1n;
}

function idOf(marketId: number, columns: readonly string[]): string {
  return fingerprint(JSON.stringify([marketId, ...columns])).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

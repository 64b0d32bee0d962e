/** The table `mapping`: the mapping last used in a market for tables with the same column names. It is proposed for the next such table. */
import type { Database, MappingRow, WriteTransaction } from '@property-insights/database';
import { fingerprint } from '../formats/values.ts';
import { fieldNames } from './fields.ts';
import { checkMapping, columnsOf, type Mapping, MappingError } from './mapping.ts';
import { tableRows } from './rows.ts';

/** The mapping last used in the market for a table with these columns. A mapping that an older version stored and that is no longer valid is ignored. */
export async function findMapping(
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

/** Stores a mapping, as part of the transaction. */
export async function saveMapping(
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

/**
 * Identifies the source of the sales in a table, as far as the table shows it: by the columns that fill the fields. Tables of one register keep these
 * columns from edition to edition, even if others are added.
 */
export function tableSource({ fields = {} }: Mapping): string {
  const columns = fieldNames.flatMap((name) => (fields[name] ? [[name, ...columnsOf(fields[name])]] : []));
  return `${tableRows.name}:${fingerprint(JSON.stringify(columns)).slice(0, 12)}`;
}

/** The mappings of a market, the last used first. */
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

/** @returns whether the mapping existed */
export async function deleteMapping(database: Database, marketId: number, id: string): Promise<boolean> {
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

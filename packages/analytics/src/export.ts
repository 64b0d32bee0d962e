/** Exports: sales as a file, however many they are. */
import type { Connection } from './connection.ts';
import { type Filters, select } from './filters.ts';
import type { Market } from './market.ts';
import { saleRowColumns } from './sale-rows.ts';

const formats = {
  csv: 'FORMAT csv, HEADER true',
  parquet: 'FORMAT parquet, COMPRESSION zstd',
} as const;
export type ExportFormat = keyof typeof formats;

/**
 * Writes the sales that match the filters to a file, in no particular order: sorting ten million rows takes more memory than questions have.
 * @throws InvalidQuestion as `select`
 */
export async function copySales(
  db: Connection,
  filters: Filters,
  market: Market,
  format: ExportFormat,
  path: string,
): Promise<void> {
  const { where, values } = await select(db, filters, market);
  const rows = `SELECT ${saleRowColumns} FROM sale WHERE ${where}`;
  await db.run(`COPY (${rows}) TO '${path.replaceAll("'", "''")}' (${formats[format]})`, values);
}

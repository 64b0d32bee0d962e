/** Opens any table: detects its kind and dialect, and resolves the mapping. */
import { isStorable, maxRowLength } from '../formats/add-row.ts';
import { FileError } from '../formats/format.ts';
import { csvTable } from './csv-table.ts';
import { jsonTable } from './json-table.ts';
import type { Mapping } from './mapping.ts';
import type { MarketTerms, Resolution } from './resolution.ts';
import { resolve } from './resolve.ts';
import { beginningSize, type Table } from './table.ts';

export interface TableOptions {
  /** The mapping from the client; members may be missing. */
  given?: Mapping | undefined;
  /** The mapping last used for a table with these columns. */
  remembered?: ((columns: readonly string[]) => Promise<Mapping | undefined>) | undefined;
  /** The terms of the market into which the table is imported. */
  market?: MarketTerms | undefined;
  /** For files that must be written to disk to be read. */
  directory: string;
}

export interface OpenedTable {
  table: Table;
  resolution: Resolution;
  /** The resolution with answers of the client. Throws `FileError` as `openTable`. */
  resolveWith(answers: Mapping): Resolution;
}

/** The caller must close the table. @throws FileError for a file that is not a table, cannot be read, or lacks a column of the mapping */
export async function openTable(
  file: AsyncIterable<Buffer>,
  { given, remembered, market, directory }: TableOptions,
): Promise<OpenedTable> {
  const { sample, whole, content } = await beginning(file);
  const table = isParquet(sample.toString('latin1', 0, 4))
    ? await readParquet(content, directory)
    : ((await jsonTable(sample, whole, content)) ?? csvTable(sample, whole, given?.table ?? {}, content));
  if (!table)
    throw new FileError(
      'it is not a table; tables are CSV (with any delimiter), JSON lines, lists of JSON objects, GeoJSON, Parquet, XLSX and ODS',
    );
  try {
    const { beginning } = table;
    checkColumns(beginning.columns);
    const used = beginning.named ? await remembered?.(beginning.columns) : undefined;
    const resolution = resolve(beginning, given, used, market);
    const resolveWith = (answers: Mapping) => {
      const fields = answers.fields && { ...resolution.mapping.fields, ...answers.fields };
      return resolve(beginning, { ...given, ...answers, ...(fields && { fields }) }, used, market);
    };
    return { table, resolution, resolveWith };
  } catch (error) {
    await table.close();
    throw error;
  }
}

export function isParquet(sample: string): boolean {
  return sample.startsWith('PAR1');
}

/** DuckDB is loaded only for Parquet, because it takes memory in each thread. */
async function readParquet(content: AsyncIterable<Buffer>, directory: string): Promise<Table> {
  const { parquetTable } = await import('./parquet-table.ts');
  return parquetTable(content, directory);
}

/** @throws FileError for names that PostgreSQL cannot store */
function checkColumns(columns: readonly string[]): void {
  const length = columns.reduce((sum, name) => sum + name.length, 0);
  if (length > maxRowLength) {
    throw new FileError(`the names of its columns have ${length} characters; the maximum is ${maxRowLength}`);
  }
  const unreadable = columns.findIndex((name) => !isStorable(name));
  if (unreadable !== -1) {
    throw new FileError(`the name of column ${unreadable + 1} contains a NUL character or half of a surrogate pair`);
  }
}

/** Reads the beginning of a file; `content` still contains it. */
async function beginning(
  file: AsyncIterable<Buffer>,
): Promise<{ sample: Buffer; whole: boolean; content: AsyncIterable<Buffer> }> {
  const iterator = file[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  let whole = false;
  for (let length = 0; length < beginningSize && !whole; ) {
    const { done, value } = await iterator.next();
    if (done) whole = true;
    else {
      chunks.push(value);
      length += value.length;
    }
  }
  async function* content() {
    yield* chunks.splice(0);
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  }
  return { sample: Buffer.concat(chunks).subarray(0, beginningSize), whole, content: content() };
}

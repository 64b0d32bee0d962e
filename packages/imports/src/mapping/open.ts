/** Opens any table: finds what kind it is, how it is written down, and the mapping by which it is read. */
import { FileError } from '../formats/format.ts';
import { csvTable } from './csv-table.ts';
import { jsonLinesTable } from './json-lines-table.ts';
import type { Mapping } from './mapping.ts';
import { isParquet, parquetTable } from './parquet-table.ts';
import { type Resolution, resolve } from './resolve.ts';
import { beginningSize, type Table } from './table.ts';

export interface TableOptions {
  /** What the sender says of the mapping. */
  given?: Mapping | undefined;
  /** The mapping last used for a table with these columns. */
  remembered?: ((columns: readonly string[]) => Promise<Mapping | undefined>) | undefined;
  /** For what must be put on disk to be read. */
  directory: string;
}

export interface OpenedTable {
  table: Table;
  resolution: Resolution;
}

/** @throws FileError where it is no table, cannot be read, or lacks a column that a mapping names. To be closed at last. */
export async function openTable(
  file: AsyncIterable<Buffer>,
  { given, remembered, directory }: TableOptions,
): Promise<OpenedTable> {
  const { sample, whole, content } = await beginning(file);
  const table = isParquet(sample.toString('latin1', 0, 4))
    ? await parquetTable(content, directory)
    : ((await jsonLinesTable(sample, whole, content)) ?? csvTable(sample, whole, given?.table ?? {}, content));
  if (!table) throw new FileError('it is no table: neither CSV or its kin, nor JSON lines, Parquet or XLSX');
  try {
    const { beginning } = table;
    const used = beginning.named ? await remembered?.(beginning.columns) : undefined;
    return { table, resolution: resolve(beginning, given, used) };
  } catch (error) {
    await table.close();
    throw error;
  }
}

/** Takes the beginning of a file without losing it. */
async function beginning(
  file: AsyncIterable<Buffer>,
): Promise<{ sample: Buffer; whole: boolean; content: AsyncIterable<Buffer> }> {
  const iterator = file[Symbol.asyncIterator]();
  const pieces: Buffer[] = [];
  let whole = false;
  for (let length = 0; length < beginningSize && !whole; ) {
    const { done, value } = await iterator.next();
    if (done) whole = true;
    else {
      pieces.push(value);
      length += value.length;
    }
  }
  async function* content() {
    yield* pieces.splice(0);
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  }
  return { sample: Buffer.concat(pieces).subarray(0, beginningSize), whole, content: content() };
}

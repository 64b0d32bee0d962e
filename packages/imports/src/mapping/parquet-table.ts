/** Tables in Parquet, read by DuckDB in limited memory, without extensions and with access to this file only. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DuckDBConnection,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBStructValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { addRow, checkRowLength } from '../formats/add-row.ts';
import type { Batch } from '../formats/format.ts';
import { FileError } from '../formats/format.ts';
import { spool } from '../spool.ts';
import type { Cell } from './readings.ts';
import { beginningRows, type Table } from './table.ts';

/** DuckDB holds whole row groups, which have between some megabytes and a hundred. */
const memoryLimit = '256MB';
const maxColumns = 2_000;

/**
 * Parquet is read from its end, so the file is written to disk first.
 * @param directory for the file, which is removed when the table is closed
 * @throws FileError if it cannot be read
 */
export async function parquetTable(content: AsyncIterable<Buffer>, directory: string): Promise<Table> {
  const path = join(directory, `${randomUUID()}.parquet`);
  let instance: DuckDBInstance | undefined;
  const close = async () => {
    instance?.closeSync();
    await rm(path, { force: true });
  };
  try {
    await spool(content, path);
    instance = await DuckDBInstance.create(':memory:', {
      threads: '1',
      memory_limit: memoryLimit,
      temp_directory: '',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    await connection.run(`SET allowed_paths = ['${path.replaceAll("'", "''")}']`);
    await connection.run('SET enable_external_access = false; SET lock_configuration = true');
    return await tableOf(connection, path, close);
  } catch (error) {
    await close();
    throw withoutPath(error, path);
  }
}

async function tableOf(connection: DuckDBConnection, path: string, close: () => Promise<void>): Promise<Table> {
  const first = await connection.runAndReadAll('SELECT * FROM read_parquet($path) LIMIT $most', {
    path,
    most: beginningRows,
  });
  const columns = first.columnNames();
  if (columns.length > maxColumns)
    throw new FileError(`it has ${columns.length} columns; the maximum is ${maxColumns}`);
  const rows = first.getRows().map((row) => row.map(cell));
  return {
    kind: 'parquet',
    beginning: {
      columns,
      named: true,
      rows,
      dialect: {},
      evidence: [{ member: 'table', text: `Parquet, with ${columns.length} columns` }],
    },
    async *read(sale) {
      let line = 0;
      try {
        const result = await connection.stream('SELECT * FROM read_parquet($path)', { path });
        for (;;) {
          const chunk = await result.fetchChunk();
          if (!chunk || chunk.rowCount === 0) return;
          const batch: Batch = { sales: [], rejects: [] };
          for (const values of chunk.getRows()) {
            line++;
            const cells = values.map(cell);
            const read = () => {
              checkRowLength(cells.reduce((sum: number, cell) => sum + String(cell).length, 0));
              return sale(cells);
            };
            const content = () => JSON.stringify(Object.fromEntries(columns.map((name, i) => [name, cells[i]])));
            addRow(batch, read, () => ({ line, unit: 'row', content: content(), header: '' }));
          }
          yield batch;
        }
      } catch (error) {
        throw withoutPath(error, path);
      }
    },
    close,
  };
}

function cell(value: DuckDBValue): Cell {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string' || typeof value === 'number') return value;
  // Long ids stay exact as text.
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBListValue || value instanceof DuckDBStructValue) return '';
  return value.toString();
}

/** The messages of DuckDB begin with their kind (`Invalid Input Error: …`) and contain the path on disk. */
function withoutPath(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof FileError || !/^[A-Z][\w -]* Error: /.test(error.message))
    return error;
  const message = (error.message.split('\n', 1)[0] as string)
    .replaceAll(path, 'it')
    .replace(/^[A-Z][\w -]* Error: /, '');
  return new FileError(`the Parquet file cannot be read (${message.slice(0, 200)})`);
}

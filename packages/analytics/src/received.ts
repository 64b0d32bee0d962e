/** Rows that PostgreSQL sent as CSV, as a table for DuckDB: bound to a statement if they are few, otherwise a file. */
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Values } from './connection.ts';
import type { Column } from './layout.ts';

/** Values as text. */
type Row = (string | null)[];

export interface Received {
  /** SQL: a table with the expected columns. */
  table: string;
  /** The values that the table binds. */
  values: Values;
  /** undefined if the rows are in a file. */
  rows: Row[] | undefined;
  /** Deletes the file, if there is one. */
  discard(): Promise<void>;
}

/** Up to this many bytes, rows are bound as one JSON text, by a statement whose plan is kept. A single sale is added 2 ms sooner than from a file. */
const maxBoundBytes = 16_384;

/** Bytes. The longest line that DuckDB accepts; a larger buffer is no faster (docs/decisions/0016). */
const csvBuffer = 2_000_000;

const noRows: Received = { table: '', values: {}, rows: [], discard: async () => {} };

/**
 * Reads a COPY stream to its end.
 * @param file where many rows are written; overwritten
 */
export async function receive(stream: Readable, columns: Column[], file: string): Promise<Received> {
  const head: Buffer[] = [];
  let bytes = 0;
  const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  for await (const chunk of chunks) {
    head.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBoundBytes) break;
  }
  if (bytes <= maxBoundBytes) return bind(parseCsv(Buffer.concat(head).toString()), columns);
  await pipeline(async function* () {
    yield* head;
    yield* stream;
  }, createWriteStream(file));
  return { table: csvFile(file, columns), values: {}, rows: undefined, discard: () => rm(file, { force: true }) };
}

/** Binds rows to a table whose SQL depends on the columns alone, so that its plan can be kept. */
export function bind(rows: Row[], columns: Column[]): Received {
  const cells = columns.map(({ name, type }, i) => `row[${i + 1}]::${type} AS ${name}`).join(', ');
  const table = `(SELECT ${cells} FROM (SELECT unnest(from_json($rows::VARCHAR, '["VARCHAR[]"]')) AS row))`;
  return { ...noRows, table, values: { rows: JSON.stringify(rows) }, rows };
}

/** SQL for a CSV file of PostgreSQL, in which null is an empty field and an empty text is `""`. */
function csvFile(file: string, columns: Column[]): string {
  const types = columns.map(({ name, type }) => `'${name}': '${type}'`).join(', ');
  return `read_csv('${file.replaceAll("'", "''")}', auto_detect = false, header = false, delim = ',', quote = '"', escape = '"',
    new_line = '\\n', nullstr = '', allow_quoted_nulls = false, columns = {${types}}, buffer_size = ${csvBuffer})`;
}

/** Reads CSV of PostgreSQL: see `csvFile`. */
function parseCsv(text: string): Row[] {
  const rows: Row[] = [];
  let row: Row = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? (plain || null));
    if (end === '\n') {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

/** Rows that came from PostgreSQL as CSV, ready to be used in DuckDB as a table. */
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Values } from './connection.ts';
import type { Column } from './layout.ts';

export interface Received {
  /** A table expression with the columns asked for. */
  table: string;
  /** What it binds. */
  values: Values;
  /** The rows as text, if they were few. */
  few?: (string | null)[][];
  /** Deletes what was put on disk. */
  discard(): Promise<void>;
}

/** Up to here rows are bound as one JSON text, by a statement whose plan is kept: one sale is added 2 ms sooner than from a file. */
const fewBytes = 16_384;

/** Bytes: as much as the longest line that DuckDB takes, and no more (docs/decisions/0016). */
const csvBuffer = 2_000_000;

/**
 * Reads a COPY stream to its end.
 * @param file where the rows go if they are many; overwritten
 */
export async function receive(stream: Readable, columns: Column[], file: string): Promise<Received> {
  const head: Buffer[] = [];
  let bytes = 0;
  const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  for await (const chunk of chunks) {
    head.push(chunk);
    bytes += chunk.length;
    if (bytes > fewBytes) break;
  }
  if (bytes <= fewBytes) return bound(parseCsv(Buffer.concat(head).toString()), columns);
  await pipeline(async function* () {
    yield* head;
    yield* stream;
  }, createWriteStream(file));
  return { table: csvFile(file, columns), values: {}, discard: () => rm(file, { force: true }) };
}

/** Rows as a table whose SQL depends on the columns alone, so that it is planned once. */
export function bound(rows: (string | null)[][], columns: Column[]): Received {
  const cells = columns.map(({ name, type }, i) => `row[${i + 1}]::${type} AS ${name}`).join(', ');
  const table = `(SELECT ${cells} FROM (SELECT unnest(from_json($rows::VARCHAR, '["VARCHAR[]"]')) AS row))`;
  return { table, values: { rows: JSON.stringify(rows) }, few: rows, discard: async () => {} };
}

/** PostgreSQL's CSV: null is nothing at all, an empty text is `""`. */
function csvFile(file: string, columns: Column[]): string {
  const types = columns.map(({ name, type }) => `'${name}': '${type}'`).join(', ');
  return `read_csv('${file.replaceAll("'", "''")}', auto_detect = false, header = false, delim = ',', quote = '"', escape = '"',
    new_line = '\\n', nullstr = '', allow_quoted_nulls = false, columns = {${types}}, buffer_size = ${csvBuffer})`;
}

/** Reads CSV as PostgreSQL writes it: see `csvFile`. */
function parseCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? (plain || null));
    if (end === '\n') {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

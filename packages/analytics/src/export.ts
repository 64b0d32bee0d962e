/** Exports: sales as a file, however many they are. */
import { type FileHandle, rm } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import { markedSql } from '@property-insights/database';
import type { Budget } from './budgets.ts';
import type { Connection } from './connection.ts';
import { Overloaded } from './errors.ts';
import { type Filters, select } from './filters.ts';
import { saleTable } from './layout.ts';
import type { Market } from './market.ts';
import { saleRow, saleRowColumns } from './sale-rows.ts';
import { type SheetRows, sheetBatches, sheetFormat } from './sheet-rows.ts';

const formats = {
  csv: 'FORMAT csv, HEADER true',
  /** CSV with texts that a spreadsheet would execute. */
  'raw-csv': 'FORMAT csv, HEADER true',
  parquet: 'FORMAT parquet, COMPRESSION zstd',
} as const;
export type ExportFormat = keyof typeof formats;

/** The columns with texts of sources and analysts. */
const texts = [
  ...saleTable.filter(({ name, type }) => type === 'VARCHAR' && name in saleRow.properties).map(({ name }) => name),
  'set_aside',
];
/** SQL: makes each of them a cell that no spreadsheet executes. */
const marked = `REPLACE (${texts.map((name) => `${markedSql(name)} AS ${name}`).join(', ')})`;

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
  const to = `TO '${path.replaceAll("'", "''")}'`;
  const rows = `SELECT * ${format === 'csv' ? marked : ''} FROM (SELECT ${saleRowColumns} FROM sale WHERE ${where})`;
  await db.run(`COPY (${rows}) ${to} (${formats[format]})`, values);
}

/**
 * Writes the sales that match the filters as the rows of a sheet, sorted, to consecutive files.
 * @param onFiles called before the first is written, with how many there will be
 * @param onFile called when one has been written; it is deleted afterwards, so that `onFile` has to open it
 * @throws InvalidQuestion as `select`
 */
export async function copySheet(
  db: Connection,
  filters: Filters,
  market: Market,
  rows: SheetRows,
  {
    path,
    onFiles,
    onFile,
  }: { path: string; onFiles: (count: number) => void; onFile: (path: string) => Promise<void> },
): Promise<void> {
  const selected = await select(db, filters, market);
  const batches = await sheetBatches(db, rows, selected);
  onFiles(batches.length);
  for (const [i, batch] of batches.entries()) {
    const file = `${path}-${i}`;
    try {
      await db.run(`COPY (${batch}) TO '${file.replaceAll("'", "''")}' (${sheetFormat})`, selected.values);
      await onFile(file);
    } finally {
      // An open file can be read to its end after it was deleted.
      await rm(file, { force: true });
    }
  }
}

/** Milliseconds in which a client has to read an export. */
const readTimeout = 15 * 60_000;

/** Bytes of exports that are being read, beyond which no other is written, and how many of them one caller may have. */
const maxBytes = 4 * 2 ** 30;
const maxBytesOfCaller = maxBytes / 4;

export interface ExportLimits {
  readTimeout: number;
  maxBytes: number;
  maxBytesOfCaller: number;
}

/** The files of exports while clients read them: they fill the disk until they have been read. */
export class OpenExports {
  readonly #limits: ExportLimits;
  readonly #files = new Set<{ bytes: number; budget: Budget }>();

  constructor(limits: Partial<ExportLimits> = {}) {
    this.#limits = { readTimeout, maxBytes, maxBytesOfCaller, ...limits };
  }

  /** @throws Overloaded if the caller, or all callers together, have too many bytes to read */
  assertRoom(budget: Budget): void {
    const bytes = (files: { bytes: number }[]) => files.reduce((sum, file) => sum + file.bytes, 0);
    const all = [...this.#files];
    const own = all.filter((file) => file.budget === budget);
    if (bytes(all) >= this.#limits.maxBytes || bytes(own) >= this.#limits.maxBytesOfCaller) throw new Overloaded();
  }

  /** The content of a file, which is closed when it has been read, or when the time for that is over. */
  read(file: FileHandle, bytes: number, budget: Budget): Readable {
    return this.#track(file.createReadStream(), { bytes, budget });
  }

  /** The content of consecutive files, each of which is read while the next is written, as `read`. */
  readParts(parts: Promise<OpenFile>[], budget: Budget): Readable {
    const entry = { bytes: 0, budget };
    for (const part of parts) {
      // An error of one that is not read yet is that of the stream.
      part.then(({ bytes }) => (entry.bytes += bytes)).catch(() => {});
    }
    const stream = Readable.from(contentOf(parts));
    stream.once('close', () => {
      // Those that were read are closed already, which does no harm.
      for (const part of parts) part.then(({ file }) => file.close()).catch(() => {});
    });
    return this.#track(stream, entry);
  }

  #track(stream: Readable, entry: { bytes: number; budget: Budget }): Readable {
    this.#files.add(entry);
    stream.once('close', () => this.#files.delete(entry));
    return addAbortSignal(AbortSignal.timeout(this.#limits.readTimeout), stream);
  }
}

export interface OpenFile {
  file: FileHandle;
  bytes: number;
}

async function* contentOf(parts: Promise<OpenFile>[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield* (await part).file.createReadStream();
}

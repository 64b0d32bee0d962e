/** Exports: sales as a file, however many they are. */
import type { FileHandle } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { markedSql } from '@property-insights/database';
import type { Budget } from './budgets.ts';
import type { Connection } from './connection.ts';
import { Overloaded } from './errors.ts';
import { type Filters, select } from './filters.ts';
import { saleTable } from './layout.ts';
import type { Market } from './market.ts';
import { saleRow, saleRowColumns } from './sale-rows.ts';
import { type SheetRows, sheetFormat, sheetRowsSql } from './sheet-rows.ts';

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
 * Writes the sales that match the filters to a file, in no particular order: sorting ten million rows takes more memory than questions have. The rows of a
 * sheet, of which there are a million at most, are sorted.
 * @throws InvalidQuestion as `select`
 */
export async function copySales(
  db: Connection,
  filters: Filters,
  market: Market,
  format: ExportFormat | SheetRows,
  path: string,
): Promise<void> {
  const { where, values } = await select(db, filters, market);
  const to = `TO '${path.replaceAll("'", "''")}'`;
  if (typeof format === 'object') {
    await db.run(`COPY (${sheetRowsSql(format, where)}) ${to} (${sheetFormat})`, values);
    return;
  }
  const rows = `SELECT * ${format === 'csv' ? marked : ''} FROM (SELECT ${saleRowColumns} FROM sale WHERE ${where})`;
  await db.run(`COPY (${rows}) ${to} (${formats[format]})`, values);
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
    const entry = { bytes, budget };
    this.#files.add(entry);
    const stream = file.createReadStream();
    stream.once('close', () => this.#files.delete(entry));
    return addAbortSignal(AbortSignal.timeout(this.#limits.readTimeout), stream);
  }
}

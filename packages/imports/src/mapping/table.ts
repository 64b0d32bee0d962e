/** Tables of every kind as the mapping sees them. */
import type { Batch } from '../formats/format.ts';
import type { Dialect } from './mapping.ts';
import type { Cell } from './readings.ts';
import type { SaleReader } from './sales.ts';

/** How much of a table's beginning is looked at, in bytes and in rows: some milliseconds of work. */
export const beginningSize = 512 * 1024;
export const beginningRows = 1_000;

/** Why something was taken to be so. */
export interface Evidence {
  /** Of the mapping: `table.delimiter`, `fields.price`. */
  member: string;
  /** A plain sentence, without a full stop. */
  text: string;
}

/** What a table begins with. */
export interface Beginning {
  /** Its columns; numbered ones, `column 1`, where it does not name them. */
  columns: string[];
  named: boolean;
  rows: Cell[][];
  dialect: Dialect;
  evidence: Evidence[];
}

/** A table whose beginning has been read. */
export interface Table {
  kind: 'csv' | 'json-lines' | 'parquet';
  beginning: Beginning;
  /** Reads all of it, once, in constant memory. Rows that `sale` throws `ValueError` on become rejects. */
  read(sale: SaleReader): AsyncIterable<Batch>;
  /** Lets go of what it holds; to be called at last, read or not. */
  close(): Promise<void>;
}

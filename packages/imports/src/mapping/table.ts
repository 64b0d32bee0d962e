/** The interface of all kinds of tables. */
import type { FileNote } from '../file-notes.ts';
import type { Batch } from '../formats/format.ts';
import type { Dialect } from './mapping.ts';
import type { Cell } from './readings.ts';
import type { SaleReader } from './sales.ts';

/** The part of a table from which its dialect and mapping are found, in bytes and in rows. It takes some milliseconds. */
export const beginningSize = 512 * 1024;
export const beginningRows = 1_000;

/** The reason for a member of the mapping. */
export interface Evidence {
  /** The member of the mapping: `table.delimiter`, `fields.price`. */
  member: string;
  /** A sentence without a full stop. */
  text: string;
}

/** The beginning of a table. */
export interface Beginning {
  /** The names of the columns; `column 1` and so on if the table does not name them. */
  columns: string[];
  named: boolean;
  rows: Cell[][];
  dialect: Dialect;
  evidence: Evidence[];
  /** What is unlikely in the texts. */
  notes?: FileNote[];
}

/** A table whose beginning has been read. */
export interface Table {
  kind: 'csv' | 'json' | 'parquet';
  beginning: Beginning;
  /** Reads the whole table, once, in constant memory. Rows for which `sale` throws `ValueError` become rejects. */
  read(sale: SaleReader): AsyncIterable<Batch>;
  /** Releases files and memory. The caller must call it, even if the table was not read. */
  close(): Promise<void>;
}

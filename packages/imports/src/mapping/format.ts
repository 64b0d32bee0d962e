/** The format `table`: a table that no other format detects is read by a mapping. */
import { Readable } from 'node:stream';
import type { FileNote } from '../file-notes.ts';
import type { Format } from '../formats/format.ts';
import { FileError } from '../formats/format.ts';
import { formats } from '../formats/index.ts';
import { csvTable, isCsv } from './csv-table.ts';
import { firstObject, isJson } from './json-table.ts';
import type { Mapping } from './mapping.ts';
import { isParquet, type OpenedTable, openTable, type TableOptions } from './open.ts';
import { resolve } from './resolve.ts';
import { rowHeader, tableRows } from './rows.ts';
import { saleReader } from './sales.ts';
import type { Beginning } from './table.ts';
import { oneSaleEach } from './transactions.ts';

export const tableTitle = 'any table of sales (CSV, JSON, GeoJSON, Parquet) by a mapping';

export interface TableFormat extends Format {
  /** The chosen sheet of a workbook; undefined for all sheets. */
  sheet: string | undefined;
  /** Whether a table has columns of prices and dates. Zips contain other tables besides sales. */
  holdsSales(sample: string): boolean;
  /** Reads the beginning of a table. The caller must close it. Throws `FileError`. */
  open(file: AsyncIterable<Buffer>): Promise<OpenedTable>;
}

/** The format of all files; undefined if the content of each file decides. */
export function chosenFormat(
  name: string | undefined,
  mapping: Mapping | undefined,
  table: TableFormat,
): Format | undefined {
  return mapping || name === table.name ? table : formats.find((known) => known.name === name);
}

export interface TableFormatOptions extends TableOptions {
  /** Called with the columns of each table, the mapping by which it is read, and what is unlikely in its values. */
  onRead?(columns: readonly string[], mapping: Mapping, notes: readonly FileNote[]): void;
}

/** The first object of JSON as a table; undefined if it is cut. */
function firstRow(sample: string): Beginning | undefined {
  const members = firstObject(sample);
  return (
    members && { columns: [...members.keys()], named: true, rows: [[...members.values()]], dialect: {}, evidence: [] }
  );
}

export function tableFormat(options: TableFormatOptions): TableFormat {
  const open = (file: AsyncIterable<Buffer>) => openTable(file, options);
  return {
    name: tableRows.name,
    title: tableTitle,
    sheet: options.given?.table?.sheet,
    detect: (sample) => isParquet(sample) || isJson(sample) || isCsv(sample),
    holdsSales(sample) {
      if (isParquet(sample)) return true;
      const beginning = isJson(sample)
        ? firstRow(sample)
        : csvTable(Buffer.from(sample), false, options.given?.table ?? {}, Readable.from([]))?.beginning;
      try {
        return (
          beginning !== undefined &&
          resolve(beginning, options.given).questions.every(({ member }) => !member.startsWith('fields.'))
        );
      } catch (error) {
        if (error instanceof FileError) return false;
        throw error;
      }
    },
    open,
    async *read(file) {
      const { table, resolution } = await open(file);
      try {
        const { mapping, questions, notes } = resolution;
        if (questions.length > 0) throw new FileError(questions.map(({ text }) => text).join('; and '));
        const { columns } = table.beginning;
        const sale = saleReader(mapping, columns);
        options.onRead?.(columns, mapping, notes);
        const header = rowHeader(columns, mapping);
        const batches = table.read(sale);
        for await (const batch of mapping.transaction ? oneSaleEach(batches) : batches) {
          for (const reject of batch.rejects) reject.header = header;
          yield batch;
        }
      } finally {
        await table.close();
      }
    },
    rowReader: tableRows.rowReader,
  };
}

/** Any table as a format: what no registry's format recognises is read by a mapping. */
import { Readable } from 'node:stream';
import type { Format } from '../formats/format.ts';
import { FileError } from '../formats/format.ts';
import { csvTable, isCsv } from './csv-table.ts';
import { isJsonLines } from './json-lines-table.ts';
import type { Mapping } from './mapping.ts';
import { type OpenedTable, openTable, type TableOptions } from './open.ts';
import { isParquet } from './parquet-table.ts';
import { resolve } from './resolve.ts';
import { saleReader } from './sales.ts';

export const tableTitle = 'any table of sales (CSV, JSON lines, Parquet) by a mapping';

export interface TableFormat extends Format {
  /** Whether prices and dates are found in a text that is a table: what comes along with sales may be a table too. */
  holdsSales(sample: string): boolean;
  /** Opens a table without reading on, to be closed at last. Throws `FileError`. */
  open(file: AsyncIterable<Buffer>): Promise<OpenedTable>;
}

export interface TableFormatOptions extends TableOptions {
  /** Is told by which mapping a table with these columns is read. */
  onRead?(columns: readonly string[], mapping: Mapping): void;
}

export function tableFormat(options: TableFormatOptions): TableFormat {
  const open = (file: AsyncIterable<Buffer>) => openTable(file, options);
  return {
    name: 'table',
    title: tableTitle,
    detect: (sample) => isParquet(sample) || isJsonLines(sample) || isCsv(sample),
    holdsSales(sample) {
      if (isParquet(sample) || isJsonLines(sample)) return true;
      const table = csvTable(Buffer.from(sample), false, options.given?.table ?? {}, Readable.from([]));
      try {
        return (
          table !== undefined &&
          resolve(table.beginning, options.given).questions.every(({ member }) => !member.startsWith('fields.'))
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
        const { mapping, questions } = resolution;
        if (questions.length > 0) throw new FileError(questions.map(({ text }) => text).join('; and '));
        const { columns } = table.beginning;
        const sale = saleReader(mapping, columns);
        options.onRead?.(columns, mapping);
        yield* table.read(sale);
      } finally {
        await table.close();
      }
    },
    rowReader() {
      throw new FileError('rows of a table are mended in the table itself');
    },
  };
}

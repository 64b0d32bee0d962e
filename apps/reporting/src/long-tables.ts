/** Tables of sales that are longer than a document. A spreadsheet has all their rows, which are streamed. */
import type { Readable } from 'node:stream';
import { type Budget, type Filters, maxSheetRows, type Replica, type SheetRows } from '@property-insights/analytics';
import { LongSheets, type ReportDocument, type TableBlock, tablesOf } from '@property-insights/reports';
import { problems } from '@property-insights/service';

export interface LongTable {
  /** Among the tables of the document. */
  position: number;
  columns: TableBlock['columns'];
  /** Of the question that lists the sales. */
  parameters: Filters & Partial<Pick<SheetRows, 'sort' | 'order'>>;
}

/** @throws a 400 problem if a table has more rows than a sheet */
export function longTablesOf(document: ReportDocument): LongTable[] {
  return tablesOf(document).flatMap(({ name, columns, rows, rest }, position) => {
    if (!rest) return [];
    const all = rows.length + rest.rows;
    if (all > maxSheetRows) {
      throw problems.invalid(
        `The table "${name}" has ${all} rows, and a sheet of Excel at most ${maxSheetRows} below its head. Limit the report, such as by sold_from, or read all rows as CSV from ${rest.address}`,
      );
    }
    return [{ position, columns, parameters: rest.parameters }];
  });
}

export interface LongOptions {
  replica: Replica;
  marketCode: string;
  /** Of the market, which the document is of. */
  version: number;
  budget: Budget;
  signal: AbortSignal;
}

/**
 * The workbook with all rows of its long tables.
 * @param workbook with their first rows
 * @throws what `Replica.sheet` throws
 */
export async function withAllRows(
  workbook: Buffer,
  tables: readonly LongTable[],
  { replica, marketCode, version, budget, signal }: LongOptions,
): Promise<Readable> {
  const sheets = new LongSheets(workbook);
  const streams = new Map<number, Readable>();
  try {
    for (const { position, columns, parameters } of tables) {
      const { sort = 'contract_date', order = 'desc', ...filters } = parameters;
      const styles = sheets.stylesOf(position);
      const rows: SheetRows = {
        columns: columns.map(({ name, format }, i) => ({ name, style: styles[i] ?? 0, isDate: format === 'date' })),
        sort,
        order,
      };
      const file = await replica.sheet(rows, { ...filters, market: marketCode }, signal, version, budget);
      streams.set(position, file.stream);
    }
  } catch (error) {
    for (const stream of streams.values()) stream.destroy();
    throw error;
  }
  return sheets.withRows(streams);
}

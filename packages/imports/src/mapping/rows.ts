/** Single rows of tables, as in files of rejects, which state the columns and the mapping by which they were read. */
import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { FileError, type Format, ValueError } from '../formats/format.ts';
import { membersOf } from './json-table.ts';
import { checkMapping, type Mapping, MappingError } from './mapping.ts';
import type { Cell } from './readings.ts';
import { saleReader } from './sales.ts';

/** The format of such rows. */
export const tableRows: Pick<Format, 'name' | 'title' | 'rowReader'> = {
  name: 'table',
  title: 'a table',
  rowReader(header) {
    const { columns, mapping } = parseHeader(header);
    const sale = saleReader(mapping, columns);
    return (content) => sale(cellsOf(content, columns, mapping));
  },
};

/** The `header` of a reject from a table: what is needed besides the text to read the row again. */
export function rowHeader(columns: readonly string[], mapping: Mapping): string {
  return JSON.stringify({ columns, mapping });
}

function parseHeader(header: string): { columns: string[]; mapping: Mapping } {
  try {
    const { columns, mapping } = JSON.parse(header);
    if (Array.isArray(columns) && columns.every((name) => typeof name === 'string')) {
      return { columns, mapping: checkMapping(mapping) };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError || error instanceof MappingError)) throw error;
  }
  throw new FileError('it does not state the columns and the mapping of a table');
}

function cellsOf(content: string, columns: readonly string[], { table }: Mapping): Cell[] {
  if (!table?.delimiter) {
    const members = membersOf(content);
    if (!members) throw new ValueError('no JSON object', 'this is not a JSON object');
    return columns.map((name) => members.get(name) ?? '');
  }
  const record = onlyRecord(content, table.delimiter, table.quote ?? '"');
  if (record?.length === columns.length) return record;
  throw new ValueError('wrong number of fields', `this is not one record of ${columns.length} values`);
}

function onlyRecord(content: string, delimiter: string, quote: string): string[] | undefined {
  try {
    const records: string[][] = parse(content, {
      delimiter,
      quote: quote || false,
      escape: quote || '"',
      relax_column_count: true,
    });
    return records.length === 1 ? records[0] : undefined;
  } catch (error) {
    if (error instanceof CsvError) return undefined;
    throw error;
  }
}

/** Reading of CSV for the formats that are CSV: records, their lines, and what is wrong with them. */
import { finished } from 'node:stream/promises';
import { CsvError, type Options, parse } from 'csv-parse';
import { parse as parseAtOnce } from 'csv-parse/sync';
import type { Batch, Format, Place, Reject, Sale } from './format.ts';
import { addRow, FileError, ValueError } from './format.ts';
import { asUtf8 } from './text.ts';

// A quote left open makes a record of all that follows it; no real record comes near this.
const longestRecord = 1 << 20;
// The widest files of sales known have some 120 columns.
const mostColumns = 2000;
/** Registries put a few lines of title above the header at most. */
const mostTitleLines = 50;

/** How the records of one file are to be understood. */
export interface CsvLayout {
  /** Whether the record that it was found from names the columns; otherwise that is a sale already. */
  hasHeader: boolean;
  /** The number of fields that every record has. */
  width: number;
  /** The sale, or the place of a gazetteer, that a record states. Throws `ValueError`. */
  sale(record: string[]): Sale | Place;
  /** Where the row stood at first, if this is not the file: what a reject of it tells. */
  source?(record: string[]): Partial<Pick<Reject, 'line' | 'content' | 'header' | 'origin'>>;
}

/** What parts values, and what they may stand in, where it is doubled itself; with no quote, quotes are ordinary characters. */
export interface CsvMarks {
  delimiter: string;
  quote: '"' | "'" | '';
}

/** Finds the layout from a file's first record. Throws `FileError` where there is none; undefined where it stands further down, below a title. */
export type Understand = (first: string[]) => CsvLayout | undefined;

/** A format that is CSV. */
export function csvFormat(format: Pick<Format, 'name' | 'title' | 'detect'>, understand: Understand): Format {
  return {
    ...format,
    read: (file) => readCsv(file, understand),
    rowReader(header) {
      const layout = header === '' ? undefined : understand(onlyRecord(header) ?? []);
      if (header !== '' && !layout?.hasHeader) throw new FileError('it is no header of this format');
      return (text) => {
        const record = onlyRecord(text);
        if (!record) throw new ValueError('not one record', 'this is not one record of CSV');
        return readRecord(record, text, layout ?? headless(record, understand));
      };
    },
  };
}

/** The layout of a file without a header is found from each record anew: it is the same for all. */
function headless(record: string[], understand: Understand): CsvLayout {
  const layout = understand(record);
  if (!layout || layout.hasHeader) throw new ValueError('no sale', 'this is not a sale of a file without a header');
  return layout;
}

const options: Options = {
  // By itself it would take the end of the first line for that of all.
  record_delimiter: ['\r\n', '\n', '\r'],
  relax_column_count: true,
  max_record_size: longestRecord,
};

/**
 * Reads a CSV file to its end in constant memory. Records that `layout.sale` throws on, or of another width, become rejects with their
 * original text; empty lines are passed over.
 */
export async function* readCsv(
  file: AsyncIterable<Buffer>,
  understand: Understand,
  { delimiter, quote }: CsvMarks = { delimiter: ',', quote: '"' },
): AsyncGenerator<Batch> {
  let layout: CsvLayout | undefined;
  let header = '';
  let batch: Batch = { sales: [], rejects: [] };
  // Where the next record begins. The parser's own count takes a CRLF inside quotes for two lines.
  let line = 1;
  const parser = parse({
    ...options,
    delimiter,
    quote: quote || false,
    escape: quote || '"',
    raw: true,
    // Called while a chunk is written, so records need no queue of their own; nothing is left for the parser's readable side.
    on_record(parsed) {
      // With `raw`; its types know of the plain record only.
      const { record, raw } = parsed as unknown as { record: string[]; raw: string };
      const content = raw.replace(/[\r\n]+$/, '');
      if (content === '') {
        // An empty line.
      } else if (layout) {
        readInto(batch, record, layout, line, content, header);
      } else {
        if (record.length > mostColumns) {
          throw new FileError(
            `line ${line} has ${record.length} columns, and no file of sales more than ${mostColumns}`,
          );
        }
        layout = understand(record);
        if (layout?.hasHeader) header = content;
        else if (layout) readInto(batch, record, layout, line, content, header);
        else if (line > mostTitleLines) throw new FileError(`none of the first ${mostTitleLines} lines is its header`);
      }
      line += 1 + (content.match(/\r\n|\n|\r/g)?.length ?? 0);
      return null;
    },
  });
  // A failed write also reports to its callback.
  parser.on('error', () => undefined).resume();
  try {
    for await (const chunk of asUtf8(file)) {
      await new Promise<void>((resolve, reject) => {
        parser.write(chunk, (error) => (error ? reject(error) : resolve()));
      });
      yield batch;
      batch = { sales: [], rejects: [] };
    }
    const ended = finished(parser);
    parser.end();
    await ended;
  } catch (error) {
    throw error instanceof CsvError ? csvFault(error, line) : error;
  } finally {
    parser.destroy();
  }
  if (!layout) throw new FileError(line === 1 ? 'the file is empty' : 'the file has no header that is known');
  yield batch;
}

function readInto(
  batch: Batch,
  record: string[],
  layout: CsvLayout,
  line: number,
  content: string,
  header: string,
): void {
  try {
    addRow(batch, readRecord(record, content, layout));
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    const source = { line, content, header, ...layout.source?.(record) };
    batch.rejects.push({ ...source, reason: error.reason, message: `line ${source.line}: ${error.message}` });
  }
}

function readRecord(record: string[], content: string, { hasHeader, width, sale }: CsvLayout): Sale | Place {
  if (record.length !== width) {
    const expected = hasHeader ? `the header names ${width} columns` : `a sale has ${width} fields`;
    throw new ValueError('wrong number of fields', `${expected} and this line has ${record.length}`);
  }
  if (content.includes('\0')) throw new ValueError('unreadable text', 'the line holds a NUL character');
  return sale(record);
}

/** The record that a text is, unless it is several, none or not CSV. */
function onlyRecord(text: string): string[] | undefined {
  try {
    const records = parseAtOnce(text, options) as string[][];
    return records.length === 1 ? records[0] : undefined;
  } catch (error) {
    if (error instanceof CsvError) return undefined;
    throw error;
  }
}

function csvFault(error: CsvError, line: number): FileError {
  switch (error.code) {
    case 'CSV_MAX_RECORD_SIZE':
    case 'CSV_QUOTE_NOT_CLOSED':
      return new FileError(`the record that begins on line ${line} has a quote (") that is never closed`);
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'INVALID_OPENING_QUOTE':
      return new FileError(
        `the record that begins on line ${line} has a quote (") inside a value; a value with quotes is put in quotes, and its own are doubled`,
      );
    default:
      return new FileError(`the record that begins on line ${line} is not CSV: ${error.message}`);
  }
}

/** The fields of a text's first line, well enough to tell a format by: commas inside quotes part a field. */
export function firstFields(text: string): string[] {
  return lineFields(text.split(/\r\n|\n|\r/, 1)[0] as string);
}

/** The fields of one line, as `firstFields` takes them apart. */
export function lineFields(line: string): string[] {
  return line.split(',').map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
}

/** Whether a text's first line names all of these columns. */
export function namesColumns(text: string, needed: readonly string[]): boolean {
  const fields = firstFields(text);
  return needed.every((name) => fields.includes(name));
}

/** Where each of the columns stands in a header. @throws FileError where it lacks one of them. */
export function columnPlaces(header: readonly string[], needed: readonly string[]): number[] {
  const missing = needed.filter((name) => !header.includes(name));
  if (missing.length > 0) throw new FileError(`the header lacks ${missing.map((name) => `"${name}"`).join(' and ')}`);
  return needed.map((name) => header.indexOf(name));
}

/** The columns of a file, by the names that its header gives them. */
export interface Columns<Name extends string> {
  needed: readonly Name[];
  /** Empty where the header does not name them. */
  others?: readonly Name[];
  /** What stands for an empty value. */
  missing?: ReadonlySet<string>;
}

/** The layout of a file whose header names its columns; a row has first those needed and then the others, trimmed. @throws FileError where the header lacks one. */
export function headerLayout<Name extends string>(
  header: readonly string[],
  { needed, others = [], missing }: Columns<Name>,
  sale: (row: Record<Name, string>) => Sale,
): CsvLayout {
  columnPlaces(header, needed);
  const places = [...needed, ...others].map((name) => [name, header.indexOf(name)] as const);
  return {
    hasHeader: true,
    width: header.length,
    sale(record) {
      const row = {} as Record<Name, string>;
      for (const [name, place] of places) {
        const text = (record[place] ?? '').trim();
        row[name] = missing?.has(text) ? '' : text;
      }
      return sale(row);
    },
  };
}

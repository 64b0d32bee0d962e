/** The CSV reader of all formats that are CSV: records, their line numbers, and error messages. */
import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { addRow, checkRowLength, maxRowLength } from './add-row.ts';
import type { Batch, Format, Place, Reject, Sale } from './format.ts';
import { FileError, ValueError } from './format.ts';
import {
  type CsvMarks,
  JoinedRows,
  parserOptions,
  type Receiver,
  RecordParser,
  type RecordSource,
} from './record-parser.ts';
import { columnText } from './spreadsheet-cells.ts';
import { asUtf8 } from './text.ts';

/** Rows of a file. After each, the parser starts again, and may have read a megabyte in vain. */
const maxOddQuotes = 1_000;
const defaultMarks: CsvMarks = { delimiter: ',', quote: '"' };
/** The widest known sales files have some 120 columns. */
export const maxColumns = 2000;
/** Registries put at most a few title lines above the header. */
const maxTitleLines = 50;

/** The layout of the records of one file. */
export interface CsvLayout {
  /** Whether the first record names the columns; otherwise it is a sale. */
  hasHeader: boolean;
  /** Whether a record of a single value directly below the header is a note, as in files of listings. */
  hasNote?: boolean;
  /** The number of fields that every record has. */
  width: number;
  /** Reads the sale, or the place of a gazetteer, from a record. Throws `ValueError`. */
  sale(record: string[]): Sale | Place;
  /** For a reject of the row: its original position, if this is not the original file. */
  source?(record: string[]): Partial<Pick<Reject, 'line' | 'content' | 'header' | 'origin'>>;
}

/** Finds the layout from a record. Throws `FileError` if the file is invalid. Returns undefined for a title above the header. */
export type FindLayout = (first: string[]) => CsvLayout | undefined;

/** A format that is CSV. */
export function csvFormat(
  format: Pick<Format, 'name' | 'title' | 'detect'>,
  findLayout: FindLayout,
  marks: CsvMarks = defaultMarks,
): Format {
  return {
    ...format,
    read: (file) => readCsv(file, findLayout, marks),
    rowReader(header) {
      const layout = header === '' ? undefined : findLayout(onlyRecord(header, marks) ?? []);
      if (header !== '' && !layout?.hasHeader) throw new FileError('it is not a header of this format');
      return (text) => {
        const record = onlyRecord(text, marks);
        if (!record) throw new ValueError('not one record', 'this is not one record of CSV');
        const source = { bytes: Buffer.byteLength(text), hasLineEnds: true, hasNul: true, text: () => text };
        return readRecord(record, source, layout ?? headless(record, findLayout));
      };
    },
  };
}

/** The layout of a file without a header, found from any record. */
function headless(record: string[], findLayout: FindLayout): CsvLayout {
  const layout = findLayout(record);
  if (!layout || layout.hasHeader)
    throw new ValueError('no sale', 'this row can only be read with the header of its file');
  return layout;
}

/**
 * Reads a CSV file to its end in constant memory. Records that `layout.sale` throws on, or of another width, become rejects with their
 * original text. So does the line in which a record with an odd quote begins. Empty lines are skipped.
 */
export async function* readCsv(
  file: AsyncIterable<Buffer>,
  findLayout: FindLayout,
  marks: CsvMarks = defaultMarks,
): AsyncGenerator<Batch> {
  const rows = new Rows(findLayout);
  const parser = new RecordParser(marks, rows);
  try {
    for await (const chunk of asUtf8(file)) {
      await parser.write(chunk);
      yield rows.takeBatch();
    }
    await parser.end();
  } finally {
    parser.destroy();
  }
  rows.checkEnd();
  yield rows.takeBatch();
}

/** Receives the records of a file, and collects its rows. */
class Rows implements Receiver {
  readonly #findLayout: FindLayout;
  #layout: CsvLayout | undefined;
  #header = '';
  #batch: Batch = { sales: [], rejects: [] };
  /** Of the next record. The parser itself counts a CRLF inside quotes as two lines. */
  #line = 1;
  #oddQuotes = 0;

  constructor(findLayout: FindLayout) {
    this.#findLayout = findLayout;
  }

  /** The rows since the last call. */
  takeBatch(): Batch {
    const batch = this.#batch;
    this.#batch = { sales: [], rejects: [] };
    return batch;
  }

  /** @throws FileError if the file has ended without a header or a first sale */
  checkEnd(): void {
    if (this.#layout) return;
    throw new FileError(this.#line === 1 ? 'the file is empty' : 'the file has no header of this format');
  }

  record(record: string[], source: RecordSource): void {
    const layout = this.#layout;
    if (isEmpty(record)) {
      // An empty line, or one of delimiters only, as spreadsheets write below a table.
    } else if (!layout) {
      this.#first(record, source);
    } else if (layout.hasNote) {
      this.#layout = { ...layout, hasNote: false };
      if (record.length > 1 || layout.width <= 2) this.#add(record, source, layout);
    } else {
      this.#add(record, source, layout);
    }
    this.#line += 1 + (source.hasLineEnds ? lineEnds(source.text()) : 0);
  }

  oddQuote(content: string, error: CsvError | JoinedRows): void {
    const fault = describeOddQuote(error);
    if (!this.#layout) throw new FileError(`the record that begins on line ${this.#line} ${fault}`);
    if (++this.#oddQuotes > maxOddQuotes) {
      throw new FileError(`more than ${maxOddQuotes} rows have odd quotes; the last, on line ${this.#line}, ${fault}`);
    }
    const read = () => {
      throw new ValueError('odd quote', `the row ${fault}`);
    };
    addRow(this.#batch, read, () => ({ line: this.#line, content, header: this.#header }));
    this.#line++;
  }

  /** A title, the header or the first sale. */
  #first(record: string[], source: RecordSource): void {
    const content = source.text();
    if (record.length > maxColumns) {
      throw new FileError(`line ${this.#line} has ${record.length} columns; the maximum is ${maxColumns}`);
    }
    if (content.length > maxRowLength) {
      throw new FileError(`line ${this.#line} has ${content.length} characters; the maximum is ${maxRowLength}`);
    }
    this.#layout = this.#findLayout(record);
    if (this.#layout?.hasHeader) this.#header = content;
    else if (this.#layout) this.#add(record, source, this.#layout);
    else if (this.#line > maxTitleLines)
      throw new FileError(`none of the first ${maxTitleLines} lines is the header of this format`);
  }

  #add(record: string[], source: RecordSource, layout: CsvLayout): void {
    if (record.length !== layout.width && source.hasLineEnds) throw new JoinedRows();
    addRow(
      this.#batch,
      () => readRecord(record, source, layout),
      () => ({ line: this.#line, content: source.text(), header: this.#header, ...layout.source?.(record) }),
    );
  }
}

/** Whether a record has no values. */
function isEmpty(record: string[]): boolean {
  for (const value of record) if (value.trim() !== '') return false;
  return true;
}

/** The number of line ends in a record. */
function lineEnds(content: string): number {
  return content.match(/\r\n|\n|\r/g)?.length ?? 0;
}

function readRecord(record: string[], source: RecordSource, { hasHeader, width, sale }: CsvLayout): Sale | Place {
  if (record.length !== width) {
    const expected = hasHeader ? `the header names ${width} columns` : `a sale has ${width} fields`;
    throw new ValueError('wrong number of fields', `${expected}, but this line has ${record.length}`);
  }
  if (source.bytes > maxRowLength) checkRowLength(source.text().length);
  if (source.hasNul && source.text().includes('\0')) {
    throw new ValueError('unreadable text', 'the line contains a NUL character');
  }
  return sale(record);
}

/** The only record of a text; undefined if it has several or none, or is not CSV. */
function onlyRecord(text: string, marks: CsvMarks): string[] | undefined {
  try {
    const records = parse(text, parserOptions(marks));
    return records.length === 1 ? records[0] : undefined;
  } catch (error) {
    if (error instanceof CsvError) return undefined;
    throw error;
  }
}

/** The predicate of a sentence about a row. */
function describeOddQuote(error: CsvError | JoinedRows): string {
  if (!(error instanceof CsvError))
    return 'has a quote (") that is not closed on its line, or another number of fields';
  switch (error.code) {
    case 'CSV_MAX_RECORD_SIZE':
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'has a quote (") that is never closed';
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'INVALID_OPENING_QUOTE':
      return 'has a quote (") inside a value; put the value in quotes and double the quotes in it';
    default:
      return `is not CSV: ${error.message}`;
  }
}

/** The fields of the first line of a text. It is enough to detect a format; commas inside quotes separate fields, too. */
export function firstFields(text: string): string[] {
  return lineFields(text.split(/\r\n|\n|\r/, 1)[0] as string);
}

/** The fields of one line, split like those of `firstFields`. */
function lineFields(line: string): string[] {
  return line.split(',').map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
}

/** Whether a text's first line names all of these columns. */
export function namesColumns(text: string, needed: readonly string[]): boolean {
  const fields = firstFields(text);
  return needed.every((name) => fields.includes(name));
}

/** The positions of the columns in a header. @throws FileError if one is missing */
export function columnPositions(header: readonly string[], needed: readonly string[]): number[] {
  const missing = needed.filter((name) => !header.includes(name));
  if (missing.length > 0) throw new FileError(`the header lacks ${missing.map((name) => `"${name}"`).join(' and ')}`);
  return needed.map((name) => header.indexOf(name));
}

/** The columns of a file, by the names that its header gives them. */
export interface Columns<Name extends string> {
  needed: readonly Name[];
  /** Optional columns; their values are empty if the header does not name them. */
  others?: readonly Name[];
  /** Texts that stand for an empty value. */
  missing?: ReadonlySet<string>;
}

/** The layout of a file whose header names its columns. Values are trimmed. @throws FileError if the header lacks a needed column */
export function headerLayout<Name extends string>(
  header: readonly string[],
  { needed, others = [], missing }: Columns<Name>,
  sale: (row: Record<Name, string>) => Sale,
): CsvLayout {
  columnPositions(header, needed);
  const columns = [...needed, ...others].map((name) => ({ name, position: header.indexOf(name) }));
  // Copies have all columns at once, which is faster than to add one after the other.
  const blank = Object.fromEntries(columns.map(({ name }) => [name, ''])) as Record<Name, string>;
  return {
    hasHeader: true,
    width: header.length,
    sale(record) {
      const row = { ...blank };
      for (const { name, position } of columns) {
        const text = (record[position] ?? '').trim();
        row[name] = missing?.has(text) ? '' : columnText(name, text);
      }
      return sale(row);
    },
  };
}

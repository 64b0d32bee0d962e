/** The parts that all workbooks have in common: sheets of rows, read from XML, and their text as CSV. */
import { stringify } from 'csv-stringify/sync';
import sax from 'sax';
import { FileError } from './formats/format.ts';

export interface SheetRow {
  /** The number in the sheet, from 1. Rows without a value are omitted. */
  number: number;
  values: string[];
}

export interface Sheet {
  name: string;
  /** The rows, in batches. Throws `FileError` if the sheet is damaged. */
  rows(): AsyncGenerator<SheetRow[]>;
}

// The limits of Excel, except for the columns, of which Excel allows 16,384. The widest known sales files have some 120.
export const maxRows = 1_048_576;
export const maxColumns = 2_000;
export const maxValueLength = 32_767;
/** Workbooks with sheets of sales have up to 100. */
export const maxSheets = 500;

/** A sheet as the text of a CSV file, whose lines have the numbers of the sheet's rows. Line breaks within a value become spaces. */
export async function* sheetAsCsv(sheet: Sheet): AsyncGenerator<Buffer> {
  let line = 1;
  let width = 0;
  for await (const rows of sheet.rows()) {
    const records: string[][] = [];
    for (const { number, values } of rows) {
      if (number > line) {
        yield Buffer.from(stringify(records.splice(0)) + '\n'.repeat(number - line));
        line = number;
      }
      // Sheets omit the empty cells at the end of a row; the header above is as wide as the table.
      width = Math.max(width, values.length);
      while (values.length < width) values.push('');
      records.push(values.map((value) => value.replace(/\s+/g, (space) => (/[\r\n]/.test(space) ? ' ' : space))));
      line++;
    }
    yield Buffer.from(stringify(records));
  }
}

export type Attributes = Record<string, string | undefined>;

export interface Handlers {
  /** Names have no namespace prefix, but names of attributes keep it. */
  open(name: string, attributes: Attributes): void;
  text(text: string): void;
  close(name: string): void;
}

/** Parses the XML, one chunk for each iteration. */
export async function* parsed(content: AsyncIterable<Buffer>, handlers: Handlers): AsyncGenerator<void> {
  const parser = sax.parser(true, { position: false });
  const local = (name: string) => name.slice(name.indexOf(':') + 1);
  parser.onopentag = (tag) => handlers.open(local(tag.name), (tag as sax.Tag).attributes);
  parser.ontext = (text) => handlers.text(text);
  parser.oncdata = parser.ontext;
  parser.onclosetag = (name) => handlers.close(local(name));
  parser.onerror = (error) => {
    throw new FileError(`the workbook's XML is damaged (${error.message.split('\n', 1)[0]})`);
  };
  const decoder = new TextDecoder();
  // sax limits names and values to 64 KB if it knows its position. It would count each character, which takes more time.
  parser.position = 0;
  for await (const chunk of content) {
    const text = decoder.decode(chunk, { stream: true });
    parser.position += text.length;
    parser.write(text);
    yield;
  }
  parser.write(decoder.decode()).close();
}

/** Cells of one column that are merged: only the first has a value. */
export interface MergedRange {
  first: number;
  last: number;
  column: number;
}

/** Fills merged cells with the value of their first cell. */
export class MergedCells {
  readonly #beginning = new Map<number, MergedRange[]>();
  #open: { last: number; column: number; value: string }[] = [];

  constructor(ranges: readonly MergedRange[]) {
    for (const range of ranges) {
      const known = this.#beginning.get(range.first);
      if (known) known.push(range);
      else this.#beginning.set(range.first, [range]);
    }
  }

  /** Rows must be filled in order. */
  fill(row: number, values: string[]): void {
    if (this.#beginning.size === 0) return;
    this.#open = this.#open.filter(({ last }) => last >= row);
    // A row without values stays empty.
    for (const { column, value } of values.length > 0 ? this.#open : []) {
      while (values.length < column) values.push('');
      values[column - 1] ||= value;
    }
    for (const { column, last } of this.#beginning.get(row) ?? []) {
      this.#open.push({ column, last, value: values[column - 1] ?? '' });
    }
  }
}

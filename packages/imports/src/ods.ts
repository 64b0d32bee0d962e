/**
 * Reads the sheets of an OpenDocument workbook (`.ods`) row by row, each value as text, with ISO dates and unformatted numbers. All sheets are in one
 * part, whose XML is parsed as it is read, so memory does not grow with the sheets.
 */
import { FileError } from './formats/format.ts';
import { formulaWithoutResult } from './formats/spreadsheet-cells.ts';
import {
  type Attributes,
  type Handlers,
  maxColumns,
  maxRows,
  maxSheets,
  maxValueLength,
  parsed,
  type Sheet,
  type SheetRow,
} from './sheet.ts';
import { shownName } from './shown-name.ts';

/** In characters. Longer rows are rejected, and a cell may be repeated in thousands of columns. */
const maxRowLength = 1 << 20;

/** The part with all sheets, and the one that states whether the parts are encrypted. */
export const odsPart = 'content.xml';
export const odsManifest = 'META-INF/manifest.xml';

/** @throws FileError if the manifest states that the workbook is encrypted */
export async function checkOdsManifest(manifest: AsyncIterable<Buffer>): Promise<void> {
  const open = (name: string) => {
    if (name === 'encryption-data') throw new FileError('it is encrypted; save it without a password');
  };
  for await (const _ of parsed(manifest, { open, text() {}, close() {} }));
}

const sheetElement = /<table:table\s/g;

/** The number of sheets, hidden ones too. */
export async function countOdsSheets(content: AsyncIterable<Buffer>): Promise<number> {
  const overlap = '<table:table'.length;
  let count = 0;
  let rest = '';
  for await (const chunk of content) {
    const text = rest + chunk.toString('latin1');
    count += text.match(sheetElement)?.length ?? 0;
    rest = text.slice(-overlap);
    if (count > maxSheets) throw new FileError(`the workbook has more than ${maxSheets} sheets, which is the maximum`);
  }
  return count;
}

/**
 * The sheets that are not hidden, in order. Rows of a sheet that were not read are skipped when the next sheet is requested.
 * @throws FileError if the content is damaged
 */
export async function* odsSheets(content: AsyncIterable<Buffer>): AsyncGenerator<Sheet> {
  const runs = odsRuns(content);
  try {
    let run = await runs.next();
    while (!run.done) {
      const { sheet } = run.value;
      const belongs = () => !run.done && run.value.sheet === sheet;
      yield {
        name: sheet.name,
        async *rows() {
          for (; !run.done && run.value.sheet === sheet; run = await runs.next()) yield* repeated(run.value.rows);
        },
      };
      while (belongs()) run = await runs.next();
    }
  } finally {
    await runs.return(undefined);
  }
}

/** Rows of one sheet that follow each other. */
interface Run {
  sheet: { name: string };
  rows: (SheetRow & { times: number })[];
}

/** Each row as often as it is repeated. Few at a time, because a sheet may repeat a row a million times. */
function* repeated(rows: Run['rows']): Generator<SheetRow[]> {
  let batch: SheetRow[] = [];
  for (const { number, values, times } of rows) {
    if (times === 1) batch.push({ number, values });
    else {
      yield batch;
      batch = [];
      for (let i = 0; i < times; i++) yield [{ number: number + i, values: [...values] }];
    }
  }
  yield batch;
}

/** Tables in which LibreOffice stores copies of linked files. */
const linkedStyle = 'ta_extref';

async function* odsRuns(content: AsyncIterable<Buffer>): AsyncGenerator<Run> {
  const reader = new OdsReader();
  for await (const _ of parsed(content, reader)) yield* reader.runs.splice(0);
  yield* reader.runs.splice(0);
}

class OdsReader implements Handlers {
  readonly runs: Run[] = [];
  readonly #hidden = new Set<string>([linkedStyle]);
  #style = '';
  /** The number of open elements, of open tables, and of open elements around the cell. */
  #depth = 0;
  #tables = 0;
  #cellDepth = 0;
  #spreadsheet = false;
  #sheet: Run['sheet'] | undefined;
  #row = 0;
  #rowAttributes: Attributes = {};
  #values: string[] = [];
  /** In characters. */
  #length = 0;
  /** Whether the row has a value that is not that of a merged cell above. */
  #own = false;
  #column = 0;
  #cell: Attributes = {};
  #covered = false;
  #text = '';
  #paragraphs = 0;
  #withinParagraph = false;
  /** Merged cells of one column, by the column: the last row, and the value of the first. */
  readonly #merged = new Map<number, { last: number; value: string }>();

  open(name: string, attributes: Attributes): void {
    this.#depth++;
    if (name === 'style') this.#style = attributes['style:name'] ?? '';
    else if (name === 'table-properties' && attributes['table:display'] === 'false') this.#hidden.add(this.#style);
    else if (name === 'spreadsheet') this.#spreadsheet = true;
    else if (name === 'table' && this.#spreadsheet) {
      if (this.#tables++ === 0) this.#openSheet(attributes);
    } else if (!this.#sheet || this.#tables !== 1) return;
    else if (name === 'table-row') {
      this.#rowAttributes = attributes;
      this.#values = [];
      this.#length = 0;
      this.#own = false;
      this.#column = 0;
    } else if (name === 'table-cell' || name === 'covered-table-cell') {
      this.#cell = attributes;
      this.#covered = name === 'covered-table-cell';
      this.#cellDepth = this.#depth;
      this.#text = '';
      this.#paragraphs = 0;
    } else if (name === 'p' && this.#depth === this.#cellDepth + 1) {
      // Notes and drawings in a cell have paragraphs of their own.
      this.#withinParagraph = true;
      if (this.#paragraphs++ > 0) this.#add(' ');
    } else if (name === 's') this.#add(' '.repeat(count(attributes['text:c'], maxValueLength)));
    else if (name === 'tab' || name === 'line-break') this.#add(' ');
  }

  text(text: string): void {
    this.#add(text);
  }

  close(name: string): void {
    if (name === 'p' && this.#depth === this.#cellDepth + 1) this.#withinParagraph = false;
    else if (this.#depth === this.#cellDepth && (name === 'table-cell' || name === 'covered-table-cell')) {
      this.#cellDepth = 0;
      this.#closeCell();
    } else if (name === 'table-row' && this.#sheet && this.#tables === 1) this.#closeRow(this.#sheet);
    else if (name === 'table' && this.#tables > 0) this.#tables--;
    else if (name === 'spreadsheet') this.#spreadsheet = false;
    this.#depth--;
  }

  #openSheet(attributes: Attributes): void {
    this.#row = 0;
    this.#merged.clear();
    const visible = !this.#hidden.has(attributes['table:style-name'] ?? '');
    this.#sheet = visible ? { name: shownName(attributes['table:name'] ?? '') } : undefined;
    if (this.#sheet) this.runs.push({ sheet: this.#sheet, rows: [] });
  }

  #add(text: string): void {
    if (!this.#withinParagraph) return;
    this.#text += text;
    if (this.#text.length > maxValueLength) throw new FileError(`a value is longer than ${maxValueLength} characters`);
  }

  #closeCell(): void {
    const times = count(this.#cell['table:number-columns-repeated'], maxRows);
    const value = cellText(this.#cell, this.#text);
    if (value !== '') this.#own = true;
    // Empty cells are repeated to the end of the sheet.
    for (let i = 0; i < times && this.#column + i < maxColumns; i++) {
      const column = this.#column + i;
      const merged = this.#covered ? this.#merged.get(column) : undefined;
      const shown = value === '' && merged && merged.last > this.#row ? merged.value : value;
      if (shown === '') continue;
      this.#length += shown.length;
      if (this.#length > maxRowLength) {
        throw new FileError(`row ${this.#row + 1} has more than ${maxRowLength} characters, which is the maximum`);
      }
      while (this.#values.length < column) this.#values.push('');
      this.#values[column] = shown;
    }
    this.#column += times;
    if (value !== '' && this.#column > maxColumns) {
      throw new FileError(`row ${this.#row + 1} has more than ${maxColumns} columns, which is the maximum`);
    }
    const rows = count(this.#cell['table:number-rows-spanned'], maxRows);
    if (rows > 1 && count(this.#cell['table:number-columns-spanned'], maxRows) === 1) {
      this.#merged.set(this.#column - 1, { last: this.#row + rows, value });
    }
  }

  #closeRow(sheet: Run['sheet']): void {
    const times = count(this.#rowAttributes['table:number-rows-repeated'], maxRows);
    if (this.#own) {
      if (this.#row + times > maxRows)
        throw new FileError(`a sheet has more than ${maxRows} rows, which is the maximum`);
      const row = { number: this.#row + 1, values: this.#values, times };
      const run = this.runs.at(-1);
      if (run?.sheet === sheet) run.rows.push(row);
      else this.runs.push({ sheet, rows: [row] });
    }
    this.#row += times;
  }
}

/** A number of times, of which 1 is the default. */
function count(text: string | undefined, most: number): number {
  const value = Number(text ?? 1);
  return Number.isInteger(value) && value >= 1 ? Math.min(value, most) : 1;
}

/** @param text of the paragraphs, as the program shows the value */
function cellText(cell: Attributes, text: string): string {
  const type = cell['office:value-type'];
  if (cell['calcext:value-type'] === 'error') return text.startsWith('#') ? text : '#VALUE!';
  switch (type) {
    case undefined:
      return cell['table:formula'] === undefined ? text : formulaWithoutResult;
    case 'float':
    case 'percentage':
      return numberText(cell['office:value'], text);
    case 'currency': {
      const number = numberText(cell['office:value'], text);
      return [number, cell['office:currency']].filter(Boolean).join(' ');
    }
    case 'date':
      return (cell['office:date-value'] ?? text).replace(/T00:00:00(?:\.0+)?$/, '').replace('T', ' ');
    case 'boolean':
      return cell['office:boolean-value'] === 'true' ? 'TRUE' : 'FALSE';
    default:
      return cell['office:string-value'] ?? text;
  }
}

/** The number without its format, but with the leading zeros that it shows: `02169`. */
function numberText(value: string | undefined, shown: string): string {
  const number = Number(value);
  if (value === undefined || !Number.isFinite(number)) return shown;
  return /^0\d+$/.test(shown) && Number(shown) === number ? shown : String(number);
}

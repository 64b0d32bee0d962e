/**
 * Reads the sheets of an XLSX workbook row by row, each value as text, like a CSV file saved from it, but with ISO dates and unformatted numbers.
 * The XML of a sheet is parsed as it is read, so a sheet of a million rows needs no more memory than its table of shared strings.
 */
import { posix } from 'node:path';
import { FileError } from './formats/format.ts';
import { formulaWithoutResult } from './formats/spreadsheet-cells.ts';
import {
  type Attributes,
  type Handlers,
  MergedCells,
  type MergedRange,
  maxColumns,
  maxRows,
  maxSheets,
  maxValueLength,
  parsed,
  type Sheet,
  type SheetRow,
} from './sheet.ts';
import { shownName } from './shown-name.ts';

/**
 * Opens a part of the workbook, such as `xl/workbook.xml`; undefined if there is none of that name. A part of which only a few elements are
 * needed is scanned before it is read.
 */
export type OpenPart = (path: string, purpose?: 'read' | 'scan') => Promise<AsyncIterable<Buffer> | undefined>;

export const workbookPart = 'xl/workbook.xml';

/** In characters, for all shared strings together. The thread of an import has 384 MB of memory. */
const maxSharedStrings = 64 * 1024 * 1024;

/**
 * The sheets of a workbook that are not hidden, in order.
 * @throws FileError if it is not a workbook
 */
export async function xlsxSheets(open: OpenPart): Promise<Sheet[]> {
  const targets = new Map<string, string>();
  const kinds = new Map<string, string>();
  await readPart(open, 'xl/_rels/workbook.xml.rels', (name, { Id = '', Type = '', Target = '' }) => {
    if (name !== 'Relationship') return;
    const path = posix.join(Target.startsWith('/') ? '' : 'xl', Target).replace(/^\//, '');
    targets.set(Id, path);
    kinds.set(Type.slice(Type.lastIndexOf('/') + 1), path);
  });
  const sheets: { name: string; path: string }[] = [];
  let epoch = epoch1900;
  await readPart(open, workbookPart, (element, attributes) => {
    if (element === 'workbookPr' && /^(1|true)$/.test(attributes.date1904 ?? '')) epoch = epoch1904;
    if (element !== 'sheet' || /hidden/i.test(attributes.state ?? '')) return;
    const path = targets.get(attributes['r:id'] ?? '');
    if (path && /worksheets\//.test(path)) sheets.push({ name: shownName(attributes.name ?? ''), path });
  });
  if (sheets.length > maxSheets) {
    throw new FileError(`the workbook has ${sheets.length} sheets; the maximum is ${maxSheets}`);
  }
  const strings = await sharedStrings(open, kinds.get('sharedStrings'));
  const styles = await cellStyles(open, kinds.get('styles'));
  return sheets.map(({ name, path }) => ({ name, rows: () => sheetRows(open, path, { strings, styles, epoch }) }));
}

/** Reads the elements of a small part. @throws FileError if the workbook lacks it */
async function readPart(open: OpenPart, path: string, element: Handlers['open']): Promise<void> {
  const content = await open(path);
  if (!content) throw new FileError(`the workbook lacks its part ${path}`);
  for await (const _ of parsed(content, { open: element, text() {}, close() {} }));
}

/** Collects the text of the elements `t`, without phonetic hints (`rPh`). */
class RichText {
  text = '';
  #within = false;
  #hint = false;

  open(name: string): void {
    if (name === 'rPh') this.#hint = true;
    else if (name === 't') this.#within = !this.#hint;
  }

  add(text: string): void {
    if (!this.#within) return;
    this.text += text;
    if (this.text.length > maxValueLength) throw new FileError(`a value is longer than ${maxValueLength} characters`);
  }

  close(name: string): void {
    if (name === 'rPh') this.#hint = false;
    else if (name === 't') this.#within = false;
  }
}

async function sharedStrings(open: OpenPart, path: string | undefined): Promise<string[]> {
  const strings: string[] = [];
  const content = path ? await open(path) : undefined;
  if (!content) return strings;
  let string = new RichText();
  let length = 0;
  const handlers: Handlers = {
    open(name) {
      if (name === 'si') string = new RichText();
      else string.open(name);
    },
    text: (text) => string.add(text),
    close(name) {
      string.close(name);
      if (name !== 'si') return;
      strings.push(unescaped(string.text));
      length += string.text.length + 16;
      if (length > maxSharedStrings) {
        throw new FileError(
          `the workbook has more than ${maxSharedStrings / 2 ** 20} MB of different texts; save each sheet as CSV`,
        );
      }
    },
  };
  for await (const _ of parsed(content, handlers));
  return strings;
}

/** Decodes characters that XML does not allow: `_x000D_`. */
function unescaped(text: string): string {
  return text.replace(/_x([0-9A-F]{4})_/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** How a cell format shows numbers: as dates, or with so many digits (`00000`); undefined for other formats. */
type CellStyle = 'date' | number | undefined;

async function cellStyles(open: OpenPart, path: string | undefined): Promise<CellStyle[]> {
  const styles: CellStyle[] = [];
  if (!path) return styles;
  const custom = new Map<string, CellStyle>();
  let within = false;
  await readPart(open, path, (name, attributes) => {
    if (name === 'numFmt') custom.set(attributes.numFmtId ?? '', styleOf(attributes.formatCode ?? ''));
    if (name === 'cellXfs') within = true;
    else if (name === 'cellStyles') within = false;
    else if (name === 'xf' && within) {
      const id = attributes.numFmtId ?? '';
      styles.push(custom.has(id) ? custom.get(id) : isBuiltInDate(Number(id)) ? 'date' : undefined);
    }
  });
  return styles;
}

/** ECMA-376, part 1, 18.8.30: 14 to 22 and 45 to 47 in all editions, the others in East Asian ones. */
function isBuiltInDate(id: number): boolean {
  return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);
}

function styleOf(code: string): CellStyle {
  if (/^0{1,32}$/.test(code)) return code.length;
  return isDateFormat(code) ? 'date' : undefined;
}

function isDateFormat(code: string): boolean {
  // Excel allows 255 characters. Quoted text, escaped and padding characters, colours and conditions are not placeholders.
  return /[dmyhs]/i.test(code.slice(0, 255).replace(/"[^"]*"|[\\_*].|\[[^\]]*\]/g, ''));
}

interface Workbook {
  strings: string[];
  styles: CellStyle[];
  /** The day 0, in milliseconds. */
  epoch: number;
}

async function* sheetRows(open: OpenPart, path: string, workbook: Workbook): AsyncGenerator<SheetRow[]> {
  const merged = new MergedCells(await mergedRanges(open, path));
  const content = await open(path);
  if (!content) throw new FileError(`the workbook lacks its part ${path}`);
  let rows: SheetRow[] = [];
  let number = 0;
  let values: string[] = [];
  let column = 0;
  let cell: Attributes = {};
  let value = '';
  let withinValue = false;
  let pending = false;
  let inline = new RichText();
  const handlers: Handlers = {
    open(name, attributes) {
      if (name === 'row') {
        number = attributes.r === undefined ? number + 1 : Number(attributes.r);
        if (!(number >= 1 && number <= maxRows))
          throw new FileError(`the number of a row is ${attributes.r}; it must be from 1 to ${maxRows}`);
        values = [];
        column = 0;
      } else if (name === 'c') {
        cell = attributes;
        column = attributes.r === undefined ? column + 1 : columnNumber(attributes.r);
        value = '';
        pending = false;
        inline = new RichText();
      } else if (name === 'f') pending = true;
      else if (name === 'v') {
        withinValue = true;
        pending = false;
      } else inline.open(name);
    },
    text(text) {
      if (withinValue) value += text;
      else inline.add(text);
      if (value.length > maxValueLength) throw new FileError(`a value is longer than ${maxValueLength} characters`);
    },
    close(name) {
      if (name === 'v') withinValue = false;
      else if (name === 'c') {
        const text = pending
          ? formulaWithoutResult
          : cell.t === 'inlineStr'
            ? unescaped(inline.text)
            : valueText(cell, value, workbook);
        if (text === '') return;
        if (!(column >= 1 && column <= maxColumns)) {
          throw new FileError(`row ${number} has more than ${maxColumns} columns, which is the maximum`);
        }
        while (values.length < column - 1) values.push('');
        values[column - 1] = text;
      } else if (name === 'row') {
        merged.fill(number, values);
        if (values.length > 0) rows.push({ number, values });
      } else inline.close(name);
    },
  };
  for await (const _ of parsed(content, handlers)) {
    if (rows.length > 0) yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}

/** Workbooks have at most a few for each area. */
const maxMerged = 100_000;

const mergeCell = /mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"/g;

/** The merged cells of one column in a sheet. They are stated behind its rows, so the sheet is scanned for them. */
async function mergedRanges(open: OpenPart, path: string): Promise<MergedRange[]> {
  const ranges: MergedRange[] = [];
  // Longer than an element, which a chunk may cut.
  const overlap = 200;
  let rest = Buffer.alloc(0);
  for await (const chunk of (await open(path, 'scan')) ?? []) {
    const bytes = Buffer.concat([rest, chunk]);
    let end = 0;
    if (bytes.includes('mergeCell ')) {
      for (const match of bytes.toString('latin1').matchAll(mergeCell)) {
        const [element, from, first, to, last] = match as unknown as [string, string, string, string, string];
        end = match.index + element.length;
        if (from !== to) continue;
        ranges.push({ first: Number(first), last: Number(last), column: columnNumber(`${from}1`) });
        if (ranges.length > maxMerged) throw new FileError(`the sheet has more than ${maxMerged} merged cells`);
      }
    }
    rest = bytes.subarray(Math.max(end, bytes.length - overlap));
  }
  return ranges.filter(({ column }) => column <= maxColumns);
}

/** The column number, such as 28 for `AB12`; NaN if it is not a cell. */
function columnNumber(cell: string): number {
  const letters = /^([A-Z]{1,3})\d+$/.exec(cell)?.[1] ?? '';
  if (letters === '') return Number.NaN;
  return [...letters].reduce((number, letter) => number * 26 + letter.charCodeAt(0) - 64, 0);
}

function valueText({ t: type, s: style }: Attributes, value: string, { strings, styles, epoch }: Workbook): string {
  switch (type) {
    case 's':
      return strings[Number(value)] ?? '';
    case 'b':
      return value === '1' ? 'TRUE' : 'FALSE';
    case 'str':
      return unescaped(value);
    case 'e':
    case 'd':
      return value;
    default: {
      if (value === '' || !Number.isFinite(Number(value))) return value;
      const shown = styles[Number(style)];
      if (shown === 'date') return dateText(Number(value), epoch);
      return shown === undefined ? String(Number(value)) : String(Number(value)).padStart(shown, '0');
    }
  }
}

const day = 86_400_000;
// Day 1 is 1900-01-01. Excel counts a 29 February 1900, which did not exist, as day 60. So from March on, day 0 is one day earlier.
const epoch1900 = Date.UTC(1899, 11, 30);
const epoch1904 = Date.UTC(1904, 0, 1);
const lastDay = Date.UTC(9999, 11, 31);

/** `2024-01-31`, or with a time of day `2024-01-31 09:30:00`. A number that is not a day is returned as a number. */
function dateText(serial: number, epoch: number): string {
  const shift = epoch === epoch1900 && serial < 60 ? day : 0;
  // Rounded to seconds, because binary fractions of a day are not exact.
  const moment = Math.round((epoch + shift + serial * day) / 1000) * 1000;
  if (serial < 1 || moment >= lastDay + day) return String(serial);
  const text = new Date(moment).toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : `${text.slice(0, 10)} ${text.slice(11, 19)}`;
}

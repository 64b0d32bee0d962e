/**
 * A document as an Excel workbook: a sheet with its texts, figures and citation, and a sheet for each table, with numbers and dates as such, and native
 * charts.
 */
import { light } from '@property-insights/charts';
import type { AlignmentStyle } from 'hucre';
import { type CellStyle, type CellValue, type SheetChart, type WriteSheet, writeXlsx } from 'hucre/xlsx';
import {
  type Column,
  type Format,
  isDate,
  type ReportDocument,
  type SimpleBlock,
  simpleBlocks,
  type TableBlock,
  tablesOf,
  type Value,
} from '../document.ts';
import { wordsIn } from '../words/index.ts';
import { clean } from './clean.ts';
import { authorOf } from './page.ts';

/** Characters of a cell and of the name of a sheet, by the limits of Excel. */
const maxText = 32_767;
const maxName = 31;

export async function xlsxOf(document: ReportDocument): Promise<Uint8Array> {
  const words = wordsIn(document.language);
  // A name is not empty, and Excel keeps "History" for itself.
  const names = new Set(['', 'history', words.sheet.toLowerCase()]);
  const writtenOn = new Date(`${document.written_on}T00:00:00Z`);
  const tables = tablesOf(document).map((table) => tableSheet(table, document, names));
  return writeXlsx({
    sheets: [coverSheet(document, tables), ...tables],
    properties: { title: document.title, creator: clean(authorOf(document)), created: writtenOn, modified: writtenOn },
  });
}

interface StyledRow {
  cells: CellValue[];
  /** Of each cell; the last one is that of those after it too. */
  styles?: CellStyle[];
  /** The name of the sheet that the first cell opens. */
  opens?: string;
}

const wrapped: CellStyle = { alignment: { wrapText: true, vertical: 'top' } };
/** The font of cells without a style. */
const name = 'Calibri';
const bold: CellStyle = { font: { name, bold: true, size: 11 } };
const link: CellStyle = { font: { name, size: 11, underline: true, color: { rgb: hex(light.up) } } };
/** The first sheet has a column of names and some of values. A text takes all of them: this many characters in a line. */
const coverWidths = [42, 18, 18, 18];
const lineLength = 88;
/** Points of the height of a line. */
const lineHeight = 15;

/** @param sheets the others */
function coverSheet(document: ReportDocument, sheets: readonly WriteSheet[]): WriteSheet {
  const { title, subtitle, kind, attribution, version, written_on, letterhead, citation, market } = document;
  const words = wordsIn(document.language);
  const line = (text: string, style = wrapped): StyledRow => ({ cells: [text], styles: [style] });
  const blank: StyledRow = { cells: [] };
  let heading: StyledRow[] = [];
  const texts = simpleBlocks(document.blocks).flatMap((block): StyledRow[] => {
    const rows = rowsOf(block);
    if (block.type === 'heading') heading = rows;
    // Charts and tables are on sheets of their own, and so are their headings.
    if (block.type === 'heading' || rows.length === 0) return [];
    const headed = [...heading, ...rows];
    heading = [];
    return headed;
  });
  const rows: StyledRow[] = [
    line(title, { font: { name, bold: true, size: 18 } }),
    line(subtitle),
    line(kind),
    blank,
    ...texts,
    ...(sheets.length > 0 ? [blank, line(words.tables, headingStyle)] : []),
    ...sheets.map((sheet): StyledRow => ({ cells: [sheet.name], styles: [link], opens: sheet.name })),
    blank,
    { cells: [words.columns.version, version] },
    {
      cells: [words.columns.written, dateOf(written_on)],
      styles: [{}, { numFmt: numberFormat('date', market.currency) }],
    },
    ...(attribution ? [line(words.notes.sourceTitle, bold), line(attribution)] : []),
    ...(letterhead?.disclaimer ? [line(letterhead.disclaimer)] : []),
    ...(citation ? [line(words.cite, bold), line(citation.sentence)] : []),
  ];
  const cells = rows.flatMap(({ cells, styles = [], opens }, row) =>
    cells.map((value, column) => {
      const text = typeof value === 'string' ? clean(value.slice(0, maxText)) : value;
      const style = styles[Math.min(column, styles.length - 1)] ?? {};
      const hyperlink = opens === undefined ? {} : { hyperlink: { target: '', location: `${quoted(opens)}!A1` } };
      return [`${row},${column}`, { value: text, style, ...hyperlink }] as const;
    }),
  );
  const isText = ({ styles: [style] = [] }: StyledRow) => style === wrapped;
  return {
    name: words.sheet,
    columns: coverWidths.map((width) => ({ width })),
    rows: cleanRows(rows.map(({ cells }) => cells)),
    cells: new Map(cells),
    merges: rows.flatMap((each, row) =>
      isText(each) ? [{ startRow: row, endRow: row, startCol: 0, endCol: coverWidths.length - 1 }] : [],
    ),
    rowDefs: new Map(
      rows.flatMap((each, row) => {
        const [text] = each.cells;
        return isText(each) && typeof text === 'string' ? [[row, { height: lineHeight * linesOf(text) }] as const] : [];
      }),
    ),
    pageSetup: onePageWide,
  };

  function rowsOf(block: SimpleBlock): StyledRow[] {
    switch (block.type) {
      case 'heading':
        return [blank, line(block.text, headingStyle)];
      case 'text':
        return block.paragraphs.map(({ runs }) => line(runs.map(({ text }) => text).join('')));
      case 'figures':
        return block.figures.map(({ title, value, range = [], format }) => ({
          cells: [title, value, ...range],
          styles: [{}, { numFmt: numberFormat(format, market.currency), alignment: { horizontal: 'right' } }],
        }));
      default:
        return [];
    }
  }
}

/** Lines of a text across the first sheet. An address that does not fit after other words begins a line of its own. */
function linesOf(text: string): number {
  const hasAddress = /\S{30,}/.test(text);
  return Math.max(1, Math.ceil(text.length / lineLength) + (hasAddress ? 1 : 0));
}

const headingStyle: CellStyle = { font: { name, bold: true, size: 13 } };

/** The name of a sheet in a reference. */
function quoted(sheet: string): string {
  return `'${sheet.replaceAll("'", "''")}'`;
}

/** A colour without its `#`. */
function hex(colour: string): string {
  return colour.slice(1).toUpperCase();
}

/** Printed, a sheet is as wide as its page. */
const onePageWide = { orientation: 'landscape', fitToPage: true, fitToWidth: 1, fitToHeight: 0 } as const;

function tableSheet(table: TableBlock, document: ReportDocument, names: Set<string>): WriteSheet {
  const { columns, rows } = table;
  const cells = rows.map((row) => row.map((value, i) => cellOf(value, columns[i]?.format ?? 'text')));
  const name = sheetName(table.title, names);
  return {
    name,
    columns: columns.map(({ format, title }, i) => ({
      width: Math.max(minWidth, title.length + 2, ...(format === 'text' ? [textWidth(rows, i)] : [])),
      style: { numFmt: numberFormat(format, document.market.currency), alignment: alignmentOf(columns, i) },
    })),
    rows: cleanRows([columns.map(({ title }) => title), ...cells]),
    cells: new Map(
      columns.map(
        ({ title }, i) =>
          [
            `0,${i}`,
            { value: clean(title), style: { ...bold, border: ruled, alignment: alignmentOf(columns, i) } },
          ] as const,
      ),
    ),
    freezePane: { rows: 1 },
    pageSetup: onePageWide,
    charts: chartsOf(table, name),
  };
}

/** Characters. A text is not cut by the next cell, unless it is very long. */
const minWidth = 14;
const maxTextWidth = 60;
function textWidth(rows: readonly Value[][], column: number): number {
  const longest = rows.reduce((most, { [column]: value }) => Math.max(most, String(value ?? '').length), 0);
  return Math.min(maxTextWidth, longest + 2);
}

const ruled = { bottom: { style: 'thin', color: { rgb: hex(light.strongRule) } } } as const;

/** Texts and days are on the left, with a gap to a number before them. */
function alignmentOf(columns: readonly Column[], i: number): AlignmentStyle {
  const isLeft = (column: Column | undefined) =>
    column !== undefined && (column.format === 'text' || isDate(column.format));
  if (!isLeft(columns[i])) return { horizontal: 'right' };
  return { horizontal: 'left', ...(i > 0 && !isLeft(columns[i - 1]) && { indent: 1 }) };
}

/** Series of equal groups are next to each other in a table, so each is a range of rows. */
function chartsOf({ plot, columns, rows: all, title }: TableBlock, sheet: string): SheetChart[] {
  if (!plot) return [];
  const rows = all.slice(0, plot.rows);
  if (rows.length === 0) return [];
  const at = (name: string) => columns.findIndex((column) => column.name === name);
  const [x, y, group] = [at(plot.x), at(plot.y), plot.group === undefined ? -1 : at(plot.group)];
  const range = (column: number, from: number, to: number) =>
    `${quoted(sheet)}!$${letter(column)}$${from + 2}:$${letter(column)}$${to + 1}`;
  const series = [];
  for (let from = 0; from < rows.length; ) {
    const key = rows[from]?.[group];
    const end = group < 0 ? rows.length : rows.findIndex((row, i) => i > from && row[group] !== key);
    const to = end < 0 ? rows.length : end;
    series.push({
      name: String(key ?? columns[y]?.title ?? ''),
      values: range(y, from, to),
      categories: range(x, from, to),
      color: hex(light.kinds[series.length % light.kinds.length] as string),
    });
    from = to;
  }
  const right = columns.length + 1;
  return [
    {
      type: plot.kind,
      title,
      series,
      legend: series.length > 1 ? 'bottom' : false,
      // The first bar is at the top, as in the table.
      ...(plot.kind === 'bar' && { axes: { x: { reverse: true } } }),
      anchor: { from: { row: 1, col: right }, to: { row: 22, col: right + 10 } },
    },
  ];
}

function letter(column: number): string {
  return String.fromCharCode(65 + column);
}

function cellOf(value: Value, format: Format): CellValue {
  return isDate(format) && typeof value === 'string' ? dateOf(value) : value;
}

function dateOf(iso: string): Date {
  return new Date(`${iso.slice(0, 10)}T00:00:00Z`);
}

function numberFormat(format: Format, currency: string): string {
  const symbol = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'narrowSymbol' })
    .formatToParts(0)
    .find(({ type }) => type === 'currency')?.value;
  switch (format) {
    case 'money':
    case 'estimate':
    case 'short_money':
      return `"${symbol}"#,##0`;
    case 'count':
      return '#,##0';
    case 'share':
      return '0.0%';
    case 'change':
      return '+0.0%;-0.0%;0.0%';
    case 'index':
    case 'number':
      return '#,##0.0';
    case 'factor':
      return '0.000';
    case 'date':
      return 'yyyy-mm-dd';
    case 'month':
    case 'quarter':
      return 'yyyy-mm';
    case 'year':
      return 'yyyy';
    default:
      return '@';
  }
}

/**
 * The title of a table without the characters that names of sheets cannot have, unique in its workbook.
 * @param names those that are taken, in lower case: Excel compares them without regard to case
 */
function sheetName(title: string, names: Set<string>): string {
  const base = clean(title.replace(/[[\]:*?/\\']/g, ' ').slice(0, maxName - 3)).trim();
  let name = base;
  for (let i = 2; names.has(name.toLowerCase()); i++) name = `${base} ${i}`.trim();
  names.add(name.toLowerCase());
  return name;
}

function cleanRows(rows: CellValue[][]): CellValue[][] {
  return rows.map((row) => row.map((value) => (typeof value === 'string' ? clean(value.slice(0, maxText)) : value)));
}

/**
 * A document as an Excel workbook: a sheet with its texts, figures and citation, and a sheet for each table, with numbers and dates as such, and native
 * charts.
 */
import { type CellStyle, type CellValue, type SheetChart, type WriteSheet, writeXlsx } from 'hucre/xlsx';
import {
  type Format,
  isDate,
  type ReportDocument,
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
  const names = new Set<string>([words.sheet]);
  const writtenOn = new Date(`${document.written_on}T00:00:00Z`);
  return writeXlsx({
    sheets: [coverSheet(document), ...tablesOf(document).map((table) => tableSheet(table, document, names))],
    properties: { title: document.title, creator: clean(authorOf(document)), created: writtenOn, modified: writtenOn },
  });
}

interface StyledRow {
  cells: CellValue[];
  /** Of each cell; the last one is that of those after it too. */
  styles?: CellStyle[];
}

const wrapped: CellStyle = { alignment: { wrapText: true, vertical: 'top' } };
/** The font of cells without a style. */
const name = 'Calibri';
const bold: CellStyle = { font: { name, bold: true, size: 11 } };
/** Characters of a line of the wide column, and points of its height. */
const lineLength = 80;
const lineHeight = 15;

function coverSheet(document: ReportDocument): WriteSheet {
  const { title, subtitle, kind, attribution, version, written_on, letterhead, citation, market } = document;
  const words = wordsIn(document.language);
  const line = (text: string, style = wrapped): StyledRow => ({ cells: [text], styles: [style] });
  const blank: StyledRow = { cells: [] };
  const texts = simpleBlocks(document.blocks).flatMap((block): StyledRow[] => {
    switch (block.type) {
      case 'heading':
        return [blank, line(block.text, { font: { name, bold: true, size: 13 } })];
      case 'text':
        return block.paragraphs.map(({ runs }) => line(runs.map(({ text }) => text).join('')));
      case 'figures':
        return block.figures.map(({ title, value, range = [], format }) => ({
          cells: [title, value, ...range],
          styles: [{}, { numFmt: numberFormat(format, market.currency) }],
        }));
      default:
        return [];
    }
  });
  const rows: StyledRow[] = [
    line(title, { font: { name, bold: true, size: 18 } }),
    line(subtitle),
    line(kind),
    blank,
    ...texts,
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
  const cells = rows.flatMap(({ cells, styles = [] }, row) =>
    cells.map((value, column) => {
      const text = typeof value === 'string' ? clean(value).slice(0, maxText) : value;
      return [`${row},${column}`, { value: text, style: styles[Math.min(column, styles.length - 1)] ?? {} }] as const;
    }),
  );
  return {
    name: words.sheet,
    columns: [{ width: 90 }, { width: 18 }, { width: 18 }, { width: 18 }],
    rows: cleanRows(rows.map(({ cells }) => cells)),
    cells: new Map(cells),
    rowDefs: new Map(
      rows.flatMap(({ cells: [text], styles: [style] = [] }, row) =>
        style === wrapped && typeof text === 'string'
          ? [[row, { height: lineHeight * Math.max(1, Math.ceil(text.length / lineLength)) }] as const]
          : [],
      ),
    ),
    pageSetup: onePageWide,
  };
}

/** Printed, a sheet is as wide as its page. */
const onePageWide = { orientation: 'landscape', fitToPage: true, fitToWidth: 1, fitToHeight: 0 } as const;

function tableSheet(table: TableBlock, document: ReportDocument, names: Set<string>): WriteSheet {
  const { columns, rows } = table;
  const cells = rows.map((row) => row.map((value, i) => cellOf(value, columns[i]?.format ?? 'text')));
  const name = sheetName(table.title, names);
  return {
    name,
    columns: columns.map(({ format, title }) => ({
      width: format === 'text' ? 28 : Math.max(14, title.length + 2),
      numFmt: numberFormat(format, document.market.currency),
    })),
    rows: cleanRows([columns.map(({ title }) => title), ...cells]),
    cells: new Map(
      columns.map(({ title, format }, i) => {
        const horizontal = format === 'text' ? 'left' : 'right';
        return [`0,${i}`, { value: clean(title), style: { ...bold, alignment: { horizontal } } }] as const;
      }),
    ),
    freezePane: { rows: 1 },
    pageSetup: onePageWide,
    charts: chartsOf(table, name),
  };
}

/** Series of equal groups are next to each other in a table, so each is a range of rows. */
function chartsOf({ plot, columns, rows, title }: TableBlock, sheet: string): SheetChart[] {
  if (!plot || rows.length === 0) return [];
  const at = (name: string) => columns.findIndex((column) => column.name === name);
  const [x, y, group] = [at(plot.x), at(plot.y), plot.group === undefined ? -1 : at(plot.group)];
  const range = (column: number, from: number, to: number) =>
    `'${sheet.replaceAll("'", "''")}'!$${letter(column)}$${from + 2}:$${letter(column)}$${to + 1}`;
  const series = [];
  for (let from = 0; from < rows.length; ) {
    const key = rows[from]?.[group];
    const end = group < 0 ? rows.length : rows.findIndex((row, i) => i > from && row[group] !== key);
    const to = end < 0 ? rows.length : end;
    series.push({
      name: String(key ?? columns[y]?.title ?? ''),
      values: range(y, from, to),
      categories: range(x, from, to),
    });
    from = to;
  }
  const right = columns.length + 1;
  return [
    { type: plot.kind, title, series, anchor: { from: { row: 1, col: right }, to: { row: 22, col: right + 10 } } },
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

/** The title of a table without the characters that names of sheets cannot have, unique in its workbook. */
function sheetName(title: string, names: Set<string>): string {
  const base = clean(title)
    .replace(/[[\]:*?/\\']/g, ' ')
    .slice(0, maxName - 3)
    .trim();
  let name = base;
  for (let i = 2; names.has(name); i++) name = `${base} ${i}`;
  names.add(name);
  return name;
}

function cleanRows(rows: CellValue[][]): CellValue[][] {
  return rows.map((row) => row.map((value) => (typeof value === 'string' ? clean(value).slice(0, maxText) : value)));
}

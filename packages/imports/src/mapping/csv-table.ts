/** Tables in delimited text: CSV, TSV and similar. The dialect is detected from the beginning. */
import { CsvError } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import type { FileNote } from '../file-notes.ts';
import { type CsvLayout, readCsv } from '../formats/csv.ts';
import { type CsvMarks, lineLength, parserOptions } from '../formats/record-parser.ts';
import { decoded, impossibleLetters, sampleSize, tableEncodingOf } from '../formats/text.ts';
import type { Dialect } from './mapping.ts';
import { type Cell, readDate, readMoney } from './readings.ts';
import { type Beginning, beginningRows, type Evidence, type Table } from './table.ts';

const delimiters = [',', ';', '\t', '|'] as const;
const delimiterNames: Record<string, string> = { ',': 'commas', ';': 'semicolons', '\t': 'tabs', '|': 'vertical bars' };

/** The records from which the delimiter is detected. */
const sniffedRecords = 200;
/** The share of the records that must have the most frequent width. */
const minShare = 0.8;
/** The share of the records that may have odd quotes, if other values are in quotes. */
const maxOddShare = 0.5;
/** The lines that a value in quotes may have at the end of a sample. */
const maxQuotedLines = 20;

/**
 * The table in a text file; undefined if it has fewer than two columns, or records of too many widths.
 * @param given the dialect that the mapping states
 * @param whole whether the sample is the whole file
 */
export function csvTable(
  sample: Buffer,
  whole: boolean,
  given: Dialect,
  content: AsyncIterable<Buffer>,
): Table | undefined {
  const encoding = given.encoding ?? tableEncodingOf(sample);
  const text = new TextDecoder(encoding).decode(sample);
  if (!isText(text)) return undefined;
  const sniffed = sniff(text, whole, given);
  if (!sniffed) return undefined;
  const { delimiter, quote } = sniffed;
  const evidence: Evidence[] = [];
  const explain: Explain = (member, text) => evidence.push({ member: `table.${member}`, text });
  explain('encoding', given.encoding ? `${encoding}, as the mapping states` : encodingEvidence(encoding, sample, text));
  explainMarks(sniffed, text, explain);
  const body = findBody(sniffed, given, explain);
  if (!body) return undefined;
  const { skipRows, named, columns, rows } = body;
  const sheet = given.sheet === undefined ? {} : { sheet: given.sheet };
  const dialect = { encoding, delimiter, quote, header: named, skip_rows: skipRows, ...sheet };
  const beginning: Beginning = { columns, named, rows, dialect, evidence, notes: encodingNotes(text, encoding) };
  return {
    kind: 'csv',
    beginning,
    read(sale) {
      let passed = 0;
      const layout: CsvLayout = { hasHeader: named, hasNote: named, width: columns.length, sale };
      // The reader itself decodes the others, line by line.
      const text = given.encoding || !/^(?:utf|windows-1252)/.test(encoding) ? decoded(content, encoding) : content;
      return readCsv(text, () => (passed++ < skipRows ? undefined : layout), { delimiter, quote });
    },
    async close() {},
  };
}

/** Receives a member of the dialect and its evidence. */
type Explain = (member: string, text: string) => void;

function explainMarks({ delimiter, quote, records, width }: Sniffed, text: string, explain: Explain): void {
  const widths = records.filter((record) => record.length === width).length;
  const separator = delimiterNames[delimiter] ?? JSON.stringify(delimiter);
  explain('delimiter', `separated by ${separator}, ${widths} of ${records.length} records have ${width} columns`);
  if (quote === '') explain('quote', 'quotes are ordinary characters');
  else if (text.includes(quote)) explain('quote', `values are quoted with ${quote} where necessary`);
  const ends = (['\r\n', '\n', '\r'] as const).filter((end) => lineEnds(text).has(end)).map((end) => lineEndNames[end]);
  if (ends.length > 0) explain('line_ends', `lines end with ${ends.join(' and ')}`);
}

/** The records below titles and the header. `skipRows` counts the titles. */
type Body = Pick<Beginning, 'columns' | 'rows' | 'named'> & { skipRows: number };

/** The table without titles, header and the note below the header; undefined if no record is left. */
function findBody({ records, width }: Sniffed, given: Dialect, explain: Explain): Body | undefined {
  // Titles above the table are rows of another width, or with a single value.
  const first = records.findIndex(
    (record) => record.length === width && record.filter((value) => value.trim()).length > record.length / 2,
  );
  // The header may lack the empty column that a delimiter at the end of each row makes.
  const above = records[first - 1];
  const trailing =
    above?.length === width - 1 &&
    records.slice(first).every((record) => record.length < width || record[width - 1] === '');
  if (trailing) above.push('');
  const skipRows = given.skip_rows ?? Math.max(trailing ? first - 1 : first, 0);
  if (skipRows > 0) explain('skip_rows', `${skipRows} ${skipRows === 1 ? 'row is' : 'rows are'} above the table`);
  const body = records.slice(skipRows);
  const top = body[0];
  if (!top) return undefined;
  const named = given.header ?? hasHeader(top, body.slice(1, 100), (reason) => explain('header', reason));
  if (!named) return { skipRows, named, columns: top.map((_, i) => `column ${i + 1}`), rows: body };
  const hasNote = body[1]?.length === 1 && top.length > 2;
  return { skipRows, named, columns: top.map((name) => name.trim()), rows: body.slice(hasNote ? 2 : 1) };
}

function encodingNotes(text: string, encoding: string): FileNote[] {
  const impossible = impossibleLetters(text);
  return impossible === 0 ? [] : [{ code: 'encoding', characters: impossible, encoding }];
}

/** Whether a file that begins with the text may be a table. */
export function isCsv(text: string): boolean {
  const sniffed = isText(text) ? sniff(text, text.length < sampleSize / 2, {}) : undefined;
  // A single record is not enough to detect a table.
  return sniffed !== undefined && sniffed.records.length > 1;
}

/** Whether it is text, that is, has no control characters other than spaces and line ends. */
function isText(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the function detects them
  return !/[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text.slice(0, 4096)) && text.trim() !== '';
}

function encodingEvidence(encoding: string, sample: Buffer, text: string): string {
  const others = text.match(/[^\0-\x7f]/g)?.length ?? 0;
  const marked = encoding.startsWith('utf-16')
    ? sample[0] === 0xff || sample[0] === 0xfe
    : sample[0] === 0xef && sample[1] === 0xbb;
  if (marked) return `${encoding}, as the byte order mark states`;
  if (encoding.startsWith('utf-16')) return `${encoding}: every other byte is zero`;
  if (others === 0) return `${encoding}: all characters at the beginning are ASCII`;
  if (encoding === 'utf-8') return `utf-8: the ${others} characters outside ASCII are valid UTF-8`;
  const best = encoding === 'windows-1252' ? '' : ', and these letters fit best';
  return `${encoding}: the characters outside ASCII are not valid UTF-8${best}`;
}

const lineEndNames = { '\r\n': 'CR and LF', '\n': 'LF', '\r': 'CR' };

function lineEnds(text: string): Set<string> {
  return new Set(text.slice(0, 64 * 1024).match(/\r\n|\n|\r/g) ?? []);
}

interface Sniffed extends CsvMarks {
  /** The records at the beginning, without empty ones. */
  records: string[][];
  /** The most frequent width. */
  width: number;
}

/** Finds the delimiter and the quotes that give most records the same, large width. */
function sniff(text: string, whole: boolean, given: Dialect): Sniffed | undefined {
  let best: (Sniffed & { score: number }) | undefined;
  for (const delimiter of given.delimiter === undefined ? delimiters : [given.delimiter]) {
    for (const quote of given.quote === undefined ? quotesIn(text, delimiter) : [given.quote]) {
      const maxOdd = given.quote === undefined && !hasQuotedValue(text, delimiter, quote) ? 0 : maxOddShare;
      const records = recordsOf(text, whole, { delimiter, quote }, sniffedRecords, maxOdd);
      if (!records) continue;
      const width = mostFrequent(records.map(({ length }) => length));
      const share = records.filter(({ length }) => length === width).length / records.length;
      const score = width < 2 && given.delimiter === undefined ? 0 : share * (1 + Math.log2(width));
      if (share >= minShare * 0.5 && score > (best?.score ?? 0)) best = { delimiter, quote, records, width, score };
      // The first quotes that fit are right.
      break;
    }
  }
  if (!best) return undefined;
  const records = recordsOf(text, whole, best, beginningRows + 50, maxOddShare) ?? best.records;
  const alike = records.filter(({ length }) => length === best.width).length;
  return alike >= minShare * records.length || (alike >= records.length - 50 && alike > 1)
    ? { ...best, records }
    : undefined;
}

/** The quotes to try: single quotes only if they surround values, and none if the others cause errors. */
function quotesIn(text: string, delimiter: string): Sniffed['quote'][] {
  const lines = text.split(/\r\n|\n|\r/, 100);
  const around = (quote: string) =>
    lines.filter((line) => line.startsWith(quote) || line.includes(`${delimiter}${quote}`)).length > lines.length / 2;
  return around("'") && !around('"') ? ["'", '"', ''] : ['"', ''];
}

/** Whether a value on the first lines is in quotes. */
function hasQuotedValue(text: string, delimiter: string, quote: Sniffed['quote']): boolean {
  return (
    quote !== '' &&
    text
      .split(/\r\n|\n|\r/, 100)
      .some((line) =>
        line.split(delimiter).some((value) => value.length > 2 && value.startsWith(quote) && value.endsWith(quote)),
      )
  );
}

/**
 * The records at the beginning of a text, without those with odd quotes.
 * @param maxOdd the share of records that may have odd quotes; with more, the quotes do not fit, and the result is undefined
 */
function recordsOf(
  text: string,
  whole: boolean,
  marks: CsvMarks,
  maxRecords: number,
  maxOdd: number,
): string[][] | undefined {
  const records: string[][] = [];
  let rest = Buffer.from(text);
  let odd = 0;
  while (records.length + odd <= maxRecords) {
    let ended = 0;
    try {
      parse(rest, {
        ...parserOptions(marks),
        bom: true,
        to: maxRecords + 1 - records.length,
        on_record(record: string[], { bytes }) {
          ended = bytes;
          if (record.length > 1 || record[0] !== '') records.push(record);
          return null;
        },
      });
      break;
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      rest = rest.subarray(ended);
      // A sample may end within quotes.
      if (error.code === 'CSV_QUOTE_NOT_CLOSED' && !whole && rest.toString().split('\n').length <= maxQuotedLines)
        break;
      odd++;
      rest = rest.subarray(lineLength(rest));
    }
  }
  if (odd > maxOdd * (records.length + odd)) return undefined;
  // The last record may be incomplete.
  if (!whole && records.length <= maxRecords) records.pop();
  return records.length > 0 ? records.slice(0, maxRecords) : undefined;
}

function mostFrequent(numbers: number[]): number {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || b - a)[0]?.[0] ?? 0;
}

/** A row is the header if none of its values is like the values below it: no date above dates, no number above numbers. */
function hasHeader(top: string[], below: string[][], explain: (text: string) => void): boolean {
  if (below.length === 0) return !top.some(isTyped);
  const unlike: string[] = [];
  for (const [i, name] of top.entries()) {
    const values = below.map((record) => record[i] ?? '').filter((value) => value.trim() !== '');
    const typed = values.filter(isTyped).length;
    if (values.length === 0 || typed < 0.9 * values.length) continue;
    if (isTyped(name)) {
      explain(`the first row is not a header: "${name.trim()}" is above values of the same kind`);
      return false;
    }
    if (name.trim() !== '') unlike.push(name.trim());
  }
  explain(
    unlike.length > 0
      ? `the first row names the columns: numbers or dates are below "${unlike[0]}"`
      : 'the first row probably names the columns',
  );
  return true;
}

function isTyped(cell: Cell): boolean {
  const text = String(cell).trim();
  return (
    readDate(text).dmy !== '' ||
    readDate(text).mdy !== '' ||
    !Number.isNaN(readMoney(text)['.']) ||
    !Number.isNaN(readMoney(text)[','])
  );
}

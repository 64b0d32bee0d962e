/** Reading of CSV for the formats that are CSV: records, their lines, and what is wrong with them. */
import { finished } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import type { Batch, Sale } from './format.ts';
import { FileError, ValueError } from './format.ts';

// A quote left open makes a record of all that follows it; no real record comes near this.
const longestRecord = 1 << 20;

/** How the records of one file are to be understood. */
export interface CsvLayout {
  /** Whether the first record names the columns; otherwise it is a sale already. */
  hasHeader: boolean;
  /** The number of fields that every record has. */
  width: number;
  /** The sale that a record states. Throws `ValueError`. */
  sale(record: string[]): Sale;
}

/**
 * Reads a CSV file to its end in constant memory. Records that `layout.sale` throws on, or of another width, become rejects with their
 * original text; empty lines are passed over.
 * @param understand finds the layout from the first record; throws `FileError` where there is none.
 */
export async function* readCsv(
  file: AsyncIterable<Buffer>,
  understand: (first: string[]) => CsvLayout,
): AsyncGenerator<Batch> {
  let layout: CsvLayout | undefined;
  let batch: Batch = { sales: [], rejects: [] };
  // Where the next record begins. The parser's own count takes a CRLF inside quotes for two lines.
  let line = 1;
  const parser = parse({
    bom: true,
    raw: true,
    relax_column_count: true,
    max_record_size: longestRecord,
    // Called while a chunk is written, so records need no queue of their own; nothing is left for the parser's readable side.
    on_record(parsed) {
      // With `raw`; its types know of the plain record only.
      const { record, raw } = parsed as unknown as { record: string[]; raw: string };
      const content = raw.replace(/\r?\n?$/, '');
      if (content === '') {
        // An empty line.
      } else if (layout) {
        addRow(batch, record, layout, line, content);
      } else {
        layout = understand(record);
        if (!layout.hasHeader) addRow(batch, record, layout, line, content);
      }
      line += 1 + (content.includes('\n') ? content.split('\n').length - 1 : 0);
      return null;
    },
  });
  // A failed write also reports to its callback.
  parser.on('error', () => undefined).resume();
  try {
    for await (const chunk of file) {
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
  if (!layout) throw new FileError('the file is empty');
  yield batch;
}

function addRow(
  batch: Batch,
  record: string[],
  { hasHeader, width, sale }: CsvLayout,
  line: number,
  content: string,
): void {
  try {
    if (record.length !== width) {
      const expected = hasHeader ? `the header names ${width} columns` : `a sale has ${width} fields`;
      throw new ValueError('wrong number of fields', `${expected} and this line has ${record.length}`);
    }
    if (content.includes('\0')) throw new ValueError('unreadable text', 'the line holds a NUL character');
    batch.sales.push(sale(record));
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    batch.rejects.push({ line, content, reason: error.reason, message: `line ${line}: ${error.message}` });
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

/** The fields of a sample's first line, well enough to tell a format by: commas inside quotes part a field. */
export function firstFields(sample: Buffer): string[] {
  const firstLine =
    sample
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .split(/\r?\n|\r/, 1)[0] ?? '';
  return firstLine.split(',').map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
}

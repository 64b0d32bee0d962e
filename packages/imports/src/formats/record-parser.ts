/** The records of CSV in constant memory. A record with an odd quote costs its first line, and not the rest of the file. */
import { finished } from 'node:stream/promises';
import { CsvError, type Options, type Parser, parse } from 'csv-parse';

/** In bytes. Real records are far smaller; a quote that is not closed joins the rows below it. */
const maxRecordSize = 1 << 20;

/** The delimiter and the quote character. Without a quote character, quotes are ordinary characters. */
export interface CsvMarks {
  delimiter: string;
  quote: '"' | "'" | '';
}

export function parserOptions({ delimiter, quote }: CsvMarks): Options {
  return {
    delimiter,
    quote: quote || false,
    escape: quote || '"',
    // By default, the parser expects the line ending of the first line in all lines.
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    max_record_size: maxRecordSize,
  };
}

/** Thrown by the receiver of a record that is several rows, joined by a quote that is not closed. */
export class JoinedRows extends Error {
  override name = 'JoinedRows';
}

/** The text of the record that a receiver is given. Valid until the receiver returns. Most records need only these numbers. */
export interface RecordSource {
  /** With the line end. */
  readonly bytes: number;
  /** Whether the record has line ends within it. */
  readonly hasLineEnds: boolean;
  /** Whether a NUL has been read, in this record or in another. */
  readonly hasNul: boolean;
  /** Without the line end. */
  text(): string;
}

export interface Receiver {
  /** Throws `JoinedRows` to have the record read as one with an odd quote. */
  record(record: string[], source: RecordSource): void;
  /** Receives the first line of a record with an odd quote, and the error. The lines below it are parsed again. */
  oddQuote(content: string, error: CsvError | JoinedRows): void;
}

export class RecordParser implements RecordSource {
  readonly #marks: CsvMarks;
  readonly #receiver: Receiver;
  #parser: Parser;
  /** The bytes that were written since the end of the last record. */
  #open: Buffer = Buffer.alloc(0);
  /** The position of `#open`, and that of the end of the last record, in the bytes that the parser has received. */
  #opened = 0;
  #ended = 0;
  /** The line on which the parser is at the end of the next record, if that has no line ends within it. */
  #nextLine = 1;
  #hasNul = false;

  constructor(marks: CsvMarks, receiver: Receiver) {
    this.#marks = marks;
    this.#receiver = receiver;
    this.#parser = this.#start();
  }

  get bytes(): number {
    return this.#parser.info.bytes - this.#ended;
  }

  get hasLineEnds(): boolean {
    return this.#parser.info.lines !== this.#nextLine;
  }

  get hasNul(): boolean {
    return this.#hasNul;
  }

  text(): string {
    const start = this.#ended - this.#opened;
    return withoutLineEnd(this.#open.toString('utf8', start, start + this.bytes));
  }

  /** Parses a part of the text. @throws whatever the receiver throws */
  async write(text: Buffer): Promise<void> {
    this.#hasNul ||= text.includes(0);
    for (let rest: Buffer | undefined = text; rest; ) {
      const chunk: Buffer = rest;
      this.#open = this.#open.length > 0 ? Buffer.concat([this.#open, chunk]) : chunk;
      rest = await this.#attempt(
        () =>
          new Promise((resolve, reject) => {
            this.#parser.write(chunk, (error) => (error ? reject(error) : resolve()));
          }),
      );
    }
  }

  /** Parses the end of the text. @throws whatever the receiver throws */
  async end(): Promise<void> {
    const rest = await this.#attempt(async () => {
      const ended = finished(this.#parser);
      this.#parser.end();
      await ended;
    });
    if (!rest) return;
    await this.write(rest);
    await this.end();
  }

  destroy(): void {
    this.#parser.destroy();
  }

  #start(): Parser {
    const parser = parse({
      ...parserOptions(this.#marks),
      // Called while a chunk is written, so records need no queue; returning null keeps them from the parser's readable side.
      on_record: (record: string[]) => {
        this.#receiver.record(record, this);
        this.#ended = parser.info.bytes;
        this.#nextLine = parser.info.lines + 1;
        // For each record that has another width than the first, the parser would create an error, which takes 20 to 40 µs.
        (parser.info as { records: number }).records = 0;
        return null;
      },
    });
    // Errors are handled in the callback of each write.
    parser.on('error', () => undefined).resume();
    return parser;
  }

  /** @returns after an odd quote the bytes to be written again, to a new parser */
  async #attempt(work: () => Promise<void>): Promise<Buffer | undefined> {
    let odd: CsvError | JoinedRows | undefined;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof CsvError || error instanceof JoinedRows)) throw error;
      odd = error;
    }
    this.#open = this.#open.subarray(this.#ended - this.#opened);
    this.#opened = this.#ended;
    if (!odd) return undefined;
    const text = this.#open;
    const end = lineLength(text);
    this.#receiver.oddQuote(withoutLineEnd(text.toString('utf8', 0, end)), odd);
    this.#parser.destroy();
    this.#parser = this.#start();
    this.#open = Buffer.alloc(0);
    this.#opened = 0;
    this.#ended = 0;
    this.#nextLine = 1;
    return text.subarray(end);
  }
}

/** A record without the line ends after it. */
export function withoutLineEnd(raw: string): string {
  let end = raw.length;
  while (raw[end - 1] === '\n' || raw[end - 1] === '\r') end--;
  return raw.slice(0, end);
}

/** The length of the first line, with its end, in bytes. */
export function lineLength(text: Buffer): number {
  const [feed, carriage] = [text.indexOf('\n'), text.indexOf('\r')];
  if (carriage === -1 || (feed !== -1 && feed < carriage)) return feed === -1 ? text.length : feed + 1;
  return feed === carriage + 1 ? feed + 1 : carriage + 1;
}

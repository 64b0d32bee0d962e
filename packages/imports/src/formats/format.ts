/** The interface of all formats, and the rows that they read. */
import type { AttributeMembers } from './attributes.ts';

/** One sale as its source states it, with the project's names and units. Dates are ISO, `YYYY-MM-DD`; areas m²; coordinates WGS 84. */
export interface Sale extends AttributeMembers {
  /** Identity of the sale in its source. Of several rows with one key, the one issued last counts. */
  key: string;
  /** Identity of the dwelling or parcel in its source. */
  propertyKey: string;
  /** The hexadecimal MD5 of everything that the source states of the sale. Rows with the same fingerprint are duplicates. */
  fingerprint: string;
  /** When the source issued the row, with its zone (`2024-01-31T09:30:00Z`, `2024-01-01 01:07 Australia/Sydney`). */
  issuedAt: string | null;
  contractDate: string | null;
  settlementDate: string | null;
  /** Whole currency units. */
  price: number;
  type: string | null;
  address: string;
  street: string | null;
  locality: string | null;
  region: string | null;
  postcode: string | null;
  /** The instrument that conveyed it. */
  dealing: string | null;
  /** Neighbouring rows that share it, the date and the price are one sale. Only formats with a row for each part of a deed, and mappings that state it, have it. */
  transaction?: string;
  /** The reason why the sale is non-standard, as far as its own row shows. */
  nonStandard: string | null;
  /** The other values of the source, by its own names: JSON. */
  details: string | null;
  /** The source deletes the sale: the row retires the sale in force with its key. */
  deletes?: boolean;
}

/** The coordinates of a locality or postcode, as a gazetteer states them. Sales without coordinates are placed by them. */
export interface Place {
  /** Identity of the place in its source. */
  key: string;
  /** The hexadecimal MD5 of everything that the source states of the place. */
  fingerprint: string;
  /** The name of the locality; null if the source states only the postcode. */
  name: string | null;
  region: string | null;
  postcode: string;
  /** WGS 84. */
  latitude: number;
  longitude: number;
}

/** A row that could not be read. */
export interface Reject {
  line: number;
  /** The original text. */
  content: string;
  /** The line of the file that is needed to read the text, such as the names of the columns; empty if none is. */
  header: string;
  /** The kind of error, for counting. */
  reason: string;
  /** One sentence without a full stop. */
  message: string;
  /** The original file and format, if the row comes from a file of rejects. */
  origin?: Origin;
}

export interface Origin {
  file: string;
  format: string;
}

/** The rows of one part of a file. Each row is in exactly one of the lists. */
export interface Batch {
  sales: Sale[];
  places?: Place[];
  rejects: Reject[];
}

export interface Format {
  name: string;
  title: string;
  /** Whether a file whose text begins with `sample` (its first few kilobytes, or all of it) is of this format. */
  detect(sample: string): boolean;
  /** Reads a file to its end in constant memory. Throws `FileError` if the file as a whole is invalid. */
  read(file: AsyncIterable<Buffer>): AsyncIterable<Batch>;
  /**
   * A reader of single rows of a file with this header (that of a `Reject`). Throws `FileError` for an invalid header; the reader throws
   * `ValueError`.
   */
  rowReader(header: string): (content: string) => Sale | Place;
}

/** The file as a whole is invalid. The message is a sentence without the file's name and without a full stop. */
export class FileError extends Error {
  override name = 'FileError';
}

/** A value of a row is invalid. The message is a sentence without a full stop. */
export class ValueError extends Error {
  override name = 'ValueError';
  readonly reason: string;

  constructor(reason: string, message: string) {
    // Without a stack, which takes more time than reading a row. A hostile file has one in each line.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
    this.reason = reason;
  }
}

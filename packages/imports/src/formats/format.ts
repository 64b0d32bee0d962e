/** What every format of files gives the pipeline. */
import type { AttributeMember } from './attributes.ts';

/** One sale as its source states it, in our names and units. Dates are ISO, `YYYY-MM-DD`; areas m²; coordinates WGS 84. */
export interface Sale extends Record<AttributeMember, number | null> {
  /** Identity of the sale in its source: of several rows with one key, the one issued last stands. */
  key: string;
  /** Identity of the dwelling or parcel in its source. */
  propertyKey: string;
  /** MD5, in hexadecimal, of everything the source says of the sale: equal means the same row again. */
  fingerprint: string;
  /** When the source issued the row, as PostgreSQL reads it (`2024-01-01 01:07 Australia/Sydney`). */
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
  /** Why the sale is not standard, as far as its own row tells. */
  nonStandard: string | null;
  /** What else the source says, by its own names: JSON. */
  details: string | null;
  /** The source takes the sale back: the row is no sale, but ends the one in force that has its key. */
  deletes?: boolean;
}

/** Where a locality or a postcode lies, as a gazetteer states it: what places the sales that state no coordinates of their own. */
export interface Place {
  /** Identity of the place in its source. */
  key: string;
  /** MD5, in hexadecimal, of everything the source says of the place. */
  fingerprint: string;
  /** Of the locality; null where the source knows only the postcode. */
  name: string | null;
  region: string | null;
  postcode: string;
  /** WGS 84. */
  latitude: number;
  longitude: number;
}

/** A row that could not be understood. */
export interface Reject {
  line: number;
  /** The original text. */
  content: string;
  /** The line of the file, such as the one that names its columns, without which the text could not be read; empty where none is needed. */
  header: string;
  /** The kind of fault, for counting. */
  reason: string;
  /** One plain sentence. */
  message: string;
  /** The file and format in which the row stood at first, if it comes from a file of rejects. */
  origin?: Origin;
}

export interface Origin {
  file: string;
  format: string;
}

/** What one stretch of a file held. Every row read is in exactly one of the lists. */
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
  /** Reads a file to its end in constant memory. Throws `FileError` where the file as a whole cannot be trusted. */
  read(file: AsyncIterable<Buffer>): AsyncIterable<Batch>;
  /**
   * Reads rows one by one, each as if it stood in a file with this header (a `Reject`'s). Throws `FileError` where the header is none; what it
   * returns throws `ValueError`.
   */
  rowReader(header: string): (content: string) => Sale | Place;
}

/** Puts what a row stated into the list it belongs to. */
export function addRow(batch: Batch, row: Sale | Place): void {
  if ('price' in row) {
    batch.sales.push(row);
  } else {
    batch.places ??= [];
    batch.places.push(row);
  }
}

/** The file as a whole is not what it should be; the message is a plain sentence without the file's name. */
export class FileError extends Error {
  override name = 'FileError';
}

/** A value that cannot be taken in, found while reading one row. */
export class ValueError extends Error {
  override name = 'ValueError';
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * Our own CSV: a header line with our column names, in any order; then one sale a line. For exports, files made by hand and synthetic markets.
 *
 * Needed: contract_date, price, address. Without a property_key the address and postcode tell properties apart; without a sale_key a sale is
 * known by its property and contract date, so that a corrected line replaces what it corrects.
 */
import { finished } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import type { Batch, Format, Sale } from './format.ts';
import { FileError, ValueError } from './format.ts';
import { fingerprint, isDay, remembering } from './values.ts';

/** Every column, in the order in which we write them. */
export const columns = [
  'contract_date',
  'settlement_date',
  'price',
  'type',
  'address',
  'street',
  'locality',
  'region',
  'postcode',
  'bedrooms',
  'bathrooms',
  'car_spaces',
  'land_area',
  'floor_area',
  'latitude',
  'longitude',
  'dealing',
  'non_standard',
  'property_key',
  'sale_key',
  'issued_at',
] as const;
type Column = (typeof columns)[number];

const needed: readonly Column[] = ['contract_date', 'price', 'address'];

// A quote left open makes a record of all that follows it; no real record comes near this.
const longestRecord = 1 << 20;

export const propertyInsights: Format = {
  name: 'property-insights',
  title: 'Property Insights CSV',
  detect: (sample) => {
    const firstLine =
      sample
        .toString('utf8')
        .replace(/^\uFEFF/, '')
        .split(/\r?\n|\r/, 1)[0] ?? '';
    const names = firstLine.split(',').map((name) => name.trim().replace(/^"(.*)"$/, '$1'));
    return needed.every((name) => names.includes(name));
  },
  read,
};

async function* read(file: AsyncIterable<Buffer>): AsyncGenerator<Batch> {
  let header: Header | undefined;
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
      } else if (header) {
        addRow(batch, record, header, line, content);
      } else {
        header = readHeader(record);
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
  if (!header) throw new FileError('the file is empty');
  yield batch;
}

interface Header {
  width: number;
  /** For each of our columns, where it stands in the file. */
  positions: (number | undefined)[];
}

function addRow(batch: Batch, record: string[], { width, positions }: Header, line: number, content: string): void {
  try {
    if (record.length !== width) {
      throw new ValueError(
        'wrong number of fields',
        `the header names ${width} columns and this line has ${record.length}`,
      );
    }
    batch.sales.push(readSale(record, positions));
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

function readHeader(names: string[]): Header {
  for (const [index, name] of names.entries()) {
    if (!(columns as readonly string[]).includes(name)) {
      throw new FileError(`the header has an unknown column "${name}"; the columns are ${columns.join(', ')}`);
    }
    if (names.indexOf(name) !== index) throw new FileError(`the header names the column "${name}" twice`);
  }
  const missing = needed.filter((name) => !names.includes(name));
  if (missing.length > 0) throw new FileError(`the header lacks ${missing.map((name) => `"${name}"`).join(' and ')}`);
  const positions = columns.map((name) => (names.includes(name) ? names.indexOf(name) : undefined));
  return { width: names.length, positions };
}

function readSale(record: string[], positions: (number | undefined)[]): Sale {
  const values = positions.map((position) => (position === undefined ? '' : (record[position] as string).trim()));
  const [contract, settlement, priceText, type, address, street, locality, region, postcode, ...sizes] =
    values as string[];
  const [bedrooms, bathrooms, carSpaces, landArea, floorArea, latitude, longitude, ...identity] = sizes as string[];
  const [dealing, stated, property, sale, issued] = identity as string[];
  const joined = values.join('\x1f');
  if (joined.includes('\0')) throw new ValueError('unreadable text', 'the line holds a NUL character');
  if (!address) throw new ValueError('address missing', 'address is missing');
  if (!priceText) throw new ValueError('price missing', 'price is missing');
  if (!/^\d{1,12}(\.0+)?$/.test(priceText)) {
    throw new ValueError('bad price', `price "${priceText}" is not a whole number without signs or separators`);
  }
  const price = Number(priceText);
  const contractDate = date(contract as string, 'contract_date');
  if (!latitude !== !longitude) {
    throw new ValueError('bad coordinates', 'latitude and longitude must both be given, or neither');
  }
  if (issued && !/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(issued)) {
    throw new ValueError('bad issued_at', `issued_at "${issued}" is not a moment such as 2025-01-31T09:30:00Z`);
  }
  const propertyKey = property || `${address};${postcode}`.toLowerCase();
  return {
    key: sale || `${propertyKey};${contractDate ?? ''}`,
    propertyKey,
    fingerprint: fingerprint(joined),
    issuedAt: issued || null,
    contractDate,
    settlementDate: date(settlement as string, 'settlement_date'),
    price,
    type: type || null,
    address,
    street: street || null,
    locality: locality || null,
    region: region || null,
    postcode: postcode || null,
    bedrooms: number(bedrooms as string, 'bedrooms', 0, 999, true),
    bathrooms: number(bathrooms as string, 'bathrooms', 0, 999),
    carSpaces: number(carSpaces as string, 'car_spaces', 0, 9999, true),
    landArea: number(landArea as string, 'land_area', 0, 1e12),
    floorArea: number(floorArea as string, 'floor_area', 0, 1e9),
    latitude: number(latitude as string, 'latitude', -90, 90),
    longitude: number(longitude as string, 'longitude', -180, 180),
    dealing: dealing || null,
    nonStandard: stated || nonStandard(price, contractDate),
    details: null,
  };
}

function nonStandard(price: number, contractDate: string | null): string | null {
  if (price === 0) return 'no price';
  if (!contractDate) return 'contract date missing';
  return contractDate < '1900-01-01' ? 'contract date before 1900' : null;
}

function date(text: string, column: Column): string | null {
  if (text === '') return null;
  if (!isIsoDate(text)) throw new ValueError(`bad ${column}`, `${column} "${text}" is not a date (YYYY-MM-DD)`);
  return text;
}

const isIsoDate = remembering((text) => {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  return match !== null && isDay(Number(match[1]), Number(match[2]), Number(match[3]));
});

function number(text: string, column: Column, least: number, most: number, whole = false): number | null {
  if (text === '') return null;
  const value = /^-?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
    const kind = whole ? 'a whole number' : 'a number';
    throw new ValueError(`bad ${column}`, `${column} "${text}" is not ${kind} from ${least} to ${most}`);
  }
  return value;
}

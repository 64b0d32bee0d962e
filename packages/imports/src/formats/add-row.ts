/**
 * The boundary between files and the domain. Each format parses its rows; here, every row is checked before it becomes a sale or a place.
 * PostgreSQL and the replicas can store every row that passes, and every reject.
 */
import {
  attributeNames,
  attributes,
  maxAttributeLength,
  type NumberAttributeName,
  vanishes,
} from '@property-insights/database';
import { attributeMembers } from './attributes.ts';
import { type Batch, type Place, type Reject, type Sale, ValueError } from './format.ts';
import { isDay, memoized } from './values.ts';

/** Of a row, and of the names of the columns together, in characters. Real rows have up to 6,000. DuckDB accepts lines of 2 MB. */
export const maxRowLength = 65_536;
/** Of each text of a sale or a place, in characters. */
const maxTextLength = 1_000;
/** Of the key of a sale, a property or a place, in bytes of UTF-8. An index of PostgreSQL accepts 2,704 bytes. */
const maxKeyBytes = 2_000;
/** In whole currency units. */
const maxPrice = 1e12;
/** Of a value that a message quotes, and of the beginning of a long row that a reject shows, in characters. */
const maxQuoted = 200;

/** A row of a file before it has been parsed. */
export interface RowOrigin extends Omit<Reject, 'reason' | 'message'> {
  /** What `line` counts; `line` by default. */
  unit?: 'line' | 'row';
}

/**
 * Adds the row that `read` returns to its list. If `read` or a check throws `ValueError`, adds a reject with the origin instead.
 * Other errors are thrown.
 */
export function addRow(batch: Batch, read: () => Sale | Place, origin: () => RowOrigin): void {
  try {
    const row = read();
    if ('price' in row) {
      checkSale(row);
      batch.sales.push(row);
    } else {
      checkPlace(row);
      batch.places ??= [];
      batch.places.push(row);
    }
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    const { unit = 'line', ...source } = origin();
    batch.rejects.push({
      ...source,
      content: beginning(source.content),
      reason: error.reason,
      message: `${unit} ${source.line}: ${elided(error.message)}`,
    });
  }
}

/** @param length of a row, in characters. @throws ValueError above the maximum */
export function checkRowLength(length: number): void {
  if (length > maxRowLength) throw tooLong('the row', length, maxRowLength, 'characters');
}

/** Whether PostgreSQL can store a text: it has no NUL character and no half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function checkSale(sale: Sale): void {
  // Sources write 0 for unknown coordinates. There is no land there.
  if (sale.latitude === 0 && sale.longitude === 0) Object.assign(sale, { latitude: null, longitude: null });
  checkKey('sale_key', sale.key);
  checkKey('property_key', sale.propertyKey);
  checkText('address', sale.address);
  checkText('street', sale.street);
  checkText('locality', sale.locality);
  checkText('region', sale.region);
  checkText('postcode', sale.postcode);
  checkText('type', sale.type);
  checkText('dealing', sale.dealing);
  checkText('non_standard', sale.nonStandard);
  checkDetails(sale.details);
  checkDay('contract_date', sale.contractDate);
  checkDay('settlement_date', sale.settlementDate);
  const { issuedAt, price } = sale;
  if (issuedAt !== null && !isMoment(issuedAt)) {
    throw new ValueError(
      'bad issued_at',
      `issued_at "${issuedAt}" is not a date and time of the years 1900 to 2999, such as 2025-01-31T09:30:00Z`,
    );
  }
  if (!(Number.isInteger(price) && price >= 0 && price <= maxPrice)) {
    throw new ValueError('bad price', `price ${price} is not a whole number from 0 to ${maxPrice}`);
  }
  for (const { name, member } of attributeList) {
    const value = sale[member];
    if (typeof value === 'string') checkText(name, value, maxAttributeLength);
    else if (value !== null) checkAttribute(name as NumberAttributeName, value);
  }
}

function checkPlace({ key, name, region, postcode, latitude, longitude }: Place): void {
  if (latitude === 0 && longitude === 0) throw new ValueError('bad coordinates', 'the coordinates are 0, 0');
  checkKey('the key', key);
  checkText('name', name);
  checkText('region', region);
  checkText('postcode', postcode);
}

const attributeList = attributeNames.map((name) => ({ name, member: attributeMembers[name] }));

function checkAttribute(name: NumberAttributeName, value: number): void {
  const attribute = attributes[name];
  const { type, minimum, maximum } = attribute;
  const whole = type === 'smallint';
  if (value >= minimum && value <= maximum && !vanishes(attribute, value) && (!whole || Number.isInteger(value)))
    return;
  const kind = whole ? 'a whole number' : 'a number';
  throw new ValueError(`bad ${name}`, `${name} ${value} is not ${kind} from ${minimum} to ${maximum}`);
}

function checkText(name: string, text: string | null, maximum = maxTextLength): void {
  if (text === null) return;
  if (text.length > maximum) throw tooLong(name, text.length, maximum, 'characters');
  if (!isStorable(text)) throw unreadable(name);
}

function checkKey(name: string, key: string): void {
  // A character has at most three bytes for each unit of its length.
  if (3 * key.length > maxKeyBytes) {
    const bytes = Buffer.byteLength(key);
    if (bytes > maxKeyBytes) throw tooLong(name, bytes, maxKeyBytes, 'bytes');
  }
  if (!isStorable(key)) throw unreadable(name);
}

/** @param json an object whose values are texts and numbers */
function checkDetails(json: string | null): void {
  if (json === null) return;
  if (json.length > maxRowLength) throw tooLong('details', json.length, maxRowLength, 'characters');
  // JSON escapes NUL and halves of surrogate pairs, among others.
  if (json.includes('\\u') && !Object.entries(JSON.parse(json)).flat().map(String).every(isStorable)) {
    throw unreadable('details');
  }
}

function checkDay(name: string, day: string | null): void {
  if (day !== null && !isIsoDate(day)) throw new ValueError(`bad ${name}`, `${name} "${day}" is not a date`);
}

/** By character codes. Every row has a date, and the lookup in a cache or a regular expression takes 4 % of the time of reading. */
function isIsoDate(text: string): boolean {
  const hasForm = text.length === 10 && text[4] === '-' && text[7] === '-';
  return hasForm && isDay(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10));
}

/** The number of a part of a text; NaN if that has other characters than digits. */
function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = 10 * number + digit;
  }
  return number;
}

const moment =
  /^((?:19|2\d)\d\d-\d\d-\d\d)[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:0\d|1[0-4]):?[0-5]\d| Australia\/Sydney)$/;

const isMoment = memoized((text) => {
  const day = moment.exec(text)?.[1];
  return day !== undefined && isIsoDate(day);
});

function tooLong(name: string, length: number, maximum: number, unit: string): ValueError {
  return new ValueError('value too long', `${name} has ${length} ${unit}; the maximum is ${maximum}`);
}

function unreadable(name: string): ValueError {
  return new ValueError('unreadable text', `${name} contains a NUL character or half of a surrogate pair`);
}

/** A message without the middle of the long value that it quotes. */
function elided(message: string): string {
  if (message.length <= 3 * maxQuoted) return message;
  return `${message.slice(0, maxQuoted)} … ${message.slice(-maxQuoted)}`.toWellFormed();
}

/** A row; only its beginning if it is too long. */
function beginning(content: string): string {
  if (content.length <= maxRowLength) return content;
  return `${content.slice(0, maxQuoted)} … (${content.length} characters)`.toWellFormed();
}

/**
 * The project's own CSV: a header line with the columns below, in any order, then one sale a line. Exports and synthetic markets use it.
 *
 * Needed: contract_date, price, address. Without a property_key, address and postcode identify the property. Without a sale_key, property and
 * contract date identify the sale, so that a corrected line replaces the original.
 */
import { attributeNames, isTextAttribute, withoutMark } from '@property-insights/database';
import { attributeMembers } from './attributes.ts';
import type { CsvLayout } from './csv.ts';
import { csvFormat, firstFields, maxColumns, namesColumns } from './csv.ts';
import type { Sale } from './format.ts';
import { FileError, ValueError } from './format.ts';
import { attributeOf, blankSale, fingerprint, isDay, memoized, notStandard } from './values.ts';

/** All columns, in the order in which they are written. */
const columns = [
  'contract_date',
  'settlement_date',
  'price',
  'type',
  'address',
  'street',
  'locality',
  'region',
  'postcode',
  ...attributeNames,
  'dealing',
  'non_standard',
  'property_key',
  'sale_key',
  'issued_at',
] as const;
type Column = (typeof columns)[number];
const indexOf = Object.fromEntries(columns.map((name, index) => [name, index])) as Record<Column, number>;

/**
 * Columns that only exports have, and that are not read. Coordinates beside a value of `approximate` are not read either: they are those of a place,
 * and the sale states none.
 */
const exported: readonly string[] = ['id', 'property_id', 'approximate', 'set_aside'];

const known: ReadonlySet<string> = new Set([...columns, ...exported]);

const needed: readonly Column[] = ['contract_date', 'price', 'address'];

export const propertyInsights = csvFormat(
  {
    name: 'property-insights',
    title: 'Property Insights CSV',
    // A file with other columns too is read by a mapping.
    detect(sample) {
      const fields = firstFields(sample);
      return namesColumns(sample, needed) && (fields.length > maxColumns || fields.every((name) => known.has(name)));
    },
  },
  readHeader,
);

function readHeader(names: string[]): CsvLayout {
  for (const [index, name] of names.entries()) {
    if (![...columns, ...exported].includes(name)) {
      throw new FileError(`the header has an unknown column "${name}"; the columns are ${columns.join(', ')}`);
    }
    if (names.indexOf(name) !== index) throw new FileError(`the header names the column "${name}" twice`);
  }
  const missing = needed.filter((name) => !names.includes(name));
  if (missing.length > 0) throw new FileError(`the header lacks ${missing.map((name) => `"${name}"`).join(' and ')}`);
  const positions = columns.map((name) => (names.includes(name) ? names.indexOf(name) : undefined));
  const placed = positions.map((position, i) => (isCoordinate(columns[i] as Column) ? undefined : position));
  const approximate = names.indexOf('approximate');
  return {
    hasHeader: true,
    width: names.length,
    sale: (record) => readSale(record, record[approximate] ? placed : positions),
  };
}

function isCoordinate(name: Column): boolean {
  return name === 'latitude' || name === 'longitude';
}

/** @param positions the position of each column in the record */
function readSale(record: string[], positions: (number | undefined)[]): Sale {
  const values = positions.map((position) =>
    position === undefined ? '' : withoutMark((record[position] as string).trim()),
  );
  const stated = (name: Column) => values[indexOf[name]] as string;
  const [priceText, address, postcode] = [stated('price'), stated('address'), stated('postcode')];
  if (!address) throw new ValueError('address missing', 'address is missing');
  if (!priceText) throw new ValueError('price missing', 'price is missing');
  if (!/^\d{1,12}(\.0+)?$/.test(priceText)) {
    throw new ValueError('bad price', `price "${priceText}" is not a whole number without signs or separators`);
  }
  const price = Number(priceText);
  const contractDate = date(stated('contract_date'), 'contract_date');
  if (!stated('latitude') !== !stated('longitude')) {
    throw new ValueError('bad coordinates', 'latitude and longitude must both be given, or neither');
  }
  const propertyKey = stated('property_key') || `${address};${postcode}`.toLowerCase();
  const sale: Sale = {
    ...blankSale,
    key: stated('sale_key') || `${propertyKey};${contractDate ?? ''}`,
    propertyKey,
    fingerprint: fingerprint(values.join('\x1f')),
    issuedAt: stated('issued_at') || null,
    contractDate,
    settlementDate: date(stated('settlement_date'), 'settlement_date'),
    price,
    type: stated('type') || null,
    address,
    street: stated('street') || null,
    locality: stated('locality') || null,
    region: stated('region') || null,
    postcode: postcode || null,
    dealing: stated('dealing') || null,
    nonStandard: stated('non_standard') || notStandard(price, contractDate),
  };
  for (const name of attributeNames) {
    const text = stated(name);
    const value = isTextAttribute(name) ? text || null : attributeOf(name, text);
    Object.assign(sale, { [attributeMembers[name]]: value });
  }
  return sale;
}

function date(text: string, column: Column): string | null {
  if (text === '') return null;
  if (!isIsoDate(text)) throw new ValueError(`bad ${column}`, `${column} "${text}" is not a date (YYYY-MM-DD)`);
  return text;
}

const isIsoDate = memoized((text) => {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  return match !== null && isDay(Number(match[1]), Number(match[2]), Number(match[3]));
});

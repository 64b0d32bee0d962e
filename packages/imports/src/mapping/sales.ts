/** From the cells of a row to a sale, as a mapping says. */
import { attributeNames } from '@property-insights/database';
import { attributeMembers } from '../formats/attributes.ts';
import type { Sale } from '../formats/format.ts';
import { FileError, ValueError } from '../formats/format.ts';
import { blankSale, fingerprint, notStandard } from '../formats/values.ts';
import { type Field, type FieldName, fieldNames, fieldOf } from './fields.ts';
import { type Column, columnsOf, type Mapping, type Source, usuallyMissing } from './mapping.ts';
import { areaUnits, type Cell, type NumberReading, readArea, readDate, readMoney, readNumber } from './readings.ts';

/** Reads one row. Throws `ValueError`. */
export type SaleReader = (cells: readonly Cell[]) => Sale;

/**
 * What reads the rows of a table with these columns.
 * @throws FileError where the mapping names a column that the table has not
 */
export function saleReader(mapping: Mapping, columns: readonly string[]): SaleReader {
  const sources = mapping.fields ?? {};
  const missing = new Set(mapping.missing ?? usuallyMissing);
  const readers = fieldNames.flatMap((name) => {
    const source = sources[name];
    return source ? [[name, cellOf(name, source, columns, missing), source] as const] : [];
  });
  const details = (mapping.details ?? []).map((column) => {
    const place = placeOf(column, columns, 'details');
    return [typeof column === 'string' ? column : (columns[place] as string), place] as const;
  });
  return (cells) => {
    const row = new Row();
    for (const [name, cell, source] of readers) row.set(name, cell(cells), source);
    const said: Record<string, Cell> = {};
    for (const [name, place] of details) {
      const cell = cells[place];
      if (cell !== undefined && cell !== '' && !missing.has(String(cell))) said[name] = cell;
    }
    return row.sale(said);
  };
}

/** Where a column stands in a table. @throws FileError where it doesn't */
export function placeOf(column: Column, columns: readonly string[], member: string): number {
  const place = typeof column === 'number' ? column - 1 : columns.indexOf(column);
  if (place < 0 || place >= columns.length) {
    const shown = typeof column === 'number' ? `number ${column}` : `"${column}"`;
    throw new FileError(
      `${member} of the mapping takes the column ${shown}, and the table has none; ${listed(columns)}`,
    );
  }
  if (typeof column === 'string' && columns.indexOf(column, place + 1) !== -1) {
    throw new FileError(
      `${member} of the mapping takes the column "${column}", and the table has two of that name; give its number`,
    );
  }
  return place;
}

function listed(columns: readonly string[]): string {
  const most = 30;
  const shown = columns
    .slice(0, most)
    .map((name) => `"${name}"`)
    .join(', ');
  return `its columns are ${shown}${columns.length > most ? ` and ${columns.length - most} more` : ''}`;
}

/** What a field is given of a row, before it is read as a date or a number; empty where that is nothing. */
export function cellOf(
  name: FieldName,
  source: Source,
  columns: readonly string[],
  missing: Set<string>,
): (cells: readonly Cell[]) => Cell {
  const { value, values, separator = ' ' } = source;
  if (value !== undefined) return () => value;
  const places = columnsOf(source).map((column) => placeOf(column, columns, `fields.${name}`));
  const translated = new Map(Object.entries(values ?? {}));
  const [only] = places;
  const joined =
    places.length === 1
      ? (cells: readonly Cell[]) => cleaned(cells[only as number], missing)
      : (cells: readonly Cell[]) =>
          places
            .map((place) => cleaned(cells[place], missing))
            .filter((cell) => cell !== '')
            .join(separator);
  if (translated.size === 0) return joined;
  return (cells) => {
    const cell = joined(cells);
    return translated.get(String(cell)) ?? cell;
  };
}

function cleaned(cell: Cell | undefined, missing: Set<string>): Cell {
  if (typeof cell === 'number') return Number.isNaN(cell) ? '' : cell;
  const text = (cell ?? '').trim();
  return missing.has(text) ? '' : text;
}

/** The fields of one row as they are read. */
class Row {
  readonly #stated: string[] = [];
  readonly #texts: Partial<Record<FieldName, string>> = {};
  readonly #numbers: Partial<Record<FieldName, number | null>> = {};

  set(name: FieldName, cell: Cell, source: Source): void {
    this.#stated.push(`${name}=${cell}`);
    if (cell === '') return;
    const field = fieldOf(name);
    switch (field.kind) {
      case 'text':
        this.#texts[name] = String(cell);
        break;
      case 'date':
        this.#texts[name] = date(name, cell, source);
        break;
      case 'moment':
        this.#texts[name] = moment(name, String(cell));
        break;
      case 'money':
        this.#numbers[name] = price(name, cell, source);
        break;
      case 'area':
        this.#numbers[name] = area(name, field, cell, source);
        break;
      default:
        this.#numbers[name] = inBounds(name, field, cell, decided(name, cell, readNumber, source));
    }
  }

  sale(details: Record<string, Cell>): Sale {
    const text = (name: FieldName) => this.#texts[name] ?? null;
    const number = (name: FieldName) => this.#numbers[name] ?? null;
    const amount = number('price');
    if (amount === null) throw new ValueError('price missing', 'price is missing');
    if ((number('latitude') === null) !== (number('longitude') === null)) {
      throw new ValueError('bad coordinates', 'of latitude and longitude only one is given');
    }
    const contractDate = text('contract_date');
    const place = (['address', 'unit', 'house_number', 'street', 'locality', 'region', 'postcode'] as const).map(
      (name) => text(name) ?? '',
    );
    const known =
      text('property_key') ?? (place.slice(0, 4).some(Boolean) ? place.join(';').toLowerCase() : text('sale_key'));
    if (known === null) throw new ValueError('address missing', 'address is missing');
    const detailsJson = Object.keys(details).length > 0 ? JSON.stringify(details) : null;
    const sale: Sale = {
      ...blankSale,
      // The price is part of it: two flats of one address may be sold on a day, and rarely at one price.
      key: text('sale_key') ?? [known, contractDate ?? '', amount].join(';'),
      propertyKey: known,
      fingerprint: fingerprint([...this.#stated, detailsJson ?? ''].join('\x1f')),
      issuedAt: text('issued_at'),
      contractDate,
      settlementDate: text('settlement_date'),
      price: amount,
      type: text('type'),
      address: text('address') ?? (this.#composedAddress() || `Property ${known}`),
      street: text('street'),
      locality: text('locality'),
      region: text('region'),
      postcode: text('postcode'),
      dealing: text('dealing'),
      nonStandard: text('non_standard') ?? notStandard(amount, contractDate),
      details: detailsJson,
    };
    for (const name of attributeNames) sale[attributeMembers[name]] = number(name);
    return sale;
  }

  /** `5/12 King St, Branxton`; empty where neither unit, house number nor street is known. */
  #composedAddress(): string {
    const { unit, house_number: house, street, locality } = this.#texts;
    const place = [house, street].filter(Boolean).join(' ');
    const beginning = !unit
      ? place
      : house && /^\d+[A-Z]?$/i.test(unit)
        ? `${unit}/${place}`
        : [unit, place].filter(Boolean).join(', ');
    return beginning && [beginning, locality].filter(Boolean).join(', ');
  }
}

function date(name: FieldName, cell: Cell, { date_order: order }: Source): string {
  const { dmy, mdy } = readDate(String(cell));
  if (order === undefined && dmy && mdy && dmy !== mdy) {
    throw new ValueError(
      `bad ${name}`,
      `${name} "${cell}" could be ${dmy} or ${mdy}; the mapping must say its date_order`,
    );
  }
  const read = order === undefined ? dmy || mdy : { dmy, mdy }[order];
  if (!read) throw new ValueError(`bad ${name}`, `${name} "${cell}" is not a date${order ? ` (${order})` : ''}`);
  return read;
}

function moment(name: FieldName, text: string): string {
  if (/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(text) && readDate(text.slice(0, 10)).dmy)
    return text;
  throw new ValueError(`bad ${name}`, `${name} "${text}" is not a moment such as 2025-01-31T09:30:00Z`);
}

/** NaN where the cell is no number. */
function decided(name: FieldName, cell: Cell, read: (text: string) => NumberReading, { decimal }: Source): number {
  if (typeof cell === 'number') return cell;
  const { '.': point, ',': comma } = read(cell);
  if (decimal) return decimal === '.' ? point : comma;
  if (!Number.isNaN(point) && !Number.isNaN(comma) && point !== comma) {
    throw new ValueError(
      `bad ${name}`,
      `${name} "${cell}" could be ${point} or ${comma}; the mapping must say what decimals stand after`,
    );
  }
  return Number.isNaN(point) ? comma : point;
}

function price(name: FieldName, cell: Cell, source: Source): number {
  const amount = Math.round(decided(name, cell, readMoney, source));
  if (!(amount >= 0 && amount < 1e12)) {
    throw new ValueError(`bad ${name}`, `${name} "${cell}" is not an amount of money, from 0 on`);
  }
  return amount;
}

/** In square metres, to the hundredth. Nothing is what sources write where they do not know. */
function area(name: FieldName, field: Field, cell: Cell, source: Source): number | null {
  const parts = typeof cell === 'number' ? { figures: cell, unit: undefined } : readArea(cell);
  const value = inBounds(name, field, cell, parts ? decided(name, parts.figures, readNumber, source) : Number.NaN);
  const unit = parts?.unit ?? source.unit;
  if (!unit) throw new ValueError(`bad ${name}`, `${name} "${cell}" names no unit, nor does the mapping`);
  return unit === 'm2' ? value || null : Math.round(value * areaUnits[unit] * 100) / 100 || null;
}

function inBounds(name: FieldName, { kind, least = 0, most = 0 }: Field, cell: Cell, value: number): number {
  if (value >= least && value <= most && (kind !== 'whole' || Number.isInteger(value))) return value;
  throw new ValueError(
    `bad ${name}`,
    `${name} "${cell}" is not ${kind === 'whole' ? 'a whole number' : 'a number'} from ${least} to ${most}${kind === 'area' ? ', with a unit or without' : ''}`,
  );
}

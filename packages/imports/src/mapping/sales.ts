/** Reads a sale from the cells of a row, by a mapping. */
import { attributeNames, isTextAttribute } from '@property-insights/database';
import { attributeMembers } from '../formats/attributes.ts';
import type { Sale } from '../formats/format.ts';
import { FileError, ValueError } from '../formats/format.ts';
import { checkFormula, isValue, spreadsheetText } from '../formats/spreadsheet-cells.ts';
import { blankSale, fingerprint, notStandard } from '../formats/values.ts';
import { meets } from './conditions.ts';
import { type Field, type FieldName, fieldNames, fieldOf } from './fields.ts';
import { type Column, columnsOf, defaultMissing, type Mapping, type Source } from './mapping.ts';
import {
  areaUnitCode,
  areaUnits,
  type Cell,
  dateOfNumber,
  hasShortYear,
  inYears,
  type NumberReading,
  readArea,
  readDate,
  readInstant,
  readMoney,
  readNumber,
  scaled,
} from './readings.ts';

/** Reads one row. Throws `ValueError`. */
export type SaleReader = (cells: readonly Cell[]) => Sale;

/**
 * A reader for the rows of a table with these columns.
 * @throws FileError if the mapping names a column that the table lacks
 */
export function saleReader(mapping: Mapping, columns: readonly string[]): SaleReader {
  const sources = mapping.fields ?? {};
  const missing = new Set(mapping.missing ?? defaultMissing);
  const readers = fieldNames.flatMap((name) => {
    const source = sources[name];
    if (!source) return [];
    const { unit_column: unitColumn } = source;
    const unitPosition =
      unitColumn === undefined ? undefined : positionOf(unitColumn, columns, `fields.${name}.unit_column`);
    return [[name, cellOf(name, source, columns, missing), source, unitPosition] as const];
  });
  const details = (mapping.details ?? []).map((column) => {
    const position = positionOf(column, columns, 'details');
    return [typeof column === 'string' ? column : (columns[position] as string), position] as const;
  });
  const transaction = (mapping.transaction?.columns ?? []).map((column) =>
    positionOf(column, columns, 'transaction.columns'),
  );
  const conditions = (mapping.leave_out ?? []).map(
    (condition) => [condition, positionOf(condition.column, columns, 'leave_out'), meets(condition)] as const,
  );
  const flags = (mapping.flags ?? []).map(
    (flag) => [flag.reason, positionOf(flag.column, columns, 'flags'), meets(flag)] as const,
  );
  return (cells) => {
    for (const [{ column }, position, isMet] of conditions) {
      const cell = cleaned(cells[position], missing);
      if (isMet(cell)) throw new ValueError(noSale, `"${column}" is "${cell}", so the row is no sale by the mapping`);
    }
    const row = new Row();
    for (const [name, cell, source, unitPosition] of readers) {
      row.set(name, cell(cells), source, unitPosition === undefined ? '' : cleaned(cells[unitPosition], missing));
    }
    const detailCells: Record<string, Cell> = {};
    for (const [name, position] of details) {
      const cell = cells[position];
      if (cell !== undefined && isValue(cell) && !missing.has(String(cell))) detailCells[name] = cell;
    }
    const flag = flags.find(([, position, isMet]) => isMet(cleaned(cells[position], missing)));
    const sale = row.sale(detailCells, flag?.[0]);
    const shared = transaction.map((position) => cleaned(cells[position], missing));
    if (shared.some((cell) => cell !== '')) sale.transaction = shared.join('\x1f');
    return sale;
  };
}

/** The position of a column in a table. @throws FileError if the table lacks it, or has several of that name */
export function positionOf(column: Column, columns: readonly string[], member: string): number {
  const position = typeof column === 'number' ? column - 1 : columns.indexOf(column);
  if (position < 0 || position >= columns.length) {
    const shown = typeof column === 'number' ? `number ${column}` : `"${column}"`;
    throw new FileError(
      `${member} of the mapping names the column ${shown}, which the table lacks; ${listed(columns)}`,
    );
  }
  if (typeof column === 'string' && columns.indexOf(column, position + 1) !== -1) {
    throw new FileError(
      `${member} of the mapping names the column "${column}", but the table has several of that name; use its number`,
    );
  }
  return position;
}

function listed(columns: readonly string[]): string {
  const maxShown = 30;
  const shown = columns
    .slice(0, maxShown)
    .map((name) => `"${name}"`)
    .join(', ');
  return `its columns are ${shown}${columns.length > maxShown ? ` and ${columns.length - maxShown} more` : ''}`;
}

/** Reads the cell of a field from a row, before it is parsed as a date or number; empty if there is no value. */
export function cellOf(
  name: FieldName,
  source: Source,
  columns: readonly string[],
  missing: Set<string>,
): (cells: readonly Cell[]) => Cell {
  const { value, values, separator = ' ' } = source;
  if (value !== undefined) return () => value;
  const positions = columnsOf(source).map((column) => positionOf(column, columns, `fields.${name}`));
  const translated = new Map(Object.entries(values ?? {}));
  const [only] = positions;
  const joined =
    positions.length === 1
      ? (cells: readonly Cell[]) => cleaned(cells[only as number], missing)
      : (cells: readonly Cell[]) =>
          positions
            .map((position) => cleaned(cells[position], missing))
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
  const text = spreadsheetText((cell ?? '').trim());
  return missing.has(text) ? '' : text;
}

/** The texts that are names of things and not quantities, even if they have only digits. */
const identifiers: ReadonlySet<FieldName> = new Set([
  'postcode',
  'house_number',
  'unit',
  'dealing',
  'property_key',
  'sale_key',
]);

/** An identifier that a program has read as a number: `2000.0` is 2000, and `1.40812E+13` has lost digits. @throws ValueError */
function identifier(name: FieldName, text: string): string {
  if (/^\d+\.0+$/.test(text)) return text.slice(0, text.indexOf('.'));
  if (/^\d+(?:\.\d+)?E\+\d+$/i.test(text)) {
    throw new ValueError(
      `damaged ${name}`,
      `${name} "${text}" has lost digits in a spreadsheet; export the file again with this column as text`,
    );
  }
  return text;
}

/** The texts of rows below or between sales that sum them up. */
const summary =
  /^(?:(?:grand|sub|over)[ -]?)?(?:total|totals|median|average|mean|avg|summe|gesamtsumme|zwischensumme|gesamt|durchschnitt|mittelwert|moyenne|médiane|somme|promedio|mediana|totale|gemiddelde|totaal)(?: (?:sales?|prices?|amount|value|général|sale price|sales price))?:?$/i;

/** Whether a cell is the name of a summary: its row is no sale. */
export function isSummary(cell: Cell): boolean {
  return typeof cell === 'string' && summary.test(cell);
}

/** The reason of a reject that was understood, and is not one of the rows that `max_rejects` limits. */
export const noSale = 'no sale';

function summaryRow(name: FieldName, text: string): ValueError {
  return new ValueError(noSale, `${name} "${text}" is that of a summary, not of a sale`);
}

/** The parsed fields of one row. */
class Row {
  readonly #stated: string[] = [];
  readonly #texts: Partial<Record<FieldName, string>> = {};
  readonly #numbers: Partial<Record<FieldName, number | null>> = {};

  /** @param unit of an area, from its own column; empty if there is none */
  set(name: FieldName, cell: Cell, source: Source, unit: Cell = ''): void {
    this.#stated.push(`${name}=${cell}${unit}`);
    if (cell === '') return;
    checkFormula(name, cell);
    const field = fieldOf(name);
    switch (field.kind) {
      case 'text':
      case 'moment':
        this.#texts[name] = identifiers.has(name) ? identifier(name, String(cell)) : String(cell);
        break;
      case 'date':
        this.#texts[name] = date(name, cell, source);
        break;
      case 'money':
        this.#numbers[name] = price(name, cell, source);
        break;
      case 'area':
        this.#numbers[name] = area(name, field, cell, source, unit);
        break;
      default:
        this.#numbers[name] = inBounds(name, field, cell, numberOf(name, cell, readNumber, source));
    }
  }

  /** @param flag the reason why a flag of the mapping makes it non-standard */
  sale(details: Record<string, Cell>, flag: string | undefined): Sale {
    const text = (name: FieldName) => this.#texts[name] ?? null;
    const number = (name: FieldName) => this.#numbers[name] ?? null;
    const sum = (['address', 'street', 'locality', 'type'] as const).find((name) => isSummary(text(name) ?? ''));
    if (sum) throw summaryRow(sum, text(sum) ?? '');
    const amount = number('price');
    if (amount === null) throw new ValueError('price missing', 'price is missing');
    if ((number('latitude') === null) !== (number('longitude') === null)) {
      throw new ValueError('bad coordinates', 'latitude and longitude must both be given, or neither');
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
      // With the price, because two flats of one address may be sold on one day, but rarely at the same price.
      key: text('sale_key') ?? [known, contractDate ?? '', amount].join(';'),
      propertyKey: known,
      fingerprint: fingerprint([...this.#stated, detailsJson ?? '', ...(flag ? [flag] : [])].join('\x1f')),
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
      nonStandard: text('non_standard') ?? notStandard(amount, contractDate) ?? flag ?? null,
      details: detailsJson,
    };
    for (const name of attributeNames) {
      Object.assign(sale, { [attributeMembers[name]]: isTextAttribute(name) ? text(name) : number(name) });
    }
    return sale;
  }

  /** `5/12 King St, Branxton`; empty if unit, house number and street are all unknown. */
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

function date(
  name: FieldName,
  cell: Cell,
  { date_order: order, date_numbers: numbers, time_zone: zone, first_year: firstYear, calendar }: Source,
): string {
  const text = numbers ? dateOfNumber(String(cell), numbers) : String(cell);
  const instant = zone && readInstant(text);
  if (instant) return dayIn(zone, instant);
  const { dmy, mdy } = readDate(text);
  if (order === undefined && dmy && mdy && dmy !== mdy) {
    throw new ValueError(`bad ${name}`, `${name} "${cell}" could be ${dmy} or ${mdy}; state date_order in the mapping`);
  }
  const read = order === undefined ? dmy || mdy : { dmy, mdy }[order];
  if (!read && isSummary(text)) throw summaryRow(name, text);
  if (!read) throw new ValueError(`bad ${name}`, `${name} "${cell}" is not a date${order ? ` (${order})` : ''}`);
  const isShort = hasShortYear(text);
  if (!isShort && calendar !== 'buddhist') return read;
  if (isShort && firstYear === undefined) {
    throw new ValueError(`bad ${name}`, `${name} "${cell}" has a year of two digits; state first_year in the mapping`);
  }
  const day = inYears(read, isShort ? firstYear : undefined, calendar);
  if (!day) throw new ValueError(`bad ${name}`, `${name} "${cell}" is not a date of the years that the mapping states`);
  return day;
}

/** The ISO date of an instant in a time zone. */
function dayIn(zone: string, instant: Date): string {
  let format = dayFormats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone });
    dayFormats.set(zone, format);
  }
  return format.format(instant);
}

/** Few, because a mapping names at most a zone for each date. */
const dayFormats = new Map<string, Intl.DateTimeFormat>();

/** NaN if the cell is not a number. */
function numberOf(name: FieldName, cell: Cell, read: (text: string) => NumberReading, { decimal }: Source): number {
  if (typeof cell === 'number') return cell;
  const { '.': point, ',': comma } = read(cell);
  if (decimal) return decimal === '.' ? point : comma;
  if (!Number.isNaN(point) && !Number.isNaN(comma) && point !== comma) {
    throw new ValueError(
      `bad ${name}`,
      `${name} "${cell}" could be ${point} or ${comma}; state decimal in the mapping`,
    );
  }
  return Number.isNaN(point) ? comma : point;
}

function price(name: FieldName, cell: Cell, source: Source): number {
  const amount = Math.round(amountOf(name, cell, source));
  if (!(amount >= 0 && amount < 1e12)) {
    throw new ValueError(`bad ${name}`, `${name} "${cell}" is not an amount of money of at least 0`);
  }
  return amount;
}

/** Up to this scale, three digits after the only mark of an amount are thousands. Amounts in millions have decimals. */
export const maxScaleOfThousands = 1000;

function amountOf(name: FieldName, cell: Cell, source: Source): number {
  const { decimal, scale = 1, currency } = source;
  if (typeof cell === 'number') return scaled(cell, scale);
  const read = readMoney(cell);
  const { scale: ownScale, currencies } = read.unit;
  if (currency && currencies && !currencies.includes(currency)) {
    throw new ValueError('other currency', `${name} "${cell}" is not in ${currency}, the currency of the market`);
  }
  const likely = !decimal && scale <= maxScaleOfThousands && !Number.isNaN(read.likely);
  const amount = likely ? read.likely : numberOf(name, cell, () => read, source);
  return ownScale === 1 ? scaled(amount, scale) : amount;
}

/** Square metres, rounded to hundredths; null for 0, which sources write for unknown areas. */
function area(name: FieldName, field: Field, cell: Cell, source: Source, ownUnit: Cell): number | null {
  const parts = typeof cell === 'number' ? { digits: cell, unit: undefined } : readArea(cell);
  const value = inBounds(name, field, cell, parts ? numberOf(name, parts.digits, readNumber, source) : Number.NaN);
  const unit = parts?.unit ?? (ownUnit === '' ? source.unit : areaUnitCode(String(ownUnit)));
  if (!unit && ownUnit !== '') {
    throw new ValueError(`bad ${name}`, `${name} "${cell}" has the unit "${ownUnit}", which is not a unit of area`);
  }
  if (!unit) throw new ValueError(`bad ${name}`, `${name} "${cell}" has no unit; state area_unit in the mapping`);
  return unit === 'm2' ? value || null : Math.round(value * areaUnits[unit] * 100) / 100 || null;
}

function inBounds(name: FieldName, { kind, minimum = 0, maximum = 0 }: Field, cell: Cell, value: number): number {
  if (value >= minimum && value <= maximum && (kind !== 'whole' || Number.isInteger(value))) return value;
  throw new ValueError(
    `bad ${name}`,
    `${name} "${cell}" is not ${kind === 'whole' ? 'a whole number' : 'a number'} from ${minimum} to ${maximum}${kind === 'area' ? ', with a unit or without' : ''}`,
  );
}

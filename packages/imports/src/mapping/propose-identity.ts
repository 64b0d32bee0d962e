/** Proposes which rows are one sale, and asks what distinguishes homes that would be one property. */
import { isValue } from '../formats/spreadsheet-cells.ts';
import { couldBePrices, identityColumns } from './columns.ts';
import { findConfused, joined } from './confused.ts';
import type { FieldName } from './fields.ts';
import { type Column, columnsOf, type Mapping } from './mapping.ts';
import type { Fields } from './propose.ts';
import { type Open, question } from './questions.ts';
import type { Cell } from './readings.ts';
import type { Findings } from './resolution.ts';
import { cellOf, positionOf } from './sales.ts';
import { named, shown } from './shown.ts';
import type { Beginning } from './table.ts';

const addressFields = ['address', 'unit', 'house_number', 'street', 'locality', 'region', 'postcode'] as const;

/** A reader of one field of a row; of empty cells if the mapping does not fill the field. */
type ReadField = (name: FieldName) => (row: readonly Cell[]) => Cell;

/**
 * @param proposal the proposed fields and details
 * @param missing the texts that stand for no value
 * @param findings receives the evidence, questions and notes
 * @returns the columns that are equal in rows of one sale; undefined if each row is a sale
 */
export function proposeIdentity(
  beginning: Beginning,
  mapping: Mapping,
  { fields, details }: { fields: Fields; details: readonly Column[] },
  missing: Set<string>,
  findings: Findings,
): Mapping['transaction'] {
  const read: ReadField = (name) => {
    const source = fields[name];
    return source ? cellOf(name, source, beginning.columns, missing) : () => '';
  };
  const propertyOf = joined(fields.property_key ? [read('property_key')] : addressFields.map(read));
  if (!fields.property_key) findHomes(beginning, { fields, details }, read, propertyOf, findings);
  return mapping.transaction ?? deeds(beginning, fields, read, propertyOf, findings);
}

/** The column of the deed, if neighbouring rows share deed, date, price and property. */
function deeds(
  beginning: Beginning,
  fields: Fields,
  read: ReadField,
  propertyOf: (row: readonly Cell[]) => string,
  { evidence }: Findings,
): Mapping['transaction'] {
  const { rows, columns } = beginning;
  const deed = fields.dealing?.column;
  if (deed === undefined) return undefined;
  const dealing = read('dealing');
  const transactionOf = joined([dealing, read('contract_date'), read('price'), propertyOf]);
  const shared = rows.filter(
    (row, i) => dealing(row) !== '' && i > 0 && transactionOf(row) === transactionOf(rows[i - 1] as Cell[]),
  ).length;
  if (shared === 0) return undefined;
  const name = shown(beginning, positionOf(deed, columns, 'transaction'));
  evidence.push({
    member: 'transaction',
    text: `rows with the same ${name}, date and price are one sale: ${shared} of the first ${rows.length} rows share them, and the property, with the row above`,
  });
  return { columns: [deed] };
}

/** Asks about homes that would be one property, or notes them if no column distinguishes them. */
function findHomes(
  beginning: Beginning,
  { fields, details }: { fields: Fields; details: readonly Column[] },
  read: ReadField,
  propertyOf: (row: readonly Cell[]) => string,
  { questions, notes }: Findings,
): void {
  const { rows, columns } = beginning;
  const used = new Set(Object.values(fields).flatMap(columnsOf));
  const unused = [...columns.keys()].filter((index) => !used.has(named(beginning, index)));
  const numbers = new Set(identityColumns(beginning));
  const confused = findConfused(rows, {
    property: propertyOf,
    day: read('contract_date'),
    price: read('price'),
    numbers: unused.filter((index) => numbers.has(index)),
    others: details
      .map((column) => positionOf(column, columns, 'details'))
      .filter((index) => !couldBePrices(rows.map((row) => row[index] ?? '').filter(isValue))),
  });
  if (!confused) return;
  const [first] = confused.columns;
  if (first === undefined) {
    notes.push({ code: 'several_homes', property: confused.property });
    return;
  }
  const example = `{"property_key": {"column": ${JSON.stringify(named(beginning, first))}}}`;
  const open: Open = {
    code: 'one_property',
    columns: confused.columns.map((index) => named(beginning, index)),
    property: confused.property,
    other_prices: confused.otherPrices,
  };
  const choices = confused.columns.map((index) => columns[index] as string);
  const remedy = `give all fields in the mapping, with fields.property_key or fields.house_number, such as ${example}`;
  questions.push(question('fields.property_key', open, choices, remedy));
}

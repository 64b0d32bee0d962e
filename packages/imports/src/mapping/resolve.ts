/** Completes a mapping. Missing members are inferred from the table, with evidence. Ambiguities become questions to the client. */
import { isValue } from '../formats/spreadsheet-cells.ts';
import { columnWanted, statisticsQuestion } from './column-questions.ts';
import {
  chooseColumns,
  chooseCurrencyColumn,
  chooseDateParts,
  chooseDetails,
  chooseSuffixColumn,
  chooseUnitColumn,
  couldBePrices,
  identityColumns,
  rowNumberColumns,
  unchosenColumns,
  unfitNamesakes,
} from './columns.ts';
import { completeArea } from './complete-areas.ts';
import { completeDates } from './complete-dates.ts';
import { completeMoney } from './complete-money.ts';
import { completeNumber } from './complete-numbers.ts';
import { findConfused, joined } from './confused.ts';
import { type FieldName, fieldNames, fieldOf } from './fields.ts';
import { chooseFlags } from './flags.ts';
import { type Column, columnsOf, defaultMissing, type Mapping, type Source } from './mapping.ts';
import { findNoSales } from './no-sales.ts';
import type { Cell } from './readings.ts';
import type { Context, FieldValues, MarketTerms, Question, Resolution } from './resolution.ts';
import { cellOf, positionOf } from './sales.ts';
import { named, shown } from './shown.ts';
import type { Beginning } from './table.ts';
import { errorNotes, unlikelyValues } from './unlikely.ts';

/**
 * @param given the mapping from the client, which has precedence
 * @param remembered the mapping last used for a table with these columns in this market
 * @param market the terms that values without a currency or a time zone of their own have
 * @throws FileError if a mapping names a column that the table lacks
 */
export function resolve(
  beginning: Beginning,
  given: Mapping = {},
  remembered?: Mapping,
  market?: MarketTerms,
): Resolution {
  const mapping = { ...remembered, ...given };
  const missing = new Set(mapping.missing ?? defaultMissing);
  const origin = given.fields ? 'given' : remembered?.fields ? 'remembered' : 'proposed';
  const evidence = [...beginning.evidence];
  const questions: Question[] = [];
  const notes = [...(beginning.notes ?? [])];

  let fields = mapping.fields;
  let details = mapping.details ?? [];
  let { flags } = mapping;
  if (!fields) {
    const cells = beginning.columns.map((_, index) =>
      beginning.rows.map((row) => row[index] ?? '').filter((cell) => isValue(cell) && !missing.has(String(cell))),
    );
    const choices = chooseColumns(beginning, cells);
    const rowNumbers = rowNumberColumns(beginning, cells);
    for (const index of rowNumbers) {
      evidence.push({
        member: 'details',
        text: `without ${shown(beginning, index)}, which numbers the rows: the next edition may number them again`,
      });
    }
    fields = {};
    for (const { field, index, reason } of choices) {
      fields[field] = { column: named(beginning, index) };
      const unitColumn = fieldOf(field).kind === 'area' ? chooseUnitColumn(beginning, cells, field) : undefined;
      if (unitColumn !== undefined) fields[field].unit_column = named(beginning, unitColumn);
      evidence.push({ member: `fields.${field}`, text: `taken from ${shown(beginning, index)} because of ${reason}` });
    }
    for (const { field, index } of unfitNamesakes(beginning, cells, choices)) {
      notes.push(
        `${shown(beginning, index)} has the name of ${field}, but too many of its first values are outside the limits; it is kept as a detail`,
      );
    }
    const currency = fields.price?.column === undefined ? undefined : chooseCurrencyColumn(beginning, cells);
    if (currency !== undefined) {
      fields.price = { columns: [named(beginning, currency), fields.price?.column as Column], separator: ' ' };
      evidence.push({ member: 'fields.price', text: `with the currencies of ${shown(beginning, currency)}` });
    }
    const dateParts = fields.contract_date ? [] : chooseDateParts(beginning, cells);
    if (dateParts.length > 0) {
      fields.contract_date = { columns: dateParts.map((index) => named(beginning, index)), separator: '-' };
      const columns = dateParts.map((index) => shown(beginning, index)).join(' and ');
      evidence.push({ member: 'fields.contract_date', text: `joined from ${columns} because of their names` });
    }
    const taken = new Set([...choices.map(({ index }) => index), ...dateParts, ...rowNumbers]);
    if (currency !== undefined) taken.add(currency);
    if (!flags) {
      flags = chooseFlags(beginning, cells).map(({ index, condition, reason }) => {
        evidence.push({
          member: 'flags',
          text: `${shown(beginning, index)} states by its name which sales are not standard: ${reason}`,
        });
        return { column: named(beginning, index), ...condition, reason };
      });
    }
    details = mapping.details ?? chooseDetails(beginning, cells, taken).map((index) => named(beginning, index));
    const suffix = fields.house_number && chooseSuffixColumn(beginning);
    if (suffix !== undefined && fields.house_number?.column !== undefined) {
      fields.house_number = { columns: [fields.house_number.column, named(beginning, suffix)], separator: '' };
    }
    for (const field of ['contract_date', 'price'] as const) {
      if (!fields[field])
        questions.push(columnWanted(beginning, field, unchosenColumns(field, beginning, cells, choices), cells));
    }
  }
  const index = (column: Column, member: string) => positionOf(column, beginning.columns, member);
  for (const column of details) index(column, 'details');
  if (mapping.fields) {
    for (const field of ['contract_date', 'price'] as const)
      if (!fields[field]) questions.push(columnWanted(beginning, field, [], []));
  }
  if (
    !(['address', 'street', 'house_number', 'unit', 'property_key', 'sale_key'] as const).some((name) => fields[name])
  ) {
    questions.push({
      member: 'fields.address',
      text: 'no column identifies properties; give fields.address, such as {"address": {"column": "…"}}, or its parts, or fields.property_key',
      choices: [],
    });
  }

  for (const member of ['leave_out', 'flags'] as const) {
    for (const { column } of mapping[member] ?? []) index(column, member);
  }
  const noSales = mapping.leave_out ? undefined : findNoSales(beginning);
  if (noSales) {
    const condition = { column: named(beginning, noSales.index), words: noSales.words };
    questions.push({
      member: 'leave_out',
      text: `${shown(beginning, noSales.index)} states that ${noSales.rows} of the first ${beginning.rows.length} rows are no sales, such as "${noSales.example}"; give leave_out: ${JSON.stringify([condition])} in the mapping to reject them, or leave_out: [] if they are sales`,
      choices: [JSON.stringify([condition]), '[]'],
    });
  }

  let { transaction } = mapping;
  for (const column of transaction?.columns ?? []) index(column, 'transaction.columns');
  if (!mapping.fields) {
    const read = (name: FieldName) => {
      const source = (fields as Partial<Record<FieldName, Source>>)[name];
      return source ? cellOf(name, source, beginning.columns, missing) : () => '';
    };
    const propertyOf = joined(fields.property_key ? [read('property_key')] : addressFields.map(read));
    const deed = fields.dealing?.column;
    if (!transaction && deed !== undefined) {
      const dealing = read('dealing');
      const transactionOf = joined([dealing, read('contract_date'), read('price'), propertyOf]);
      const shared = beginning.rows.filter(
        (row, i) =>
          dealing(row) !== '' && i > 0 && transactionOf(row) === transactionOf(beginning.rows[i - 1] as Cell[]),
      ).length;
      if (shared > 0) {
        transaction = { columns: [deed] };
        evidence.push({
          member: 'transaction',
          text: `rows with the same ${shown(beginning, index(deed, 'transaction'))}, date and price are one sale: ${shared} of the first ${beginning.rows.length} rows share them, and the property, with the row above`,
        });
      }
    }
    if (!fields.property_key) {
      const used = new Set(Object.values(fields).flatMap((source) => columnsOf(source)));
      const unused = [...beginning.columns.keys()].filter((other) => !used.has(named(beginning, other)));
      const numbers = new Set(identityColumns(beginning));
      const confused = findConfused(beginning.rows, {
        property: propertyOf,
        day: read('contract_date'),
        price: read('price'),
        numbers: unused.filter((other) => numbers.has(other)),
        others: details
          .map((column) => index(column, 'details'))
          .filter((other) => !couldBePrices(beginning.rows.map((row) => row[other] ?? '').filter(isValue))),
      });
      const [first] = confused?.columns ?? [];
      if (confused && first !== undefined) {
        const names = confused.columns.map((other) => shown(beginning, other));
        questions.push({
          member: 'fields.property_key',
          text: `rows that would be one property, "${confused.property}", ${confused.reason}have different values in ${names.join(' and ')}; give all fields in the mapping, with fields.property_key or fields.house_number, such as {"property_key": {"column": ${JSON.stringify(named(beginning, first))}}}`,
          choices: confused.columns.map((other) => beginning.columns[other] as string),
        });
      } else if (confused) {
        notes.push(
          `rows that would be one property, "${confused.property}", were sold on one day at different prices, and no column distinguishes all such rows; several homes may be one property`,
        );
      }
    }
  }

  const completed: Mapping['fields'] = {};
  const allValues = fieldNames.flatMap((name) => {
    const source = fields[name];
    if (!source) return [];
    const cell = cellOf(name, source, beginning.columns, missing);
    const cells = beginning.rows.map(cell).filter(isValue);
    return [
      {
        name,
        source,
        cells,
        column: columnsOf(source)
          .map((column) => shown(beginning, index(column, name)))
          .join(' and '),
      },
    ];
  });
  const context: Context = { mapping, market, allValues, evidence, questions, notes };
  for (const values of allValues)
    completed[values.name] = { ...values.source, ...(values.column ? complete(values, context) : {}) };
  const statistics = origin === 'proposed' && !fields.contract_date ? statisticsQuestion(beginning) : undefined;
  const { dialect } = beginning;
  return {
    mapping: {
      ...(Object.keys(dialect).length > 0 && { table: dialect }),
      ...(mapping.missing && { missing: mapping.missing }),
      fields: completed,
      ...(transaction && { transaction }),
      ...(mapping.leave_out && { leave_out: mapping.leave_out }),
      ...(flags && flags.length > 0 && { flags }),
      ...(details.length > 0 && { details }),
    },
    origin,
    evidence,
    questions: statistics ? [statistics] : questions,
    notes: [...notes, ...errorNotes(beginning), ...allValues.flatMap(unlikelyValues)],
  };
}

const addressFields = ['address', 'unit', 'house_number', 'street', 'locality', 'region', 'postcode'] as const;

function complete(values: FieldValues, context: Context): Partial<Source> {
  switch (fieldOf(values.name).kind) {
    case 'date':
      return completeDates(values, context);
    case 'area':
      return { ...completeNumber(values, context), ...completeArea(values, context) };
    case 'money':
      return completeMoney(values, context);
    case 'number':
    case 'whole':
      return completeNumber(values, context);
    default:
      return {};
  }
}

/** Completes a mapping. Missing members are inferred from the table, with evidence. Ambiguities become questions to the client. */
import { isValue } from '../formats/spreadsheet-cells.ts';
import { columnWanted, statisticsQuestion } from './column-questions.ts';
import { completeArea } from './complete-areas.ts';
import { completeDates } from './complete-dates.ts';
import { completeMoney } from './complete-money.ts';
import { completeNumber } from './complete-numbers.ts';
import { fieldNames, fieldOf } from './fields.ts';
import { type Column, columnsOf, defaultMissing, type Mapping, type Source } from './mapping.ts';
import { findNoSales } from './no-sales.ts';
import { type Fields, propose } from './propose.ts';
import { proposeIdentity } from './propose-identity.ts';
import { type Open, type Question, question } from './questions.ts';
import { quoted } from './quoted.ts';
import type { Context, FieldValues, Findings, MarketTerms, Resolution } from './resolution.ts';
import { cellOf, positionOf } from './sales.ts';
import { named } from './shown.ts';
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
  const findings: Findings = {
    evidence: [...beginning.evidence],
    questions: [],
    notes: [...(beginning.notes ?? [])],
  };
  const { evidence, questions, notes } = findings;
  const { fields, details, flags } = mapping.fields
    ? { fields: mapping.fields, details: mapping.details ?? [], flags: mapping.flags }
    : propose(beginning, mapping, missing, findings);
  checkColumns(beginning, mapping, details);
  questions.push(...lackingFields(beginning, mapping, fields), ...noSalesQuestions(beginning, mapping));
  const transaction = mapping.fields
    ? mapping.transaction
    : proposeIdentity(beginning, mapping, { fields, details }, missing, findings);

  const allValues = valuesOf(beginning, fields, missing);
  const context: Context = { mapping, market, allValues, evidence, questions, notes };
  const completed: Mapping['fields'] = {};
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

/** @throws FileError if the mapping names a column that the table lacks */
function checkColumns({ columns }: Beginning, mapping: Mapping, details: readonly Column[]): void {
  for (const column of details) positionOf(column, columns, 'details');
  for (const member of ['leave_out', 'flags'] as const) {
    for (const { column } of mapping[member] ?? []) positionOf(column, columns, member);
  }
  for (const column of mapping.transaction?.columns ?? []) positionOf(column, columns, 'transaction.columns');
}

/** The questions about required fields that a mapping lacks. `propose` asks for dates and prices itself. */
function lackingFields(beginning: Beginning, mapping: Mapping, fields: Fields): Question[] {
  const required = mapping.fields ? (['contract_date', 'price'] as const) : [];
  const questions = required.filter((field) => !fields[field]).map((field) => columnWanted(beginning, field, [], []));
  const identifying = ['address', 'street', 'house_number', 'unit', 'property_key', 'sale_key'] as const;
  if (identifying.some((name) => fields[name])) return questions;
  const remedy = 'give fields.address, such as {"address": {"column": "…"}}, or its parts, or fields.property_key';
  return [...questions, question('fields.address', { code: 'no_identity' }, [], remedy)];
}

/** The question about rows that a column states to be no sales. */
function noSalesQuestions(beginning: Beginning, mapping: Mapping): Question[] {
  const noSales = mapping.leave_out ? undefined : findNoSales(beginning);
  if (!noSales) return [];
  const condition = { column: named(beginning, noSales.index), words: noSales.words };
  const open: Open = {
    code: 'no_sales',
    columns: [condition.column],
    rows: noSales.rows,
    of: beginning.rows.length,
    example: noSales.example,
  };
  const given = JSON.stringify([condition]);
  const remedy = `give leave_out: ${given} in the mapping to reject them, or leave_out: [] if they are sales`;
  return [question('leave_out', open, [given, '[]'], remedy)];
}

/** The fields that a mapping fills, with their values at the beginning of the table. */
function valuesOf(beginning: Beginning, fields: Fields, missing: Set<string>): FieldValues[] {
  const { columns, rows } = beginning;
  return fieldNames.flatMap((name) => {
    const source = fields[name];
    if (!source) return [];
    const cells = rows.map(cellOf(name, source, columns, missing)).filter(isValue);
    const own = columnsOf(source).map((column) => named(beginning, positionOf(column, columns, name)));
    return [{ name, source, cells, columns: own, column: quoted(own) }];
  });
}

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

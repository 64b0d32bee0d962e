/** Proposes the fields, details and flags of a mapping, from the names of columns and their values. */
import { isValue } from '../formats/spreadsheet-cells.ts';
import { columnWanted } from './column-questions.ts';
import {
  chooseColumns,
  chooseCurrencyColumn,
  chooseDateParts,
  chooseDetails,
  chooseSuffixColumn,
  chooseUnitColumn,
  rowNumberColumns,
  unchosenColumns,
  unfitNamesakes,
} from './columns.ts';
import { type FieldName, fieldOf } from './fields.ts';
import { chooseFlags } from './flags.ts';
import type { Column, Mapping, Source } from './mapping.ts';
import type { Findings } from './resolution.ts';
import { isSummary } from './sales.ts';
import { named, shown } from './shown.ts';
import type { Beginning } from './table.ts';

export type Fields = Partial<Record<FieldName, Source>>;

interface Proposal {
  fields: Fields;
  details: Column[];
  flags: Mapping['flags'];
}

/**
 * @param mapping the members that are stated, which have precedence
 * @param missing the texts that stand for no value
 * @param findings receives the evidence, questions and notes
 */
export function propose(
  beginning: Beginning,
  mapping: Mapping,
  missing: Set<string>,
  { evidence, questions, notes }: Findings,
): Proposal {
  const explain = (member: string, text: string) => evidence.push({ member, text });
  const nameOf = (index: number) => named(beginning, index);
  const show = (index: number) => shown(beginning, index);
  const rows = beginning.rows.filter((row) => !row.some(isSummary));
  const cells = beginning.columns.map((_, index) =>
    rows.map((row) => row[index] ?? '').filter((cell) => isValue(cell) && !missing.has(String(cell))),
  );
  const rowNumbers = rowNumberColumns(beginning, cells);
  for (const index of rowNumbers) {
    explain('details', `without ${show(index)}, which numbers the rows: the next edition may number them again`);
  }

  const choices = chooseColumns(beginning, cells);
  const fields: Fields = {};
  for (const { field, index, reason } of choices) {
    fields[field] = { column: nameOf(index) };
    const unitColumn = fieldOf(field).kind === 'area' ? chooseUnitColumn(beginning, cells, field) : undefined;
    if (unitColumn !== undefined) fields[field].unit_column = nameOf(unitColumn);
    explain(`fields.${field}`, `taken from ${show(index)} because of ${reason}`);
  }
  for (const { field, index } of unfitNamesakes(beginning, cells, choices)) {
    notes.push({ code: 'unfit_column', columns: [nameOf(index)], field });
  }
  const joined: number[] = [];
  const price = fields.price?.column;
  const currency = price === undefined ? undefined : chooseCurrencyColumn(beginning, cells);
  if (price !== undefined && currency !== undefined) {
    fields.price = { columns: [nameOf(currency), price], separator: ' ' };
    explain('fields.price', `with the currencies of ${show(currency)}`);
    joined.push(currency);
  }
  const dateParts = fields.contract_date ? [] : chooseDateParts(beginning, cells);
  if (dateParts.length > 0) {
    fields.contract_date = { columns: dateParts.map(nameOf), separator: '-' };
    explain('fields.contract_date', `joined from ${dateParts.map(show).join(' and ')} because of their names`);
    joined.push(...dateParts);
  }
  const houseNumber = fields.house_number?.column;
  const suffix = houseNumber === undefined ? undefined : chooseSuffixColumn(beginning);
  if (houseNumber !== undefined && suffix !== undefined) {
    fields.house_number = { columns: [houseNumber, nameOf(suffix)], separator: '' };
  }

  const proposedFlags = () =>
    chooseFlags(beginning, cells).map(({ index, condition, reason }) => {
      explain('flags', `${show(index)} states by its name which sales are not standard: ${reason}`);
      return { column: nameOf(index), ...condition, reason };
    });
  const flags = mapping.flags ?? proposedFlags();
  const taken = new Set([...choices.map(({ index }) => index), ...joined, ...rowNumbers]);
  const details = mapping.details ?? chooseDetails(beginning, cells, taken).map(nameOf);
  for (const field of ['contract_date', 'price'] as const) {
    if (!fields[field])
      questions.push(columnWanted(beginning, field, unchosenColumns(field, beginning, cells, choices), cells));
  }
  return { fields, details, flags };
}

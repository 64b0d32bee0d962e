/** Questions about columns that could not be identified. */
import { bestNamed, otherAmounts } from './columns.ts';
import { isAmount } from './complete-money.ts';
import { type Open, type Question, question } from './questions.ts';
import { type Cell, readDate } from './readings.ts';
import { named } from './shown.ts';
import type { Beginning } from './table.ts';

/** The question for the column of a field that could not be identified, with the columns that it could be. */
export function columnWanted(
  beginning: Beginning,
  field: 'contract_date' | 'price',
  similar: number[],
  cells: readonly Cell[][],
): Question {
  const namesake = similar.length === 0 && beginning.named ? bestNamed(beginning.columns, field) : undefined;
  if (namesake !== undefined) return columnUnreadable(beginning, field, namesake);
  const others = field === 'price' && similar.length === 0 ? otherAmounts(beginning, cells) : [];
  if (others.length > 0) {
    const columns = others.slice(0, 3).map((index) => named(beginning, index));
    const choices = others.map((index) => beginning.columns[index] as string);
    const remedy = 'if they are, give fields.price in the mapping, with the other fields';
    return question('fields.price', { code: 'other_amounts', columns }, choices, remedy);
  }
  const column = similar[0] === undefined ? '"…"' : JSON.stringify(named(beginning, similar[0]));
  const example = `{"${field}": {"column": ${column}}}`;
  return question(
    `fields.${field}`,
    { code: 'no_column', field, columns: similar.map((index) => named(beginning, index)) },
    similar.map((index) => beginning.columns[index] as string),
    `give fields.${field} in the mapping, such as {"fields": ${example}} with the other fields`,
  );
}

/** The question about a table with a row for each area and a column for each date; undefined if it is none. */
export function statisticsQuestion({ columns, named, rows }: Beginning): Question | undefined {
  const heading = named ? columns : (rows[0] ?? []);
  const dates = heading.filter((name) => readDate(String(name)).dmy !== '').length;
  if (dates < 3) return undefined;
  return question('fields.contract_date', { code: 'statistics', dates }, [], '');
}

/** The question about a column whose name is that of the field, but whose values are not. */
function columnUnreadable(beginning: Beginning, field: 'contract_date' | 'price', column: number): Question {
  const values = beginning.rows.map((row) => row[column] ?? '').filter((cell) => cell !== '');
  const wrong = values.filter((cell) =>
    field === 'price' ? !isAmount(cell) : Object.values(readDate(String(cell))).every((day) => day === ''),
  );
  const remedy =
    field === 'price'
      ? 'give fields.price in the mapping'
      : 'export the column as dates, such as 2024-01-31, 31/01/2024 or 31 January 2024';
  const open: Open = {
    code: 'unreadable_values',
    field,
    columns: [named(beginning, column)],
    values: wrong.length,
    of: values.length,
    examples: [...new Set(wrong.map(String))].slice(0, 3),
  };
  return question(`fields.${field}`, open, [beginning.columns[column] as string], remedy);
}

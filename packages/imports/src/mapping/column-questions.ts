/** Questions about columns that could not be identified. */
import { bestNamed, otherAmounts } from './columns.ts';
import { isAmount } from './complete-money.ts';
import { type Cell, readDate } from './readings.ts';
import type { Question } from './resolution.ts';
import { named, shown } from './shown.ts';
import type { Beginning } from './table.ts';

/** The question for the column of a field that could not be identified, with the columns that it could be. */
export function columnWanted(
  beginning: Beginning,
  field: 'contract_date' | 'price',
  similar: number[],
  cells: readonly Cell[][],
): Question {
  const noun = field === 'price' ? 'prices' : 'contract dates';
  const several =
    similar.length > 1 ? `; ${similar.map((index) => shown(beginning, index)).join(' and ')} could be` : '';
  const namesake = similar.length === 0 && beginning.named ? bestNamed(beginning.columns, field) : undefined;
  if (namesake !== undefined) return columnUnreadable(beginning, field, namesake);
  const others = field === 'price' && similar.length === 0 ? otherAmounts(beginning, cells) : [];
  if (others.length > 0) {
    const names = others.slice(0, 3).map((index) => shown(beginning, index));
    return {
      member: 'fields.price',
      text: `no column could be identified as the prices; by their names, the amounts of ${names.join(' and ')} are medians, rents, listings or values, not prices of sales; if they are, give fields.price in the mapping, with the other fields`,
      choices: others.map((index) => beginning.columns[index] as string),
    };
  }
  const column = similar[0] === undefined ? '"…"' : JSON.stringify(named(beginning, similar[0]));
  const example = `{"${field}": {"column": ${column}}}`;
  return {
    member: `fields.${field}`,
    text: `no column could be identified as the ${noun}${several}; give fields.${field} in the mapping, such as {"fields": ${example}} with the other fields`,
    choices: similar.map((index) => beginning.columns[index] as string),
  };
}

/** The question about a table with a row for each area and a column for each date; undefined if it is none. */
export function statisticsQuestion({ columns, named, rows }: Beginning): Question | undefined {
  const heading = named ? columns : (rows[0] ?? []);
  const dates = heading.filter((name) => readDate(String(name)).dmy !== '').length;
  if (dates < 3) return undefined;
  return {
    member: 'fields.contract_date',
    text: `the table has a row for each area and a column for each of ${dates} dates; these are statistics, not sales`,
    choices: [],
  };
}

/** The question about a column whose name is that of the field, but whose values are not. */
function columnUnreadable(beginning: Beginning, field: 'contract_date' | 'price', column: number): Question {
  const values = beginning.rows.map((row) => row[column] ?? '').filter((cell) => cell !== '');
  const wrong = values.filter((cell) =>
    field === 'price' ? !isAmount(cell) : Object.values(readDate(String(cell))).every((day) => day === ''),
  );
  const examples = [...new Set(wrong)].slice(0, 3).map((cell) => `"${cell}"`);
  const remedy =
    field === 'price'
      ? 'give fields.price in the mapping'
      : 'export the column as dates, such as 2024-01-31, 31/01/2024 or 31 January 2024';
  return {
    member: `fields.${field}`,
    text: `${shown(beginning, column)} has the name of the ${field === 'price' ? 'prices' : 'contract dates'}, but ${wrong.length} of its first ${values.length} values are none, such as ${examples.join(', ')}; ${remedy}`,
    choices: [beginning.columns[column] as string],
  };
}

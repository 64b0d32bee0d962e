/** What a table leaves open, as codes with values for readers of any language, and as English text. */
import { coded } from '@property-insights/database';
import { type Static, Type } from 'typebox';
import { Column } from './mapping.ts';
import { listed, quoted } from './quoted.ts';
import { dateNumbers } from './readings.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });
const columns = Type.Array(Column, { description: 'The columns, each by its name or its number, from 1.' });
const examples = Type.Array(Type.String(), { description: 'Up to three such values.' });
const example = Type.String({ description: 'Such a value.' });
const field = Type.Enum(['contract_date', 'price']);

export const openSchema = Type.Union([
  coded('area_unit', { columns }),
  coded('date_numbers', {
    columns,
    numbers: Type.Enum([...dateNumbers], { description: 'What they probably count.' }),
    example,
    date: Type.String({ format: 'date', description: 'What the example then is.' }),
  }),
  coded('date_order', { columns, values: count('Values that are dates in both orders.'), example }),
  coded('both_date_orders', {
    columns,
    day_first: count('Values that are dates with the day first only.'),
    month_first: count('Values that are dates with the month first only.'),
  }),
  coded('first_year', { columns, example, from: Type.Integer(), to: Type.Integer() }),
  coded('calendar', { columns, year: Type.Integer({ description: 'One of its years.' }), gregorian: Type.Integer() }),
  coded('decimal', { columns, example, with_point: Type.Number(), with_comma: Type.Number() }),
  coded('both_decimals', {
    columns,
    points: count('Values that are numbers with a decimal point only.'),
    commas: count('Values that are numbers with a decimal comma only.'),
  }),
  coded('price_scale', {
    columns,
    scale: Type.Integer({ description: 'The unit that the heading states: 1000 if prices are in thousands.' }),
    median: Type.Number({ description: 'Of the values as they are written.' }),
  }),
  coded('currency_of_mapping', { stated: Type.String(), currency: Type.String({ description: 'Of the market.' }) }),
  coded('currency_of_heading', { columns, currency: Type.String({ description: 'Of the market.' }) }),
  coded('unreadable_values', {
    field,
    columns,
    values: count('Values that are none of the field.'),
    of: count('Values that were read.'),
    examples,
  }),
  coded('no_column', { field, columns }),
  coded('other_amounts', { columns }),
  coded('no_identity', {}),
  coded('statistics', { dates: count('Columns that are named by a date.') }),
  coded('one_property', {
    columns,
    property: Type.String(),
    other_prices: Type.Boolean({ description: 'Whether its rows state different prices on one day.' }),
  }),
  coded('no_sales', {
    columns,
    rows: count('Rows that are no sales, as the column states.'),
    of: count('Rows that were read.'),
    example,
  }),
]);
export type Open = Static<typeof openSchema>;

/** An ambiguity that the client must resolve. */
export interface Question {
  /** The member of the mapping that resolves it: `date_order`. */
  member: string;
  /** A sentence without a full stop that states what is open, and what to give in the mapping. */
  text: string;
  /** What is open. */
  open: Open;
  /** The possible values, if there are only a few; lists as JSON. */
  choices: string[];
}

/** @param remedy what to give in the mapping, without a full stop; empty if nothing can be given */
export function question(member: string, open: Open, choices: string[], remedy: string): Question {
  return { member, text: [openText(open), remedy].filter(Boolean).join('; '), open, choices };
}

const numbersNames = {
  excel_days: 'days as spreadsheets count them',
  unix_seconds: 'seconds since 1970',
  unix_milliseconds: 'milliseconds since 1970',
  years: 'years, which are read as their first days; there are no figures by month or quarter',
};

/** What the numbers of a column of dates are, with an example. */
export function numbersText({
  numbers,
  example,
  date,
}: Omit<Extract<Open, { code: 'date_numbers' }>, 'code' | 'columns'>): string {
  return `${numbersNames[numbers]}: "${example}" is ${date}`;
}

/** An English sentence without a full stop. */
function openText(open: Open): string {
  switch (open.code) {
    case 'area_unit':
      return `the unit of ${quoted(open.columns)} is not stated`;
    case 'date_numbers':
      return `the values of ${quoted(open.columns)} are ${open.numbers === 'years' ? '' : 'serial '}numbers, probably ${numbersText(open)}`;
    case 'date_order':
      return `the order of day and month in ${quoted(open.columns)} is ambiguous: all ${open.values} ambiguous values that were read, such as "${open.example}", could be dd/mm/yyyy or mm/dd/yyyy`;
    case 'both_date_orders':
      return `the order of day and month in ${quoted(open.columns)} is ambiguous: ${open.day_first} can only be dd/mm/yyyy and ${open.month_first} only mm/dd/yyyy`;
    case 'first_year':
      return `the years of ${quoted(open.columns)} have two digits, such as "${open.example}"`;
    case 'calendar':
      return `the years of ${quoted(open.columns)}, such as ${open.year}, seem to be those of the Buddhist calendar`;
    case 'decimal':
      return `the decimal mark in ${quoted(open.columns)} is ambiguous: "${open.example}" could be ${open.with_point} or ${open.with_comma}`;
    case 'both_decimals':
      return `the decimal mark in ${quoted(open.columns)} is ambiguous: ${open.points} values need a point and ${open.commas} need a comma`;
    case 'price_scale':
      return `the heading of ${quoted(open.columns)} states amounts in units of ${open.scale}, but half of them are ${open.median} and more`;
    case 'currency_of_mapping':
      return `the mapping states prices in ${open.stated}, but the prices of the market are in ${open.currency}`;
    case 'currency_of_heading':
      return `the heading of ${quoted(open.columns)} states another currency than ${open.currency}, that of the market`;
    case 'unreadable_values': {
      const values = open.examples.map((value) => `"${value}"`).join(', ');
      return `${quoted(open.columns)} has the name of the ${nounOf(open.field)}, but ${open.values} of its first ${open.of} values are none, such as ${values}`;
    }
    case 'no_column': {
      const similar = open.columns.length > 1 ? `; ${quoted(open.columns)} could be` : '';
      return `no column could be identified as the ${nounOf(open.field)}${similar}`;
    }
    case 'other_amounts':
      return `no column could be identified as the prices; by their names, the amounts of ${quoted(open.columns)} are medians, rents, listings or values, not prices of sales`;
    case 'no_identity':
      return 'no column identifies properties';
    case 'statistics':
      return `the table has a row for each area and a column for each of ${open.dates} dates; these are statistics, not sales`;
    case 'one_property':
      return `rows that would be one property, "${open.property}", ${open.other_prices ? 'were sold on one day at different prices, and ' : ''}have different values in ${quoted(open.columns)}`;
    case 'no_sales':
      return `${quoted(open.columns)} states that ${open.rows} of the first ${open.of} rows are no sales, such as "${open.example}"`;
  }
}

function nounOf(name: Static<typeof field>): string {
  return name === 'price' ? 'prices' : 'contract dates';
}

/** What to give for a member that has few values. */
export function give(member: string, choices: string[]): string {
  return `give ${member}: ${listed(choices)} in the mapping`;
}

/** What is possible but unlikely in files, as codes with values for readers of any language, and as English text. */
import { coded } from '@property-insights/database';
import { type Static, Type } from 'typebox';
import { fieldNames } from './mapping/fields.ts';
import { Column } from './mapping/mapping.ts';
import { quoted } from './mapping/quoted.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });
const columns = Type.Array(Column, { description: 'The columns, each by its name or its number, from 1.' });
const rowsOf = {
  rows: count('Such rows.'),
  of: Type.Union([count('The rows that were read'), Type.Null()], { description: 'Null for all rows.' }),
};
const example = Type.String({ description: 'Such a value.' });

export const fileNoteSchema = Type.Union([
  coded('future_dates', { sales: count('Sales with such a contract date.'), example }),
  coded('skipped_files', {
    names: Type.Array(Type.String(), { description: 'The first of them.' }),
    others: count('Further files.'),
  }),
  coded('other_versions', {
    ...rowsOf,
    examples: Type.Array(Type.String(), { description: 'The values of two rows with one `sale_key`.' }),
  }),
  coded('rejected_rows', rowsOf),
  coded('several_homes', { property: Type.String() }),
  coded('spreadsheet_errors', { cells: count('Such cells at the beginning.'), example }),
  coded('formulas_without_result', { cells: count('Such cells at the beginning.') }),
  coded('lost_zeros', { columns, digits: Type.Array(Type.Integer(), { description: 'The lengths of postcodes.' }) }),
  coded('quarters', { columns }),
  coded('exchanged_days', {
    columns,
    dates: count('Dates with days up to 12.'),
    texts: count('The other dates, which are texts.'),
  }),
  coded('low_prices', { columns, median: Type.Number() }),
  coded('unfit_column', { columns, field: Type.Enum([...fieldNames]) }),
  coded('encoding', { characters: count('Characters that are hardly right.'), encoding: Type.String() }),
]);
export type FileNote = Static<typeof fileNoteSchema>;

export const codedNoteSchema = Type.Object({
  file: Type.Union([Type.String(), Type.Null()], {
    description: 'The first of the files that it is about; null for all files together.',
  }),
  files: count('The number of files that it is about.'),
  note: fileNoteSchema,
});
export type CodedNote = Static<typeof codedNoteSchema>;

/** An English sentence without a full stop. */
export function noteText(note: FileNote): string {
  switch (note.code) {
    case 'future_dates':
      return `contract dates in the future, such as ${note.example}: ${note.sales}; these sales are not standard`;
    case 'skipped_files':
      return `not read, because they have no sales: ${note.names.join(', ')}${note.others > 0 ? ` and ${note.others} others` : ''}`;
    case 'other_versions':
      return `${rowsText(note)} are other versions of earlier rows: they have the same sale_key, but other values, such as ${note.examples.join(' and ')}; only the last is kept. If they are different sales, assign the columns that distinguish them to sale_key`;
    case 'rejected_rows':
      return `${rowsText(note)} would be rejected`;
    case 'several_homes':
      return `rows that would be one property, "${note.property}", were sold on one day at different prices, and no column distinguishes all such rows; several homes may be one property`;
    case 'spreadsheet_errors':
      return `${note.cells} cells at the beginning are errors of a spreadsheet, such as ${note.example}; they are read as missing`;
    case 'formulas_without_result':
      return `${note.cells} cells at the beginning are formulas without a stored result; open the workbook in a spreadsheet program, save it, and import it again`;
    case 'lost_zeros':
      return `${quoted(note.columns)}: some postcodes have ${note.digits.join(' digits, some ')}; a spreadsheet may have removed leading zeros`;
    case 'quarters':
      return `${quoted(note.columns)}: the dates are those of quarters, which are read as their first days; there are no figures by month`;
    case 'exchanged_days':
      return `${quoted(note.columns)}: a spreadsheet may have exchanged day and month in ${note.dates} dates, those with days up to 12; the other ${note.texts} are texts`;
    case 'low_prices':
      return `${quoted(note.columns)}: half of the prices are ${note.median} and less; give price_scale in the mapping if they are in thousands or millions`;
    case 'unfit_column':
      return `${quoted(note.columns)} has the name of ${note.field}, but too many of its first values are outside the limits; it is kept as a detail`;
    case 'encoding':
      return `${note.characters} characters at the beginning are hardly right in the encoding ${note.encoding}; compare the texts, and give table.encoding, such as "windows-1250", "shift_jis" or "macintosh", if they are wrong`;
  }
}

function rowsText({ rows, of }: { rows: number; of: number | null }): string {
  return of === null ? `${rows} rows` : `${rows} of the first ${of} rows`;
}

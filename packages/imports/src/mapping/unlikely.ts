/** What is possible but unlikely in the values of a table, in sentences without full stops. */
import { formulaWithoutResult, spreadsheetError } from '../formats/spreadsheet-cells.ts';
import { tallyDates } from './complete-dates.ts';
import { fieldOf } from './fields.ts';
import { readDate } from './readings.ts';
import type { FieldValues } from './resolution.ts';
import type { Beginning } from './table.ts';

/** Fewer dates may be first days of quarters by chance. */
const minSameDays = 20;

/** Cells that are errors of a spreadsheet, or formulas without a stored result. */
export function errorNotes({ rows }: Beginning): string[] {
  const notes: string[] = [];
  const cells = rows.flat();
  const errors = cells.filter((cell) => typeof cell === 'string' && spreadsheetError.test(cell.trim()));
  if (errors.length > 0) {
    notes.push(
      `${errors.length} cells at the beginning are errors of a spreadsheet, such as ${errors[0]}; they are read as missing`,
    );
  }
  const formulas = cells.filter((cell) => cell === formulaWithoutResult).length;
  if (formulas > 0) {
    notes.push(
      `${formulas} cells at the beginning are formulas without a stored result; open the workbook in a spreadsheet program, save it, and import it again`,
    );
  }
  return notes;
}

/** What is possible but unlikely in the values of a field. */
export function unlikelyValues({ name, cells, column }: FieldValues): string[] {
  const texts = cells.map(String);
  if (name === 'postcode') {
    const lengths = new Set(texts.filter((text) => /^\d+$/.test(text)).map(({ length }) => length));
    if (lengths.size === 2 && Math.abs([...lengths].reduce((a, b) => a - b)) === 1) {
      return [
        `${column}: some postcodes have ${[...lengths].sort().join(' digits, some ')}; a spreadsheet may have removed leading zeros`,
      ];
    }
  }
  if (fieldOf(name).kind === 'date') {
    const read = texts.map((text) => readDate(text).dmy || readDate(text).mdy);
    if (
      name === 'contract_date' &&
      read.length >= minSameDays &&
      read.every((day) => day === '' || /-(?:01|04|07|10)-01$/.test(day))
    ) {
      return [
        `${column}: the dates are those of quarters, which are read as their first days; there are no figures by month`,
      ];
    }
    const days = texts.flatMap((text) => /^\d{4}-\d\d-(\d\d)/.exec(text)?.[1] ?? []);
    const { only, ambiguous } = tallyDates(texts);
    // A spreadsheet with the other order converts the dates that it can, and leaves the rest as texts.
    if (days.length > 0 && days.every((day) => Number(day) <= 12) && only.dmy + only.mdy > 0 && ambiguous === 0) {
      return [
        `${column}: a spreadsheet may have exchanged day and month in ${days.length} dates, those with days up to 12; the other ${only.dmy + only.mdy} are texts`,
      ];
    }
  }
  return [];
}

/** What is possible but unlikely in the values of a table. */
import type { FileNote } from '../file-notes.ts';
import { formulaWithoutResult, spreadsheetError } from '../formats/spreadsheet-cells.ts';
import { tallyDates } from './complete-dates.ts';
import { fieldOf } from './fields.ts';
import { readDate } from './readings.ts';
import type { FieldValues } from './resolution.ts';
import type { Beginning } from './table.ts';

/** Fewer dates may be first days of quarters by chance. */
const minSameDays = 20;

/** Cells that are errors of a spreadsheet, or formulas without a stored result. */
export function errorNotes({ rows }: Beginning): FileNote[] {
  const notes: FileNote[] = [];
  const cells = rows.flat();
  const errors = cells.filter((cell) => typeof cell === 'string' && spreadsheetError.test(cell.trim()));
  if (errors.length > 0) {
    notes.push({ code: 'spreadsheet_errors', cells: errors.length, example: String(errors[0]) });
  }
  const formulas = cells.filter((cell) => cell === formulaWithoutResult).length;
  if (formulas > 0) {
    notes.push({ code: 'formulas_without_result', cells: formulas });
  }
  return notes;
}

/** What is possible but unlikely in the values of a field. */
export function unlikelyValues({ name, cells, columns }: FieldValues): FileNote[] {
  const texts = cells.map(String);
  if (name === 'postcode') {
    const lengths = new Set(texts.filter((text) => /^\d+$/.test(text)).map(({ length }) => length));
    if (lengths.size === 2 && Math.abs([...lengths].reduce((a, b) => a - b)) === 1) {
      return [{ code: 'lost_zeros', columns, digits: [...lengths].sort((a, b) => a - b) }];
    }
  }
  if (fieldOf(name).kind === 'date') {
    const read = texts.map((text) => readDate(text).dmy || readDate(text).mdy);
    if (
      name === 'contract_date' &&
      read.length >= minSameDays &&
      read.every((day) => day === '' || /-(?:01|04|07|10)-01$/.test(day))
    ) {
      return [{ code: 'quarters', columns }];
    }
    const days = texts.flatMap((text) => /^\d{4}-\d\d-(\d\d)/.exec(text)?.[1] ?? []);
    const { only, ambiguous } = tallyDates(texts);
    // A spreadsheet with the other order converts the dates that it can, and leaves the rest as texts.
    if (days.length > 0 && days.every((day) => Number(day) <= 12) && only.dmy + only.mdy > 0 && ambiguous === 0) {
      return [{ code: 'exchanged_days', columns, dates: days.length, texts: only.dmy + only.mdy }];
    }
  }
  return [];
}

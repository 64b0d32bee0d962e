/** What spreadsheets write in place of a value. */
import { withoutMark } from '@property-insights/database';
import { ValueError } from './format.ts';

/** Stands for a formula whose result the program that wrote the workbook did not store. */
export const formulaWithoutResult = '#FORMULA!';

/** Whether a cell has a value. */
export function isValue(cell: string | number): boolean {
  return cell !== '' && cell !== formulaWithoutResult;
}

/** @throws ValueError if the value of the column or field is a formula without a result */
export function checkFormula(name: string, text: unknown): void {
  if (text !== formulaWithoutResult) return;
  throw new ValueError(
    'formula without result',
    `${name} is a formula without a stored result; open the workbook in a spreadsheet program, save it, and import it again`,
  );
}

/** The errors that spreadsheets show in place of a value. */
export const spreadsheetError = /^#(?:REF!|VALUE!|NAME\?|DIV\/0!|NUM!|NULL!|N\/A|SPILL!|CALC!|FIELD!|BUSY!)$/i;

/** The characters that a text with something that programs add begins with: `#`, `'` and `=`. */
const marks = new Set([0x23, 0x27, 0x3d]);

/** A text without what programs add: `="02169"` protects leading zeros, `'=A1` is a marked formula, and an error is no value. */
export function spreadsheetText(text: string): string {
  if (!marks.has(text.charCodeAt(0))) return text;
  if (text[0] === '=') return text.startsWith('="') && text.endsWith('"') && text.length > 3 ? text.slice(2, -1) : text;
  return spreadsheetError.test(text) ? '' : withoutMark(text);
}

/** `spreadsheetText` of a column. @throws ValueError if the text is a formula without a result */
export function columnText(name: string, text: string): string {
  if (!marks.has(text.charCodeAt(0))) return text;
  checkFormula(name, text);
  return spreadsheetText(text);
}

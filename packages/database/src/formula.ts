/**
 * Texts that a spreadsheet would execute when it opens a CSV file (CSV injection). In the CSV files of the system they begin with a mark, the
 * apostrophe with which spreadsheets write down texts. Imports remove it.
 */

/** Of JavaScript and of RE2: a formula, or a text that begins with marks before one, so that the mark can be removed again. */
const pattern = "^'*[=+@\\t\\r\\n＝＋－＠-]";

const formula = new RegExp(pattern);

/** The text as a cell that no spreadsheet executes. */
export function withMark(text: string): string {
  return formula.test(text) ? `'${text}` : text;
}

/** SQL of DuckDB: `withMark` of an expression. */
export function markedSql(text: string): string {
  const literal = pattern.replaceAll("'", "''");
  return `CASE WHEN regexp_matches(${text}, '${literal}') THEN '''' || ${text} ELSE ${text} END`;
}

/** The text of a cell that `withMark` may have made. */
export function withoutMark(cell: string): string {
  return cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell;
}

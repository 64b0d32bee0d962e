/**
 * Answers as CSV (RFC 4180): comma, CRLF, a header; empty is null. An answer that is a table, or has one, gives that table's rows, members of
 * members as `member.member`, lists within a row as JSON; any other gives one row a value, as `member,value`.
 */
import type { Question } from '@property-insights/analytics';

/** What is read of a schema. */
interface Described {
  properties?: Record<string, Described>;
  items?: Described;
}

export function toCsv({ result: schema, table }: Pick<Question, 'result' | 'table'>, answer: unknown): string {
  const described = table === undefined ? (schema as Described) : ((schema as Described).properties?.[table] ?? {});
  const rows = table === undefined ? answer : (answer as Record<string, unknown>)[table];
  if (!Array.isArray(rows)) return lines([['member', 'value'], ...values(answer, [])]);
  const columns = columnsOf(described.items ?? {}, []);
  return lines([columns.map((path) => path.join('.')), ...rows.map((row) => columns.map((path) => at(row, path)))]);
}

/** Paths of the values in a row, which its schema tells even where there is no row. */
function columnsOf(schema: Described, path: string[]): string[][] {
  if (!schema.properties) return [path];
  return Object.entries(schema.properties).flatMap(([name, member]) => columnsOf(member, [...path, name]));
}

function at(row: unknown, path: string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], row);
}

/** Every value of an answer, with the path to it. */
function values(value: unknown, path: string[]): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path.join('.'), value]];
  return Object.entries(value).flatMap(([name, member]) => values(member, [...path, name]));
}

function lines(rows: unknown[][]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) || text === '' ? `"${text.replaceAll('"', '""')}"` : text;
}

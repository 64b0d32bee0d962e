/**
 * Answers as CSV (RFC 4180). An answer that is a table, or has one, becomes a row for each row of that table, with the columns of nested
 * members named `member.member` and lists within a row as JSON. Any other answer becomes a row for each value: `member,value`.
 * An empty cell is null; an empty text is `""`. A text that a spreadsheet would execute begins with an apostrophe.
 */
import { type Question, withMark } from '@property-insights/analytics';
import { type Options, stringify } from 'csv-stringify/sync';
import Type from 'typebox';

/** The library by itself quotes a line break only if it is the record delimiter. */
const rawOptions: Options = { record_delimiter: 'windows', quoted_match: /^$|[\r\n]/, cast: { boolean: String } };
const safeOptions: Options = { ...rawOptions, cast: { boolean: String, string: withMark } };

/** The query parameter of routes that send CSV. */
export const rawParameter = {
  raw: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'Whether texts in CSV that a spreadsheet would execute (beginning with =, +, -, @, a tab or a line end) stay as they are. By default they begin with an apostrophe, which imports remove.',
    }),
  ),
};

/** The part of a JSON schema that names the columns. */
interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
}

/** The CSV text of a question's answer, header included. @param raw whether texts that a spreadsheet would execute stay as they are */
export function toCsv(
  { result, table }: Pick<Question, 'result' | 'table'>,
  answer: unknown,
  { raw = false }: { raw?: boolean } = {},
): string {
  const options = raw ? rawOptions : safeOptions;
  const schema = table === undefined ? (result as Schema) : ((result as Schema).properties?.[table] ?? {});
  const rows = table === undefined ? answer : (answer as Record<string, unknown>)[table];
  if (!Array.isArray(rows)) return stringify([['member', 'value'], ...values(answer, [])], options);
  const columns = columnsOf(schema.items ?? {}, []);
  const header = columns.map((path) => path.join('.'));
  return stringify([header, ...rows.map((row) => columns.map((path) => valueAt(row, path)))], options);
}

/** The paths of the values in a row. They come from the schema, so that an empty table has a header. */
function columnsOf(schema: Schema, path: string[]): string[][] {
  // An object may be null; its cells are empty then.
  const properties = [schema, ...(schema.anyOf ?? [])].find((each) => each.properties)?.properties;
  if (!properties) return [path];
  return Object.entries(properties).flatMap(([name, member]) => columnsOf(member, [...path, name]));
}

function valueAt(row: unknown, path: string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], row);
}

/** Every value of an answer, with its path. */
function values(value: unknown, path: string[]): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path.join('.'), value]];
  return Object.entries(value).flatMap(([name, member]) => values(member, [...path, name]));
}

/**
 * A mapping: which columns of a table fill our fields, and how. Given as JSON, proposed from the table, or remembered from an earlier file.
 * What it does not say is found from the table itself; `fields`, where it is given, is all that is taken.
 */
import { type Static, type TOptional, type TProperties, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { type FieldName, fieldNames, fieldOf } from './fields.ts';
import { areaUnits } from './readings.ts';

const Column = Type.Union(
  [Type.String({ minLength: 1, maxLength: 1000 }), Type.Integer({ minimum: 1, maximum: 100_000 })],
  {
    'x-expected': 'the name of a column, or its number, from 1',
    description: 'A column: its name, or its number, from 1',
  },
);
export type Column = Static<typeof Column>;

const dateOrder = Type.Enum(['dmy', 'mdy'], {
  description:
    'Whether 03/04/2015 is the 3rd of April (dmy) or the 4th of March (mdy). Dates such as 2015-04-03 need none',
});
const decimal = Type.Enum(['.', ','], {
  description: 'What decimals stand after. The other of the two, spaces and apostrophes part thousands',
});
const unit = Type.Enum(Object.keys(areaUnits) as (keyof typeof areaUnits)[], {
  description: 'The unit of areas that do not name their own',
});

const text = (description: string, maxLength = 1000) =>
  Type.String({ maxLength, description, 'x-expected': `text of at most ${maxLength} characters` });

const Source = Type.Object(
  {
    column: Type.Optional(Column),
    columns: Type.Optional(
      Type.Array(Column, {
        minItems: 1,
        maxItems: 50,
        'x-expected': 'a list of 1 to 50 columns',
        description: 'Several, joined',
      }),
    ),
    separator: Type.Optional(text('What joins the columns; a space if nothing is said', 20)),
    value: Type.Optional(text('The same for every sale, instead of a column')),
    values: Type.Optional(
      Type.Record(Type.String(), text(''), {
        maxProperties: 1000,
        'x-expected': 'an object of at most 1000 texts, such as {"D": "Detached"}',
        description: 'What values of the column stand for; others stay as they are',
      }),
    ),
    date_order: Type.Optional(dateOrder),
    decimal: Type.Optional(decimal),
    unit: Type.Optional(unit),
  },
  { additionalProperties: false, 'x-expected': 'an object such as {"column": "sold"}' },
);
export type Source = Static<typeof Source>;

const Table = Type.Object(
  {
    encoding: Type.Optional(
      Type.Enum(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'], { description: 'windows-1252 includes Latin-1' }),
    ),
    delimiter: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 5,
        pattern: '^[^"\\r\\n]+$',
        'x-expected': 'what parts the columns, such as "," or ";" or "\\t"',
      }),
    ),
    quote: Type.Optional(
      Type.Enum(['"', "'", ''], {
        description: 'What values with delimiters stand in; empty: quotes are ordinary characters',
      }),
    ),
    header: Type.Optional(
      Type.Boolean({ description: 'Whether a row names the columns; otherwise they are known by their numbers' }),
    ),
    skip_rows: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 50, description: 'Title rows to pass over before the header' }),
    ),
    sheet: Type.Optional(text('The sheet of a workbook; each that holds sales if nothing is said', 100)),
  },
  { additionalProperties: false, 'x-expected': 'an object such as {"delimiter": ";"}' },
);
/** How a table is written down. */
export type Dialect = Static<typeof Table>;

const sources = Object.fromEntries(
  fieldNames.map((name) => [name, Type.Optional({ ...Source, description: fieldOf(name).description })]),
) as unknown as Record<FieldName, TOptional<typeof Source>>;

export const Mapping = Type.Object(
  {
    table: Type.Optional(Table),
    date_order: Type.Optional(dateOrder),
    decimal: Type.Optional(decimal),
    area_unit: Type.Optional(unit),
    missing: Type.Optional(
      Type.Array(text('', 100), {
        maxItems: 50,
        'x-expected': 'a list of at most 50 texts',
        description: 'What stands for a value that is missing, beside an empty one',
      }),
    ),
    fields: Type.Optional(
      Type.Object(sources, {
        additionalProperties: false,
        'x-expected': 'an object such as {"price": {"column": "Sale Price"}}',
      }),
    ),
    details: Type.Optional(
      Type.Array(Column, {
        maxItems: 200,
        'x-expected': 'a list of at most 200 columns',
        description: 'Columns to keep beside the fields, by their own names',
      }),
    ),
  },
  { additionalProperties: false },
);
export type Mapping = Static<typeof Mapping>;

/** A mapping cannot be understood, or does not fit the table; the message is a plain sentence that names the member. */
export class MappingError extends Error {
  override name = 'MappingError';
}

/** @throws MappingError for the first thing that is wrong with it. */
export function checkMapping(value: unknown): Mapping {
  if (!Value.Check(Mapping, value)) throw new MappingError(explain(value));
  for (const [name, source] of Object.entries(value.fields ?? {})) {
    const given = (['column', 'columns', 'value'] as const).filter((member) => source[member] !== undefined);
    if (given.length !== 1) {
      throw new MappingError(
        `Mapping member "fields.${name}" must have one of column, columns and value${given.length > 1 ? `, not ${given.join(' and ')}` : ''}.`,
      );
    }
  }
  return value;
}

/** @throws MappingError where the text is no JSON, or no mapping. */
export function parseMapping(json: string): Mapping {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new MappingError('The mapping is not valid JSON.');
  }
  return checkMapping(value);
}

interface Node {
  properties?: TProperties;
  patternProperties?: TProperties;
  items?: Node;
  enum?: unknown[];
  type?: string;
  minimum?: number;
  maximum?: number;
  'x-expected'?: string;
}

function explain(value: unknown): string {
  const errors = Value.Errors(Mapping, value);
  // An unknown member is also reported as one that no schema allows; the better sentence is that of the object it stands in.
  const fault = errors.find(({ keyword }) => keyword === 'additionalProperties') ?? errors[0];
  const path = (fault?.instancePath ?? '')
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  let node: Node | undefined = Mapping as TSchema as Node;
  let given = value;
  const names: string[] = [];
  let expected: Node = node;
  for (const part of path) {
    if (Array.isArray(given)) names.push(`${names.pop()}[${part}]`);
    else names.push(part);
    node = (node?.properties?.[part] ?? Object.values(node?.patternProperties ?? {})[0] ?? node?.items) as
      | Node
      | undefined;
    if (node) expected = node;
    given = (given as Record<string, unknown>)?.[part];
  }
  const member = names.join('.');
  if (fault?.keyword === 'additionalProperties') {
    const [unknown] = (fault.params as { additionalProperties: string[] }).additionalProperties;
    const known = Object.keys(expected.properties ?? {}).join(', ');
    return `Unknown mapping member "${[...names, unknown].join('.')}"; known are ${known}.`;
  }
  if (path.length === 0) return 'The mapping must be a JSON object.';
  return `Mapping member "${member}" must be ${describe(expected)}, not ${shortened(given)}.`;
}

function describe(node: Node): string {
  if (node['x-expected']) return node['x-expected'];
  if (node.enum) return `one of ${node.enum.map((choice) => JSON.stringify(choice)).join(', ')}`;
  if (node.type === 'integer') return `a whole number from ${node.minimum} to ${node.maximum}`;
  return node.type === 'boolean' ? 'true or false' : 'a text';
}

function shortened(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}

/** The columns that a source is filled from; none where it is a fixed value. */
export function columnsOf({ column, columns }: Source): Column[] {
  return columns ?? (column === undefined ? [] : [column]);
}

/** What stands for nothing where a mapping does not say. */
export const usuallyMissing = ['?', '-', '–', 'NA', 'N/A', '#N/A', 'NaN', 'nan', 'NULL', 'null', 'None', '\\N'];

/**
 * A mapping: which columns of a table fill which fields, and how. It is given as JSON, proposed from the table, or remembered from an earlier
 * file. Members that it leaves out are inferred from the table; if it has `fields`, no other fields are filled.
 */
import { type Static, type TOptional, type TProperties, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { isStorable } from '../formats/add-row.ts';
import { type FieldName, fieldNames, fieldOf } from './fields.ts';
import { areaUnits, dateNumbers } from './readings.ts';

export const Column = Type.Union(
  [Type.String({ minLength: 1, maxLength: 1000 }), Type.Integer({ minimum: 1, maximum: 100_000 })],
  {
    'x-expected': 'the name of a column, or its number, from 1',
    description: 'A column: its name, or its number, from 1',
  },
);
export type Column = Static<typeof Column>;

const dateOrder = Type.Enum(['dmy', 'mdy'], {
  description:
    'Whether 03/04/2015 is the 3rd of April (dmy) or the 4th of March (mdy). Dates such as 2015-04-03 do not need it',
});
const numbersOfDates = Type.Enum([...dateNumbers], {
  description:
    'What numbers in a column of dates count: days as spreadsheets do (45352 is 2024-03-01), seconds or milliseconds since 1970, or years (2024 is 2024-01-01)',
});
const decimal = Type.Enum(['.', ','], {
  description: 'The decimal mark. The other of the two, spaces and apostrophes separate thousands',
});
const unit = Type.Enum(Object.keys(areaUnits) as (keyof typeof areaUnits)[], {
  description: 'The unit of areas without a unit of their own',
});

const scale = Type.Integer({
  minimum: 1,
  maximum: 1e9,
  description:
    'The number that prices are multiplied by: 1000 for prices in thousands. Values such as $1.2m state their own',
});
const currency = Type.String({
  pattern: '^[A-Z]{3}$',
  'x-expected': 'an ISO code such as "AUD"',
  description: "The currency of prices; values in another are rejected. It must be the market's, which is the default",
});
const timeZone = Type.String({
  minLength: 1,
  maxLength: 64,
  'x-expected': 'a time zone such as "Australia/Sydney"',
  description: "The time zone in which an instant (2024-01-31T13:00:00Z) becomes a day; defaults to the market's",
});

const firstYear = Type.Integer({
  minimum: 1000,
  maximum: 9900,
  description:
    'The first of the hundred years that years of two digits stand for: with 1927, 26 is 2026 and 27 is 1927',
});
const calendar = Type.Enum(['gregorian', 'buddhist'], {
  description: 'The calendar of years: the Buddhist year 2567 is 2024',
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
        description: 'Several columns, whose texts are joined',
      }),
    ),
    separator: Type.Optional(text('The text between joined columns; defaults to a space', 20)),
    value: Type.Optional(text('A fixed value for all sales, instead of a column')),
    values: Type.Optional(
      Type.Record(Type.String(), text(''), {
        maxProperties: 1000,
        'x-expected': 'an object of at most 1000 texts, such as {"D": "Detached"}',
        description: 'Replacements for values of the column; others stay as they are',
      }),
    ),
    date_order: Type.Optional(dateOrder),
    date_numbers: Type.Optional(numbersOfDates),
    decimal: Type.Optional(decimal),
    unit: Type.Optional(unit),
    unit_column: Type.Optional({
      ...Column,
      description: 'The column of the unit of each area, such as m2, M, ha or H',
    }),
    scale: Type.Optional(scale),
    currency: Type.Optional(currency),
    time_zone: Type.Optional(timeZone),
    first_year: Type.Optional(firstYear),
    calendar: Type.Optional(calendar),
  },
  { additionalProperties: false, 'x-expected': 'an object such as {"column": "sold"}' },
);
export type Source = Static<typeof Source>;

const condition = {
  column: Column,
  words: Type.Optional(
    Type.Array(text('', 100), {
      minItems: 1,
      maxItems: 100,
      'x-expected': 'a list of 1 to 100 texts',
      description: 'The value contains one of these words or phrases; case, accents and signs are ignored',
    }),
  ),
  above: Type.Optional(Type.Number({ 'x-expected': 'a number', description: 'The value is a number above this one' })),
};
const Condition = Type.Object(condition, {
  additionalProperties: false,
  'x-expected': 'an object such as {"column": "Status", "words": ["for rent"]}',
});
export type Condition = Static<typeof Condition>;
const Flag = Type.Object(
  {
    ...condition,
    reason: Type.String({ minLength: 1, maxLength: 100, 'x-expected': 'a text of 1 to 100 characters' }),
  },
  {
    additionalProperties: false,
    'x-expected': 'an object such as {"column": "Multi-sale", "words": ["yes"], "reason": "several parcels"}',
  },
);
export type Flag = Static<typeof Flag>;

const Table = Type.Object(
  {
    encoding: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 40,
        'x-expected': 'an encoding, such as "utf-8", "windows-1252" or "shift_jis"',
        description:
          'A label of the WHATWG Encoding Standard, such as utf-8, windows-1252 (includes Latin-1) or shift_jis',
      }),
    ),
    delimiter: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 5,
        pattern: '^[^"\\r\\n]+$',
        'x-expected': 'a delimiter, such as "," or ";" or "\\t"',
      }),
    ),
    quote: Type.Optional(
      Type.Enum(['"', "'", ''], {
        description: 'The quote character; empty if quotes are ordinary characters',
      }),
    ),
    header: Type.Optional(
      Type.Boolean({ description: 'Whether a row names the columns; otherwise they have numbers' }),
    ),
    skip_rows: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 50, description: 'Title rows to skip before the header' }),
    ),
    sheet: Type.Optional(text('The sheet of a workbook; defaults to all sheets that contain sales', 100)),
  },
  { additionalProperties: false, 'x-expected': 'an object such as {"delimiter": ";"}' },
);
/** The dialect of a table. */
export type Dialect = Static<typeof Table>;

const sources = Object.fromEntries(
  fieldNames.map((name) => [name, Type.Optional({ ...Source, description: fieldOf(name).description })]),
) as unknown as Record<FieldName, TOptional<typeof Source>>;

export const Mapping = Type.Object(
  {
    table: Type.Optional(Table),
    date_order: Type.Optional(dateOrder),
    date_numbers: Type.Optional(numbersOfDates),
    decimal: Type.Optional(decimal),
    area_unit: Type.Optional(unit),
    price_scale: Type.Optional(scale),
    currency: Type.Optional(currency),
    time_zone: Type.Optional(timeZone),
    first_year: Type.Optional(firstYear),
    calendar: Type.Optional(calendar),
    missing: Type.Optional(
      Type.Array(text('', 100), {
        maxItems: 50,
        'x-expected': 'a list of at most 50 texts',
        description: 'Texts that stand for a missing value, besides an empty one',
      }),
    ),
    fields: Type.Optional(
      Type.Object(sources, {
        additionalProperties: false,
        'x-expected': 'an object such as {"price": {"column": "Sale Price"}}',
      }),
    ),
    transaction: Type.Optional(
      Type.Object(
        { columns: Type.Array(Column, { minItems: 1, maxItems: 10, 'x-expected': 'a list of 1 to 10 columns' }) },
        {
          additionalProperties: false,
          'x-expected': 'an object such as {"columns": ["Deed number"]}',
          description:
            'Neighbouring rows with the same values in these columns, contract date and price are one sale. The largest dwelling represents it; with several, it is not standard',
        },
      ),
    ),
    leave_out: Type.Optional(
      Type.Array(Condition, {
        maxItems: 20,
        'x-expected': 'a list of at most 20 conditions',
        description:
          'Rows that are no sales, such as rents and listings: rows that meet one of these conditions are rejected',
      }),
    ),
    flags: Type.Optional(
      Type.Array(Flag, {
        maxItems: 20,
        'x-expected': 'a list of at most 20 conditions with a reason',
        description: 'Sales that are not standard: those that meet a condition, for its reason',
      }),
    ),
    details: Type.Optional(
      Type.Array(Column, {
        maxItems: 200,
        'x-expected': 'a list of at most 200 columns',
        description: 'Further columns to keep, by their own names',
      }),
    ),
  },
  { additionalProperties: false },
);
export type Mapping = Static<typeof Mapping>;

/** A mapping is invalid. The message is a sentence that names the member. */
export class MappingError extends Error {
  override name = 'MappingError';
}

/** @throws MappingError for the first error in it */
export function checkMapping(value: unknown): Mapping {
  if (!Value.Check(Mapping, value)) throw new MappingError(explain(value));
  for (const [name, source] of Object.entries(value.fields ?? {})) {
    const given = (['column', 'columns', 'value'] as const).filter((member) => source[member] !== undefined);
    if (given.length !== 1) {
      throw new MappingError(
        `Mapping member "fields.${name}" must have one of column, columns and value${given.length > 1 ? `, not ${given.join(' and ')}` : ''}.`,
      );
    }
    checkTimeZone(`fields.${name}.time_zone`, source.time_zone);
  }
  for (const member of ['leave_out', 'flags'] as const) {
    for (const [i, { words, above }] of (value[member] ?? []).entries()) {
      if ((words === undefined) === (above === undefined))
        throw new MappingError(`Mapping member "${member}[${i}]" must have either words or above.`);
    }
  }
  checkTimeZone('time_zone', value.time_zone);
  checkEncoding(value.table?.encoding);
  return value;
}

function checkEncoding(encoding: string | undefined): void {
  try {
    if (encoding !== undefined) new TextDecoder(encoding);
  } catch {
    throw new MappingError(
      `Mapping member "table.encoding" must be an encoding, such as "utf-8", "windows-1252" or "shift_jis", not ${shortened(encoding)}.`,
    );
  }
}

function checkTimeZone(member: string, zone: string | undefined): void {
  try {
    if (zone !== undefined) new Intl.DateTimeFormat('en', { timeZone: zone });
  } catch {
    throw new MappingError(
      `Mapping member "${member}" must be a time zone such as "Australia/Sydney", not ${shortened(zone)}.`,
    );
  }
}

/** @throws MappingError for a text that is not JSON, or not a mapping */
export function parseMapping(json: string): Mapping {
  let storable = true;
  let value: unknown;
  try {
    value = JSON.parse(json, (name, member) => {
      storable &&= isStorable(name) && (typeof member !== 'string' || isStorable(member));
      return member;
    });
  } catch {
    throw new MappingError('The mapping is not valid JSON.');
  }
  if (!storable) throw new MappingError('The mapping contains a NUL character or half of a surrogate pair.');
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
  // An unknown member has several errors; the one of the object that contains it is the clearest.
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
    return `Unknown mapping member "${[...names, unknown].join('.')}". Known members are ${known}.`;
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

/** The columns of a source; none for a fixed value. */
export function columnsOf({ column, columns }: Source): Column[] {
  return columns ?? (column === undefined ? [] : [column]);
}

/** The texts that stand for a missing value by default. */
export const defaultMissing = ['?', '-', '–', 'NA', 'N/A', '#N/A', 'NaN', 'nan', 'NULL', 'null', 'None', '\\N'];

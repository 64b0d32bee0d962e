/** What several routes take or give. */
import { formats } from '@property-insights/imports';
import { type TSchema, Type } from 'typebox';

/** One line of text with something in it. Control characters are refused: PostgreSQL has no NUL, and the others only hide in a list. */
export const line = (maxLength: number, description?: string) =>
  Type.String({
    ...(description && { description }),
    minLength: 1,
    maxLength,
    pattern: '^(?=[^]*\\S)[^\\p{Cc}\\p{Cs}]*$',
    'x-expected': `one line of text, of 1 to ${maxLength} characters`,
  });

/** May be left out, or null. */
export const optional = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

const codeForm = {
  maxLength: 40,
  pattern: '^[a-z0-9][a-z0-9-]*$',
  'x-expected': 'a market code: lower-case letters, digits and hyphens, at most 40',
};
export const marketCode = Type.String({ ...codeForm, description: 'Code of the market.' });

export const market = Type.Optional(
  Type.String({ ...codeForm, description: 'Code of the market; the default market if not given.' }),
);

/** A Date, which JSON shows as ISO text. */
export const moment = Type.Unsafe<Date>({ type: 'string', format: 'date-time' });

/** Of what takes files. */
export const filesQuery = {
  market,
  filename: Type.Optional(line(255, 'Of a body that is the file itself.')),
  format: Type.Optional(
    Type.Enum([...formats.map(({ name }) => name), 'table'], {
      description: 'What every file is read as; their content decides if it is not given.',
    }),
  ),
  mapping: Type.Optional(
    Type.String({
      maxLength: 10_000,
      'x-expected': 'a mapping, as JSON of at most 10000 characters',
      description:
        'By which every file is read as a table, as JSON, such as `{"date_order": "dmy"}`; what it does not say is found from the file. A preview answers with a whole one.',
    }),
  ),
};

/** The largest id is the largest whole number that JSON readers keep exactly. */
export const id = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'As lists tell it.' });

/** Paging: at most `limit` items, from after the one that `cursor` stands for. */
export const page = {
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'Items on a page.' }),
  cursor: Type.Optional(
    Type.String({
      maxLength: 200,
      'x-expected': 'one taken from a Link header',
      description: 'From the Link header of the page before.',
    }),
  ),
};

export const noParameters = Type.Object({});

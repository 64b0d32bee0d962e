/** Schemas that several routes share. */
import { type TSchema, Type } from 'typebox';

/** One line of text that is not blank. Control characters are refused: PostgreSQL stores no NUL, and the others are invisible. */
export const line = (maxLength: number, description?: string) =>
  Type.String({
    ...(description && { description }),
    minLength: 1,
    maxLength,
    pattern: '^(?=[^]*\\S)[^\\p{Cc}\\p{Cs}]*$',
    'x-expected': `one line of text, of 1 to ${maxLength} characters`,
  });

/** May be omitted or null. */
export const optional = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

export const nullable = <T extends TSchema>(schema: T, options?: { description: string }) =>
  Type.Union([schema, Type.Null()], options);

const codeForm = {
  maxLength: 40,
  pattern: '^[a-z0-9][a-z0-9-]*$',
  'x-expected': 'a market code: lower-case letters, digits and hyphens, at most 40',
};
export const marketCode = Type.String({ ...codeForm, description: 'Code of the market.' });

export const market = Type.Optional(
  Type.String({ ...codeForm, description: 'Code of the market; defaults to the default market.' }),
);

/** A Date, in JSON an ISO 8601 text. */
export const moment = Type.Unsafe<Date>({ type: 'string', format: 'date-time' });

/** The largest id is the largest integer that every JSON reader represents exactly. */
export const id = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'As the list returns it.',
});

export const noParameters = Type.Object({});

/** Matches the text of a UUID. */
export const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

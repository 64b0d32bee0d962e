/** Validates requests against their schemas, and explains in one sentence what is wrong and what is expected. */
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifyError, FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';

const options: Options = {
  // Adds value and schema to the errors, for the sentence.
  verbose: true,
  useDefaults: true,
  // Schemas carry annotations, such as `x-expected`, that Ajv does not know.
  strict: false,
};
// Values in a URL are text, so they are converted to the types of the schema, a single value also to a list. JSON bodies have types.
const ofUrls = new Ajv({ ...options, coerceTypes: 'array' });
const ofBodies = new Ajv(options);
for (const ajv of [ofUrls, ofBodies]) addFormats.default(ajv, ['date', 'date-time', 'uuid']);

/**
 * Returns the validator of a part of a request. It rejects members that the schema does not list. It is compiled for the first request, because
 * compiling those of all routes takes half of the time that a service takes to start.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  let validate: ValidateFunction | undefined;
  return (data) => {
    validate ??= (httpPart === 'body' ? ofBodies : ofUrls).compile({ additionalProperties: false, ...schema });
    return validate(data) || { error: validate.errors ?? [] };
  };
};

interface Described {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Described[];
  items?: Described;
  properties?: Record<string, Described>;
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
  /** The expected value in words, if the other members do not describe it. */
  'x-expected'?: string;
}

/** The sentence for an invalid request, such as `Query parameter "limit" must be a whole number from 1 to 1000, not "x".` */
export function explainInvalid(error: FastifyError): string {
  const errors = (error.validation ?? []) as ErrorObject[];
  // Each alternative of an `anyOf` has an error; the error of the `anyOf` itself covers them all.
  const fault = errors.find(({ keyword }) => keyword === 'anyOf') ?? errors[0];
  if (!fault) return 'The request is not valid.';
  const schema = fault.parentSchema as Described;
  const path = fault.instancePath.split('/').slice(1);
  const name = path.find((part) => !/^\d+$/.test(part));
  const part = error.validationContext;
  if (fault.keyword === 'additionalProperties') {
    const known = Object.keys(schema.properties ?? {});
    const expected = known.length === 0 ? 'this path takes none' : `known are ${known.join(', ')}`;
    return `Unknown ${nouns[part ?? '']} "${fault.params.additionalProperty}"; ${expected}.`;
  }
  if (fault.keyword === 'required') {
    const missing: string = fault.params.missingProperty;
    return `Missing ${nouns[part ?? '']} "${missing}": it must be ${describe(schema.properties?.[missing] ?? {})}.`;
  }
  if (name === undefined) return 'The body must be a JSON object.';
  return `${capital(nouns[part ?? ''] ?? '')} "${name}" must be ${describe(schema)}, not ${quote(fault.data)}.`;
}

const nouns: Record<string, string> = { querystring: 'query parameter', body: 'member', params: 'path segment' };

function describe(schema: Described): string {
  if (schema['x-expected']) return schema['x-expected'];
  const choices =
    schema.enum ?? (schema.anyOf ?? []).map((choice) => choice.const).filter((value) => value !== undefined);
  if (choices.length > 0) return `one of ${choices.join(', ')}`;
  if (schema.anyOf) return schema.anyOf.map(describe).join(' or ');
  switch (schema.type) {
    case 'integer':
      return `a whole number${range(schema)}`;
    case 'number':
      return `a number${range(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list of at most ${schema.maxItems} values`;
    case 'null':
      return 'null';
    case 'string':
      if (schema.format === 'date') return 'a date (YYYY-MM-DD)';
      if (schema.format === 'date-time') return 'a time with its zone (YYYY-MM-DDThh:mm:ssZ)';
      if (schema.format === 'uuid') return 'a UUID';
      return schema.maxLength === undefined
        ? 'text'
        : `text of ${schema.minLength ?? 0} to ${schema.maxLength} characters`;
    default:
      return 'a JSON object';
  }
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Described): string {
  const parts = [];
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) parts.push(`of at least ${minimum}`);
  if (maximum !== undefined) parts.push(`of at most ${maximum}`);
  if (exclusiveMinimum !== undefined) parts.push(`above ${exclusiveMinimum}`);
  if (exclusiveMaximum !== undefined) parts.push(`below ${exclusiveMaximum}`);
  return parts.length === 0 ? '' : ` ${parts.join(' and ')}`;
}

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

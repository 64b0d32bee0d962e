import type { Static, TObject } from 'typebox';
import { Value } from 'typebox/value';
import { InvalidQuestion } from './errors.ts';

/**
 * Checks parameters against their schema. The SQL of questions relies on it, also when no HTTP request is involved.
 * @throws InvalidQuestion for the first invalid parameter
 */
export function validate<P extends TObject>(schema: P, parameters: unknown): asserts parameters is Static<P> {
  if (Value.Check(schema, parameters)) return;
  const error = Value.Errors(schema, parameters)[0];
  const parameter = error?.instancePath.split('/')[1] ?? '';
  const given = JSON.stringify((parameters as Record<string, unknown>)[parameter]);
  if (!(parameter in schema.properties)) {
    const known = Object.keys(schema.properties).join(', ');
    throw new InvalidQuestion(parameter, `There is no parameter "${parameter}"; there are ${known}.`);
  }
  if (error?.keyword === 'format') {
    throw new InvalidQuestion(parameter, `${parameter} must be a day such as 2024-06-30, not ${given}.`);
  }
  if (error?.keyword === 'enum') {
    throw new InvalidQuestion(
      parameter,
      `${parameter} must be one of ${error.params.allowedValues.join(', ')}, not ${given}.`,
    );
  }
  const expected = (schema.properties[parameter] as { 'x-expected'?: string })['x-expected'];
  throw new InvalidQuestion(
    parameter,
    expected ? `${parameter} must be ${expected}, not ${given}.` : `${parameter} ${error?.message}, but is ${given}.`,
  );
}

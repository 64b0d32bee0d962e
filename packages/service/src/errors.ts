/** Maps the errors of other layers to problems. */
import { Busy, Conflict, DatabaseUnavailable, Gone, Invalid, NotFound } from '@property-insights/database';
import type { FastifyError } from 'fastify';
import { Problem, problems } from './problems.ts';
import { explainInvalid } from './validation.ts';

/** Returns the problem for an error of another package, or undefined for an error that it does not know. */
export type ErrorMapper = (error: unknown) => Problem | undefined;

/** The errors that Fastify and its plug-ins throw before a route is reached, by code. */
const frameworkProblems: Record<string, (error: FastifyError) => Problem> = {
  FST_ERR_VALIDATION: (error) => problems.invalid(explainInvalid(error)),
  FST_ERR_BAD_URL: () =>
    problems.invalid('The path is not a valid URL: a % must be followed by two hexadecimal digits.'),
  FST_ERR_MAX_PARAM_LENGTH: () => problems.urlTooLong(),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => problems.invalid('The body is empty; send a JSON object.'),
  FST_ERR_CTP_INVALID_JSON_BODY: () => problems.invalid('The body is not valid JSON.'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => problems.invalid('The length of the body differs from its Content-Length.'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => problems.unsupportedMediaType('application/json'),
  FST_ERR_CTP_BODY_TOO_LARGE: () => problems.bodyTooLarge(),
};

/** How long a restarted database takes to come back, in seconds. */
const databaseRestart = 5;

/** The problem for any error. An error that nothing here knows is an internal one, of which the client learns nothing. */
export function problemOf(error: unknown, mappers: readonly ErrorMapper[]): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DatabaseUnavailable)
    return problems.unavailable('database-unavailable', error.message, databaseRestart);
  if (error instanceof NotFound) return problems.notFound(error.message);
  if (error instanceof Conflict) return problems.conflict(error.message);
  if (error instanceof Gone) return problems.gone(error.message);
  if (error instanceof Invalid) return problems.invalid(error.message);
  if (error instanceof Busy) return problems.unavailable('overloaded', error.message, error.retryAfterSeconds);
  for (const map of mappers) {
    const problem = map(error);
    if (problem) return problem;
  }
  if (error instanceof Error) {
    const { code, statusCode = 500, message } = error as FastifyError;
    const known = frameworkProblems[code];
    if (known) return known(error as FastifyError);
    if (statusCode >= 400 && statusCode < 500) return problems.refused(message, statusCode);
  }
  return problems.internal();
}

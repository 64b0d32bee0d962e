/** Every error that a service answers with: its status, its sentence, and what it is made from. All are RFC 9457 problem documents. */
import { STATUS_CODES } from 'node:http';
import { InvalidQuestion, Overloaded, TimedOut, UnknownMarket } from '@property-insights/analytics';
import { DatabaseUnavailable } from '@property-insights/database';
import type { FastifyError } from 'fastify';
import { explainInvalid } from './validation.ts';

/** An error with an HTTP status, whose message is meant for the caller. */
export class Problem extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, detail: string, headers: Record<string, string> = {}) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.headers = headers;
  }

  /** The problem document. `error` repeats `detail` for clients of the original API. */
  toJSON() {
    return {
      type: 'about:blank',
      title: STATUS_CODES[this.status],
      status: this.status,
      detail: this.message,
      error: this.message,
    };
  }
}

/** What RFC 6750 has a refusal begin with. */
const challenge = 'Bearer realm="Property Insights"';

export const problems = {
  invalid: (detail: string) => new Problem(400, detail),
  noSuchPath: (path: string) => new Problem(404, `There is nothing at ${path}.`),
  tokenMissing: (scope: string) =>
    new Problem(
      401,
      `This needs a token with the scope "${scope}": send the header "Authorization: Bearer pi_…". Who has an admin token makes more with POST /api/tokens.`,
      { 'www-authenticate': challenge },
    ),
  tokenRefused: (why: string) =>
    new Problem(401, `The token ${why}. Who has an admin token makes a new one with POST /api/tokens.`, {
      'www-authenticate': `${challenge}, error="invalid_token", error_description="The token ${why}."`,
    }),
  scopeMissing: (scope: string, has: string) =>
    new Problem(403, `This needs a token with the scope "${scope}"; this one has "${has}".`, {
      'www-authenticate': `${challenge}, error="insufficient_scope", scope="${scope}"`,
    }),
  notFound: (detail: string) => new Problem(404, detail),
  methodNotAllowed: (method: string, path: string, allowed: string[]) =>
    new Problem(405, `${path} does not take ${method}; it takes ${allowed.join(', ')}.`, { allow: allowed.join(', ') }),
  conflict: (detail: string) => new Problem(409, detail),
  bodyTooLarge: () => new Problem(413, 'The body is too large for this request.'),
  unsupportedMediaType: (right: string) => new Problem(415, `The Content-Type must be ${right}.`),
  noRoom: () => new Problem(507, 'There is no room left on disk for these files. Send less at a time.'),
  internal: () => new Problem(500, 'Something went wrong in the service. It has been recorded.'),
  unavailable: (detail: string, retryAfterSeconds: number) =>
    new Problem(503, detail, { 'retry-after': String(retryAfterSeconds) }),
};

/** The errors that Fastify and its plug-ins throw before a route is reached, by code. */
const frameworkProblems: Record<string, (error: FastifyError) => Problem> = {
  FST_ERR_VALIDATION: (error) => problems.invalid(explainInvalid(error)),
  FST_ERR_BAD_URL: () =>
    problems.invalid('The path is not a valid URL: a % must be followed by two hexadecimal digits.'),
  FST_ERR_CTP_EMPTY_JSON_BODY: () => problems.invalid('The body is empty; send a JSON object.'),
  FST_ERR_CTP_INVALID_JSON_BODY: () => problems.invalid('The body is not valid JSON.'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => problems.invalid('The body is not as long as its Content-Length says.'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => problems.unsupportedMediaType('application/json'),
  FST_ERR_CTP_BODY_TOO_LARGE: () => problems.bodyTooLarge(),
};

/** The problem that an error is to its caller; anything not foreseen is an internal one, of which the caller learns nothing. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // A restarted database is back within seconds.
  if (error instanceof DatabaseUnavailable) return problems.unavailable(error.message, 5);
  if (error instanceof Overloaded || error instanceof TimedOut)
    return problems.unavailable(error.message, error.retryAfterSeconds);
  if (error instanceof InvalidQuestion) return problems.invalid(error.message);
  if (error instanceof UnknownMarket) return problems.notFound(error.message);
  if (error instanceof Error) {
    const { code, statusCode = 500, message } = error as FastifyError;
    const known = frameworkProblems[code];
    if (known) return known(error as FastifyError);
    if (statusCode >= 400 && statusCode < 500) return new Problem(statusCode, message);
  }
  return problems.internal();
}

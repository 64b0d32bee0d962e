/** Problem documents (RFC 9457): the catalogue of their kinds, and the errors that become one. */
import { maxHeadersBytes, maxSegmentLength, maxUrlBytes } from './limits.ts';

/** What all problems of one kind have in common. */
export interface ProblemKind {
  title: string;
  /** The HTTP status. */
  status: number;
  /** When a request gets this problem, as one sentence. */
  when: string;
}

/** Every kind of problem, by the name that ends its `type`. The documentation page is made from this list. */
export const problemKinds = {
  'invalid-request': {
    title: 'Invalid request',
    status: 400,
    when: 'A parameter, a path segment or the body has a value that this path does not accept.',
  },
  refused: {
    title: 'Request refused',
    status: 400,
    when: 'The request breaks a rule of HTTP that has no kind of its own; the status can be any from 400 to 499.',
  },
  'token-missing': {
    title: 'Token missing',
    status: 401,
    when: 'The request has no token, and this path needs one.',
  },
  'token-invalid': {
    title: 'Token invalid',
    status: 401,
    when: 'The token is unknown, revoked or expired.',
  },
  'password-needed': {
    title: 'Password needed',
    status: 401,
    when: 'The link of a report has a password, and the request has none or another one.',
  },
  'scope-missing': {
    title: 'Scope missing',
    status: 403,
    when: 'The token is valid, but its scope does not allow this request.',
  },
  'path-not-found': {
    title: 'Path not found',
    status: 404,
    when: 'No route has this path.',
  },
  'not-found': {
    title: 'Not found',
    status: 404,
    when: 'The path is right, but nothing exists under the id, code or name in the request.',
  },
  'method-not-allowed': {
    title: 'Method not allowed',
    status: 405,
    when: 'The path does not take this method; the header Allow lists those that it takes.',
  },
  conflict: {
    title: 'Conflict',
    status: 409,
    when: 'The request is valid, but the current state of the data does not allow it.',
  },
  gone: {
    title: 'Gone',
    status: 410,
    when: 'What the request names existed, and cannot be had any more.',
  },
  'body-too-large': {
    title: 'Body too large',
    status: 413,
    when: 'The body has more bytes than this path accepts.',
  },
  'url-too-long': {
    title: 'URL too long',
    status: 414,
    when: 'The URL has more than 16,384 bytes, or one segment of its path more than 500 characters.',
  },
  'unsupported-media-type': {
    title: 'Unsupported media type',
    status: 415,
    when: 'The Content-Type of the body is not one that this path accepts.',
  },
  'unknown-host': {
    title: 'Unknown host',
    status: 421,
    when: 'The request is addressed to a host name that is not one of this system; the setting ALLOWED_HOSTS lists them.',
  },
  'over-budget': {
    title: 'Budget used up',
    status: 429,
    when: 'The caller has used up its processor time for now; the header Retry-After states in how many seconds to retry.',
  },
  'headers-too-large': {
    title: 'Headers too large',
    status: 431,
    when: 'The headers of the request have more than 65,536 bytes.',
  },
  'file-too-costly': {
    title: 'File too costly',
    status: 422,
    when: 'Reading the files takes more time or memory than the service allows, which files of sales do not.',
  },
  'not-set-up': {
    title: 'Not set up',
    status: 501,
    when: 'This installation lacks a setting that the request needs; the message names it.',
  },
  'internal-error': {
    title: 'Internal error',
    status: 500,
    when: 'The service has a bug; the log has the details under the request_id.',
  },
  overloaded: {
    title: 'Overloaded',
    status: 503,
    when: 'Too many requests are waiting; the header Retry-After states in how many seconds to retry.',
  },
  'timed-out': {
    title: 'Timed out',
    status: 503,
    when: 'The answer took longer than the service allows; select less data, or retry later.',
  },
  loading: {
    title: 'Loading',
    status: 503,
    when: 'The sales of the market, or of the version asked for, are being loaded; retry after the seconds in the header Retry-After.',
  },
  'market-unavailable': {
    title: 'Market unavailable',
    status: 503,
    when: 'The sales of this market cannot be loaded at the moment; the service retries, and answers for other markets.',
  },
  'database-unavailable': {
    title: 'Database unavailable',
    status: 503,
    when: 'The database cannot be reached; the header Retry-After states in how many seconds to retry.',
  },
  stopping: {
    title: 'Service stopping',
    status: 503,
    when: 'This task is about to stop; retry to reach another.',
  },
  'storage-full': {
    title: 'Storage full',
    status: 507,
    when: 'The service has no disk space left for the files of the request.',
  },
} as const satisfies Record<string, ProblemKind>;

export type ProblemName = keyof typeof problemKinds;

/** The documentation page of the kinds, on the host of both services. */
export const problemsPath = '/api/docs/problems';

/** The members that all problem documents of a kind have. */
export function commonMembers(name: ProblemName) {
  const { title, status } = problemKinds[name];
  return { type: `${problemsPath}#${name}`, title, status };
}

/** An error whose message is meant for the client: it is the `detail` of the problem document. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly kind: ProblemName;
  readonly status: number;
  readonly headers: Record<string, string>;

  /** @param status only where it differs from the kind's */
  constructor(
    kind: ProblemName,
    detail: string,
    headers: Record<string, string> = {},
    status: number = problemKinds[kind].status,
  ) {
    super(detail);
    this.kind = kind;
    this.headers = headers;
    this.status = status;
  }

  /** The problem document. `error` repeats `detail` for clients of the original API. */
  toJSON() {
    return { ...commonMembers(this.kind), status: this.status, detail: this.message, error: this.message };
  }
}

/** The text of a problem document. */
export function problemDocument(problem: Problem, requestId: string): string {
  return JSON.stringify({ ...problem.toJSON(), request_id: requestId });
}

/** The start of every `WWW-Authenticate` header (RFC 6750). */
const challenge = 'Bearer realm="Property Insights"';

type Unavailable = 'overloaded' | 'timed-out' | 'loading' | 'market-unavailable' | 'database-unavailable' | 'stopping';

export const problems = {
  invalid: (detail: string) => new Problem('invalid-request', detail),
  refused: (detail: string, status: number) => new Problem('refused', detail, {}, status),
  tokenMissing: (scope: string) =>
    new Problem(
      'token-missing',
      `This request needs a token with the scope "${scope}": send the header "Authorization: Bearer pi_…". An administrator creates tokens with POST /api/tokens. The first one is in the secret of the stack output AdminTokenSecretArn; on a machine that runs the system, "npm run token" prints one.`,
      { 'www-authenticate': challenge },
    ),
  /** @param reason completes the sentence "The token …", such as `has expired` */
  tokenInvalid: (reason: string) =>
    new Problem('token-invalid', `The token ${reason}. An administrator creates a new one with POST /api/tokens.`, {
      'www-authenticate': `${challenge}, error="invalid_token", error_description="The token ${reason}."`,
    }),
  passwordNeeded: () =>
    new Problem(
      'password-needed',
      'This link has a password. Browsers ask for it; programs send it by HTTP Basic authentication, with any user name.',
      { 'www-authenticate': 'Basic realm="Shared report", charset="UTF-8"' },
    ),
  scopeMissing: (needed: string, actual: string) =>
    new Problem('scope-missing', `This request needs a token with the scope "${needed}"; this one has "${actual}".`, {
      'www-authenticate': `${challenge}, error="insufficient_scope", scope="${needed}"`,
    }),
  pathNotFound: (path: string) => new Problem('path-not-found', `There is nothing at ${path}.`),
  notFound: (detail: string) => new Problem('not-found', detail),
  methodNotAllowed: (method: string, path: string, allowed: string[]) =>
    new Problem('method-not-allowed', `${path} does not take ${method}; it takes ${allowed.join(', ')}.`, {
      allow: allowed.join(', '),
    }),
  conflict: (detail: string) => new Problem('conflict', detail),
  gone: (detail: string) => new Problem('gone', detail),
  bodyTooLarge: () => new Problem('body-too-large', 'The body is too large for this request.'),
  urlTooLong: () =>
    new Problem(
      'url-too-long',
      `The URL may have ${maxUrlBytes} bytes, and a segment of its path ${maxSegmentLength} characters.`,
      { connection: 'close' },
    ),
  unknownHost: (name: string) =>
    new Problem('unknown-host', `This system does not answer for "${name}". Use one of its own host names.`),
  /** @param quota seconds of processor time in a window of seconds */
  overBudget: (detail: string, quota: number, window: number, retryAfterSeconds: number) =>
    new Problem('over-budget', detail, {
      'retry-after': String(retryAfterSeconds),
      'ratelimit-policy': `"processor-seconds";q=${quota};w=${window}`,
      ratelimit: `"processor-seconds";r=0;t=${retryAfterSeconds}`,
    }),
  headersTooLarge: () =>
    new Problem('headers-too-large', `The headers of a request may have ${maxHeadersBytes} bytes.`, {
      connection: 'close',
    }),
  unsupportedMediaType: (expected: string) =>
    new Problem('unsupported-media-type', `The Content-Type must be ${expected}.`),
  fileTooCostly: (detail: string) => new Problem('file-too-costly', detail),
  storageFull: () =>
    new Problem('storage-full', 'There is no disk space left for these files. Send fewer or smaller files at a time.'),
  notSetUp: (detail: string) => new Problem('not-set-up', detail),
  internal: () => new Problem('internal-error', 'Something went wrong in the service. It has been recorded.'),
  unavailable: (kind: Unavailable, detail: string, retryAfterSeconds: number) =>
    new Problem(kind, detail, { 'retry-after': String(retryAfterSeconds) }),
};

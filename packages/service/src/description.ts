/** The OpenAPI 3.1 description of a service, made from its routes' schemas. */
import fastifySwagger from '@fastify/swagger';
import type { FastifyContextConfig, FastifySchema, RouteOptions } from 'fastify';
import { Type } from 'typebox';
import type { ReadAccess } from './access.ts';
import type { App } from './app.ts';
import { limits } from './limits.ts';
import { commonMembers, type ProblemName, problemKinds, problemsPath } from './problems.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route uses up the caller's budget of processor time. */
    metered?: boolean;
  }
}

export interface DescriptionOptions {
  title: string;
  version: string;
  /** The introduction, in Markdown. */
  description?: string;
  /** The start of all paths of the service. */
  prefix: string;
  /** Descriptions of the groups of routes, by the first path segment after the prefix, in reading order. Other routes are about the service itself. */
  groups?: Record<string, string>;
  readAccess: ReadAccess;
}

const about = { name: 'service', description: 'The service itself.' };

/** Describes the routes added after this call, at `openapi.json` below the prefix. */
export async function describeRoutes(app: App, options: DescriptionOptions): Promise<void> {
  const { title, version, description = '', prefix, groups = {}, readAccess } = options;
  const groupOf = (url: string) => {
    const [first = ''] = url.slice(prefix.length + 1).split('/');
    return first in groups ? first : about.name;
  };
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, version, description: [description, limits].filter(Boolean).join('\n\n') },
      tags: [...Object.entries(groups).map(([name, description]) => ({ name, description })), about],
      components: {
        schemas: { Problem },
        securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'pi_…' } },
      },
    },
    transform: ({ schema, url, route }) => ({
      schema: { ...described(schema, route, groupOf(url)), security: security(route.config?.scope, readAccess) },
      url,
    }),
  });
  // Made at the first request, when every route has been added.
  let json: string | undefined;
  app.get(`${prefix}/openapi.json`, { schema: { hide: true }, config: { scope: 'none' } }, (_request, reply) => {
    json ??= JSON.stringify(app.swagger());
    return reply.type('application/json; charset=utf-8').send(json);
  });
}

const Problem = Type.Object(
  {
    type: Type.String({
      format: 'uri-reference',
      description: `The kind of problem: a link to its section of [${problemsPath}](${problemsPath}).`,
    }),
    title: Type.String({ description: 'The name of the kind.' }),
    status: Type.Integer(),
    detail: Type.String({ description: 'What is wrong, where, and what is expected.' }),
    error: Type.String({ description: 'The same sentence as `detail`.' }),
    request_id: Type.String({ description: 'The id of the request in the logs.' }),
  },
  { description: 'A problem document (RFC 9457).' },
);

/** The response of a problem, with an example of one kind. */
const problem = (kind: ProblemName, detail: string, description: string = problemKinds[kind].when) => ({
  description,
  content: {
    'application/problem+json': {
      schema: { $ref: '#/components/schemas/Problem' },
      example: { ...commonMembers(kind), detail, error: detail, request_id: 'req-1' },
    },
  },
});

const invalid = problem(
  'invalid-request',
  'Query parameter "limit" must be a whole number from 1 to 1000, not "many".',
);
const unauthorized = problem(
  'token-invalid',
  'The token has expired. An administrator creates a new one with POST /api/tokens.',
  'The token is missing, unknown, revoked or expired.',
);
const forbidden = problem('scope-missing', 'This request needs a token with the scope "admin"; this one has "write".');
const notFound = problem('not-found', 'There is no market "nws"; there are demo, nsw.');
const overBudget = {
  ...problem(
    'over-budget',
    'These questions have used more than the 10 s of processor time that one caller may use in 20 s; try again in 3 s.',
  ),
  headers: {
    'retry-after': { type: 'integer', description: 'Seconds after which to retry.' },
    'ratelimit-policy': {
      type: 'string',
      description: 'The seconds of processor time `q` in a window of `w` seconds.',
    },
    ratelimit: { type: 'string', description: 'What remains, `r`, and the seconds until there is more, `t`.' },
  },
};
const unavailable = {
  ...problem(
    'timed-out',
    'The answer took longer than 30 s and was cancelled; try again later, or narrow the question.',
    'The service is overloaded or stopping, the answer takes too long, or the database cannot be reached.',
  ),
  headers: { 'retry-after': { type: 'integer', description: 'Seconds after which to retry.' } },
};

interface Parameters {
  required?: string[];
  properties?: Record<string, { default?: unknown }>;
}

/** The tokens that a route accepts; an empty object means that none is needed. */
function security(scope: FastifyContextConfig['scope'], readAccess: ReadAccess): Record<string, string[]>[] {
  if (scope === undefined || scope === 'none') return [{}];
  return scope === 'read' && readAccess === 'open' ? [{}, { token: [scope] }] : [{ token: [scope] }];
}

/** The description of a route: its schema, in which parameters with a default are optional, and its problems. */
function described(
  schema: FastifySchema | undefined,
  { method, url, config }: RouteOptions,
  group: string,
): FastifySchema {
  const querystring = schema?.querystring as Parameters | undefined;
  const required = querystring?.required?.filter((name) => querystring.properties?.[name]?.default === undefined);
  const takesMarket = querystring?.properties?.market !== undefined;
  return {
    ...schema,
    tags: [group],
    operationId: [String(method).toLowerCase(), ...(url.match(/\w+/g) ?? [])].join('_'),
    ...(querystring && { querystring: { ...querystring, required } }),
    response: {
      ...(schema?.response as object),
      ...(querystring || schema?.params || schema?.body ? { 400: invalid } : {}),
      ...(config?.scope === 'write' || config?.scope === 'admin' ? { 401: unauthorized, 403: forbidden } : {}),
      ...(takesMarket || schema?.params ? { 404: notFound } : {}),
      ...(config?.metered ? { 429: overBudget } : {}),
      503: unavailable,
      default: problem(
        'internal-error',
        'Something went wrong in the service. It has been recorded.',
        'Any other problem.',
      ),
    },
  } as FastifySchema;
}

/** The OpenAPI 3.1 description of a service, made from its routes' schemas. */
import fastifySwagger from '@fastify/swagger';
import type { FastifyContextConfig, FastifySchema, RouteOptions } from 'fastify';
import { Type } from 'typebox';
import type { ReadAccess } from './access.ts';
import type { App } from './service.ts';

export interface DescriptionOptions {
  title: string;
  version: string;
  /** What a reader has to know first, in Markdown. */
  description?: string;
  /** What the service's paths begin with. */
  prefix: string;
  /** Groups of routes, by the first part of their path after the prefix, in the order to be read; what is in none is about the service itself. */
  groups?: Record<string, string>;
  readAccess: ReadAccess;
}

const about = { name: 'service', description: 'The service itself.' };

/** Describes the routes added after this call, at `openapi.json` below the prefix. */
export async function describeRoutes(app: App, options: DescriptionOptions): Promise<void> {
  const { title, version, description, prefix, groups = {}, readAccess } = options;
  const groupOf = (url: string) => {
    const [first = ''] = url.slice(prefix.length + 1).split('/');
    return first in groups ? first : about.name;
  };
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, version, ...(description && { description }) },
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
  // Made at the first request: by then every route is there, and there are no more to come.
  let made: string | undefined;
  app.get(`${prefix}/openapi.json`, { schema: { hide: true }, config: { scope: 'none' } }, (_request, reply) => {
    made ??= JSON.stringify(app.swagger());
    return reply.headers({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-cache' }).send(made);
  });
}

const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String({ description: "The status's name." }),
    status: Type.Integer(),
    detail: Type.String({ description: 'What is wrong, where, and what would be right.' }),
    error: Type.String({ description: 'The same sentence as `detail`.' }),
    request_id: Type.String({ description: 'By which the request is found in the logs.' }),
  },
  { description: 'A problem document (RFC 9457).' },
);

/** A problem as an answer, with an example of what it says. */
const problem = (status: number, title: string, description: string, detail: string) => ({
  description,
  content: {
    'application/problem+json': {
      schema: { $ref: '#/components/schemas/Problem' },
      example: { type: 'about:blank', title, status, detail, error: detail, request_id: 'req-1' },
    },
  },
});

const invalid = problem(
  400,
  'Bad Request',
  'Something asked for is not possible; the sentence says what is.',
  'Query parameter "limit" must be a whole number from 1 to 1000, not "many".',
);
const tokenWanted = problem(
  401,
  'Unauthorized',
  'There is no token with the request, or it is of no use.',
  'The token has expired. Who has an admin token makes a new one with POST /api/tokens.',
);
const scopeTooLow = problem(
  403,
  'Forbidden',
  "The token's scope is not enough.",
  'This needs a token with the scope "admin"; this one has "write".',
);
const notFound = problem(404, 'Not Found', 'There is no such thing.', 'There is no market "nws"; there are demo, nsw.');
const unavailable = {
  ...problem(
    503,
    'Service Unavailable',
    'Overloaded, out of time, or without a database.',
    'The answer took longer than 30 s and was given up; ask for fewer sales, or try again later.',
  ),
  headers: { 'retry-after': { type: 'integer', description: 'Seconds after which to try again.' } },
};

interface Parameters {
  required?: string[];
  properties?: Record<string, { default?: unknown }>;
}

/** Which token a route needs; an empty object stands for none. */
function security(scope: FastifyContextConfig['scope'], readAccess: ReadAccess): Record<string, string[]>[] {
  if (scope === undefined || scope === 'none') return [{}];
  return scope === 'read' && readAccess === 'open' ? [{}, { token: [scope] }] : [{ token: [scope] }];
}

/** What callers see of a route's schema: parameters that have a default need not be given, and what may go wrong. */
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
      ...(config?.scope === 'write' || config?.scope === 'admin' ? { 401: tokenWanted, 403: scopeTooLow } : {}),
      ...(takesMarket || schema?.params ? { 404: notFound } : {}),
      503: unavailable,
      default: problem(500, 'Internal Server Error', 'Any other problem.', 'Something went wrong in the service.'),
    },
  } as FastifySchema;
}

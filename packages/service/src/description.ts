/** The OpenAPI 3.1 description of a service, made from its routes' schemas. */
import fastifySwagger from '@fastify/swagger';
import type { FastifyContextConfig, FastifySchema } from 'fastify';
import { Type } from 'typebox';
import type { ReadAccess } from './access.ts';
import type { App } from './service.ts';

export interface DescriptionOptions {
  title: string;
  version: string;
  path: string;
  readAccess: ReadAccess;
}

const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  error: Type.String({ description: 'The same sentence as `detail`' }),
  request_id: Type.String(),
});

/** Describes the routes added after this call, at a path. */
export async function describeRoutes(
  app: App,
  { title, version, path, readAccess }: DescriptionOptions,
): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, version },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'pi_…' } } },
    },
    transform: ({ schema, url, route }) => ({
      schema: { ...described(schema), security: security(route.config?.scope, readAccess) },
      url,
    }),
  });
  // Made at the first request: by then every route is there, and there are no more to come.
  let description: string | undefined;
  app.get(path, { schema: { hide: true }, config: { scope: 'none' } }, (_request, reply) => {
    description ??= JSON.stringify(app.swagger());
    return reply
      .headers({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-cache' })
      .send(description);
  });
}

/** Which token a route needs; an empty object stands for none. */
function security(scope: FastifyContextConfig['scope'], readAccess: ReadAccess): Record<string, string[]>[] {
  if (scope === undefined || scope === 'none') return [{}];
  return scope === 'read' && readAccess === 'open' ? [{}, { token: [scope] }] : [{ token: [scope] }];
}

/** What callers see of a route's schema: parameters that have a default need not be given, and anything may end in a problem. */
function described(schema: FastifySchema | undefined): FastifySchema {
  const querystring = schema?.querystring as {
    required?: string[];
    properties?: Record<string, { default?: unknown }>;
  };
  const required = querystring?.required?.filter((name) => querystring.properties?.[name]?.default === undefined);
  const problem = { description: 'A problem (RFC 9457)', content: { 'application/problem+json': { schema: Problem } } };
  return {
    ...schema,
    ...(querystring && { querystring: { ...querystring, required } }),
    response: { ...(schema?.response as object), default: problem },
  };
}

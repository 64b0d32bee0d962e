/** The OpenAPI 3.1 description of a service, made from its routes' schemas. */
import fastifySwagger from '@fastify/swagger';
import type { App } from './service.ts';

export interface DescriptionOptions {
  title: string;
  version: string;
  path: string;
}

/** Describes the routes added after this call, at a path. */
export async function describeRoutes(app: App, { title, version, path }: DescriptionOptions): Promise<void> {
  await app.register(fastifySwagger, { openapi: { openapi: '3.1.0', info: { title, version } } });
  // Made at the first request: by then every route is there, and there are no more to come.
  let description: string | undefined;
  app.get(path, { schema: { hide: true } }, (_request, reply) => {
    description ??= JSON.stringify(app.swagger());
    return reply
      .headers({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-cache' })
      .send(description);
  });
}

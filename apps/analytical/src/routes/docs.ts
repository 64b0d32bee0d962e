import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { App } from '@property-insights/service';

const own = join(import.meta.dirname, '../docs');
/**
 * Swagger UI, as its plug-in for Fastify ships it. Only these files are used: the plug-in's page would not fit a narrow screen, and the package that
 * they are from calls home when it is installed.
 */
const swaggerUi = join(dirname(fileURLToPath(import.meta.resolve('@fastify/swagger-ui'))), 'static');

/** `/api/docs`: a page to read and try the API, which it makes from `/api/openapi.json`. Nothing comes from another host. */
export async function docsRoutes(app: App): Promise<void> {
  const files = { decorateReply: false, index: false, maxAge: '1h' } as const;
  await app.register(fastifyStatic, { ...files, root: own, prefix: '/api/docs/' });
  await app.register(fastifyStatic, { ...files, root: swaggerUi, prefix: '/api/docs/swagger-ui/' });
  const page = readFileSync(join(own, 'index.html'));
  app.get('/api/docs', { schema: { hide: true } }, (_request, reply) =>
    reply.headers({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' }).send(page),
  );
}

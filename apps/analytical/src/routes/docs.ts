import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type App, problemsPage, problemsPath } from '@property-insights/service';
import { page } from './pages.ts';

const own = join(import.meta.dirname, '../docs');
/**
 * Swagger UI, from the files of its plug-in for Fastify. The plug-in's own page does not fit narrow screens, and the package `swagger-ui-dist`
 * sends data to its makers when it is installed.
 */
const swaggerUi = join(dirname(fileURLToPath(import.meta.resolve('@fastify/swagger-ui'))), 'static');

/** `/api/docs`: a page to read and try the API, made from `/api/openapi.json`; and the page of problems. Nothing comes from another host. */
export function docsRoutes(app: App): void {
  for (const [path, html] of [
    ['/api/docs', readFileSync(join(own, 'index.html'))],
    [problemsPath, problemsPage()],
  ] as const) {
    app.get(path, page, (_request, reply) =>
      reply.headers({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' }).send(html),
    );
  }
  for (const [path, root] of [
    ['/api/docs/*', own],
    ['/api/docs/swagger-ui/*', swaggerUi],
  ] as const) {
    app.get(path, page, (request, reply) =>
      reply.sendFile((request.params as { '*': string })['*'], root, { maxAge: '1h' }),
    );
  }
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type App, prefers, problems } from '@property-insights/service';
import type { FastifyReply } from 'fastify';

/** Pages contain no sales, and are where a user enters a token; so they need none. */
export const page = { schema: { hide: true }, config: { scope: 'none' } } as const;

const welcome = 'Welcome to the Property Insights API! Now connected to PostgreSQL.';

/** The dashboard, from the folder of its build. For `/`, programs get a welcome text; so do browsers while the dashboard is not built. */
export function pageRoutes(app: App, dashboard: string): void {
  const isBuilt = existsSync(join(dashboard, 'index.html'));
  if (isBuilt) {
    const root = join(dashboard, 'assets');
    // The names of these files change with their content, so clients may cache them without a limit.
    app.get('/assets/*', page, (request, reply) =>
      reply.sendFile((request.params as { '*': string })['*'], root, { immutable: true, maxAge: '365d' }),
    );
  }
  const sendDashboard = (reply: FastifyReply) =>
    reply.header('cache-control', 'no-cache').sendFile('index.html', dashboard, { cacheControl: false });

  app.get('/', page, (request, reply) => {
    reply.header('vary', 'Accept');
    if (isBuilt && prefers(request, 'text/html')) return sendDashboard(reply);
    return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(welcome);
  });

  // The dashboard itself reads the paths of its views.
  app.get('/app/*', page, (_request, reply) => {
    if (!isBuilt) throw problems.notFound('The dashboard is not built. Build it with: npm run build -w apps/dashboard');
    return sendDashboard(reply);
  });
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type App, prefers, problems } from '@property-insights/service';
import type { FastifyReply } from 'fastify';

/** Pages have no sales in them, and are where a browser's user gives a token. */
export const page = { schema: { hide: true }, config: { scope: 'none' } } as const;

const welcome = 'Welcome to the Property Insights API! Now connected to PostgreSQL.';

/** The dashboard, from the folder that it was built into. Programs that ask for `/`, and everyone while it is not built, get a welcome. */
export function pageRoutes(app: App, dashboard: string): void {
  const isBuilt = existsSync(join(dashboard, 'index.html'));
  if (isBuilt) {
    const root = join(dashboard, 'assets');
    // The names of these files change with their contents, so they may be kept for good.
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

  // Views of the dashboard have paths of their own, which it reads itself.
  app.get('/app/*', page, (_request, reply) => {
    if (!isBuilt) throw problems.notFound('The dashboard is not built. Build it with: npm run build -w apps/dashboard');
    return sendDashboard(reply);
  });
}

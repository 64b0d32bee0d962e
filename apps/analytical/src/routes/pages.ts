import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { matchesEtag } from '@property-insights/question-routes';
import { type App, contentSecurityPolicy, prefers, problems } from '@property-insights/service';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Pages contain no sales, and are where a user enters a token; so they need none. */
export const page = { schema: { hide: true }, config: { scope: 'none' } } as const;

const welcome = 'Welcome to the Property Insights API! Now connected to PostgreSQL.';

/**
 * The dashboard, from the folder of its build. For `/`, programs get a welcome text; so do browsers while the dashboard is not built.
 * @param mapStyle the style of its maps. The page states it in its head, and may request data from its origin.
 */
export function pageRoutes(app: App, dashboard: string, mapStyle?: URL): void {
  const policy = mapStyle && contentSecurityPolicy(mapStyle.origin);
  const opened = (reply: FastifyReply) => (policy ? reply.header('content-security-policy', policy) : reply);
  const isBuilt = existsSync(join(dashboard, 'index.html'));
  if (isBuilt) {
    const root = join(dashboard, 'assets');
    // The names of these files change with their content, so clients may cache them without a limit.
    app.get('/assets/*', page, (request, reply) =>
      // A worker has the policy of its own file.
      opened(reply).sendFile((request.params as { '*': string })['*'], root, { immutable: true, maxAge: '365d' }),
    );
  }
  const sendDashboard = async (request: FastifyRequest, reply: FastifyReply) => {
    const built = await readFile(join(dashboard, 'index.html'), 'utf8');
    const index = mapStyle ? withMapStyle(built, mapStyle) : built;
    const etag = `"${createHash('sha256').update(index).digest('base64url')}"`;
    opened(reply).headers({ etag, 'cache-control': 'no-cache' });
    if (matchesEtag(request.headers['if-none-match'], etag)) return reply.code(304).send();
    return reply.type('text/html; charset=utf-8').send(index);
  };

  app.get('/', page, (request, reply) => {
    reply.header('vary', 'Accept');
    if (isBuilt && prefers(request, 'text/html')) return sendDashboard(request, reply);
    return reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(welcome);
  });

  // The dashboard itself reads the paths of its views.
  app.get('/app/*', page, (request, reply) => {
    if (!isBuilt) throw problems.notFound('The dashboard is not built. Build it with: npm run build -w apps/dashboard');
    return sendDashboard(request, reply);
  });
}

/** The page with the address of the style in its head, where the dashboard reads it. */
function withMapStyle(page: string, { href }: URL): string {
  // A URL has no `"`; `&` and `<` would end the attribute's plain text.
  const content = href.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return page.replace('</head>', () => `<meta name="map-style" content="${content}" /></head>`);
}

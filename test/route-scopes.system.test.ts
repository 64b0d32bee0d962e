/** Who may do what: every registered route of both services, requested over HTTP by nobody and with a token of each scope. */
import type { Database } from '@property-insights/database';
import type { App, ReadAccess } from '@property-insights/service';
import { type Logger, pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { service } from '../apps/analytical/test/service.ts';
import { createReporting } from '../apps/reporting/src/app.ts';
import { openDatabase } from './database.ts';
import { bearer, tokens } from './tokens.ts';

type Scope = keyof typeof tokens;

/** The routes by the scope that they require; `none` admits everybody. A new route needs a line here. */
const analyticalRoutes = {
  none: [
    'GET /',
    'GET /api',
    'GET /api/access',
    'GET /api/docs',
    'GET /api/docs/*',
    'GET /api/docs/problems',
    'GET /api/docs/swagger-ui/*',
    'GET /api/health',
    'GET /api/openapi.json',
    'GET /app/*',
    'GET /assets/*',
  ],
  read: [
    'GET /api/analytics/areas',
    'GET /api/analytics/changes',
    'GET /api/analytics/comparables',
    'GET /api/analytics/compare',
    'GET /api/analytics/distribution',
    'GET /api/analytics/estimate',
    'GET /api/analytics/facets',
    'GET /api/analytics/histograms',
    'GET /api/analytics/index-pairs',
    'GET /api/analytics/index-revisions',
    'GET /api/analytics/map',
    'GET /api/analytics/places',
    'GET /api/analytics/price-index',
    'GET /api/analytics/property',
    'GET /api/analytics/property-details',
    'GET /api/analytics/property-summary',
    'GET /api/analytics/quality',
    'GET /api/analytics/sales',
    'GET /api/analytics/sales.csv',
    'GET /api/analytics/sales.parquet',
    'GET /api/analytics/summary',
    'GET /api/analytics/trend',
    'GET /api/imports',
    'GET /api/imports/:id',
    'GET /api/imports/:id/events',
    'GET /api/imports/:id/rejects',
    'GET /api/markets',
    'GET /api/markets/:code/changes',
    'GET /api/markets/:code/changes/sales',
    'GET /api/markets/:code/ledger',
    'GET /api/markets/:code/mappings',
    'GET /api/markets/:code/notes',
    'GET /api/properties',
    'GET /api/properties/:id',
    'GET /api/revisions',
    'GET /api/revisions/:id',
  ],
  write: [
    'DELETE /api/imports/:id',
    'DELETE /api/markets/:code/mappings/:id',
    'DELETE /api/markets/:code/notes/:id',
    'DELETE /api/properties/:id',
    'PATCH /api/properties/:id',
    'PATCH /api/sales/:id',
    'POST /api/imports',
    'POST /api/imports/preview',
    'POST /api/markets/:code/notes',
    'POST /api/properties',
  ],
  admin: [
    'DELETE /api/markets/:code',
    'DELETE /api/tokens/:id',
    'GET /api/tokens',
    'PATCH /api/markets/:code',
    'POST /api/markets',
    'POST /api/revisions/:id/undo',
    'POST /api/tokens',
  ],
};

const reportingRoutes = {
  none: [
    'GET /reporting',
    'GET /reporting/health',
    'GET /reporting/openapi.json',
    ...['', '.csv', '.html', '.json', '.pdf', '.png', '.xlsx'].map(
      (extension) => `GET /reporting/shared/:secret${extension}`,
    ),
    'GET /reporting/subscriptions/:secret',
    'POST /reporting/subscriptions/:secret',
    'POST /reporting/subscriptions/:secret/confirmation',
  ],
  read: [
    ...['property-summary', 'market-report', 'area-comparison', 'valuation', 'data-quality', 'custom/:name'].flatMap(
      (name) =>
        ['', '.csv', '.html', '.json', '.pdf', '.png', '.xlsx'].map(
          (extension) => `GET /reporting/${name}${extension}`,
        ),
    ),
    'GET /reporting/definitions',
    'GET /reporting/definitions/:name',
    'GET /reporting/jobs/:id',
    'GET /reporting/jobs/:id/result',
    'GET /reporting/letterhead',
    'GET /reporting/letterheads',
    'POST /reporting/preview',
  ].sort(),
  write: [
    'DELETE /reporting/definitions/:name',
    'DELETE /reporting/jobs/:id',
    'DELETE /reporting/links/:id',
    'DELETE /reporting/schedules/:id',
    'GET /reporting/jobs',
    'GET /reporting/links',
    'GET /reporting/schedules',
    'GET /reporting/schedules/:id',
    'GET /reporting/schedules/:id/runs',
    'PATCH /reporting/schedules/:id',
    'POST /reporting/jobs',
    'POST /reporting/links',
    'POST /reporting/schedules',
    'PUT /reporting/definitions/:name',
  ],
  admin: ['DELETE /reporting/letterhead', 'PUT /reporting/letterhead'],
};

describe.each<ReadAccess>(['open', 'token'])('with READ_ACCESS=%s', (readAccess) => {
  const analytical = service({ bearing: false, readAccess });
  let reporting: App;
  let database: Database;
  beforeAll(async () => {
    const { server, replica } = analytical;
    database = openDatabase(server, { user: 'reporting' });
    const log: Logger = pino({ level: 'silent' });
    reporting = await createReporting({ database, replica, log, readAccess });
    for (const app of [analytical.app, reporting]) await app.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(() => Promise.all([reporting.close(), database.close()]));

  test.each([
    ['analytical', analyticalRoutes],
    ['reporting', reportingRoutes],
  ] as const)('every route of %s admits those whom the table states', async (name, expected) => {
    const app = name === 'analytical' ? analytical.app : reporting;
    const registered = [...app.routeScopes].filter(([route]) => !route.startsWith('HEAD '));
    const routesOf = (scope: string) => registered.flatMap(([route, each]) => (each === scope ? route : [])).sort();
    for (const [scope, routes] of Object.entries(expected)) expect(routesOf(scope), scope).toEqual(routes);
    for (const [route, scope] of app.routeScopes) {
      const [method, path = ''] = route.split(' ');
      // Parameters name what does not exist, so that requests which are admitted change nothing and compute no report.
      const url = `${app.listeningOrigin}${path.replaceAll(/:\w+|\*/g, '999999')}?market=none`;
      for (const token of [undefined, 'read', 'write', 'admin'] as const) {
        const response = await fetch(url, { method, headers: token && bearer(tokens[token]) });
        await response.body?.cancel();
        expect(response.headers.has('cache-control'), `${route} states whether its answer may be kept`).toBe(true);
        const admission = [401, 403].includes(response.status) ? response.status : 'admitted';
        expect(admission, `${route} with ${token ?? 'no'} token`).toBe(expectedAdmission(scope, token, readAccess));
      }
    }
  });

  test('every list and page states whether it may be kept', async () => {
    for (const app of [analytical.app, reporting]) {
      const paths = [...app.routeScopes.keys()].flatMap((route) => /^GET ([^:*]+)$/.exec(route)?.[1] ?? []);
      for (const path of paths) {
        const response = await fetch(`${app.listeningOrigin}${path}`, { headers: bearer(tokens.admin) });
        await response.body?.cancel();
        const isKept = response.headers.has('etag') || response.headers.get('content-type')?.startsWith('text/');
        expect(response.headers.get('cache-control'), path).toMatch(isKept ? /no-cache|no-store/ : /^no-store$/);
      }
    }
  });
});

function expectedAdmission(scope: Scope | 'none', token: Scope | undefined, readAccess: ReadAccess) {
  if (scope === 'none' || (scope === 'read' && readAccess === 'open')) return 'admitted';
  if (!token) return 401;
  const ranks = Object.keys(tokens);
  return ranks.indexOf(token) >= ranks.indexOf(scope) ? 'admitted' : 403;
}

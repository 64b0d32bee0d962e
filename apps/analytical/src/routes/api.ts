import type { App } from '@property-insights/service';
import { noParameters } from '@property-insights/service/schemas';

/** Routes that need no parameters. */
const links = {
  markets: '/api/markets',
  properties: '/api/properties',
  summary: '/api/analytics/summary',
  trend: '/api/analytics/trend',
  areas: '/api/analytics/areas',
  distribution: '/api/analytics/distribution',
  facets: '/api/analytics/facets',
  quality: '/api/analytics/quality',
  sales: '/api/analytics/sales',
  export: '/api/analytics/sales.csv',
  imports: '/api/imports',
  revisions: '/api/revisions',
  tokens: '/api/tokens',
  docs: '/api/docs',
  description: '/api/openapi.json',
  health: '/api/health',
  reporting: '/reporting',
};

export function apiRoute(app: App, version: string): void {
  const schema = { summary: 'Links to the main routes', querystring: noParameters };
  app.get('/api', { schema, config: { scope: 'none' } }, (_request, reply) =>
    reply.send({ name: 'Property Insights API', version, links }),
  );
}

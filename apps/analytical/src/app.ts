/** The analytical service: takes sales in, answers questions about them, and serves the dashboard. */
import type { Replica } from '@property-insights/analytics';
import type { Database } from '@property-insights/database';
import { type App, createService, type ReadAccess } from '@property-insights/service';
import type { Logger } from 'pino';
import manifest from '../package.json' with { type: 'json' };
import type { ImportRunner } from './import-runner.ts';
import { analyticsRoutes } from './routes/analytics.ts';
import { apiRoute } from './routes/api.ts';
import { importRoutes } from './routes/imports.ts';
import { marketRoutes } from './routes/markets.ts';
import { pageRoutes } from './routes/pages.ts';
import { propertyRoutes } from './routes/properties.ts';
import { tokenRoutes } from './routes/tokens.ts';

export interface AnalyticalOptions {
  database: Database;
  replica: Promise<Replica>;
  runner: ImportRunner;
  /** The folder that the dashboard was built into. */
  dashboard: string;
  log: Logger;
  readAccess?: ReadAccess;
}

export function createAnalytical({
  database,
  replica,
  runner,
  dashboard,
  log,
  readAccess,
}: AnalyticalOptions): Promise<App> {
  return createService({
    name: 'analytical',
    title: 'Property Insights API',
    version: manifest.version,
    prefix: '/api',
    database,
    log,
    readAccess,
    async routes(app, access) {
      await pageRoutes(app, dashboard);
      apiRoute(app, manifest.version);
      tokenRoutes(app, database, access);
      marketRoutes(app, database);
      propertyRoutes(app, database);
      analyticsRoutes(app, replica);
      await importRoutes(app, database, runner);
    },
  });
}

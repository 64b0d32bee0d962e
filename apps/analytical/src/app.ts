/** The analytical service: takes sales in, answers questions about them, and serves the dashboard. */
import type { Replica } from '@property-insights/analytics';
import type { Database } from '@property-insights/database';
import { type App, createService } from '@property-insights/service';
import type { Logger } from 'pino';
import manifest from '../package.json' with { type: 'json' };
import type { ImportRunner } from './import-runner.ts';
import { analyticsRoutes } from './routes/analytics.ts';
import { apiRoute } from './routes/api.ts';
import { importRoutes } from './routes/imports.ts';
import { marketRoutes } from './routes/markets.ts';
import { pageRoutes } from './routes/pages.ts';
import { propertyRoutes } from './routes/properties.ts';

export interface AnalyticalOptions {
  database: Database;
  replica: Promise<Replica>;
  runner: ImportRunner;
  /** The folder that the dashboard was built into. */
  dashboard: string;
  log: Logger;
}

export function createAnalytical({ database, replica, runner, dashboard, log }: AnalyticalOptions): Promise<App> {
  return createService({
    name: 'analytical',
    title: 'Property Insights API',
    version: manifest.version,
    prefix: '/api',
    database,
    log,
    async routes(app) {
      await pageRoutes(app, dashboard);
      apiRoute(app, manifest.version);
      marketRoutes(app, database);
      propertyRoutes(app, database);
      analyticsRoutes(app, replica);
      await importRoutes(app, database, runner);
    },
  });
}

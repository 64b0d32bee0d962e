/** The reporting service: hands out what the analysts' questions come to. */
import { propertySummary, type Replica } from '@property-insights/analytics';
import type { Database } from '@property-insights/database';
import { type App, answerRoute, createService, type ReadAccess } from '@property-insights/service';
import type { Logger } from 'pino';
import manifest from '../package.json' with { type: 'json' };
import { statusPage } from './status-page.ts';

export interface ReportingOptions {
  database: Database;
  replica: Promise<Replica>;
  log: Logger;
  readAccess?: ReadAccess;
}

export function createReporting({ database, replica, log, readAccess }: ReportingOptions): Promise<App> {
  return createService({
    name: 'reporting',
    title: 'Property Insights Reporting',
    version: manifest.version,
    prefix: '/reporting',
    database,
    log,
    readAccess,
    routes(app) {
      statusPage(app);
      answerRoute(app, '/reporting/property-summary', propertySummary, replica);
    },
  });
}

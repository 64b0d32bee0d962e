/** The reporting service: answers questions as documents. */
import type { Replica } from '@property-insights/analytics';
import type { Database } from '@property-insights/database';
import { questionErrors } from '@property-insights/question-routes';
import { type Admission, type App, createService } from '@property-insights/service';
import type { Logger } from 'pino';
import manifest from '../package.json' with { type: 'json' };
import { propertySummaryRoute } from './routes/property-summary.ts';
import { statusRoute } from './routes/status.ts';

export interface ReportingOptions extends Admission {
  database: Database;
  replica: Promise<Replica>;
  log: Logger;
}

/** Creates the reporting service's application. */
export function createReporting({ database, replica, log, ...admission }: ReportingOptions): Promise<App> {
  return createService({
    name: 'reporting',
    title: 'Property Insights Reporting',
    version: manifest.version,
    prefix: '/reporting',
    database,
    log,
    ...admission,
    errorMappers: [questionErrors],
    unavailableMarkets: async () => (await replica).unavailableMarkets,
    routes(app) {
      statusRoute(app);
      propertySummaryRoute(app, replica);
    },
  });
}

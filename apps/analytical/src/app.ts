/** The analytical service: imports sales, answers questions about them, and serves the dashboard. */
import fastifyStatic from '@fastify/static';
import type { Replica } from '@property-insights/analytics';
import type { Database } from '@property-insights/database';
import type { JobQueue } from '@property-insights/imports';
import { questionErrors } from '@property-insights/question-routes';
import { type Admission, type App, createService, problemsPath } from '@property-insights/service';
import type { Logger } from 'pino';
import manifest from '../package.json' with { type: 'json' };
import { BackgroundFits } from './background-fits.ts';
import { dataErrors } from './errors.ts';
import { analyticsRoutes } from './routes/analytics.ts';
import { apiRoute } from './routes/api.ts';
import { changeRoutes } from './routes/changes.ts';
import { docsRoutes } from './routes/docs.ts';
import { importRoutes } from './routes/imports.ts';
import { ledgerRoutes } from './routes/ledger.ts';
import { mappingRoutes } from './routes/mappings.ts';
import { marketRoutes } from './routes/markets.ts';
import { noteRoutes } from './routes/notes.ts';
import { pageRoutes } from './routes/pages.ts';
import { previewRoutes } from './routes/preview.ts';
import { propertyRoutes } from './routes/properties.ts';
import { revisionRoutes } from './routes/revisions.ts';
import { saleRoutes } from './routes/sales.ts';
import { tokenRoutes } from './routes/tokens.ts';

export interface AnalyticalOptions extends Admission {
  database: Database;
  replica: Promise<Replica>;
  jobs: JobQueue;
  /** The folder of the built dashboard. */
  dashboard: string;
  /** The style that the maps of the dashboard are drawn on; without it they have coast lines only. */
  mapStyle?: URL | undefined;
  log: Logger;
}

const description = `Questions about property markets, and the sales behind the answers.

Every answer reflects every write that was committed before the request. Its \`ETag\` contains the version of the data: send it as
\`If-None-Match\`, and the response is \`304\` while nothing has changed. Send \`Accept: text/csv\` to get the answer of a question as CSV.
If a default of a question changes, its answers state the change in the header \`Property-Insights-Notice\` for one release.

Prices are in whole units of the market's currency, areas in m², dates ISO 8601 (\`2024-06-30\`), coordinates WGS 84. Repeat a parameter to
give several values: \`type=House&type=Unit\`. An error is a problem document (RFC 9457); its \`type\` is one of these [problems](${problemsPath}).

Requests that write need a token with a sufficient scope: \`Authorization: Bearer pi_…\`.`;

const groups = {
  analytics: 'Questions about the sales of one market that match the filters.',
  properties: 'Properties as of their latest sale, with routes to enter and correct them.',
  sales: 'Sales that are set aside by hand, and reinstated.',
  imports: 'Imports of sales files, and their progress.',
  revisions: 'The history of writes, with a route to undo each.',
  markets: 'Markets: sales in one currency each.',
  tokens: 'The credentials of clients.',
  access: 'What a credential allows.',
};

export function createAnalytical({
  database,
  replica,
  jobs,
  dashboard,
  mapStyle,
  log,
  ...admission
}: AnalyticalOptions): Promise<App> {
  return createService({
    name: 'analytical',
    title: 'Property Insights API',
    version: manifest.version,
    description,
    prefix: '/api',
    groups,
    database,
    log,
    ...admission,
    errorMappers: [questionErrors, dataErrors],
    unavailableMarkets: async () => (await replica).unavailableMarkets,
    async routes(app, access) {
      // Registered only for `sendFile`; each route names the folder of its files. The build has compressed them.
      await app.register(fastifyStatic, { root: import.meta.dirname, serve: false, preCompressed: true });
      pageRoutes(app, dashboard, mapStyle);
      docsRoutes(app);
      apiRoute(app, manifest.version);
      tokenRoutes(app, database, access);
      marketRoutes(app, database);
      changeRoutes(app, database);
      noteRoutes(app, database);
      ledgerRoutes(app, database, replica);
      propertyRoutes(app, database, replica);
      saleRoutes(app, database);
      revisionRoutes(app, database, jobs);
      analyticsRoutes(app, replica);
      const backgroundFits = new BackgroundFits(database, replica, app.log);
      app.addHook('onReady', async () => backgroundFits.start());
      app.addHook('onClose', () => backgroundFits.close());
      await importRoutes(app, database, jobs);
      await previewRoutes(app, database, jobs);
      mappingRoutes(app, database);
    },
  });
}

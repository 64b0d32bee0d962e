/** The analytical service: takes sales in, answers questions about them, and serves the dashboard. */
import fastifyStatic from '@fastify/static';
import type { Replica } from '@property-insights/analytics';
import type { Database } from '@property-insights/database';
import type { JobQueue } from '@property-insights/imports';
import { questionErrors } from '@property-insights/question-routes';
import { type App, createService, problemsPath, type ReadAccess } from '@property-insights/service';
import type { Logger } from 'pino';
import manifest from '../package.json' with { type: 'json' };
import { writeErrors } from './errors.ts';
import { analyticsRoutes } from './routes/analytics.ts';
import { apiRoute } from './routes/api.ts';
import { docsRoutes } from './routes/docs.ts';
import { importRoutes } from './routes/imports.ts';
import { mappingRoutes } from './routes/mappings.ts';
import { marketRoutes } from './routes/markets.ts';
import { pageRoutes } from './routes/pages.ts';
import { previewRoutes } from './routes/preview.ts';
import { propertyRoutes } from './routes/properties.ts';
import { revisionRoutes } from './routes/revisions.ts';
import { tokenRoutes } from './routes/tokens.ts';

export interface AnalyticalOptions {
  database: Database;
  replica: Promise<Replica>;
  jobs: JobQueue;
  /** The folder that the dashboard was built into. */
  dashboard: string;
  log: Logger;
  readAccess?: ReadAccess;
}

const description = `Questions about property markets, and the sales that they are answered from.

Every answer reflects all that was written before it was asked. It carries the version of the data in its \`ETag\`: ask again with
\`If-None-Match\`, and get \`304\` while nothing has changed. Every question is also answered as CSV, to who sends \`Accept: text/csv\`.

Prices are in whole units of the market's currency, areas in m², dates ISO 8601 (\`2024-06-30\`), coordinates WGS 84. A parameter that takes
several values is given once for each: \`type=House&type=Unit\`. An error is a problem document (RFC 9457);
its kinds are listed under [problems](${problemsPath}).

Who writes sends a token, as \`Authorization: Bearer pi_…\`, with the scope that the request needs.`;

const groups = {
  analytics: 'Questions, each about the sales of one market that fit the filters.',
  properties: 'Properties as at their latest sale, and the entering and correcting of one.',
  imports: 'Loading the files that land registries publish.',
  revisions: 'The history of every write, and undoing it.',
  markets: 'Bodies of sales in one currency.',
  tokens: 'What lets a bearer write.',
};

export function createAnalytical({
  database,
  replica,
  jobs,
  dashboard,
  log,
  readAccess,
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
    readAccess,
    errorMappers: [questionErrors, writeErrors],
    async routes(app, access) {
      // For its `sendFile` alone: each route says which folder its files are in.
      await app.register(fastifyStatic, { root: import.meta.dirname, serve: false });
      pageRoutes(app, dashboard);
      docsRoutes(app);
      apiRoute(app, manifest.version);
      tokenRoutes(app, database, access);
      marketRoutes(app, database);
      propertyRoutes(app, database, replica);
      revisionRoutes(app, database, jobs);
      analyticsRoutes(app, replica);
      await importRoutes(app, database, jobs);
      await previewRoutes(app, database, jobs);
      mappingRoutes(app, database);
    },
  });
}

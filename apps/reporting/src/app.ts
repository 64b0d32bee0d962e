/** The reporting service: answers questions as documents. */
import type { Replica } from '@property-insights/analytics';
import type { Database } from '@property-insights/database';
import { questionErrors } from '@property-insights/question-routes';
import { propertySummaryReport, Renderer, reports } from '@property-insights/reports';
import { type Admission, type App, createService, type Measure } from '@property-insights/service';
import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import manifest from '../package.json' with { type: 'json' };
import { listDefinitions } from './data/definitions.ts';
import { reportErrors } from './errors.ts';
import { FinishedReports } from './finished-reports.ts';
import { JobRunner, type JobRunnerOptions } from './job-runner.ts';
import type { Mail } from './mail.ts';
import { failureOf, workOn } from './report-work.ts';
import { customRoutes } from './routes/custom.ts';
import { definitionRoutes } from './routes/definitions.ts';
import { jobRoutes } from './routes/jobs.ts';
import { letterheadRoutes } from './routes/letterhead.ts';
import { propertySummaryRoutes } from './routes/property-summary.ts';
import { reportRoutes } from './routes/report.ts';
import { scheduleRoutes } from './routes/schedules.ts';
import { shareLinkRoutes } from './routes/share-links.ts';
import { statusRoute } from './routes/status.ts';
import { subscriptionRoutes } from './routes/subscriptions.ts';
import { reportFailure, Scheduler } from './scheduler.ts';
import type { ReportStorage } from './storage.ts';

export interface ReportingOptions extends Admission {
  database: Database;
  replica: Promise<Replica>;
  log: Logger;
  /** Without it, there are no jobs. */
  storage?: ReportStorage | undefined;
  /** Without it, no e-mail is sent. */
  mail?: Mail | undefined;
  measure?: Measure;
  /** Times of the jobs, in tests. */
  jobTimes?: Pick<JobRunnerOptions, 'lease' | 'interval'>;
}

/** Creates the reporting service's application. */
export async function createReporting({
  database,
  replica,
  log,
  storage,
  mail,
  measure,
  jobTimes,
  ...admission
}: ReportingOptions): Promise<App> {
  const renderer = new Renderer();
  const parts = { database, replica, renderer, finished: new FinishedReports() };
  const runner =
    storage &&
    new JobRunner({
      database,
      log,
      measure,
      failureOf,
      work: (job, signal, progress) => workOn(job, { ...parts, storage, mail }, signal, progress),
      onFailure: (job, reason) => reportFailure(job, reason, { database, mail }),
      ...jobTimes,
    });
  const jobs = runner && { runner, storage };
  const scheduler =
    runner && new Scheduler({ database, log, mail, onRuns: () => runner.wake(), interval: jobTimes?.interval });
  const service = await createService({
    name: 'reporting',
    title: 'Property Insights Reporting',
    version: manifest.version,
    prefix: '/reporting',
    database,
    log,
    ...admission,
    errorMappers: [questionErrors, reportErrors],
    unavailableMarkets: async () => (await replica).unavailableMarkets,
    routes(app, access) {
      const mayRead = async ({ headers }: FastifyRequest) =>
        admission.readAccess !== 'token' ||
        access.admit(headers.authorization, 'read').then(
          () => true,
          () => false,
        );
      statusRoute(app, async (request) => ((await mayRead(request)) ? listDefinitions(database) : []));
      propertySummaryRoutes(app, parts);
      for (const report of reports) if (report !== propertySummaryReport) reportRoutes(app, report, parts);
      customRoutes(app, parts);
      definitionRoutes(app, parts);
      letterheadRoutes(app, parts);
      shareLinkRoutes(app, parts);
      jobRoutes(app, { ...parts, jobs });
      scheduleRoutes(app, { ...parts, jobs, mail });
      subscriptionRoutes(app, parts);
    },
  });
  service.addHook('onClose', async () => {
    await scheduler?.close();
    await runner?.close();
    await renderer.close();
  });
  return service;
}

/** Starts the reporting service, as configured by its environment. */
import { join } from 'node:path';
import { Replica } from '@property-insights/analytics';
import { Database } from '@property-insights/database';
import {
  admission,
  callerBudget,
  createLog,
  dataDirectory,
  Metrics,
  queryTimeout,
  serve,
  startTracing,
  stopAfter,
} from '@property-insights/service';
import { createReporting } from './app.ts';
import { secondsWaiting } from './data/jobs.ts';
import { Mail } from './mail.ts';
import { ReportStorage } from './storage.ts';

const log = createLog('reporting');
const stopTracing = await startTracing('reporting', log);
const metrics = Metrics.fromEnvironment(log);
const database = Database.fromEnvironment(process.env, { applicationName: 'reporting', log });
const replica = Replica.open({
  directory: join(dataDirectory(), 'replica'),
  database,
  log,
  queryTimeout: queryTimeout(),
  callerBudget: callerBudget(),
  measure: metrics.measure,
  onFatal: stopAfter(log),
});
void replica.then((replica) => replica.warm());
metrics.poll('ReplicaSecondsBehind', async () => (await replica).secondsBehind());

const storage = ReportStorage.fromEnvironment();
if (storage) metrics.poll('ReportJobsSecondsWaiting', () => secondsWaiting(database));
else log.info('REPORTS_BUCKET is not set: there are no jobs and no schedules');
const mail = Mail.fromEnvironment();

const { measure } = metrics;
await serve(await createReporting({ database, replica, log, storage, mail, measure, ...admission() }), {
  log,
  async close() {
    (await replica).close();
    await database.close();
    metrics.close();
    await stopTracing();
  },
});

/** Starts the analytical service, as configured by its environment. */
import { join } from 'node:path';
import { Replica } from '@property-insights/analytics';
import { Database } from '@property-insights/database';
import { JobQueue } from '@property-insights/imports';
import {
  admission,
  callerBudget,
  createLog,
  dataDirectory,
  Metrics,
  mapStyle,
  queryTimeout,
  serve,
  startTracing,
  stopAfter,
} from '@property-insights/service';
import { createAnalytical } from './app.ts';

const log = createLog('analytical');
const stopTracing = await startTracing('analytical', log);
const metrics = Metrics.fromEnvironment(log);
const { measure } = metrics;
const directory = dataDirectory();
const database = Database.fromEnvironment(process.env, { applicationName: 'analytical', log });
const replica = Replica.open({
  directory: join(directory, 'replica'),
  database,
  log,
  queryTimeout: queryTimeout(),
  callerBudget: callerBudget(),
  measure,
  onFatal: stopAfter(log),
});
void replica.then((replica) => replica.warm());
metrics.poll('ReplicaSecondsBehind', async () => (await replica).secondsBehind());
const jobs = new JobQueue({ directory: join(directory, 'uploads'), database, log, measure });
const dashboard = join(import.meta.dirname, '../../dashboard/dist');

await serve(await createAnalytical({ database, replica, jobs, dashboard, mapStyle: mapStyle(), log, ...admission() }), {
  log,
  async close() {
    await jobs.close();
    (await replica).close();
    await database.close();
    metrics.close();
    await stopTracing();
  },
});

/** Starts the analytical service, as configured by its environment. */
import { join } from 'node:path';
import { Replica } from '@property-insights/analytics';
import { Database } from '@property-insights/database';
import {
  createLog,
  Metrics,
  queryTimeout,
  readAccess,
  requiredVariable,
  serve,
  startTracing,
} from '@property-insights/service';
import { createAnalytical } from './app.ts';
import { ImportRunner } from './import-runner.ts';

const log = createLog('analytical');
const stopTracing = await startTracing('analytical', log);
const metrics = Metrics.fromEnvironment(log);
const { measure } = metrics;
const dataDirectory = requiredVariable('DATA_DIRECTORY');
const database = Database.fromEnvironment(process.env, { applicationName: 'analytical', log });
const replica = Replica.open({
  directory: join(dataDirectory, 'replica'),
  database,
  log,
  queryTimeout: queryTimeout(),
  measure,
});
metrics.poll('ReplicaSecondsBehind', async () => (await replica).secondsBehind());
const runner = new ImportRunner({ directory: join(dataDirectory, 'uploads'), database, log, measure });
const dashboard = join(import.meta.dirname, '../../dashboard/dist');

await serve(await createAnalytical({ database, replica, runner, dashboard, log, readAccess: readAccess() }), {
  log,
  async close() {
    await runner.close();
    (await replica).close();
    await database.close();
    metrics.close();
    await stopTracing();
  },
});

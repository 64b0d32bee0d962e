/** Starts the analytical service, as its environment says. */
import { join } from 'node:path';
import { Replica } from '@property-insights/analytics';
import { Database } from '@property-insights/database';
import { createLog, queryTimeout, readAccess, requiredVariable, serve } from '@property-insights/service';
import { createAnalytical } from './app.ts';
import { ImportRunner } from './import-runner.ts';

const log = createLog('analytical');
const dataDirectory = requiredVariable('DATA_DIRECTORY');
const database = Database.fromEnvironment(process.env, { applicationName: 'analytical', log });
const replica = Replica.open({
  directory: join(dataDirectory, 'replica'),
  database,
  log,
  queryTimeout: queryTimeout(),
});
const runner = new ImportRunner({ directory: join(dataDirectory, 'uploads'), database, log });
const dashboard = join(import.meta.dirname, '../../dashboard/dist');

await serve(await createAnalytical({ database, replica, runner, dashboard, log, readAccess: readAccess() }), {
  log,
  async close() {
    await runner.close();
    (await replica).close();
    await database.close();
  },
});

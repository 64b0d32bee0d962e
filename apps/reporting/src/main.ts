/** Starts the reporting service, as its environment says. */
import { join } from 'node:path';
import { Replica } from '@property-insights/analytics';
import { Database } from '@property-insights/database';
import { createLog, queryTimeout, readAccess, requiredVariable, serve } from '@property-insights/service';
import { createReporting } from './app.ts';

const log = createLog('reporting');
const database = Database.fromEnvironment(process.env, { applicationName: 'reporting', log });
const replica = Replica.open({
  directory: join(requiredVariable('DATA_DIRECTORY'), 'replica'),
  database,
  log,
  queryTimeout: queryTimeout(),
});

await serve(await createReporting({ database, replica, log, readAccess: readAccess() }), {
  log,
  async close() {
    (await replica).close();
    await database.close();
  },
});

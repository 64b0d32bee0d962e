/** A process with a replica that is asked for everything at once, until it is killed. */
import { Database, fixedCredentials, type Log } from '@property-insights/database';
import { Replica, summary } from '../src/index.ts';

const [directory, parameters] = process.argv.slice(2) as [string, string];
const { host, port, name, reporting, version } = JSON.parse(parameters);
const log: Log = { info() {}, warn() {}, error: console.error };
const credentials = fixedCredentials(reporting);
const database = new Database({ host, port, name, credentials, applicationName: 'test', log });
const replica = await Replica.open({ directory, database, log });

process.on('message', () => {
  for (const [market, asOf] of [['test'], ['test', version], ['demo']] as [string, number?][]) {
    replica.answer(summary, { market }, { address: '', asOf }).catch(() => {});
  }
});
process.send?.('open');

/** A process with a replica and nothing else. `replica-driver.ts` sends it messages. */
import { questions, Replica } from '@property-insights/analytics';
import { Database, fixedCredentials } from '@property-insights/database';
import type { Asked, Took } from './replica-driver.ts';

const [directory, login] = process.argv.slice(2) as [string, string];
const { host, port, user, password, database: name } = JSON.parse(login);
const log = { info() {}, warn: console.warn, error: console.error };
const credentials = fixedCredentials({ username: user, password });
const database = new Database({ host, port, name, credentials, applicationName: 'benchmark', log });

let computed = 0;
const began = performance.now();
const replica = await Replica.open({
  directory,
  database,
  log,
  queryTimeout: 600_000,
  loadTimeout: 600_000,
  measure: (metric, value) => {
    if (metric === 'CacheMisses') computed += value;
  },
});
process.send?.(performance.now() - began);

async function repeat({ what, market, times }: Asked): Promise<Took> {
  const question = questions.find((question) => question.name === what);
  const [started, processor, before] = [performance.now(), process.cpuUsage(), computed];
  for (let n = 0; n < times; n++) {
    if (question) await replica.answer(question, { market }, { address: '' });
    else await replica.market(market);
  }
  const { user, system } = process.cpuUsage(processor);
  return {
    milliseconds: (performance.now() - started) / times,
    processor: (user + system) / 1000 / times,
    computed: computed - before,
  };
}

process.on('message', async (message: Asked | 'close') => {
  if (message !== 'close') return process.send?.(await repeat(message));
  replica.close();
  await database.close();
  process.exit();
});

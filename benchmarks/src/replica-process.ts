/** A process with a replica and nothing else. `replica.ts` sends it messages; it replies to each with the milliseconds that the work took. */
import { questions, Replica } from '@property-insights/analytics';
import { Database, fixedCredentials } from '@property-insights/database';

const [directory, login] = process.argv.slice(2) as [string, string];
const { host, port, user, password, database: name } = JSON.parse(login);
const log = { info() {}, warn: console.warn, error: console.error };
const credentials = fixedCredentials({ username: user, password });
const database = new Database({ host, port, name, credentials, applicationName: 'benchmark', log });

const began = performance.now();
const replica = await Replica.open({ directory, database, log });
process.send?.(performance.now() - began);

process.on('message', async (what: string) => {
  const started = performance.now();
  if (what === 'close') {
    replica.close();
    await database.close();
    process.exit();
  }
  const question = questions.find((question) => question.name === what);
  if (question) await replica.answer(question, { market: 'generated' }, { address: '' });
  else await replica.market('generated');
  process.send?.(performance.now() - started);
});

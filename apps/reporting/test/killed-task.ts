/** A task that takes a job and never finishes it. Its parent kills it. */
import { Database, fixedCredentials } from '@property-insights/database';
import { pino } from 'pino';
import { JobRunner } from '../src/job-runner.ts';

const { host, port, name, user, lease } = JSON.parse(process.argv[2] as string);
const log = pino({ level: 'silent' });
const database = new Database({
  host,
  port,
  name,
  credentials: fixedCredentials(user),
  applicationName: 'killed',
  log,
});
new JobRunner({
  database,
  log,
  lease,
  interval: 50,
  work: async ({ id }) => {
    process.stdout.write(`${id}\n`);
    return new Promise<never>(() => setInterval(() => {}, 1_000));
  },
  failureOf: () => ({ reason: 'none' }),
});

/** Prints the OpenAPI description of the service; it starts nothing and needs no database. */
import { pino } from 'pino';
import { createAnalytical } from './app.ts';

/** Stands for the parts that only requests need. */
const unused = undefined as never;

const app = await createAnalytical({
  database: unused,
  replica: unused,
  jobs: unused,
  dashboard: '',
  log: pino({ level: 'silent' }),
});
const { body } = await app.inject('/api/openapi.json');
await app.close();
console.log(JSON.stringify(JSON.parse(body), null, 2));

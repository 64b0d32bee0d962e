/** Prints the OpenAPI description of the service; it starts nothing and needs no database. */
import { pino } from 'pino';
import { createReporting } from './app.ts';

/** Stands for the parts that only requests need. */
const unused = undefined as never;

const app = await createReporting({ database: unused, replica: unused, log: pino({ level: 'silent' }) });
const { body } = await app.inject('/reporting/openapi.json');
await app.close();
console.log(JSON.stringify(JSON.parse(body), null, 2));

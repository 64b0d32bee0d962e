/** No request makes a service fail: 2,000 of both descriptions with a fixed seed, and 20,000 in `npm run torture`. */
import type { Database } from '@property-insights/database';
import type { App } from '@property-insights/service';
import { type Logger, pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { service } from '../apps/analytical/test/service.ts';
import { createReporting } from '../apps/reporting/src/app.ts';
import { Mail } from '../apps/reporting/src/mail.ts';
import { ReportStorage } from '../apps/reporting/src/storage.ts';
import { type OpenAws, openAws } from '../local/test/aws/open-aws.ts';
import { openDatabase } from './database.ts';
import { type Description, type FuzzRequest, fuzzRequests, operationsOf } from './fuzz-requests.ts';
import { bearer, tokens } from './tokens.ts';

const analytical = service({ bearing: false, callerBudget: 1_000_000 });
let reporting: App;
let aws: OpenAws;
let database: Database;

beforeAll(async () => {
  const { server, replica } = analytical;
  database = openDatabase(server, { user: 'reporting' });
  const log: Logger = pino({ level: 'silent' });
  aws = await openAws();
  const storage = new ReportStorage(aws.bucket, aws.s3);
  const mail = new Mail('reports@example.org', [], aws.ses);
  reporting = await createReporting({ database, replica, log, storage, mail });
});
afterAll(async () => {
  await reporting.close();
  await Promise.all([database.close(), aws.close()]);
});

/** Requests under way at a time. */
const concurrency = 8;
/** Milliseconds after which a request hangs. */
const hang = 60_000;

test('no request to any operation of either service fails or hangs', async () => {
  const descriptions: Description[] = [];
  for (const [app, path] of [
    [analytical.app, '/api/openapi.json'],
    [reporting, '/reporting/openapi.json'],
  ] as const) {
    descriptions.push((await app.inject(path)).json());
  }
  const requests = fuzzRequests(descriptions, 2_000, 15);
  expect(new Set(requests.map(({ operation }) => operation))).toEqual(new Set(operationsOf(descriptions)));
  const faults: string[] = [];
  const statuses = new Map<number, number>();
  const send = async ({ operation, method, url, headers, body }: FuzzRequest) => {
    const app = url.startsWith('/reporting') ? reporting : analytical.app;
    const late = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => late.resolve('late'), hang);
    const sent = app.inject({ method, url, headers: { ...headers, ...bearer(tokens.admin) }, ...(body && { body }) });
    const response = await Promise.race([sent, late.promise]);
    clearTimeout(timer);
    if (response === 'late') return faults.push(`hangs: ${method} ${url}`);
    const { statusCode } = response;
    statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
    if (statusCode >= 500) faults.push(`${statusCode} ${operation}: ${url} ${body ?? ''} ${response.body}`);
    return undefined;
  };
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let request = requests.pop(); request; request = requests.pop()) await send(request);
    }),
  );
  expect(faults).toEqual([]);
  // Not all of them stop at the validation.
  expect(statuses.get(200) ?? 0).toBeGreaterThan(200);
});

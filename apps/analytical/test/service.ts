/** The analytical service as the tests of this folder use it: on a database of its own, with a real replica. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Replica } from '@property-insights/analytics';
import type { Database } from '@property-insights/database';
import { JobQueue, runImport } from '@property-insights/imports';
import type { App, MetricName, ReadAccess } from '@property-insights/service';
import { type Logger, pino } from 'pino';
import { afterAll, beforeAll, expect } from 'vitest';
import { type OpenDatabase, testDatabase } from '../../../test/database.ts';
import { bearer, tokens } from '../../../test/tokens.ts';
import { createAnalytical } from '../src/app.ts';
import { findMarket } from '../src/data/markets.ts';

export interface Service {
  readonly app: App;
  readonly server: OpenDatabase;
  readonly database: Database;
  readonly jobs: JobQueue;
  /** What the jobs measured, summed. */
  readonly measured: Partial<Record<MetricName, number>>;
  readonly replica: Promise<Replica>;
  /** Where replica, uploads and the dashboard are. */
  readonly directory: string;
}

/** Waits until an import or an undo has ended. Returns its last state. */
export async function ended({ app }: Service, url: string) {
  for (;;) {
    const state = (await app.inject(url)).json();
    if (!['received', 'running'].includes(state.state)) return state;
    await setTimeout(10);
  }
}

let markets = 0;

/** Creates an empty market. Returns its code. */
export async function createMarket({ app }: Service): Promise<string> {
  markets += 1;
  const code = `market-${markets}`;
  const payload = { code, name: code, currency: 'AUD' };
  expect((await app.inject({ method: 'POST', url: '/api/markets', payload })).statusCode).toBe(201);
  return code;
}

export interface ServiceOptions {
  /** Whether a request without a token of its own has an administrator's. */
  bearing?: boolean;
  readAccess?: ReadAccess;
  callerBudget?: number;
}

/** Imports a file into a market, in this thread: starting another takes longer than the import. Returns the import's last state. */
export async function importText(
  { app, database, directory }: Service,
  market: string,
  text: string,
  edition?: 'complete',
) {
  const { id: marketId } = await findMarket(database, market);
  const importId = randomUUID();
  const path = join(directory, importId);
  await writeFile(path, text);
  const author = 'test';
  await database.kysely.insertInto('import').values({ id: importId, market_id: marketId, author }).execute();
  const log = pino({ level: 'silent' });
  const files = [{ name: 'sales.csv', path }];
  const { signal } = new AbortController();
  await runImport({ database, importId, files, marketId, author, edition, signal, log });
  return (await app.inject(`/api/imports/${importId}`)).json();
}

export const indexPage = '<!doctype html><head><title>Dashboard</title></head>';

/**
 * Sets the service up before the tests of a file, and takes it down after them. A request without an `Authorization` of its own is an
 * administrator's, unless `bearing` is false.
 */
export function service({ bearing = true, readAccess, callerBudget }: ServiceOptions = {}): Service {
  const parts = { server: testDatabase(), measured: {} } as { -readonly [K in keyof Service]: Service[K] };
  beforeAll(async () => {
    parts.directory = await mkdtemp(join(tmpdir(), 'analytical-'));
    await mkdir(join(parts.directory, 'dashboard/assets'), { recursive: true });
    await writeFile(join(parts.directory, 'dashboard/index.html'), indexPage);
    await writeFile(join(parts.directory, 'dashboard/assets/index-abc.js'), 'export {};');
    const log: Logger = pino({ level: 'silent' });
    const { database } = parts.server;
    parts.database = database;
    parts.replica = Replica.open({ directory: join(parts.directory, 'replica'), database, log, callerBudget });
    parts.jobs = new JobQueue({
      directory: join(parts.directory, 'uploads'),
      database,
      log,
      measure: (metric, value) => {
        parts.measured[metric] = (parts.measured[metric] ?? 0) + value;
      },
    });
    const dashboard = join(parts.directory, 'dashboard');
    const { replica, jobs } = parts;
    parts.app = await createAnalytical({ database, replica, jobs, dashboard, log, readAccess });
    if (!bearing) return;
    parts.app.addHook('onRequest', async ({ headers }) => {
      headers.authorization ??= bearer(tokens.admin).authorization;
    });
  });
  afterAll(async () => {
    await parts.app.close();
    await parts.jobs.close();
    (await parts.replica).close();
    await rm(parts.directory, { recursive: true });
  });
  return parts;
}

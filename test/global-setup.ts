/** Builds the page once, since files that run side by side must not replace it, and starts one PostgreSQL server with a migrated template that test databases are cloned from. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildIfStale } from '../apps/dashboard/build-if-stale.ts';
import { freePort } from '../local/src/ports.ts';
import { startPostgres } from '../local/src/postgres.ts';
import { createTemplate, type TestServer } from './database.ts';

declare module 'vitest' {
  interface ProvidedContext {
    server: TestServer;
  }
}

export default async function setUp(project: TestProject) {
  const directory = await mkdtemp(join(tmpdir(), 'property-insights-test-'));
  const server: TestServer = {
    host: '127.0.0.1',
    port: await freePort(),
    master: { username: 'master', password: randomBytes(16).toString('hex') },
    analytical: { username: 'analytical', password: randomBytes(16).toString('hex') },
    reporting: { username: 'reporting', password: randomBytes(16).toString('hex') },
  };
  const serverLog: string[] = [];
  const postgres = await startPostgres({
    directory: join(directory, 'postgres'),
    port: server.port,
    superuser: server.master.username,
    password: server.master.password,
    // The data need not survive a crash.
    settings: { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: '300' },
    log: (line) => serverLog.push(line),
  });
  const tearDown = async () => {
    await postgres.stop('immediate');
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await Promise.all([buildIfStale(), createTemplate(server)]);
  } catch (error) {
    console.error(serverLog.join('\n'));
    await tearDown();
    throw error;
  }
  project.provide('server', server);
  return tearDown;
}

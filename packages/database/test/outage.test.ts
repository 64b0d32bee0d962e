import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CommitUnknown, Database, DatabaseUnavailable, fixedCredentials, migrate } from '../src/index.ts';
import { type OwnServer, silent, startOwnServer, superuser } from './support.ts';

let server: OwnServer;
let database: Database;

beforeEach(async () => {
  server = await startOwnServer();
  const address = { host: '127.0.0.1', port: server.port, name: 'postgres' };
  const { username: user, password } = superuser;
  await migrate({ connection: { ...address, database: address.name, user, password }, log: silent });
  database = new Database({
    ...address,
    credentials: fixedCredentials(superuser),
    applicationName: 'test',
    log: silent,
  });
});
afterEach(async () => {
  await database.close();
  await server.remove();
});

test('a killed server costs the writes under way, none acknowledged, and no restart', async () => {
  const acknowledged = new Set<number>();
  const unknown = new Set<number>();
  let writing = true;
  async function keepWriting(): Promise<void> {
    while (writing) {
      try {
        const { revisionId } = await database.write({ marketId: 1, kind: 'entry', author: 'test' }, async () => {});
        acknowledged.add(revisionId);
      } catch (error) {
        expect(error).toBeInstanceOf(DatabaseUnavailable);
        if (error instanceof CommitUnknown) unknown.add(error.revisionId);
        await delay(20);
      }
    }
  }
  const writers = Promise.all(Array.from({ length: 8 }, keepWriting));
  for (let round = 0; round < 2; round += 1) {
    await expect.poll(() => acknowledged.size, { timeout: 30_000 }).toBeGreaterThan(20 * (round + 1));
    await server.kill();
    await expect(database.version()).rejects.toThrow(DatabaseUnavailable);
    await server.start();
  }
  const reached = acknowledged.size;
  await expect.poll(() => acknowledged.size, { timeout: 30_000 }).toBeGreaterThan(reached + 20);
  writing = false;
  await writers;

  const revisions = await database.kysely.selectFrom('revision').select(['id', 'version']).orderBy('version').execute();
  expect(revisions.map(({ version }) => version)).toEqual(revisions.map((_, index) => index + 1));
  const saved = new Set(revisions.map(({ id }) => id));
  expect([...acknowledged].filter((id) => !saved.has(id))).toEqual([]);
  // Beside the first, every saved revision was acknowledged or said to be unknown.
  expect([...saved].filter((id) => id !== 1 && !acknowledged.has(id) && !unknown.has(id))).toEqual([]);
});

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { silent } from '../../../test/database.ts';
import { CommitUnknown, Database, DatabaseUnavailable, fixedCredentials, migrate } from '../src/index.ts';
import { currentVersion, type OwnServer, startOwnServer, superuser } from './support.ts';

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

test('a killed server loses only running writes, no acknowledged ones, and the service needs no restart', async () => {
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
    await expect(currentVersion(database)).rejects.toThrow(DatabaseUnavailable);
    await server.start();
  }
  const reached = acknowledged.size;
  await expect.poll(() => acknowledged.size, { timeout: 30_000 }).toBeGreaterThan(reached + 20);
  writing = false;
  await writers;

  const revisions = await database.kysely
    .selectFrom('revision')
    .select(['id', 'market_version'])
    .orderBy('market_version')
    .execute();
  expect(revisions.map(({ market_version }) => market_version)).toEqual(revisions.map((_, index) => index + 1));
  const saved = new Set(revisions.map(({ id }) => id));
  expect([...acknowledged].filter((id) => !saved.has(id))).toEqual([]);
  // Beside the first, every saved revision was acknowledged or said to be unknown.
  expect([...saved].filter((id) => id !== 1 && !acknowledged.has(id) && !unknown.has(id))).toEqual([]);
});

test('while other clients have all connections of the server, requests wait for one', async () => {
  const small = await startOwnServer({
    max_connections: '5',
    superuser_reserved_connections: '0',
    reserved_connections: '0',
    max_wal_senders: '0',
  });
  const { username: user, password } = superuser;
  const address = { host: '127.0.0.1', port: small.port, name: 'postgres' };
  const others = Array.from({ length: 5 }, () => new pg.Client({ ...address, database: address.name, user, password }));
  const waiting = new Database({
    ...address,
    credentials: fixedCredentials(superuser),
    applicationName: 'test',
    log: silent,
  });
  onTestFinished(async () => {
    await waiting.close();
    await small.remove();
  });
  for (const other of others) await other.connect();
  const answers = Array.from({ length: 80 }, () => waiting.read((client) => client.query('SELECT 1')));
  await delay(500);
  await Promise.all(others.map((other) => other.end()));
  await Promise.all(answers);
});

test('a server that ends a session as it begins is an outage, and does not end the process', async () => {
  const message = (kind: string, body: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(body.length + 4);
    return Buffer.concat([Buffer.from(kind), length, body]);
  };
  const dying = createServer((socket) => {
    socket.once('data', () => {
      const goodbye = 'SFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0';
      socket.end(
        Buffer.concat([
          message('R', Buffer.alloc(4)),
          message('Z', Buffer.from('I')),
          message('E', Buffer.from(goodbye)),
        ]),
      );
    });
  });
  await once(dying.listen(0, '127.0.0.1'), 'listening');
  const { port } = dying.address() as AddressInfo;
  const connected = new Database({
    host: '127.0.0.1',
    port,
    name: 'postgres',
    credentials: fixedCredentials(superuser),
    applicationName: 'test',
    log: silent,
  });
  await expect(currentVersion(connected)).rejects.toThrow(DatabaseUnavailable);
  await connected.close();
  dying.close();
});

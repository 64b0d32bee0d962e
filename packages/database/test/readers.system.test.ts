/** Readers are stood for by a second database of the same lineage, which follows the first only when the test says so. */
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, openDatabase, type TestDatabase } from '../../../test/database.ts';
import { databaseAddress } from '../src/connection.ts';
import { type Database, fixedCredentials, type MarketVersion } from '../src/index.ts';
import { currentVersion, execute } from './support.ts';

let first: TestDatabase;
let second: TestDatabase;
let database: Database;

beforeAll(async () => {
  [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  const { host, port, name, reporting } = second;
  database = openDatabase(first, { readers: { host, port, name }, credentials: fixedCredentials(reporting) });
});
beforeEach(async () => {
  const { version, lineage } = await currentVersion(database);
  await execute(second, `UPDATE market_version SET version = ${version}; UPDATE history SET lineage = '${lineage}'`);
});
afterAll(async () => {
  await database.close();
  await Promise.all([first.drop(), second.drop()]);
});

/** As after a write. */
async function advance(server: TestDatabase): Promise<MarketVersion & { marketId: number }> {
  const [reached] = await execute<MarketVersion>(
    server,
    'UPDATE market_version SET version = version + 1 FROM history WHERE market_id = 1 RETURNING version::int, lineage',
  );
  return { marketId: 1, ...(reached as MarketVersion) };
}

/** What is committed now. */
async function latest(): Promise<MarketVersion & { marketId: number }> {
  return { marketId: 1, ...(await currentVersion(database)) };
}

async function whoReads(client: pg.PoolClient): Promise<string> {
  const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
  return rows[0]?.name as string;
}

test('a reader that has reached the version is read from; the current version is read from the writer', async () => {
  expect(await database.read(whoReads, await latest())).toBe(second.name);
  const reached = await advance(first);
  expect(await latest()).toEqual(reached);
});

test('reading waits for a reader that is behind', async () => {
  const atLeast = await advance(first);
  const read = database.read(whoReads, atLeast);
  await delay(100);
  await advance(second);
  expect(await read).toBe(second.name);
});

test('a reader that stays behind, or has another lineage, is skipped', async () => {
  expect(await database.read(whoReads, await advance(first))).toBe(first.name);
  await advance(second);
  await execute(second, 'UPDATE history SET lineage = gen_random_uuid()');
  expect(await database.read(whoReads, await latest())).toBe(first.name);
});

test('only the version of the market counts, and a reader without the market is skipped', async () => {
  const [{ id }] = (await execute<{ id: number }>(
    first,
    `INSERT INTO market (code, name, currency) VALUES ('other', 'Other', 'AUD') RETURNING id`,
  )) as [{ id: number }];
  const { version, lineage, marketId } = await latest();
  expect(await database.read(whoReads, { marketId: id, version: 0, lineage })).toBe(first.name);
  await execute(first, 'UPDATE market_version SET version = version + 100 WHERE market_id <> 1');
  expect(await database.read(whoReads, { marketId, version, lineage })).toBe(second.name);
});

test('work that a reader cancels for a recovery conflict is repeated on the writer', async () => {
  const read = database.read(
    async (client) => {
      const name = await whoReads(client);
      if (name === second.name) await client.query(`DO $$ BEGIN RAISE SQLSTATE '40001'; END $$`);
      return name;
    },
    await latest(),
  );
  expect(await read).toBe(first.name);
});

test('unreachable readers are skipped, and errors of the work reach the caller', async () => {
  const atLeast = await latest();
  await expect(database.read((client) => client.query('SELECT 1/0'), atLeast)).rejects.toThrow('division by zero');
  const { host, name } = second;
  // Nobody listens at the port of "discard".
  const lonely = openDatabase(first, { readers: { host, port: 9, name } });
  expect(await lonely.read(whoReads, atLeast)).toBe(first.name);
  await lonely.close();
});

test('reading without a version is from the writer', async () => {
  expect(await database.read(whoReads)).toBe(first.name);
});

test('DATABASE_READER_HOST names the readers', () => {
  const env = { DATABASE_HOST: 'writer', DATABASE_PORT: '5432', DATABASE_NAME: 'x' };
  expect(databaseAddress(env).readers).toBeUndefined();
  const address = { host: 'writer', port: 5432, name: 'x', plainText: false };
  expect(databaseAddress({ ...env, DATABASE_READER_HOST: 'reader' })).toEqual({
    ...address,
    readers: { ...address, host: 'reader' },
  });
});

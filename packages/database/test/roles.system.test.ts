import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silent } from '../../../test/database.ts';
import { type Credentials, ensureServiceUser, type Group, migrate, narrowPublicPrivileges } from '../src/index.ts';
import { type OwnServer, startOwnServer, superuser } from './support.ts';

// A server of its own: users belong to a server, and its log is read. As in RDS, the master is no superuser.
const master = { username: 'master', password: 'of the master' };
const analytical = { username: 'analytical', password: `it's "quoted" \\ and $1;--` };
const reporting = { username: 'reporting', password: 'of reporting' };
const name = 'property "insights"';
let server: OwnServer;

beforeAll(async () => {
  server = await startOwnServer({ log_statement: 'all' });
  await as(superuser, `CREATE ROLE master LOGIN CREATEROLE CREATEDB PASSWORD '${master.password}'`, 'postgres');
  await as(superuser, `CREATE DATABASE ${pg.escapeIdentifier(name)} OWNER master`, 'postgres');
  await migrate({ connection: connection(master), log: silent });
  await withClient(master, narrowPublicPrivileges);
  await ensure(analytical, 'sales_writer');
  await ensure(reporting, 'sales_reader');
});
afterAll(() => server?.remove());

function connection({ username, password }: Credentials, database = name): pg.ClientConfig {
  return { host: '127.0.0.1', port: server.port, database, user: username, password };
}

async function withClient<T>(user: Credentials, work: (client: pg.Client) => Promise<T>, database = name): Promise<T> {
  const client = new pg.Client(connection(user, database));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function as(user: Credentials, sql: string, database = name): Promise<Record<string, unknown>[]> {
  return withClient(user, async (client) => (await client.query(sql)).rows, database);
}

function ensure(credentials: Credentials, group: Group): Promise<void> {
  return withClient(master, (client) => ensureServiceUser(client, credentials, group));
}

const notAllowed = expect.objectContaining({ code: '42501' });

describe('reporting', () => {
  test.each([
    'market',
    'history',
    'market_version',
    'version_gap',
    'data_version',
    'revision',
    'property',
    'sale',
    'set_aside_sale',
    'market_note',
    'import',
    'reject',
  ])('reads %s', async (table) => {
    await as(reporting, `SELECT * FROM ${table}`);
  });

  test.each([
    `INSERT INTO market (code, name, currency) VALUES ('x', 'X', 'AUD')`,
    `INSERT INTO revision (kind, author) VALUES ('entry', 'x')`,
    'UPDATE data_version SET version = version + 1',
    'UPDATE market_version SET version = version + 1',
    'INSERT INTO market_version (market_id, version) VALUES (1, 1)',
    'DELETE FROM market_version',
    'UPDATE history SET lineage = gen_random_uuid()',
    'INSERT INTO history DEFAULT VALUES',
    'DELETE FROM history',
    'INSERT INTO version_gap (market_id, first, last) VALUES (1, 1, 1)',
    `INSERT INTO set_aside_sale (market_id, key, fingerprint, added_by, reason) VALUES (1, 'x', gen_random_uuid(), 1, 'x')`,
    'UPDATE set_aside_sale SET retired_by = 1',
    'UPDATE market_note SET retired_by = 1',
    'DELETE FROM set_aside_sale',
    `SELECT nextval('revision_number')`,
    'SELECT market_state(1)',
    'UPDATE sale SET retired_by = 1',
    'DELETE FROM reject',
    'CREATE TABLE own (id int)',
    'CREATE TEMPORARY TABLE own (id int)',
    'SELECT * FROM migration',
    'SELECT id FROM token',
    `INSERT INTO token (name, hash, scope) VALUES ('x', sha256('x'), 'admin')`,
    'DROP TABLE sale',
    'SET ROLE sales_writer',
    'SELECT * FROM pg_authid',
    'SELECT remove_properties(1, 0, 1)',
    'SELECT remove_places(1, 1)',
    "COPY sale TO PROGRAM 'cat'",
    'CREATE TABLE reporting.own (id int)',
    'DROP TABLE reporting.definition',
    'DELETE FROM reporting.definition',
    'DELETE FROM reporting.share_link',
    'UPDATE reporting.share_link SET expires_at = NULL',
    `UPDATE reporting.definition SET author = 'x'`,
  ])('may not: %s', (sql) => expect(as(reporting, sql)).rejects.toEqual(notAllowed));

  test('writes in its own schema', async () => {
    await as(
      reporting,
      `INSERT INTO reporting.definition (name, edition, definition, author) VALUES ('x', 1, '{}', 'test')`,
    );
    expect(await as(reporting, 'SELECT name FROM reporting.definition')).toEqual([{ name: 'x' }]);
    await as(reporting, `INSERT INTO reporting.letterhead (market_id, letterhead, author) VALUES (1, '{}', 'test')`);
    await as(reporting, `UPDATE reporting.letterhead SET author = 'x'; DELETE FROM reporting.letterhead`);
  });

  test('finds a token only by its hash', async () => {
    expect(await as(reporting, `SELECT * FROM present_token(sha256('x'))`)).toEqual([]);
  });
});

describe('analytical', () => {
  test.each([
    'UPDATE sale SET retired_by = 1 WHERE false',
    'UPDATE revision SET version = 2, sales_added = 1, sales_retired = 1, note = NULL WHERE false',
    'UPDATE revision SET set_aside_added = 1, set_aside_retired = 1 WHERE false',
    // As tasks of the release before do.
    'UPDATE data_version SET version = version + 1',
    `SELECT nextval('revision_number')`,
    `INSERT INTO set_aside_sale (market_id, key, fingerprint, added_by, reason) SELECT 1, 'x', gen_random_uuid(), 1, 'x' WHERE false`,
    'UPDATE set_aside_sale SET retired_by = 1 WHERE false',
    'UPDATE revision SET notes_added = 1, notes_retired = 1 WHERE false',
    `INSERT INTO market_note (market_id, key, fingerprint, added_by, day, text) SELECT 1, 'x', gen_random_uuid(), 1, now(), 'x' WHERE false`,
    'UPDATE market_note SET retired_by = 1 WHERE false',
    'CREATE TEMPORARY TABLE incoming (id int)',
    'DELETE FROM reject',
    `INSERT INTO token (name, hash, scope) SELECT 'x', sha256('x'), 'read' WHERE false`,
    'UPDATE token SET revoked_at = now() WHERE false',
    'SELECT remove_properties(0, 0, 1), remove_places(0, 1)',
    'SELECT id, name, scope, created_at, expires_at, last_used_at, revoked_at FROM token',
  ])('may: %s', async (sql) => {
    await as(analytical, sql);
  });

  test.each([
    'UPDATE sale SET price = 1',
    'UPDATE sale SET added_by = 1',
    'UPDATE sale SET retired_by = 1, price = 1',
    'DELETE FROM sale',
    'TRUNCATE sale',
    'ALTER TABLE sale ADD COLUMN x int',
    'DROP TABLE sale',
    'DELETE FROM revision',
    `UPDATE revision SET author = 'x'`,
    'UPDATE data_version SET lineage = gen_random_uuid()',
    'DELETE FROM data_version',
    'UPDATE history SET lineage = gen_random_uuid()',
    'DELETE FROM history',
    'UPDATE market_version SET version = version + 1',
    'INSERT INTO market_version (market_id, version) VALUES (1, 1)',
    'DELETE FROM market_version',
    'INSERT INTO version_gap (market_id, first, last) VALUES (1, 1, 1)',
    'UPDATE revision SET market_version = 9',
    `UPDATE revision SET market_state = '{}'`,
    `UPDATE set_aside_sale SET reason = 'x'`,
    `UPDATE market_note SET text = 'x'`,
    'DELETE FROM market_note',
    'DELETE FROM set_aside_sale',
    'SELECT market_state(1)',
    `SELECT setval('revision_number', 1)`,
    'CREATE TABLE own (id int)',
    'CREATE SCHEMA own',
    'CREATE ROLE own',
    'ALTER ROLE master NOLOGIN',
    'DELETE FROM migration',
    'SELECT hash FROM token',
    `UPDATE token SET scope = 'admin'`,
    'UPDATE token SET expires_at = NULL',
    'DELETE FROM token',
    'SELECT * FROM reporting.definition',
    'SELECT * FROM reporting.share_link',
    'SELECT reporting.is_valid_token(1)',
  ])('may not: %s', (sql) => expect(as(analytical, sql)).rejects.toEqual(notAllowed));
});

test('the user that reporting has from an earlier release may write in its schema after the migration', async () => {
  const database = 'earlier';
  await as(superuser, `CREATE DATABASE ${database} OWNER master`, 'postgres');
  const files = await readdir(join(import.meta.dirname, '../migrations'));
  const count = files.filter((file) => file < '0012').length;
  expect(await migrate({ connection: connection(master, database), count, log: silent })).toHaveLength(count);
  await withClient(master, narrowPublicPrivileges, database);
  await expect(as(reporting, 'SELECT * FROM reporting.definition', database)).rejects.toThrow('does not exist');
  await migrate({ connection: connection(master, database), log: silent });
  const insert = `INSERT INTO reporting.definition (name, edition, author) VALUES ('x', 1, 'test')`;
  await as(reporting, insert, database);
  await expect(as(reporting, 'DELETE FROM sale', database)).rejects.toEqual(notAllowed);
});

test('a user of neither group cannot even connect', async () => {
  await as(master, "CREATE ROLE stranger LOGIN PASSWORD 'x'");
  await expect(as({ username: 'stranger', password: 'x' }, 'SELECT 1')).rejects.toEqual(notAllowed);
});

test('no password is written to the log of the server', () => {
  expect(server.logged.filter((line) => line.includes('ROLE "analytical"'))).toEqual([
    expect.stringMatching(/ROLE "analytical" LOGIN PASSWORD 'SCRAM-SHA-256\$/),
  ]);
  for (const { password } of [analytical, reporting]) expect(server.logged.join('\n')).not.toContain(password);
});

test('a new password replaces the old one', async () => {
  const before = { username: 'changing', password: 'before' };
  const after = { ...before, password: 'after' };
  await ensure(before, 'sales_reader');
  await as(before, 'SELECT 1');
  await ensure(after, 'sales_reader');
  await as(after, 'SELECT 1');
  await expect(as(before, 'SELECT 1')).rejects.toHaveProperty('code', '28P01');
});

test('a user who changes groups loses the privileges of the former', async () => {
  const user = { username: 'moving', password: 'x' };
  await ensure(user, 'sales_writer');
  await as(user, 'DELETE FROM reject');
  await ensure(user, 'sales_reader');
  await as(user, 'SELECT * FROM reject');
  await expect(as(user, 'DELETE FROM reject')).rejects.toEqual(notAllowed);
});

test('eight concurrent runs create the same users', async () => {
  const users = ['one', 'two', 'three'].map((username) => ({ username, password: username }));
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      await withClient(master, narrowPublicPrivileges);
      for (const user of users) await ensure(user, 'sales_writer');
    }),
  );
  for (const user of users) await as(user, 'SELECT * FROM sale');
});

test.each([
  `a"; DROP TABLE sale; --`,
  `a'; DROP TABLE sale; --`,
  'a LOGIN SUPERUSER',
  'Ünï cödé',
  'SELECT',
  '$1',
  '../x',
  'x'.repeat(63),
])('a user may be called %s, and nothing comes of it', async (username) => {
  const user = { username, password: 'x' };
  await ensure(user, 'sales_reader');
  expect(await as(user, 'SELECT current_user::text AS name')).toEqual([{ name: username }]);
  expect(await as(user, 'SELECT count(*)::int AS sales FROM sale')).toEqual([{ sales: 3 }]);
  const powers = 'SELECT rolsuper OR rolcreaterole OR rolcreatedb AS any FROM pg_roles WHERE rolname = current_user';
  expect(await as(user, powers)).toEqual([{ any: false }]);
});

test.each(['', 'x'.repeat(64), 'ü'.repeat(32), 'nul\0nul'])('a user cannot be called "%s"', (username) =>
  expect(ensure({ username, password: 'x' }, 'sales_reader')).rejects.toThrow('must have 1 to 63 bytes'),
);

test.each(['master', 'postgres', 'sales_writer', 'sales_reader'])(
  'a service cannot take over the role %s',
  async (username) => {
    await expect(ensure({ username, password: 'stolen' }, 'sales_reader')).rejects.toThrow('is privileged');
    await as(master, 'SELECT 1');
    await as(superuser, 'SELECT 1');
  },
);

test.each(['', 'naïve', 'line\nbreak'])('a password that would need preparation is refused: %j', (password) =>
  expect(ensure({ username: 'nobody', password }, 'sales_reader')).rejects.toThrow('printable ASCII'),
);

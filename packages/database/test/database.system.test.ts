import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterEach, describe, expect, test } from 'vitest';
import { openDatabase, testDatabase } from '../../../test/database.ts';
import { connectionOptions, databaseAddress } from '../src/connection.ts';
import { type CredentialSource, type Credentials, type Database, DatabaseUnavailable } from '../src/index.ts';
import { currentVersion, execute, layWire, type Wire } from './support.ts';

const server = testDatabase();
let database: Database;
let wire: Wire | undefined;

afterEach(async () => {
  await wire?.close();
  wire = undefined;
  await database.close();
});

function terminateConnections(applicationName: string): Promise<unknown> {
  return execute(
    server,
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '${applicationName}'`,
  );
}

async function countAsleep(applicationName: string): Promise<number | undefined> {
  const [row] = await execute<{ count: number }>(
    server,
    `SELECT count(*)::integer AS count FROM pg_stat_activity
     WHERE application_name = '${applicationName}' AND datname = current_database() AND wait_event = 'PgSleep'`,
  );
  return row?.count;
}

test('values arrive as numbers, ISO dates and Dates', async () => {
  database = openDatabase(server);
  const { rows } =
    await sql`SELECT 9007199254740991::bigint AS id, ARRAY[1, 2]::bigint[] AS ids, '{}'::bigint[] AS none,
    DATE '0217-03-04' AS date, TIMESTAMPTZ '2024-06-01 12:00+10' AS time`.execute(database.kysely);
  expect(rows).toEqual([
    { id: 2 ** 53 - 1, ids: [1, 2], none: [], date: '0217-03-04', time: new Date('2024-06-01T02:00:00Z') },
  ]);
});

test('a bigint that a number cannot hold is refused, not rounded', async () => {
  database = openDatabase(server);
  await expect(sql`SELECT 9007199254740992::bigint`.execute(database.kysely)).rejects.toThrow('9007199254740992');
});

test('connections have the name of their application', async () => {
  database = openDatabase(server, { applicationName: 'analytical' });
  const { rows } = await sql`SELECT current_setting('application_name') AS name`.execute(database.kysely);
  expect(rows).toEqual([{ name: 'analytical' }]);
});

test('connections to this machine are not encrypted, others use the certificates of RDS', () => {
  for (const host of ['localhost', '127.0.0.1', '127.8.9.10', '::1']) {
    expect(connectionOptions({ host, port: 5432, name: 'x' }).ssl).toBe(false);
  }
  for (const host of [
    'db.abc.ap-southeast-2.rds.amazonaws.com',
    '10.0.0.1',
    '127.0.0.1.example.com',
    'localhost.example.com',
  ]) {
    expect(connectionOptions({ host, port: 5432, name: 'x' }).ssl).toHaveProperty('secureContext');
  }
  database = openDatabase(server);
});

test('DATABASE_TLS may only be off', () => {
  const env = { DATABASE_HOST: 'database', DATABASE_PORT: '5432', DATABASE_NAME: 'x' };
  expect(connectionOptions(databaseAddress({ ...env, DATABASE_TLS: 'off' })).ssl).toBe(false);
  expect(connectionOptions(databaseAddress({ ...env, DATABASE_TLS: '' })).ssl).toHaveProperty('secureContext');
  for (const word of ['false', 'OFF', 'on']) {
    expect(() => databaseAddress({ ...env, DATABASE_TLS: word })).toThrow(
      `DATABASE_TLS must be "off" or not be set, not "${word}".`,
    );
  }
  database = openDatabase(server);
});

test('a database without encryption on another machine is reached only with plainText', async () => {
  // 0.0.0.0 leads to this machine, but not by a name that says so.
  database = openDatabase(server, { host: '0.0.0.0', plainText: true });
  expect(await currentVersion(database)).toHaveProperty('version');
});

test('a login is not sent to a server on another machine that has no encryption', async () => {
  // 0.0.0.0 leads to this machine, but not by a name that says so.
  database = openDatabase(server, { host: '0.0.0.0' });
  const error = await currentVersion(database).catch((error) => error);
  expect(error).toBeInstanceOf(DatabaseUnavailable);
  expect(error.cause).toHaveProperty('message', 'The server does not support SSL connections');
});

test('a read is one snapshot, and cannot write', async () => {
  database = openDatabase(server);
  const versions = await database.read(async (client) => {
    const version = async () =>
      (await client.query('SELECT version FROM market_version WHERE market_id = 1')).rows[0].version;
    const before = await version();
    await database.write({ marketId: 1, kind: 'entry', author: 'test' }, async () => {});
    return [before, await version()];
  });
  expect(versions[1]).toBe(versions[0]);
  const { version } = await currentVersion(database);
  expect(version).toBe(versions[0] + 1);
  await expect(database.read((client) => client.query('UPDATE revision SET version = 9'))).rejects.toThrow(
    'read-only transaction',
  );
  expect((await currentVersion(database)).version).toBe(version);
});

test('a transaction that one caller leaves open does not reach the next', async () => {
  database = openDatabase(server, { poolSize: 1 });
  await expect(
    database.read(async (client) => {
      await client.query("SET application_name = 'left over'");
      throw new Error('gave up');
    }),
  ).rejects.toThrow('gave up');
  const { rows } = await sql`SELECT current_setting('application_name') AS name`.execute(database.kysely);
  expect(rows).toEqual([{ name: 'test' }]);
});

describe('credentials', () => {
  const user = 'rotating_user';

  /** A secret that is rotated by setting `current`. */
  function rotatingSource(first: Credentials): CredentialSource & { current: Credentials; refreshed: number } {
    let kept = first;
    let fetching: Promise<Credentials> | undefined;
    const source = {
      current: first,
      refreshed: 0,
      get: async () => kept,
      refresh() {
        fetching ??= fetch().finally(() => {
          fetching = undefined;
        });
        return fetching;
      },
    };
    async function fetch(): Promise<Credentials> {
      source.refreshed += 1;
      await delay(50);
      kept = source.current;
      return kept;
    }
    return source;
  }

  function makeUser(username: string, password: string): Promise<unknown> {
    return execute(server, `CREATE ROLE ${username} LOGIN PASSWORD '${password}' IN ROLE sales_writer`);
  }

  afterEach(() => execute(server, `DROP ROLE IF EXISTS ${user}, ${user}_clone`));

  test('a password changed under a live pool is fetched again once, however many connections it refuses', async () => {
    await makeUser(user, 'first');
    const source = rotatingSource({ username: user, password: 'first' });
    database = openDatabase(server, { credentials: source, applicationName: 'rotating' });
    await currentVersion(database);
    await execute(server, `ALTER ROLE ${user} PASSWORD 'second'`);
    source.current = { username: user, password: 'second' };
    // A connection made before lives on.
    await currentVersion(database);
    expect(source.refreshed).toBe(0);
    await terminateConnections('rotating');
    const versions = await Promise.all(Array.from({ length: 30 }, () => currentVersion(database)));
    expect(new Set(versions.map(({ version }) => version)).size).toBe(1);
    expect(source.refreshed).toBe(1);
  });

  test('a rotation may change the user too', async () => {
    await makeUser(user, 'first');
    await makeUser(`${user}_clone`, 'second');
    const source = rotatingSource({ username: user, password: 'first' });
    database = openDatabase(server, { credentials: source, applicationName: 'rotating' });
    await currentVersion(database);
    await execute(server, `ALTER ROLE ${user} NOLOGIN`);
    source.current = { username: `${user}_clone`, password: 'second' };
    await terminateConnections('rotating');
    const { rows } = await sql`SELECT current_user AS name`.execute(database.kysely);
    expect(rows).toEqual([{ name: `${user}_clone` }]);
  });

  test('a login that is refused again after the refresh fails with DatabaseUnavailable', async () => {
    const source = rotatingSource({ username: user, password: 'never right' });
    database = openDatabase(server, { credentials: source });
    await expect(currentVersion(database)).rejects.toThrow(DatabaseUnavailable);
    expect(source.refreshed).toBe(1);
  });

  test('so does a secret that cannot be fetched', async () => {
    const fail = () => Promise.reject(new Error('no secrets today'));
    database = openDatabase(server, { credentials: { get: fail, refresh: fail } });
    await expect(currentVersion(database)).rejects.toThrow(DatabaseUnavailable);
  });
});

describe('a database that goes away', () => {
  /** Ways to use it, each with a query that takes some seconds. */
  const attempts: [string, (seconds: number) => Promise<unknown>][] = [
    ['kysely', (seconds) => sql`SELECT pg_sleep(${seconds})`.execute(database.kysely)],
    ['read', (seconds) => database.read((client) => client.query('SELECT pg_sleep($1)', [seconds]))],
    [
      'write',
      (seconds) =>
        database.write({ marketId: 1, kind: 'entry', author: 'test' }, ({ client }) =>
          client.query('SELECT pg_sleep($1)', [seconds]),
        ),
    ],
  ];

  test('fails with DatabaseUnavailable while nothing listens, and is reached again afterwards', async () => {
    wire = await layWire(server);
    database = openDatabase(server, { port: wire.port });
    await currentVersion(database);
    await wire.close();
    await expect(currentVersion(database)).rejects.toThrow(DatabaseUnavailable);
    for (const [, attempt] of attempts) await expect(attempt(0)).rejects.toThrow(DatabaseUnavailable);
    await wire.reopen();
    await currentVersion(database);
    for (const [, attempt] of attempts) await attempt(0);
  });

  test.each(attempts)('fails a running %s with DatabaseUnavailable', async (_, attempt) => {
    database = openDatabase(server, { applicationName: 'doomed' });
    await currentVersion(database);
    const outcomes = Promise.allSettled([attempt(30), attempt(30), attempt(30)]);
    await expect.poll(() => countAsleep('doomed')).toBe(3);
    await terminateConnections('doomed');
    for (const outcome of await outcomes) {
      expect(outcome).toHaveProperty('reason', expect.any(DatabaseUnavailable));
    }
    await attempt(0);
  });

  test.each(attempts)('fails a %s with DatabaseUnavailable when the network fails', async (_, attempt) => {
    wire = await layWire(server);
    database = openDatabase(server, { port: wire.port });
    const outcome = attempt(30).catch((error) => error);
    await delay(100);
    await wire.close();
    expect(await outcome).toBeInstanceOf(DatabaseUnavailable);
    await wire.reopen();
    await attempt(0);
  });

  test('is detected within seconds when it only stops responding', async () => {
    wire = await layWire(server);
    database = openDatabase(server, { port: wire.port });
    await currentVersion(database);
    wire.freeze();
    const began = performance.now();
    await expect(currentVersion(database)).rejects.toThrow(DatabaseUnavailable);
    expect(performance.now() - began).toBeLessThan(30_000);
    await wire.close();
    await wire.reopen();
    await currentVersion(database);
  });

  test('does not break idle connections', async () => {
    database = openDatabase(server, { applicationName: 'idle' });
    await Promise.all(attempts.map(([, attempt]) => attempt(0)));
    await terminateConnections('idle');
    await currentVersion(database);
  });

  test('is unavailable while it has no disk space left', async () => {
    database = openDatabase(server);
    const attempt = database.read((client) => client.query('DO $$ BEGIN RAISE disk_full; END $$'));
    await expect(attempt).rejects.toThrow(DatabaseUnavailable);
    await expect(attempt).rejects.toThrow('The database has no disk space left.');
  });

  test('is distinguished from an error in a query', async () => {
    database = openDatabase(server);
    const error = await sql`SELECT nonsense`.execute(database.kysely).catch((error) => error);
    expect(error).not.toBeInstanceOf(DatabaseUnavailable);
    expect(error).toHaveProperty('code', '42703');
  });
});

test('callers beyond the number of connections wait', async () => {
  database = openDatabase(server, { poolSize: 2 });
  const answers = await Promise.all(Array.from({ length: 40 }, () => currentVersion(database)));
  expect(answers).toHaveLength(40);
});

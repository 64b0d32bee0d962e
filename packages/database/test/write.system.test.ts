import pg from 'pg';
import { expect, test } from 'vitest';
import { openDatabase, testDatabase } from '../../../test/database.ts';
import {
  Abandoned,
  type Changes,
  CommitUnknown,
  DatabaseUnavailable,
  exportVersion,
  type RevisionInput,
} from '../src/index.ts';
import { readMarkets } from '../src/version.ts';
import { addMarket, addSale, connectionOf, currentVersion, execute, layWire } from './support.ts';

const entry: RevisionInput = { marketId: 1, kind: 'entry', author: 'test' };
const server = testDatabase({ each: true, poolSize: 30 });

/** Everything that a write could leave behind. */
async function content(): Promise<unknown> {
  return server.database.read(async (client) => {
    const tables = [
      'history',
      'market_version',
      'version_gap',
      'revision',
      'property',
      'sale',
      'set_aside_sale',
      'market',
      'import',
      'reject',
    ];
    const rows = [];
    for (const table of tables) rows.push((await client.query(`SELECT * FROM ${table} ORDER BY 1, 2`)).rows);
    return rows;
  });
}

test('a write is one revision, with its author, counts and the next version', async () => {
  const { lineage } = await currentVersion(server.database);
  const written = await server.database.write(
    { ...entry, note: { code: 'property_entered', address: '1 A St' } },
    async (transaction) => {
      await addSale(transaction.client, transaction.revisionId, 'new');
      transaction.salesAdded = 1;
      return 'done';
    },
  );
  expect(written).toEqual({ result: 'done', revisionId: written.revisionId, version: 2 });
  expect(await currentVersion(server.database)).toEqual({ version: 2, lineage });
  const revision = await server.database.kysely
    .selectFrom('revision')
    .selectAll()
    .where('id', '=', written.revisionId)
    .executeTakeFirstOrThrow();
  expect(revision).toMatchObject({
    market_id: 1,
    market_version: 2,
    market_state: null,
    kind: 'entry',
    author: 'test',
    note: '1 A St',
    sales_added: 1,
    sales_retired: 0,
  });
});

test('nothing of a write is visible before it commits', async () => {
  const before = await content();
  let during: unknown;
  await server.database.write(entry, async ({ client, revisionId }) => {
    await addSale(client, revisionId, 'new');
    during = await content();
  });
  expect(during).toEqual(before);
  expect(await content()).not.toEqual(before);
});

test('an abandoned write changes nothing, and the next write takes the version', async () => {
  const before = await content();
  const abandoned = server.database.write(entry, async (transaction) => {
    await addSale(transaction.client, transaction.revisionId, 'new');
    transaction.abandon();
  });
  await expect(abandoned).rejects.toThrow(Abandoned);
  expect(await content()).toEqual(before);
  expect((await server.database.write(entry, async () => {})).version).toBe(2);
});

test('a write whose work fails changes nothing, and fails with the same error', async () => {
  const before = await content();
  const mistake = new Error('a mistake');
  const failed = server.database.write(entry, async ({ client, revisionId }) => {
    await addSale(client, revisionId, 'new');
    throw mistake;
  });
  await expect(failed).rejects.toBe(mistake);
  await expect(
    server.database.write(entry, async ({ client, revisionId }) => {
      await addSale(client, revisionId, 'one');
      await addSale(client, revisionId, 'demo-1');
    }),
  ).rejects.toHaveProperty('code', '23505');
  expect(await content()).toEqual(before);
});

test('an error of a query that the work ignores does not commit the rest', async () => {
  const before = await content();
  const failed = server.database.write(entry, async ({ client, revisionId }) => {
    await addSale(client, revisionId, 'new');
    await client.query('SELECT nonsense').catch(() => {});
  });
  await expect(failed).rejects.toHaveProperty('code', '25P02');
  expect(await content()).toEqual(before);
});

test('the locks of a failed write are released before it rejects', async () => {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const failed = server.database.write(entry, async ({ client, revisionId }) => {
      await client.query('UPDATE sale SET retired_by = $1', [revisionId]);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    await execute(server, 'SELECT id FROM sale FOR UPDATE NOWAIT');
  }
});

test('fifty writers at once in two markets become visible in order, without gaps, in each of them', async () => {
  const other = await addMarket(server.database, 'other');
  const markets = [1, other];
  /** How many sales came with the market's first version, less that version. */
  const head = new Map([
    [1, 2],
    [other, -1],
  ]);
  let writing = true;
  const seen: string[] = [];
  async function watch(): Promise<void> {
    while (writing) {
      const rows = await server.database.read(async (client) => {
        const { rows } = await client.query<{ id: number; version: number; versions: number[]; sales: number }>(
          `SELECT market_id AS id, version,
             ARRAY(SELECT market_version FROM revision WHERE market_id = latest.market_id ORDER BY revision.version) AS versions,
             (SELECT count(*) FROM sale WHERE market_id = latest.market_id) AS sales FROM market_version AS latest ORDER BY 1`,
        );
        return rows;
      });
      expect(rows.map(({ id }) => id)).toEqual(markets);
      for (const { id, version, versions, sales } of rows) {
        expect(versions).toEqual(Array.from({ length: version }, (_, index) => index + 1));
        expect(sales).toBe(version + (head.get(id) as number));
      }
      seen.push(rows.map(({ version }) => version).join());
    }
  }
  const watched = Promise.all([watch(), watch()]);
  const write = (index: number) => {
    const marketId = markets[index % 2] as number;
    return server.database.write({ ...entry, marketId }, async (transaction) => {
      await addSale(transaction.client, transaction.revisionId, `new-${index}`, marketId);
      transaction.salesAdded = 1;
      return marketId;
    });
  };
  const [written] = await Promise.all([
    Promise.all(Array.from({ length: 50 }, (_, index) => write(index))).finally(() => {
      writing = false;
    }),
    watched,
  ]);
  for (const market of markets) {
    const versions = written.filter(({ result }) => result === market).map(({ version }) => version);
    expect(versions.sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, index) => index + 2));
  }
  expect((await currentVersion(server.database)).version).toBe(26);
  expect((await currentVersion(server.database, 'other')).version).toBe(26);
  expect(new Set(seen).size).toBeGreaterThan(1);
});

test('a write waits for one that took a version of its market, and not for those of other markets', async () => {
  const other = await addMarket(server.database, 'other');
  const holder = new pg.Client(connectionOf(server, server.analytical));
  await holder.connect();
  try {
    await holder.query('BEGIN');
    // As `writeRevision` does.
    const { rows } = await holder.query<{ id: string }>(
      `INSERT INTO revision (market_id, kind, author) VALUES (1, 'entry', 'test') RETURNING id`,
    );
    await holder.query(`UPDATE revision SET version = nextval('revision_number') WHERE id = $1`, [rows[0]?.id]);
    expect((await server.database.write({ ...entry, marketId: other }, async () => {})).version).toBe(2);

    let ended = false;
    const second = server.database
      .write(entry, async () => {})
      .finally(() => {
        ended = true;
      });
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    await expect.poll(() => execute(server, waiting)).toHaveLength(1);
    expect((await server.database.write({ ...entry, marketId: other }, async () => {})).version).toBe(3);
    expect(ended).toBe(false);
    expect((await currentVersion(server.database)).version).toBe(1);
    await holder.query('COMMIT');
    expect((await second).version).toBe(3);
  } finally {
    await holder.end();
  }
});

test('PostgreSQL keeps the plans of the statements that every request waits for', async () => {
  const rows = await server.database.read(async (client) => {
    for (let i = 0; i < 10; i++) await readMarkets(client, ['demo', 'missing', undefined]);
    const plans = `SELECT name, custom_plans::int FROM pg_prepared_statements WHERE name LIKE '%-market%' ORDER BY name`;
    return (await client.query(plans)).rows;
  });
  // Before it keeps the plan of a statement with parameters, PostgreSQL tries five for their values.
  expect(rows).toEqual([
    { name: 'current-markets', custom_plans: 5 },
    { name: 'default-market', custom_plans: 0 },
  ]);
});

test('a market is created by its first version; the list of markets has the requested ones and the default', async () => {
  const { lineage } = await currentVersion(server.database);
  const id = await addMarket(server.database, 'other');
  const demo = { id: 1, code: 'demo', is_default: true, version: 1, lineage };
  const other = { id, code: 'other', is_default: false, version: 1, lineage };
  expect(await server.database.markets([undefined])).toEqual([demo]);
  expect(await server.database.markets(['missing', 'demo', undefined])).toEqual([demo]);
  expect(await server.database.markets(['demo'])).toEqual([{ ...demo, is_default: false }]);
  const both = await server.database.markets(['other', undefined]);
  expect(both.sort((a, b) => a.id - b.id)).toEqual([demo, other]);
  const revisions = server.database.kysely.selectFrom('revision').select(['market_version', 'market_state', 'kind']);
  expect(await revisions.where('market_id', '=', id).execute()).toMatchObject([
    {
      market_version: 1,
      market_state: { code: 'other', name: 'other', currency: 'AUD', time_zone: 'UTC' },
      kind: 'market',
    },
  ]);
  await execute(server, `UPDATE market SET deleted_at = now() WHERE code = 'other'`);
  expect(await server.database.markets(['other'])).toEqual([]);
});

test('the default market is the chosen one, else the newest real one with sales, else the sample, else the demonstration', async () => {
  const { database } = server;
  const defaultMarket = async () =>
    (await database.markets([undefined])).map(({ code, is_default }) => ({ code, is_default }));
  const isDefault = (code: string) => [{ code, is_default: true }];
  const addSaleTo = (marketId: number) =>
    database.write({ ...entry, marketId }, async (transaction) => {
      await addSale(transaction.client, transaction.revisionId, `sale of ${marketId}`, marketId);
      transaction.salesAdded = 1;
    });
  const retireSalesOf = (marketId: number) =>
    database.write({ ...entry, marketId }, async (transaction) => {
      await transaction.client.query('UPDATE sale SET retired_by = $2 WHERE market_id = $1', [
        marketId,
        transaction.revisionId,
      ]);
      transaction.salesRetired = 1;
    });
  const sample = await addMarket(database, 'sample');
  const real = await addMarket(database, 'real');
  const newest = await addMarket(database, 'newest');
  const synthetic = await addMarket(database, 'synthetic');
  await execute(server, `UPDATE market SET is_synthetic = true WHERE code IN ('sample', 'synthetic')`);
  expect(await defaultMarket()).toEqual(isDefault('demo'));
  await addSaleTo(synthetic);
  expect(await defaultMarket()).toEqual(isDefault('demo'));
  await addSaleTo(sample);
  expect(await defaultMarket()).toEqual(isDefault('sample'));
  await addSaleTo(newest);
  await addSaleTo(real);
  expect(await defaultMarket()).toEqual(isDefault('newest'));
  await retireSalesOf(newest);
  expect(await defaultMarket()).toEqual(isDefault('real'));
  await execute(server, `UPDATE market SET is_default = false WHERE is_default`);
  await execute(server, `UPDATE market SET is_default = true WHERE code = 'synthetic'`);
  expect(await defaultMarket()).toEqual(isDefault('synthetic'));
  await execute(server, 'DELETE FROM default_market');
  await execute(server, `UPDATE market SET deleted_at = now() WHERE code IN ('demo', 'real', 'sample')`);
  expect(await database.markets(['newest', undefined])).toMatchObject([{ code: 'newest', is_default: false }]);
});

test('a market whose creation fails does not exist', async () => {
  await addMarket(server.database, 'other');
  const before = await content();
  await expect(addMarket(server.database, 'other')).rejects.toHaveProperty('code', '23505');
  const marketId = async (client: pg.ClientBase) => {
    const { rows } = await client.query(
      `INSERT INTO market (code, name, currency) VALUES ('third', 'Third', 'AUD') RETURNING id`,
    );
    return rows[0].id;
  };
  const abandoned = server.database.write({ ...entry, marketId }, async (transaction) => transaction.abandon());
  await expect(abandoned).rejects.toThrow(Abandoned);
  expect(await content()).toEqual(before);
});

test('every read after an acknowledged write includes it, for every client', async () => {
  const other = openDatabase(server);
  for (let round = 0; round < 50; round += 1) {
    const { version } = await server.database.write(entry, async () => {});
    expect((await currentVersion(other)).version).toBe(version);
  }
  await other.close();
});

test.each([
  ['before the server receives it', 'drop', 0],
  ['after the server receives it', 'deafen', 1],
] as const)('a connection lost while committing, %s, is reported as not known', async (_, verdict, revisions) => {
  const wire = await layWire(server);
  const remote = openDatabase(server, { port: wire.port });
  wire.inspect = (sent) => (sent.includes('COMMIT\0') ? verdict : 'pass');
  const error = await remote.write(entry, async () => {}).catch((error) => error);
  expect(error).toBeInstanceOf(CommitUnknown);
  expect(error).toBeInstanceOf(DatabaseUnavailable);
  await expect
    .poll(() => execute(server, `SELECT id FROM revision WHERE id = ${error.revisionId}`))
    .toHaveLength(revisions);
  await remote.close();
  await wire.close();
});

test('a connection lost before the commit fails with DatabaseUnavailable, and nothing is written', async () => {
  const before = await content();
  const wire = await layWire(server);
  const remote = openDatabase(server, { port: wire.port });
  const error = await remote
    .write(entry, async ({ client, revisionId }) => {
      await addSale(client, revisionId, 'new');
      await wire.close();
      await client.query('SELECT 1');
    })
    .catch((error) => error);
  expect(error).toBeInstanceOf(DatabaseUnavailable);
  expect(error).not.toBeInstanceOf(CommitUnknown);
  expect(await content()).toEqual(before);
  await remote.close();
});

test('texts of a revision are bound as values', async () => {
  const author = `'; DROP TABLE sale; --`;
  const note = { code: 'property_removed', address: `$1 \\ "'` } as const;
  const { revisionId } = await server.database.write({ ...entry, author, note }, async () => {});
  const revision = await server.database.kysely
    .selectFrom('revision')
    .selectAll()
    .where('id', '=', revisionId)
    .execute();
  expect(revision).toMatchObject([{ author, note: `${note.address} removed`, coded_note: note }]);
});

test('a market with the code of a deleted one continues its numbers', async () => {
  const { database } = server;
  const entry = (marketId: number) => database.write({ marketId, kind: 'entry', author: 'test' }, async () => {});
  const former = await addMarket(database, 'again');
  expect((await entry(former)).version).toBe(2);
  await execute(server, `UPDATE market SET deleted_at = now() WHERE id = ${former}`);
  const market = await addMarket(database, 'again');
  expect((await entry(market)).version).toBe(4);
  expect(await execute(server, `SELECT first::int, last::int FROM version_gap WHERE market_id = ${market}`)).toEqual([
    { first: 1, last: 2 },
  ]);
  const { market: state } = (await database.read((client) => exportVersion(client, market, 3))) as Changes;
  expect(state).toMatchObject({ id: market, code: 'again' });
});

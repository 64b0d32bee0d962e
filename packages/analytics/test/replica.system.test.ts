import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { type AddressInfo, createConnection as connectTo, createServer, type Socket } from 'node:net';
import { basename, join } from 'node:path';
import { DatabaseUnavailable, saleColumns } from '@property-insights/database';
import fc from 'fast-check';
import pg from 'pg';
import Type from 'typebox';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createTestDatabase } from '../../../test/database.ts';
import type { Connection } from '../src/connection.ts';
import { defineQuestion, type Replica, type ReplicaMetric, summary, UnknownMarket } from '../src/index.ts';
import { countTables } from '../src/layout.ts';
import { anySale, plainSale } from './sales.ts';
import { address, type TestMarket, testMarket } from './test-market.ts';

const columns = saleColumns.map(({ name }) => name);

/** A question that reads the replica's tables as they are. */
function reading(name: string, read: (db: Connection) => Promise<unknown[][]>) {
  const question = defineQuestion({
    name,
    summary: name,
    parameters: Type.Object({ market: Type.Optional(Type.String()) }),
    result: Type.Array(Type.Array(Type.Unknown())),
    ask: read,
  });
  return async (replica: Replica, market = 'test'): Promise<unknown> =>
    JSON.parse((await replica.answer(question, { market }, { address })).body.toString());
}

/** Every row, as text. */
const inReplica = reading('everything', async (db) => {
  const rows = await db.rows<Record<string, unknown>>(
    `SELECT ${columns.map((name) => (name === 'issued_at' ? 'epoch(issued_at) AS issued_at' : `${name}::VARCHAR AS ${name}`)).join(', ')} FROM sale ORDER BY sale.id`,
  );
  return rows.map((row) => columns.map((name) => row[name]));
});

/** What the ledgers count. */
const inCountTables = reading('counted', (db) => {
  const sums = countTables.map(({ name, columns }) => {
    const names = columns.map((column) => column.name).join(', ');
    return db.rows(
      `SELECT ${names}, sum(sales) AS sales FROM ${name} GROUP BY ALL HAVING sum(sales) <> 0 ORDER BY ALL`,
    );
  });
  return Promise.all(sums);
});

/** Where each sale is. */
const positions = defineQuestion({
  name: 'positions',
  summary: 'positions',
  parameters: Type.Object({ market: Type.String() }),
  result: Type.Array(Type.Array(Type.Unknown())),
  ask: async (db) =>
    (
      await db.rows<{ at: string }>(
        'SELECT to_json([latitude::VARCHAR, longitude::VARCHAR, approximate]) AS at FROM sale ORDER BY sale.id',
      )
    ).map(({ at }) => {
      const [latitude, longitude, approximate] = JSON.parse(at);
      return [latitude && Number(latitude), longitude && Number(longitude), approximate];
    }),
});

const fractions = ['bathrooms', 'land_area', 'floor_area', 'latitude', 'longitude'];

/** SQL: below which price a sale is nominal, by SQL of its own. */
const nominalBelow = `(SELECT ceil(0.005 * exp(percentile_disc(0.75) WITHIN GROUP (ORDER BY floor(50 * ln(other.price::float8))) / 50)) FROM sale other
  WHERE other.retired_by IS NULL AND other.market_id = sale.market_id AND other.non_standard IS NULL AND other.price > 0
    AND (sale.contract_date IS NULL OR extract(year FROM other.contract_date)::int / 10 <= extract(year FROM sale.contract_date)::int / 10))`;

/** Every sale in force in PostgreSQL, with shared dealings and nominal prices found by SQL of its own. */
async function inPostgres(market: TestMarket): Promise<unknown> {
  return market.database.read(async (client) => {
    const expressions = columns.map((name) => {
      if (name === 'issued_at') return 'extract(epoch FROM issued_at)::float8 AS issued_at';
      if (name === 'non_standard') {
        return `coalesce(non_standard, CASE WHEN dealing IS NOT NULL AND (SELECT count(*) FROM sale other WHERE other.retired_by IS NULL
          AND other.market_id = sale.market_id AND other.dealing = sale.dealing) > 1 THEN 'shared dealing' END,
          CASE WHEN price < ${nominalBelow} THEN 'nominal price' END) AS non_standard`;
      }
      // DuckDB writes 2 as 2.0.
      return fractions.includes(name) ? `to_char(${name}, 'FM9999990.099') AS ${name}` : `${name}::text AS ${name}`;
    });
    const { rows } = await client.query(
      `SELECT ${expressions.join(', ')} FROM sale WHERE market_id = ${market.id} AND retired_by IS NULL ORDER BY sale.id`,
    );
    return rows.map((row) => columns.map((name) => row[name]));
  });
}

/** The file of the test market. */
async function fileIn(directory: string): Promise<string> {
  const [name] = (await readdir(directory)).filter((name) => name.startsWith(`${market.id}-`));
  return join(directory, name as string);
}

async function sales(replica: Replica, market = 'test'): Promise<number> {
  return JSON.parse((await replica.answer(summary, { market, standard: 'all' }, { address })).body.toString()).sales;
}

const market = testMarket({ each: true });

describe('a replica', () => {
  test('holds what PostgreSQL holds, after any sequence of writes and retirements', async () => {
    const replica = await market.replica();
    const inForce: number[] = [];
    const step = fc.record({
      added: fc.array(anySale, { maxLength: 40 }),
      retired: fc.array(fc.nat(), { maxLength: 10 }),
      skipped: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
        for (const { added, retired, skipped } of steps) {
          const leaving = new Set(inForce.length ? retired.map((n) => inForce[n % inForce.length] as number) : []);
          const { ids } = await market.write(added, [...leaving]);
          inForce.splice(0, inForce.length, ...inForce.filter((id) => !leaving.has(id)), ...ids);
          if (!skipped) await replica.answer(summary, { market: 'test' }, { address });
        }
        expect(await inReplica(replica)).toEqual(await inPostgres(market));
      }),
      { numRuns: 40 },
    );
    // One that has followed all the way is the same as one that starts now.
    const fresh = await market.replica();
    expect(await inReplica(fresh)).toEqual(await inReplica(replica));
    expect(await inCountTables(fresh)).toEqual(await inCountTables(replica));
  });

  test('distinguishes empty texts from null, in few rows and in many', async () => {
    const replica = await market.replica();
    const awkward = fc.sample(anySale, { numRuns: 300, seed: 1 });
    await market.write(awkward.slice(0, 1));
    expect(await inReplica(replica)).toEqual(await inPostgres(market));
    await market.write(awkward);
    expect(await inReplica(replica)).toEqual(await inPostgres(market));
  });

  test('continues from its version after a restart', async () => {
    const directory = await market.directory();
    const before = await market.replica({ directory });
    await market.write([plainSale]);
    expect(await sales(before)).toBe(1);
    market.close(before);
    await market.write([{ ...plainSale, property: 2 }]);
    const after = await market.replica({ directory });
    expect(await sales(after)).toBe(2);
    expect((await readdir(directory)).filter((name) => name.endsWith('.csv'))).toEqual([]);
  });

  test('continues from a load that it completed before its process was killed', async () => {
    const directory = await market.directory();
    const loaded = await market.replica({ directory });
    const { ids } = await market.write([plainSale]);
    const columns = saleColumns.map(({ name }) => name).filter((name) => !['id', 'key'].includes(name));
    const count = 150_000;
    // More than DuckDB gathers before it writes rows to the file, for each of two threads.
    await market.administer(
      `INSERT INTO sale (key, fingerprint, market_id, ${columns}) SELECT number::text, md5(number::text)::uuid, market_id, ${columns}
       FROM sale, generate_series(1, ${count}) AS number WHERE id = ${ids[0]}`,
    );
    expect(await sales(loaded)).toBe(count + 1);
    // As the disk is when its process is killed now.
    const left = await market.directory();
    const file = await fileIn(directory);
    await copyFile(file, join(left, basename(file)));
    const behind: number[] = [];
    const restarted = await market.replica({
      directory: left,
      measure: (figure, value) => void (figure === 'ReplicaVersionsBehind' && behind.push(value)),
    });
    expect(await sales(restarted)).toBe(count + 1);
    expect(new Set(behind)).toEqual(new Set([0]));
  });

  test('reports the versions that a check finds missing, the time of a catch-up, and hits and misses of the cache', async () => {
    const figures: [ReplicaMetric, number][] = [];
    const replica = await market.replica({ measure: (...figure) => figures.push(figure) });
    expect(figures).toEqual([]);
    await market.write([plainSale]);
    await market.write([{ ...plainSale, property: 2 }]);
    await sales(replica);
    await sales(replica);
    expect(figures).toEqual([
      // Making the market was a version.
      ['ReplicaVersionsBehind', 3],
      ['CatchUpTime', expect.any(Number)],
      ['CacheMisses', 1],
      ['QuestionTime', expect.any(Number)],
      ['ReplicaVersionsBehind', 0],
      ['CacheHits', 1],
    ]);
    await market.write([{ ...plainSale, property: 3 }]);
    figures.length = 0;
    expect(await replica.secondsBehind()).toBe(0);
    expect(figures[0]).toEqual(['ReplicaVersionsBehind', 1]);
  });

  test('that pulls from a reader behind the writer still answers from every write', async () => {
    // Of the same lineage, and never brought up to date.
    const lagging = await createTestDatabase();
    onTestFinished(() => lagging.drop());
    const { host, port, name } = lagging;
    const replica = await market.replica({ readers: { host, port, name } });
    await market.write([plainSale]);
    expect(await sales(replica)).toBe(1);
  });

  test.each([
    ['of another lineage', `UPDATE history SET lineage = gen_random_uuid()`],
    ['older than the replica, as restored from a backup', `UPDATE market_version SET version = version - 1`],
  ])('starts from scratch when the database is %s, while running and after a restart', async (_, sql) => {
    const directory = await market.directory();
    const running = await market.replica();
    const restarted = await market.replica({ directory });
    const { ids } = await market.write([plainSale, { ...plainSale, property: 2 }]);
    expect([await sales(running), await sales(restarted)]).toEqual([2, 2]);
    market.close(restarted);
    await market.administer(`${sql}; UPDATE sale SET retired_by = added_by WHERE id = ${ids[0]}`);
    expect(await sales(running)).toBe(1);
    expect(await sales(await market.replica({ directory }))).toBe(1);
  });

  test.each([
    ['text', async (file: string) => writeFile(file, 'this is not a database')],
    ['cut short', async (file: string) => truncate(file, 5000)],
    ['empty', async (file: string) => truncate(file, 0)],
    [
      'overwritten in the middle',
      async (file: string) => {
        const content = await readFile(file);
        await writeFile(file, content.fill(0xa5, 12_288));
      },
    ],
  ])('starts from scratch when its file is %s', async (_, damage) => {
    const directory = await market.directory();
    const before = await market.replica({ directory });
    await market.write(fc.sample(anySale, { numRuns: 500, seed: 2 }));
    expect(await sales(before)).toBe(500);
    market.close(before);
    await damage(await fileIn(directory));
    const after = await market.replica({ directory });
    expect(await sales(after)).toBe(500);
    expect(await inReplica(after)).toEqual(await inPostgres(market));
  });

  test('answers a question about one market without waiting for changes of others', async () => {
    const replica = await market.replica();
    const ofDemo = await sales(replica, 'demo');
    const { host, port, name: database, master } = market.testDatabase;
    const owner = new pg.Client({ host, port, database, user: master.username, password: master.password });
    await owner.connect();
    // Reads of sales have to wait, so that the test decides how long the catch-up takes.
    await market.write([plainSale]);
    await owner.query('BEGIN; LOCK TABLE sale IN ACCESS EXCLUSIVE MODE');
    let caughtUp = false;
    const waiting = sales(replica).finally(() => {
      caughtUp = true;
    });
    const unknown = replica.market('nowhere').catch((error) => error);
    expect(await sales(replica, 'demo')).toBe(ofDemo);
    expect(await replica.market('demo')).toMatchObject({ code: 'demo' });
    expect(caughtUp).toBe(false);
    await owner.end();
    expect(await waiting).toBe(1);
    expect(await unknown).toBeInstanceOf(UnknownMarket);
  });

  test('places many sales in the background, and until then answers as of the version before the gazetteer', async () => {
    const directory = await market.directory();
    const replica = await market.replica({ directory, placeAtOnce: 2 });
    const unplaced = { ...plainSale, latitude: null, longitude: null };
    const places = async (options = {}) => {
      const { body, ...answer } = await replica.answer(positions, { market: 'test' }, { address, ...options });
      return { version: answer.version, placing: answer.placing, places: JSON.parse(body.toString()) };
    };
    const [own, placed] = [
      [-33.8, 151, null],
      [1, 2, 'locality'],
    ];
    await market.write([unplaced, { ...unplaced, property: 2 }, { ...plainSale, property: 3 }]);
    const before = await places();
    expect(before.places).toEqual([[null, null, null], [null, null, null], own]);
    const { version } = await market.write([{ ...unplaced, property: 4 }]);
    await market.writePlaces([{ name: 'Parramatta', postcode: '2150', latitude: 1, longitude: 2 }]);
    // The sale before the gazetteer is in the answer, which names the version that is awaited.
    expect(await places()).toMatchObject({ version, placing: version + 1, places: { length: 4 } });
    const after = { version: version + 1, places: [placed, placed, own, placed] };
    expect(await places({ asOf: version + 1 })).toMatchObject(after);
    expect(await places()).toEqual({ ...after, placing: undefined });
    expect(await inCountTables(replica)).toEqual(await inCountTables(await market.replica()));
    expect((await readdir(directory)).filter((name) => name.startsWith(`${market.id}-`))).toHaveLength(1);

    // A sale that follows the gazetteer is pulled when the others have been placed.
    await market.writePlaces([{ name: 'Parramatta', postcode: '2150', latitude: 3, longitude: 4 }]);
    await market.write([{ ...unplaced, property: 5 }]);
    expect(await places()).toEqual({ ...after, placing: version + 2 });
    const asked = async (): Promise<void> => {
      if ((await sales(replica)) < 5) await asked();
    };
    await Promise.all(Array.from({ length: 20 }, asked));
    market.close(replica);
    expect(await sales(await market.replica({ directory }))).toBe(5);
  });

  test('counts a few sales in its count tables immediately, and after a restart', async () => {
    const directory = await market.directory();
    const replica = await market.replica({ directory });
    const { ids } = await market.write([plainSale]);
    await market.write([{ ...plainSale, property: 2, street: 'Church St' }]);
    const fresh = await inCountTables(await market.replica());
    expect(await inCountTables(replica)).toEqual(fresh);
    market.close(replica);
    const reopened = await market.replica({ directory });
    expect(await inCountTables(reopened)).toEqual(fresh);
    await market.write([{ ...plainSale, property: 3 }], ids);
    expect(await inCountTables(reopened)).toEqual(await inCountTables(await market.replica()));
  });

  test('follows changes of markets', async () => {
    const replica = await market.replica();
    expect(await replica.market()).toMatchObject({ code: 'demo', currency: 'AUD' });
    await market.database.write({ marketId: market.id, kind: 'market', author: 'test' }, async ({ client }) => {
      await client.query('UPDATE market SET is_default = false');
      await client.query(`UPDATE market SET is_default = true, name = 'Renamed' WHERE id = $1`, [market.id]);
    });
    expect(await replica.market()).toMatchObject({ code: 'test', name: 'Renamed' });
    await expect(replica.market('nowhere')).rejects.toThrow(
      new UnknownMarket('There is no market "nowhere"; there are demo, test.'),
    );
  });

  test('drops the sales of a deleted market, although their rows still exist', async () => {
    const following = await market.replica();
    const late = await market.replica();
    const ofOthers = await inReplica(following, 'demo');
    await market.write([plainSale, { ...plainSale, property: 2 }]);
    await market.writePlaces([{ name: null, postcode: '2000', latitude: 1, longitude: 1 }]);
    expect(await sales(following)).toBe(2);
    await market.write([{ ...plainSale, property: 3 }]);
    const revision = { marketId: market.id, kind: 'market', author: 'test' } as const;
    await market.database.write(revision, ({ client }) =>
      client.query('UPDATE market SET deleted_at = now() WHERE id = $1', [market.id]),
    );
    for (const replica of [following, late, await market.replica()]) {
      await expect(sales(replica)).rejects.toThrow(UnknownMarket);
      expect(await inReplica(replica, 'demo')).toEqual(ofOthers);
    }
  });

  test('refuses a directory that is in use, and does not change it; but a damaged lock is made again', async () => {
    const directory = await market.directory();
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'lock.duckdb'), '');
    await market.replica({ directory });
    const script = `import { Engine } from '${new URL('../src/engine.ts', import.meta.url)}';
      await Engine.open(process.argv[1]).catch((error) => console.log(error.message));`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script, directory]);
    expect(stdout.toString()).toContain(`The directory ${directory} is in use by another process`);
  });
});

describe('a sale of a dealing', () => {
  const shared = async (replica: Replica) => {
    const { left_out } = JSON.parse((await replica.answer(summary, { market: 'test' }, { address })).body.toString());
    return left_out.by_reason;
  };

  test('is standard only while no other sale of the dealing is in force', async () => {
    const replica = await market.replica();
    const dealt = { ...plainSale, dealing: 'AB123' };
    await market.write([dealt]);
    expect(await shared(replica)).toEqual({});
    const { ids } = await market.write([
      { ...dealt, property: 2 },
      { ...dealt, property: 3, non_standard: 'part interest' },
    ]);
    expect(await shared(replica)).toEqual({ 'part interest': 1, 'shared dealing': 2 });
    await market.write([], ids.slice(1));
    expect(await shared(replica)).toEqual({ 'shared dealing': 2 });
    await market.write([plainSale], ids.slice(0, 1));
    expect(await shared(replica)).toEqual({});
  });
});

test('the summary of the demonstration market is that of its three sales', async () => {
  const replica = await market.replica();
  expect(JSON.parse((await replica.answer(summary, { market: 'demo' }, { address })).body.toString())).toMatchObject({
    total_properties: 3,
    average_price: '1,516,666.67',
    properties_by_region: { NSW: 2, VIC: 1 },
    median_price: 1_200_000,
    total_value: 4_550_000,
  });
});

describe('without a database', () => {
  test('a replica opens, reports that there is none when asked, and recovers by itself', async () => {
    const { host, port } = market.testDatabase;
    let reachable = false;
    const sockets = new Set<Socket>();
    const way = createServer((socket) => {
      sockets.add(socket.on('error', () => {}));
      if (!reachable) return socket.destroy();
      const onward = connectTo(port, host).on('error', () => socket.destroy());
      socket.pipe(onward).pipe(socket);
    });
    await once(way.listen(0, '127.0.0.1'), 'listening');
    try {
      const replica = await market.replica({
        address: { host: '127.0.0.1', port: (way.address() as AddressInfo).port },
      });
      await expect(replica.answer(summary, {}, { address })).rejects.toThrow(DatabaseUnavailable);
      reachable = true;
      expect(await sales(replica, 'demo')).toBe(3);
      reachable = false;
      for (const socket of sockets) socket.destroy();
      await expect(replica.answer(summary, { market: 'demo' }, { address })).rejects.toThrow(DatabaseUnavailable);
      reachable = true;
      await market.write([plainSale]);
      expect(await sales(replica)).toBe(1);
    } finally {
      for (const socket of sockets) socket.destroy();
      way.close();
    }
  });
});

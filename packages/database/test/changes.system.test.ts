import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, testDatabase } from '../../../test/database.ts';
import { type Database, DatabaseUnavailable, exportChanges, saleColumns } from '../src/index.ts';
import { addSale, execute, layWire } from './support.ts';

const server = testDatabase({ each: true });

/** The changes since a version: the ids of the added and the retired. */
function changes(since: number): Promise<{ toVersion: number; added: number[]; retired: number[] }> {
  return server.database.read(async (client) => {
    const { toVersion, added, retired } = await exportChanges(client, since);
    const ids = (csv: string) =>
      csv
        .split('\n')
        .slice(0, -1)
        .map((line) => Number(line.split(',')[0]))
        .sort((a, b) => a - b);
    return { toVersion, added: ids(await text(added())), retired: ids(await text(retired())) };
  });
}

function add(...keys: string[]): Promise<number[]> {
  return server.database
    .write({ marketId: 1, kind: 'entry', author: 'test' }, async ({ client, revisionId }) => {
      const ids = [];
      for (const key of keys) ids.push(await addSale(client, revisionId, key));
      return ids;
    })
    .then(({ result }) => result);
}

function retire(id: number): Promise<unknown> {
  return server.database.write({ marketId: 1, kind: 'undo', author: 'test' }, async (transaction) => {
    const { client, revisionId } = transaction;
    await client.query('UPDATE sale SET retired_by = $1 WHERE id = $2', [revisionId, id]);
    transaction.salesRetired = 1;
  });
}

/** An import of 20,000 sales: more than fits into the buffers between here and the server. */
function importMany(): Promise<unknown> {
  return server.database.write({ marketId: 1, kind: 'import', author: 'test' }, ({ client, revisionId }) =>
    client.query(
      `WITH new_property AS (INSERT INTO property (market_id, key) SELECT 1, n::text FROM generate_series(1, 20000) n RETURNING id, key)
       INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, price, address)
       SELECT 1, id, key, md5(key)::uuid, $1, 1, repeat('x', 200) FROM new_property`,
      [revisionId],
    ),
  );
}

test('the exported columns are those of the table, but two', async () => {
  // In any order: the column of a new attribute is the table's last.
  const columns = await execute<{ name: string }>(
    server,
    `SELECT column_name AS name, data_type AS type, is_nullable = 'YES' AS nullable FROM information_schema.columns
     WHERE table_name = 'sale' AND column_name NOT IN ('retired_by', 'fingerprint')`,
  );
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  expect(saleColumns.toSorted(byName)).toEqual(columns.toSorted(byName));
});

test('the markets come with everything that is known of them', async () => {
  const { markets } = await server.database.read((client) => exportChanges(client, 1));
  expect(markets).toEqual([
    {
      id: 1,
      code: 'demo',
      name: 'Demonstration',
      currency: 'AUD',
      time_zone: 'Australia/Sydney',
      attribution: null,
      licence: null,
      is_default: true,
      is_synthetic: false,
    },
  ]);
});

test('since 0, everything in force is added and nothing retired', async () => {
  const [id] = await add('new');
  await retire(1);
  expect(await changes(0)).toEqual({ toVersion: 3, added: [2, 3, id], retired: [] });
});

test('since a version, only what changed after it', async () => {
  const [first, second] = await add('first', 'second');
  await retire(2);
  await retire(first as number);
  const [third] = await add('third');
  expect(await changes(1)).toEqual({ toVersion: 5, added: [second, third], retired: [2] });
  expect(await changes(2)).toEqual({ toVersion: 5, added: [third], retired: [2, first] });
  expect(await changes(4)).toEqual({ toVersion: 5, added: [third], retired: [] });
  expect(await changes(5)).toEqual({ toVersion: 5, added: [], retired: [] });
});

test('following the changes from any version leads to what is in force', async () => {
  const history = [new Set([1, 2, 3])];
  for (let round = 0; round < 12; round += 1) {
    const inForce = new Set(history.at(-1));
    const [first, second] = await add(`a-${round}`, `b-${round}`);
    inForce.add(first as number).add(second as number);
    history.push(new Set(inForce));
    const [oldest] = inForce;
    await retire(round % 3 === 0 ? (second as number) : (oldest as number));
    inForce.delete(round % 3 === 0 ? (second as number) : (oldest as number));
    history.push(inForce);
  }
  const last = history.at(-1);
  for (const [index, held] of history.entries()) {
    const { toVersion, added, retired } = await changes(index + 1);
    expect(toVersion).toBe(history.length);
    const reached = new Set(held);
    for (const id of retired) expect(reached.delete(id)).toBe(true);
    for (const id of added) expect(reached.size).toBeLessThan(reached.add(id).size);
    expect(reached).toEqual(last);
  }
});

test('the changes are one snapshot, whatever is written while they are read', async () => {
  const read = await server.database.read(async (client) => {
    const { toVersion, added } = await exportChanges(client, 0);
    await add('meanwhile');
    return { toVersion, added: await text(added()) };
  });
  expect(read.toVersion).toBe(1);
  expect(read.added.split('\n')).toHaveLength(3 + 1);
});

test('a version that the database has not reached is refused', async () => {
  await expect(changes(2)).rejects.toThrow('Version 2 was requested, but the database has only reached version 1.');
});

test('texts come as CSV that distinguishes null from empty, in ISO and UTC', async () => {
  await server.database.write({ marketId: 1, kind: 'entry', author: 'test' }, ({ client, revisionId }) =>
    client.query(
      `INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, price, address, street, locality, issued_at,
         contract_date, land_area, details)
       VALUES (1, 1, 'odd', md5('odd')::uuid, $1, 7, E'line\nbreak, "quoted" \\\\ ü', '', NULL, '2024-06-01 12:00+10',
         '0217-03-04', 0.1, '{"a": "b,c"}')`,
      [revisionId],
    ),
  );
  const csv = await server.database.read(async (client) => text((await exportChanges(client, 1)).added()));
  expect(csv.replace(/^\d+,/, '')).toBe(
    '1,1,odd,2024-06-01 02:00:00+00,2,0217-03-04,,7,,"line\nbreak, ""quoted"" \\ ü","",,,,,,,0.1,,,,,,"{""a"": ""b,c""}"\n',
  );
});

test('one new sale beside a great import is found by index, without the table being read', async () => {
  await importMany();
  await execute(server, 'ANALYZE');
  const [id] = await add('new');
  const scans = () =>
    execute<{ seq_scan: number }>(server, `SELECT seq_scan::int FROM pg_stat_user_tables WHERE relname = 'sale'`).then(
      ([row]) => (row as { seq_scan: number }).seq_scan,
    );
  const flush = () => server.database.read((client) => client.query('SELECT pg_stat_force_next_flush()'));
  await flush();
  const before = await scans();
  for (let round = 0; round < 20; round += 1) expect((await changes(2)).added).toEqual([id]);
  await flush();
  expect(await scans()).toBe(before);
});

describe('an export that stops halfway', () => {
  /** Reads the first piece, and then the rest after something happened. */
  async function interrupt(from: Database, happening: () => Promise<unknown>): Promise<unknown> {
    return from
      .read(async (client) => {
        const { added } = await exportChanges(client, 0);
        let first = true;
        for await (const _ of added()) {
          if (first) await happening();
          first = false;
        }
      })
      .catch((error) => error);
  }

  beforeEach(importMany);

  test('because the reader gave up, fails with the reader’s error and harms nothing', async () => {
    const mistake = new Error('the disk is full');
    expect(await interrupt(server.database, () => Promise.reject(mistake))).toBe(mistake);
    expect((await changes(0)).added).toHaveLength(20_003);
  });

  test('because the server ended the connection, is a database not available', async () => {
    const terminate = () =>
      execute(server, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY (SELECT id,%'`);
    expect(await interrupt(server.database, terminate)).toBeInstanceOf(DatabaseUnavailable);
    expect((await changes(0)).added).toHaveLength(20_003);
  });

  test('because the wire was cut, is a database not available', async () => {
    const wire = await layWire(server);
    const remote = openDatabase(server, { port: wire.port });
    expect(await interrupt(remote, wire.close)).toBeInstanceOf(DatabaseUnavailable);
    await remote.close();
  });
});

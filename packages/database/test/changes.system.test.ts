import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import type pg from 'pg';
import { beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, testDatabase } from '../../../test/database.ts';
import {
  type Changes,
  compareForUndo,
  type Database,
  DatabaseUnavailable,
  exportChanges,
  exportVersion,
  type MarketVersion,
  placeColumns,
  planUndo,
  saleColumns,
  setAsideColumns,
  type WriteTransaction,
  writeUndo,
} from '../src/index.ts';
import { setAside } from '../src/set-aside.ts';
import { addMarket, addSale, currentVersion, execute, layWire } from './support.ts';

const server = testDatabase({ each: true });

interface Ids {
  version: number;
  since: number;
  added: number[];
  retired: number[];
}

const idsOf = (csv: string) =>
  csv
    .split('\n')
    .slice(0, -1)
    .map((line) => Number(line.split(',')[0]))
    .sort((a, b) => a - b);

/** The changes since a version, of the database's lineage unless said: the ids of the added and the retired. */
async function changes(since: number, lineage?: string): Promise<Ids> {
  const from = { version: since, lineage: lineage ?? (await currentVersion(server.database)).lineage };
  return server.database.read(async (client) => {
    const exported = await requireChanges(client, since === 0 ? undefined : from);
    const { version, added, retired } = exported;
    const ids = { added: idsOf(await text(added())), retired: retired ? idsOf(await text(retired())) : [] };
    return { version, since: exported.since, ...ids };
  });
}

async function requireChanges(client: pg.ClientBase, from?: MarketVersion): Promise<Changes> {
  const exported = await exportChanges(client, 1, from);
  if (!exported) throw new Error('The market has been deleted.');
  return exported;
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

/** Brings a place of the gazetteer to a latitude. */
function putPlace(postcode: string, latitude: number): Promise<unknown> {
  return server.database.write({ marketId: 1, kind: 'import', author: 'test' }, async (transaction) => {
    const { client, revisionId } = transaction;
    const { rowCount } = await client.query(
      'UPDATE gazetteer_place SET retired_by = $1 WHERE market_id = 1 AND key = $2 AND retired_by IS NULL',
      [revisionId, postcode],
    );
    await client.query(
      `INSERT INTO gazetteer_place (market_id, key, fingerprint, added_by, postcode, latitude, longitude)
       VALUES (1, $1, md5($2::text)::uuid, $3, $1, $2::double precision, 1)`,
      [postcode, latitude, revisionId],
    );
    Object.assign(transaction, { placesAdded: 1, placesRetired: rowCount ?? 0 });
  });
}

async function undo(revision: number): Promise<unknown> {
  const plan = await planUndo(server.database, revision);
  if (!plan) throw new Error('There is no such revision.');
  return server.database.write({ ...plan, kind: 'undo', author: 'test' }, async (transaction: WriteTransaction) => {
    await compareForUndo(transaction.client, plan);
    await writeUndo(transaction, plan, () => {});
  });
}

/** Retires a sale and adds another row of the same key. */
function replace(id: number): Promise<{ result: number }> {
  return server.database.write({ marketId: 1, kind: 'correction', author: 'test' }, async (transaction) => {
    const { client, revisionId } = transaction;
    await client.query('UPDATE sale SET retired_by = $1 WHERE id = $2', [revisionId, id]);
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, price, address)
       SELECT market_id, property_id, key, md5($1::text)::uuid, $1::bigint, price + 1, address FROM sale WHERE id = $2 RETURNING id`,
      [revisionId, id],
    );
    Object.assign(transaction, { salesAdded: 1, salesRetired: 1 });
    return (rows[0] as { id: number }).id;
  });
}

function rename(name: string): Promise<unknown> {
  return server.database.write({ marketId: 1, kind: 'market', author: 'test' }, ({ client }) =>
    client.query('UPDATE market SET name = $1 WHERE id = 1', [name]),
  );
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

test('the exported columns are those of the table except four', async () => {
  // In any order: the column of a new attribute is the table's last.
  const columns = await execute<{ name: string }>(
    server,
    `SELECT column_name AS name, data_type AS type, is_nullable = 'YES' AS nullable FROM information_schema.columns
     WHERE table_name = 'sale' AND column_name NOT IN ('market_id', 'retired_by', 'fingerprint', 'format')`,
  );
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  expect(saleColumns.toSorted(byName)).toEqual(columns.toSorted(byName));
});

test.each([
  ['gazetteer_place', placeColumns],
  ['set_aside_sale', setAsideColumns],
])('the exported columns of %s are those of the table', async (table, exported) => {
  const columns = await execute<{ name: string }>(
    server,
    `SELECT column_name AS name, data_type AS type, is_nullable = 'YES' AS nullable FROM information_schema.columns
     WHERE table_name = '${table}'`,
  );
  expect(columns).toEqual(expect.arrayContaining([...exported]));
});

test('changes include the name, currency and settings of the market', async () => {
  const { market, revisions } = await server.database.read((client) => requireChanges(client));
  expect(market).toEqual({
    id: 1,
    code: 'demo',
    name: 'Demonstration',
    currency: 'AUD',
    time_zone: 'Australia/Sydney',
    attribution: null,
    licence: null,
    index_method: null,
    index_reason: null,
    is_synthetic: false,
    covered_from: null,
    covered_to: null,
  });
  expect(revisions).toEqual([{ id: 1, day: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) }]);
});

test('a deleted or unknown market has no changes', async () => {
  const id = await addMarket(server.database, 'other');
  await execute(server, 'UPDATE market SET deleted_at = now() WHERE id <> 1');
  for (const market of [id, 999_999]) {
    expect(await server.database.read((client) => exportChanges(client, market, undefined))).toBeUndefined();
    expect(await server.database.read((client) => exportVersion(client, market, 1))).toBeUndefined();
  }
});

test('changes of other markets are neither exported nor counted', async () => {
  const marketId = await addMarket(server.database, 'other');
  const { result: theirs } = await server.database.write(
    { marketId, kind: 'entry', author: 'test' },
    ({ client, revisionId }) => addSale(client, revisionId, 'theirs', marketId),
  );
  const [ours] = await add('ours');
  expect(await changes(0)).toEqual({ version: 2, since: 0, added: [1, 2, 3, ours], retired: [] });
  expect(await changes(1)).toEqual({ version: 2, since: 1, added: [ours], retired: [] });
  const other = await server.database.read(async (client) => {
    const exported = (await exportChanges(client, marketId, undefined)) as Changes;
    return { ...exported, added: idsOf(await text(exported.added())) };
  });
  expect(other).toMatchObject({ version: 2, market: { id: marketId, code: 'other' }, added: [theirs] });
});

test('since version 0, all sales in force are added and none is retired', async () => {
  const [id] = await add('new');
  await retire(1);
  expect(await changes(0)).toEqual({ version: 3, since: 0, added: [2, 3, id], retired: [] });
});

test('since a version, only later changes are exported', async () => {
  const [first, second] = await add('first', 'second');
  await retire(2);
  await retire(first as number);
  const [third] = await add('third');
  expect(await changes(1)).toEqual({ version: 5, since: 1, added: [second, third], retired: [2] });
  expect(await changes(2)).toEqual({ version: 5, since: 2, added: [third], retired: [2, first] });
  expect(await changes(4)).toEqual({ version: 5, since: 4, added: [third], retired: [] });
  expect(await changes(5)).toEqual({ version: 5, since: 5, added: [], retired: [] });
});

test('applying the changes since any version gives the sales in force', async () => {
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
    const { version, added, retired } = await changes(index + 1);
    expect(version).toBe(history.length);
    const reached = new Set(held);
    for (const id of retired) expect(reached.delete(id)).toBe(true);
    for (const id of added) expect(reached.size).toBeLessThan(reached.add(id).size);
    expect(reached).toEqual(last);
  }
});

test('the changes are one snapshot, also while others write', async () => {
  const read = await server.database.read(async (client) => {
    const { version, added } = await requireChanges(client);
    await add('meanwhile');
    return { version, added: await text(added()) };
  });
  expect(read.version).toBe(1);
  expect(read.added.split('\n')).toHaveLength(3 + 1);
});

test('a replica that is ahead of the database, or of another lineage, gets everything', async () => {
  await retire(1);
  const everything = { version: 2, since: 0, added: [2, 3], retired: [] };
  expect(await changes(3)).toEqual(everything);
  for (const version of [1, 2, 3]) {
    expect(await changes(version, '00000000-0000-0000-0000-000000000000')).toEqual(everything);
  }
  expect(await changes(2)).toEqual({ ...everything, since: 2, added: [] });
});

test('streams without changes are left out', async () => {
  const { lineage } = await currentVersion(server.database);
  const absent = (version?: number) =>
    server.database.read(async (client) => {
      const exported = await requireChanges(client, version === undefined ? undefined : { version, lineage });
      return (['retired', 'places', 'setAside'] as const).filter((name) => exported[name] === undefined);
    });
  expect(await absent()).toEqual(['retired']);
  await add('new');
  expect(await absent(1)).toEqual(['retired', 'places', 'setAside']);
  await retire(1);
  expect(await absent(2)).toEqual(['places', 'setAside']);
  await putPlace('2000', 1);
  expect(await absent(3)).toEqual(['retired', 'setAside']);
  await setAside(server.database, 2, 'a gift', 'test');
  expect(await absent(4)).toEqual(['retired', 'places']);
  expect(await absent(1)).toEqual([]);
});

/** All that an export says of a version, its rows sorted. */
async function contentOf(exported: Changes | undefined): Promise<unknown> {
  if (!exported) return undefined;
  const { version, lineage, since, market, added, retired, places, setAside } = exported;
  const rows = async (open?: () => NodeJS.ReadableStream) => open && (await text(open())).split('\n').sort();
  const sales = await rows(added);
  return { version, lineage, since, market, sales, retired, places: await rows(places), aside: await rows(setAside) };
}

test('an earlier version is exported as it was when it was current', async () => {
  const { database } = server;
  const steps = fc.array(
    fc.record({
      step: fc.constantFrom(
        'add',
        'retire',
        'replace',
        'place',
        'setAside',
        'reinstate',
        'undo',
        'market',
        'elsewhere',
      ),
      choice: fc.nat(),
    }),
    { minLength: 12, maxLength: 20 },
  );
  const elsewhere = await addMarket(database, 'elsewhere');
  const current = () => database.read(async (client) => contentOf(await exportChanges(client, 1, undefined)));
  /** By version. */
  const exported = new Map<number, unknown>([[1, await current()]]);
  let count = 0;
  const done = new Set<string>();

  async function take(step: string, choice: number): Promise<void> {
    count += 1;
    const ids = (await changes(0)).added;
    const id = ids[choice % ids.length] as number;
    if (step === 'add') await add(`sale-${count}`);
    if (step === 'retire' && ids.length > 1) await retire(id);
    if (step === 'replace') await replace(id);
    if (step === 'place') await putPlace(`${choice % 3}`, count);
    if (step === 'setAside') await setAside(database, id, `reason ${choice % 3}`, 'test');
    if (step === 'reinstate') await setAside(database, id, null, 'test');
    if (step === 'market') await rename(`Name ${count}`);
    if (step === 'elsewhere') {
      await database.write({ marketId: elsewhere, kind: 'entry', author: 'test' }, ({ client, revisionId }) =>
        addSale(client, revisionId, `elsewhere-${count}`, elsewhere),
      );
    }
    if (step === 'undo') {
      const last = await execute<{ id: string }>(
        server,
        `SELECT id FROM revision AS last WHERE market_id = 1 AND kind = 'set_aside'
           AND NOT EXISTS (SELECT FROM revision WHERE undoes = last.id) ORDER BY market_version DESC LIMIT 1`,
      );
      if (!last[0]) return;
      await undo(Number(last[0].id));
    }
    done.add(step);
  }

  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      for (const { step, choice } of history) {
        await take(step, choice);
        const { version } = await currentVersion(database);
        if (!exported.has(version)) exported.set(version, await current());
      }
      const { version } = await currentVersion(database);
      expect([...exported.keys()]).toEqual(Array.from({ length: version }, (_, index) => index + 1));
      await database.read(async (client) => {
        for (const [version, content] of exported) {
          const later = (await contentOf(await exportVersion(client, 1, version))) as { market: object };
          // What the market was called before the migration, which is version 1 here, was not recorded.
          const { recorded_at_migration: _, ...market } = later.market as { recorded_at_migration?: boolean };
          expect({ ...later, market }).toEqual(content);
        }
      });
    }),
    { numRuns: 8, endOnFailure: true },
  );
  expect([...done].sort()).toEqual(
    ['add', 'elsewhere', 'market', 'place', 'reinstate', 'replace', 'retire', 'setAside', 'undo'].sort(),
  );
});

test('the CSV distinguishes null from empty text, and has ISO dates in UTC', async () => {
  await server.database.write({ marketId: 1, kind: 'entry', author: 'test' }, ({ client, revisionId }) =>
    client.query(
      `INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, price, address, street, locality, issued_at,
         contract_date, land_area, details)
       VALUES (1, 1, 'odd', md5('odd')::uuid, $1, 7, E'line\nbreak, "quoted" \\\\ ü', '', NULL, '2024-06-01 12:00+10',
         '0217-03-04', 0.1, '{"a": "b,c"}')`,
      [revisionId],
    ),
  );
  const from = { ...(await currentVersion(server.database)), version: 1 };
  const csv = await server.database.read(async (client) => text((await requireChanges(client, from)).added()));
  expect(csv.replace(/^\d+,/, '')).toBe(
    '1,odd,2024-06-01 02:00:00+00,2,0217-03-04,,7,,"line\nbreak, ""quoted"" \\ ü","",,,,,,,0.1,,,,,,,,,,,,,,,,,,"{""a"": ""b,c""}"\n',
  );
});

test('one new sale beside a large import is found by an index, without a scan of the table', async () => {
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
        const { added } = await requireChanges(client);
        let first = true;
        for await (const _ of added()) {
          if (first) await happening();
          first = false;
        }
      })
      .catch((error) => error);
  }

  beforeEach(importMany);

  test('because the reader cancelled it, fails with the reader’s error and has no other effect', async () => {
    const mistake = new Error('the disk is full');
    expect(await interrupt(server.database, () => Promise.reject(mistake))).toBe(mistake);
    expect((await changes(0)).added).toHaveLength(20_003);
  });

  test('because the server ended the connection, fails with DatabaseUnavailable', async () => {
    const terminate = () =>
      execute(server, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY (SELECT id,%'`);
    expect(await interrupt(server.database, terminate)).toBeInstanceOf(DatabaseUnavailable);
    expect((await changes(0)).added).toHaveLength(20_003);
  });

  test('because the network failed, fails with DatabaseUnavailable', async () => {
    const wire = await layWire(server);
    const remote = openDatabase(server, { port: wire.port });
    expect(await interrupt(remote, wire.close)).toBeInstanceOf(DatabaseUnavailable);
    await remote.close();
  });
});

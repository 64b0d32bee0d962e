import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEmptyDatabase, openDatabase, silent, type TestDatabase } from '../../../test/database.ts';
import {
  compareForUndo,
  type Database,
  eachAttribute,
  migrate,
  planUndo,
  type Schema,
  type Undo,
  writeUndo,
} from '../src/index.ts';
import { setAside } from '../src/set-aside.ts';
import { connectionOf, execute } from './support.ts';

/** Kysely's `Schema` as data. The compiler sees to it that it has every table and column, and no other. */
const schema: { [Table in keyof Schema]: Record<keyof Schema[Table], true> } = {
  market: {
    id: true,
    code: true,
    name: true,
    currency: true,
    time_zone: true,
    attribution: true,
    licence: true,
    covered_from: true,
    covered_to: true,
    is_default: true,
    is_synthetic: true,
    index_method: true,
    index_reason: true,
    created_at: true,
    deleted_at: true,
    emptied_at: true,
  },
  history: { only_row: true, lineage: true },
  market_version: { market_id: true, version: true, sales: true },
  default_market: { only_row: true, market_id: true },
  index_choice: { market_id: true, version: true, claimed_until: true },
  version_gap: { market_id: true, first: true, last: true, created_at: true },
  revision: {
    id: true,
    version: true,
    market_id: true,
    market_version: true,
    market_state: true,
    kind: true,
    author: true,
    note: true,
    coded_note: true,
    undoes: true,
    sales_added: true,
    sales_retired: true,
    places_added: true,
    places_retired: true,
    set_aside_added: true,
    set_aside_retired: true,
    notes_added: true,
    notes_retired: true,
    created_at: true,
  },
  property: { id: true, market_id: true, key: true },
  sale: {
    id: true,
    market_id: true,
    property_id: true,
    key: true,
    fingerprint: true,
    issued_at: true,
    added_by: true,
    retired_by: true,
    contract_date: true,
    settlement_date: true,
    price: true,
    type: true,
    address: true,
    street: true,
    locality: true,
    region: true,
    postcode: true,
    ...eachAttribute(() => true as const),
    dealing: true,
    non_standard: true,
    format: true,
    details: true,
  },
  set_aside_sale: {
    id: true,
    market_id: true,
    key: true,
    fingerprint: true,
    added_by: true,
    retired_by: true,
    reason: true,
  },
  market_note: {
    id: true,
    market_id: true,
    key: true,
    fingerprint: true,
    added_by: true,
    retired_by: true,
    day: true,
    text: true,
  },
  gazetteer_place: {
    id: true,
    market_id: true,
    key: true,
    fingerprint: true,
    added_by: true,
    retired_by: true,
    name: true,
    region: true,
    postcode: true,
    latitude: true,
    longitude: true,
  },
  import: {
    id: true,
    market_id: true,
    revision_id: true,
    state: true,
    stage: true,
    format: true,
    files: true,
    bytes_total: true,
    bytes_read: true,
    rows_read: true,
    accepted: true,
    duplicate: true,
    superseding: true,
    superseded: true,
    deleted: true,
    retired: true,
    notes: true,
    coded_notes: true,
    rejected: true,
    error: true,
    author: true,
    created_at: true,
    finished_at: true,
    undoes: true,
  },
  token: {
    id: true,
    name: true,
    hash: true,
    scope: true,
    created_at: true,
    expires_at: true,
    last_used_at: true,
    revoked_at: true,
  },
  reject: {
    import_id: true,
    number: true,
    file: true,
    line: true,
    content: true,
    reason: true,
    message: true,
    format: true,
    header: true,
  },
  mapping: { id: true, market_id: true, columns: true, mapping: true, used_at: true },
  'reporting.definition': {
    name: true,
    edition: true,
    definition: true,
    summary: true,
    author: true,
    created_at: true,
  },
  'reporting.share_link': {
    id: true,
    hash: true,
    token_id: true,
    author: true,
    report: true,
    parameters: true,
    password: true,
    origins: true,
    created_at: true,
    expires_at: true,
    revoked_at: true,
    opened: true,
    last_opened_at: true,
  },
  'reporting.job': {
    id: true,
    key: true,
    report: true,
    form: true,
    parameters: true,
    origin: true,
    callers: true,
    state: true,
    stage: true,
    stored_bytes: true,
    attempts: true,
    due_at: true,
    leased_until: true,
    reason: true,
    file_name: true,
    created_at: true,
    started_at: true,
    ended_at: true,
    expires_at: true,
    schedule_id: true,
    run_at: true,
  },
  'reporting.schedule': {
    id: true,
    token_id: true,
    author: true,
    title: true,
    report: true,
    form: true,
    parameters: true,
    origin: true,
    market_id: true,
    rhythm: true,
    target: true,
    due_at: true,
    seen_version: true,
    ran_at: true,
    paused_at: true,
    created_at: true,
    deleted_at: true,
  },
  'reporting.recipient': {
    schedule_id: true,
    role: true,
    address: true,
    secret: true,
    asked_at: true,
    ask_after: true,
    confirmed_at: true,
    unsubscribed_at: true,
  },
  'reporting.delivery': {
    job_id: true,
    address: true,
    sent_at: true,
  },
  'reporting.letterhead': { market_id: true, letterhead: true, author: true, changed_at: true },
};

/** The view for tasks of the release before, which the typed schema does not have. */
const view = 'data_version';
const viewColumns = ['only_row', 'version', 'lineage'].map((name) => `${view}.${name}`);

const files = await readdir(join(import.meta.dirname, '../migrations'));
const migrations = files.map((name) => name.replace('.sql', '')).sort();

let database: TestDatabase;
beforeEach(async () => {
  database = await createEmptyDatabase();
});
afterEach(() => database.drop());

/** The name of a table as the typed schema has it. */
const qualified = `CASE table_schema WHEN 'public' THEN '' ELSE table_schema || '.' END || table_name`;

async function tables(): Promise<string[]> {
  const rows = await execute<{ name: string }>(
    database,
    `SELECT ${qualified} AS name FROM information_schema.tables
     WHERE table_schema IN ('public', 'reporting') AND table_name <> 'migration'`,
  );
  return rows.map(({ name }) => name).sort();
}

test('the tables and columns of a migrated database are those of the typed schema', async () => {
  await migrate({ connection: connectionOf(database), log: silent });
  const rows = await execute<{ table: keyof Schema; column: string }>(
    database,
    `SELECT ${qualified} AS table, column_name AS column FROM information_schema.columns
     WHERE table_schema IN ('public', 'reporting') AND table_name <> 'migration'`,
  );
  const columns = new Set(rows.map(({ table, column }) => `${table}.${column}`));
  const typed = Object.entries(schema).flatMap(([table, names]) =>
    Object.keys(names).map((name) => `${table}.${name}`),
  );
  expect(columns).toEqual(new Set([...typed, ...viewColumns]));
});

test('eight migrators started together all succeed and migrate once', async () => {
  const connection = connectionOf(database);
  const ran = await Promise.all(Array.from({ length: 8 }, () => migrate({ connection, log: silent })));
  expect(ran.filter(({ length }) => length > 0)).toEqual([migrations]);
  expect(await execute(database, 'SELECT name FROM migration ORDER BY id')).toEqual(
    migrations.map((name) => ({ name })),
  );
  expect(await execute(database, 'SELECT version::int FROM data_version')).toEqual([{ version: 1 }]);
  expect(await execute(database, 'SELECT market_id, version::int FROM market_version')).toEqual([
    { market_id: 1, version: 1 },
  ]);
});

test('a database can be migrated up, down and up again', async () => {
  const connection = connectionOf(database);
  await migrate({ connection, log: silent });
  const migrated = await tables();
  expect(migrated).toEqual([...Object.keys(schema), view].sort());
  const down = { connection, direction: 'down', count: migrations.length, log: silent } as const;
  expect(await migrate(down)).toEqual(migrations.toReversed());
  expect(await tables()).toEqual([]);
  expect(await migrate({ connection, log: silent })).toEqual(migrations);
  expect(await tables()).toEqual(migrated);
  expect(await migrate({ connection, log: silent })).toEqual([]);
});

test('a migration that fails leaves the database as it was, and the lock free', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  try {
    await cp(join(import.meta.dirname, '../migrations'), directory, { recursive: true });
    const broken = join(directory, '9999_broken.sql');
    await writeFile(broken, '-- Up Migration\nCREATE TABLE half (id int);\nSELECT nonsense;\n-- Down Migration\n');
    const connection = connectionOf(database);
    await expect(migrate({ connection, directory, log: silent })).rejects.toThrow('nonsense');
    expect(await tables()).toEqual([]);
    await rm(broken);
    expect(await migrate({ connection, directory, log: silent })).toEqual(migrations);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('the migrator of the version before accepts a newer database, and changes nothing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  try {
    await cp(join(import.meta.dirname, '../migrations'), directory, { recursive: true });
    const connection = connectionOf(database);
    const later = join(directory, '9999_later.sql');
    await writeFile(later, '-- Up Migration\nCREATE TABLE later (id int);\n-- Down Migration\nDROP TABLE later;\n');
    expect(await migrate({ connection, directory, log: silent })).toEqual([...migrations, '9999_later']);
    const migrated = await tables();
    await rm(later);
    expect(await migrate({ connection, directory, log: silent })).toEqual([]);
    expect(await tables()).toEqual(migrated);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('sales loaded before have the attributes that their details state', async () => {
  const connection = connectionOf(database);
  const before = migrations.indexOf('0014_details');
  await migrate({ connection, count: before, log: silent });
  const details = [
    '{"storey_range":"10 TO 12","lease_commence_date":"1979","remaining_lease":"61 years 4 months","flat_model":"Improved"}',
    '{"new_build":"Y","duration":"F"}',
    '{"bldg_grade":"7","age":"12","eff_age":"2","wfnt":"1"}',
    '{"yr_built":"1955","yr_renovated":"0","grade":"8","condition":"3","waterfront":"0"}',
    '{"district_code":"001","zoning":"R2"}',
    '{"storey_range":"high","remaining_lease":"long","new_build":"Y","age":"12","yr_built":"old"}',
  ];
  await execute(
    database,
    `INSERT INTO property (market_id, key) VALUES (1, 'one');
     INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, contract_date, price, address, details)
     SELECT 1, property.id, 'sale ' || n, gen_random_uuid(), 1, '2011-02-22', 1, 'there', details
     FROM property, unnest(ARRAY['${details.join("', '")}']::jsonb[]) WITH ORDINALITY AS each (details, n)
     WHERE property.key = 'one'`,
  );
  await migrate({ connection, log: silent });
  const stated =
    'storey, year_built, lease_start, lease_remaining, grade, new_build, year_renovated, condition, waterfront, tenure, flat_model, zoning';
  const nothing = {
    ...{ storey: null, year_built: null, lease_start: null },
    lease_remaining: null,
    grade: null,
    new_build: null,
    ...{ year_renovated: null, condition: null, waterfront: null, tenure: null, flat_model: null, zoning: null },
  };
  expect(await execute(database, `SELECT ${stated} FROM sale WHERE key LIKE 'sale %' ORDER BY key`)).toEqual([
    { ...nothing, storey: 11, lease_start: 1979, lease_remaining: 61.33, flat_model: 'Improved' },
    { ...nothing, new_build: 1, tenure: 'Freehold' },
    { ...nothing, grade: 7, year_built: 1999, year_renovated: 2009, waterfront: 1 },
    { ...nothing, year_built: 1955, grade: 8, year_renovated: 1955, condition: 3, waterfront: 0 },
    { ...nothing, zoning: 'R2' },
    nothing,
  ]);
});

describe('the default market', () => {
  const flags = () => execute(database, 'SELECT code, is_default FROM market ORDER BY code');
  const chosen = () => execute(database, 'SELECT code FROM default_market JOIN market ON market.id = market_id');

  /** A database of the release before, whose default market is the sample that a first start loaded. */
  async function migrateBefore(): Promise<void> {
    const before = migrations.indexOf('0010_default_market');
    await migrate({ connection: connectionOf(database), count: before, log: silent });
    await execute(
      database,
      `UPDATE market SET is_default = false;
       INSERT INTO market (code, name, currency, is_synthetic, is_default) VALUES ('sample', 'Synthetic', 'AUD', true, true);
       INSERT INTO market (code, name, currency) VALUES ('nsw', 'New South Wales', 'AUD')`,
    );
  }
  const migrateOn = () => migrate({ connection: connectionOf(database), log: silent });
  /** As a task of the release before does. */
  const chooseAsBefore = (code: string) =>
    execute(
      database,
      `UPDATE market SET is_default = false WHERE is_default;
       INSERT INTO revision (market_id, kind, author, note) SELECT id, 'market', 'test', 'market ${code}: is_default true' FROM market WHERE code = '${code}';
       UPDATE market SET is_default = true WHERE code = '${code}'`,
      database.analytical,
    );

  test('is not the one that the system flagged, although tasks of the release before still find the flag', async () => {
    await migrateBefore();
    await migrateOn();
    expect(await chosen()).toEqual([]);
    expect(await flags()).toEqual([
      { code: 'demo', is_default: false },
      { code: 'nsw', is_default: false },
      { code: 'sample', is_default: true },
    ]);
    await chooseAsBefore('nsw');
    expect(await chosen()).toEqual([{ code: 'nsw' }]);
    await chooseAsBefore('demo');
    expect(await chosen()).toEqual([{ code: 'demo' }]);
  });

  test('stays the one that a client chose', async () => {
    await migrateBefore();
    await chooseAsBefore('sample');
    await migrateOn();
    expect(await chosen()).toEqual([{ code: 'sample' }]);
  });

  test('has its number of sales, which writes of the release before change too', async () => {
    await migrateBefore();
    await execute(
      database,
      `INSERT INTO revision (market_id, kind, author, version, sales_added, sales_retired)
       SELECT id, 'import', 'test', nextval('revision_number'), 10, 4 FROM market WHERE code = 'nsw'`,
    );
    await migrateOn();
    const sales = () =>
      execute(
        database,
        'SELECT code, sales::int FROM market_version JOIN market ON market.id = market_id ORDER BY code',
      );
    expect(await sales()).toEqual([
      { code: 'demo', sales: 3 },
      { code: 'nsw', sales: 6 },
      { code: 'sample', sales: 0 },
    ]);
    await execute(
      database,
      `INSERT INTO revision (market_id, kind, author) SELECT id, 'import', 'test' FROM market WHERE code = 'nsw';
       UPDATE revision SET version = 0, sales_added = 1, sales_retired = 7 WHERE version IS NULL AND kind = 'import'`,
      database.analytical,
    );
    expect(await sales()).toMatchObject([{ code: 'demo' }, { code: 'nsw', sales: 0 }, { code: 'sample' }]);
  });
});

describe('the versions of markets', () => {
  /** As a task of the release before writes, with a service's rights; returns the version. */
  async function writeAsBefore(marketId: number): Promise<number> {
    const client = new pg.Client(connectionOf(database, database.analytical));
    await client.connect();
    try {
      await client.query('BEGIN');
      const { rows: made } = await client.query<{ id: string }>(
        `INSERT INTO revision (market_id, kind, author) VALUES ($1, 'entry', 'test') RETURNING id`,
        [marketId],
      );
      const { rows } = await client.query<{ version: string }>(
        `WITH next AS (UPDATE data_version SET version = version + 1 RETURNING version)
         UPDATE revision SET version = next.version, sales_added = $2, sales_retired = $3, places_added = $4, places_retired = $5
         FROM next WHERE revision.id = $1 RETURNING revision.version`,
        [made[0]?.id, 0, 0, 0, 0],
      );
      await client.query('COMMIT');
      return Number(rows[0]?.version);
    } finally {
      await client.end();
    }
  }

  const latest = () =>
    execute<{ version: number; lineage: string }>(
      database,
      'SELECT version::int, lineage FROM data_version',
      database.reporting,
    ).then(([row]) => row);
  const numbers = () =>
    execute<{ market_id: number; version: number; market_version: number }>(
      database,
      'SELECT market_id, version::int, market_version::int FROM revision ORDER BY version',
    );

  /** A database of the release before, with two markets, whose revisions got their versions in another order than their ids. */
  async function migrateWithHistory(): Promise<number> {
    const connection = connectionOf(database);
    const before = migrations.indexOf('0007_market_versions');
    expect(await migrate({ connection, count: before, log: silent })).toHaveLength(before);
    const [{ id }] = (await execute<{ id: number }>(
      database,
      `INSERT INTO market (code, name, currency) VALUES ('other', 'Other', 'NZD') RETURNING id`,
    )) as [{ id: number }];
    await execute(
      database,
      `INSERT INTO market (code, name, currency) VALUES ('empty', 'Empty', 'NZD');
       INSERT INTO revision (version, market_id, kind, author, note) VALUES
         (2, NULL, 'market', 'test', 'market other added'), (5, 1, 'entry', 'test', NULL), (3, ${id}, 'entry', 'test', NULL),
         (4, 1, 'entry', 'test', NULL), (7, ${id}, 'import', 'test', NULL), (6, NULL, 'market', 'test', 'of no market');
       UPDATE data_version SET version = 7`,
    );
    const lineage = (await latest())?.lineage;
    expect(await migrate({ connection, log: silent })).toEqual(migrations.slice(before));
    expect(await latest()).toEqual({ version: 7, lineage });
    return id;
  }

  test('number existing revisions in their order', async () => {
    const other = await migrateWithHistory();
    expect(await numbers()).toEqual([
      { version: 1, market_id: 1, market_version: 1 },
      { version: 2, market_id: other, market_version: 1 },
      { version: 3, market_id: other, market_version: 2 },
      { version: 4, market_id: 1, market_version: 2 },
      { version: 5, market_id: 1, market_version: 3 },
      { version: 6, market_id: null, market_version: null },
      { version: 7, market_id: other, market_version: 3 },
    ]);
    expect(
      await execute(
        database,
        'SELECT code, version::int FROM market_version JOIN market ON market.id = market_id ORDER BY market.id',
      ),
    ).toEqual([
      { code: 'demo', version: 3 },
      { code: 'other', version: 3 },
      { code: 'empty', version: 0 },
    ]);
    expect(
      await execute(
        database,
        'SELECT market_id, market_version::int, market_state FROM revision WHERE market_state IS NOT NULL ORDER BY 1',
      ),
    ).toMatchObject([
      { market_id: 1, market_version: 1, market_state: { code: 'demo', recorded_at_migration: true } },
      { market_id: other, market_version: 1, market_state: { code: 'other', recorded_at_migration: true } },
    ]);
  });

  test('are also counted for tasks of the release before, and again after a rollback', async () => {
    const other = await migrateWithHistory();
    const [first, second] = [await writeAsBefore(1), await writeAsBefore(other)];
    expect(first).toBeGreaterThan(7);
    expect(second).toBeGreaterThan(first);
    expect((await numbers()).slice(-2)).toEqual([
      { version: first, market_id: 1, market_version: 4 },
      { version: second, market_id: other, market_version: 4 },
    ]);
    expect(await latest()).toMatchObject({ version: second });
    const service = openDatabase(database);
    expect((await service.write({ marketId: 1, kind: 'entry', author: 'test' }, async () => {})).version).toBe(5);
    expect(await setAside(service, 1, 'a gift', 'test')).toMatchObject({ version: 6 });
    await undoLast(service);
    const reached = (await latest()) as { version: number; lineage: string };
    expect(reached.version).toBeGreaterThanOrEqual(second + 3);
    await service.close();

    const connection = connectionOf(database);
    const down = migrations.slice(migrations.indexOf('0007_market_versions'));
    expect(await migrate({ connection, direction: 'down', count: down.length, log: silent })).toEqual(
      down.toReversed(),
    );
    expect(await latest()).toEqual(reached);
    expect(await writeAsBefore(other)).toBe(reached.version + 1);
    expect(await latest()).toEqual({ ...reached, version: reached.version + 1 });
    expect(await migrate({ connection, log: silent })).toEqual(down);
    expect((await numbers()).at(-1)).toEqual({ version: reached.version + 1, market_id: other, market_version: 5 });
  });

  async function undoLast(service: Database): Promise<void> {
    const [{ id }] = (await execute(database, 'SELECT max(id)::int AS id FROM revision')) as [{ id: number }];
    const plan = (await planUndo(service, id)) as Undo;
    await service.write({ ...plan, kind: 'undo', author: 'test' }, async (transaction) => {
      await compareForUndo(transaction.client, plan);
      await writeUndo(transaction, plan, () => {});
    });
  }
});

import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEmptyDatabase, silent, type TestDatabase } from '../../../test/database.ts';
import { eachAttribute, migrate, type Schema } from '../src/index.ts';
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
    is_default: true,
    is_synthetic: true,
    created_at: true,
    deleted_at: true,
    emptied_at: true,
  },
  data_version: { only_row: true, version: true, lineage: true },
  revision: {
    id: true,
    version: true,
    market_id: true,
    kind: true,
    author: true,
    note: true,
    undoes: true,
    sales_added: true,
    sales_retired: true,
    places_added: true,
    places_retired: true,
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
    details: true,
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
};

const files = await readdir(join(import.meta.dirname, '../migrations'));
const migrations = files.map((name) => name.replace('.sql', '')).sort();

let database: TestDatabase;
beforeEach(async () => {
  database = await createEmptyDatabase();
});
afterEach(() => database.drop());

async function tables(): Promise<string[]> {
  const rows = await execute<{ name: string }>(
    database,
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'migration' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

test('the tables and columns of a migrated database are those of the typed schema', async () => {
  await migrate({ connection: connectionOf(database), log: silent });
  const rows = await execute<{ table: keyof Schema; column: string }>(
    database,
    `SELECT table_name AS table, column_name AS column FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name <> 'migration'`,
  );
  const columns = new Set(rows.map(({ table, column }) => `${table}.${column}`));
  const typed = Object.entries(schema).flatMap(([table, names]) =>
    Object.keys(names).map((name) => `${table}.${name}`),
  );
  expect(columns).toEqual(new Set(typed));
});

test('eight migrators started together all succeed and migrate once', async () => {
  const connection = connectionOf(database);
  const ran = await Promise.all(Array.from({ length: 8 }, () => migrate({ connection, log: silent })));
  expect(ran.filter(({ length }) => length > 0)).toEqual([migrations]);
  expect(await execute(database, 'SELECT name FROM migration ORDER BY id')).toEqual(
    migrations.map((name) => ({ name })),
  );
  expect(await execute(database, 'SELECT version::int FROM data_version')).toEqual([{ version: 1 }]);
});

test('a database can be migrated up, down and up again', async () => {
  const connection = connectionOf(database);
  await migrate({ connection, log: silent });
  const migrated = await tables();
  expect(migrated).toEqual(Object.keys(schema).sort());
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

test('a deployment that goes back to the version before runs its migrator on the database as it is, and changes nothing', async () => {
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

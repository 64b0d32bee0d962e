/** Every row that an import accepts can be stored by PostgreSQL and by a replica, and both have the same values. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { defineQuestion, Replica } from '@property-insights/analytics';
import { saleColumns } from '@property-insights/database';
import fc from 'fast-check';
import Type from 'typebox';
import { beforeAll, expect, test } from 'vitest';
import '../../../test/property-tests.ts';
import { checkMapping } from '../src/mapping/mapping.ts';
import { completeRow, hostileRow, hostileRowMapping } from './hostile-rows.ts';
import { ImportBench, silent } from './import-bench.ts';

const bench = new ImportBench();
let replica: Replica;

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'stored-values-'));
  replica = await Replica.open({ directory, database: bench.database, log: silent });
  return async () => {
    replica.close();
    await rm(directory, { recursive: true });
  };
});

const mapping = checkMapping(hostileRowMapping);

/** SQL for both databases: the values of a sale, and its moment in seconds. */
const values = saleColumns
  .map(({ name, type }) => {
    if (type === 'timestamp with time zone') return `extract(epoch FROM ${name})::double precision AS ${name}`;
    return type === 'date' ? `${name}::varchar AS ${name}` : name;
  })
  .join(', ');

const everything = defineQuestion({
  name: 'everything',
  summary: 'Every sale',
  parameters: Type.Object({ market: Type.Optional(Type.String()) }),
  result: Type.Array(Type.Unknown()),
  ask: (db) => db.rows(`SELECT ${values} FROM sale ORDER BY id`),
});

async function inReplica(): Promise<Record<string, unknown>[]> {
  const { body } = await replica.answer(everything, { market: 'nsw' }, { address: '' });
  return JSON.parse(body.toString());
}

async function inPostgres(): Promise<Record<string, unknown>[]> {
  const rows = await bench.query(
    `SELECT ${values.replace('details', 'details::text')} FROM sale WHERE market_id = $1 AND retired_by IS NULL ORDER BY id`,
    [bench.marketId],
  );
  return JSON.parse(JSON.stringify(rows));
}

/** The reasons that replicas derive. */
const derived = ['shared dealing', 'nominal price', 'contract date before 1900', 'contract date after issue'];

/** Without the reasons that replicas derive, and with the precision of the column. */
function comparable(sales: Record<string, unknown>[]): Record<string, unknown>[] {
  return sales.map(({ non_standard, bathrooms, ...sale }) => ({
    ...sale,
    non_standard: derived.includes(non_standard as string) ? null : non_standard,
    bathrooms: typeof bathrooms === 'number' ? Math.fround(bathrooms) : bathrooms,
  }));
}

async function importRows(rows: object[]) {
  const file = await bench.file('rows.jsonl', rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return bench.import([file], { mapping, maxRejects: 1 });
}

test('PostgreSQL and a replica store the same values of hostile rows', { timeout: 60_000 }, async () => {
  let accepted = 0;
  // Few rows are bound to a statement of DuckDB; many are read from a file.
  const rows = fc.oneof(
    fc.array(hostileRow, { minLength: 1, maxLength: 3 }),
    fc.array(hostileRow, { minLength: 60, maxLength: 80 }),
  );
  await fc.assert(
    fc.asyncProperty(rows, async (rows) => {
      // The first row names the columns.
      const report = await importRows([completeRow, ...rows]);
      expect(report).toMatchObject({ state: 'finished', error: null });
      accepted += report.accepted + report.superseding;
      expect(comparable(await inReplica())).toEqual(comparable(await inPostgres()));
    }),
    { numRuns: 20, endOnFailure: true },
  );
  expect(accepted).toBeGreaterThan(300);
});

test('a Parquet file with an address of 3 MB has a reject that states the limit', async () => {
  const file = await bench.file('long.parquet', '');
  const duckdb = await DuckDBInstance.create();
  const connection = await duckdb.connect();
  await connection.run(`COPY (
    SELECT DATE '2024-01-31' AS contract_date, 500000 + i AS price, CASE i WHEN 7 THEN repeat('a', 3000000) ELSE i || ' King St' END AS address
    FROM range(20) AS row (i)
  ) TO '${file.path}' (FORMAT parquet)`);
  duckdb.closeSync();
  const before = (await inReplica()).length;
  const report = await bench.import([file]);
  expect(report).toMatchObject({ state: 'finished', accepted: 19, rejected: 1 });
  const [reject] = await bench.query('SELECT message, reason FROM reject WHERE import_id = $1', [report.id]);
  expect(reject).toEqual({
    reason: 'value too long',
    message: 'row 8: the row has 3000016 characters; the maximum is 65536',
  });
  expect(await inReplica()).toHaveLength(before + 19);
});

import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { type Export, type Filters, InvalidQuestion, Overloaded, type Replica } from '../src/index.ts';
import * as reference from './reference.ts';
import { anySale, type SaleInput } from './sales.ts';
import { TestMarket, testMarket } from './test-market.ts';

const market = testMarket();
let replica: Replica;
let directory: string;

beforeAll(async () => {
  await market.write(fc.sample(anySale, { numRuns: 3000, seed: 5 }));
  directory = await market.directory();
  replica = await market.replica({ directory });
});

const staying = new AbortController().signal;
const files = async () => (await readdir(directory)).filter((name) => name.startsWith('export-'));

/** The rows of a file, as DuckDB reads it again. */
async function readBack(file: Export, format: 'csv' | 'parquet'): Promise<Record<string, unknown>[]> {
  const path = join(await market.directory(), `copy.${format}`);
  await writeFile(path, file.stream);
  const connection = await (await DuckDBInstance.create()).connect();
  const options = format === 'csv' ? ', all_varchar = true' : '';
  const reader = await connection.runAndReadAll(
    `SELECT * FROM read_${format}('${path}'${options}) ORDER BY id::BIGINT`,
  );
  return reader.getRowObjectsJson();
}

test.each<['csv' | 'parquet', Filters]>([
  ['csv', {}],
  ['parquet', { standard: 'all' }],
  ['parquet', { locality: ["o'connell"], price_min: 1_000_000 }],
  ['csv', { price_min: 5_000_001 }],
])('as %s has every sale that fits %j, and leaves no file behind', async (format, filters) => {
  const { selected } = reference.split(reference.inReplica(await market.sales()), filters);
  const file = await replica.export(format, { market: 'test', ...filters }, staying);
  expect(await files()).toEqual([]);
  const rows = await readBack(file, format);
  expect(rows.map(({ id, price, locality }) => [Number(id), Number(price), locality])).toEqual(
    selected.sort((a, b) => a.id - b.id).map(({ id, price, locality }) => [id, price, locality]),
  );
});

test('marks texts that a spreadsheet would execute, unless they are wanted raw', async () => {
  const own = await TestMarket.create();
  const [sale] = fc.sample(anySale, { numRuns: 1, seed: 5 });
  const texts = {
    address: '=HYPERLINK("x")',
    street: '-House',
    locality: '@SUM(1+1)',
    region: "'=1",
    type: '＝1',
    postcode: '0800',
  };
  await own.write([{ ...(sale as SaleInput), ...texts, latitude: -33, non_standard: '+1' }]);
  const replica = await own.replica();
  const rows = async (format: 'csv' | 'raw-csv') => {
    const file = await replica.export(format, { market: 'test', standard: 'all' }, staying);
    return readBack(file, 'csv');
  };
  const marked = {
    address: '\'=HYPERLINK("x")',
    street: "'-House",
    locality: "'@SUM(1+1)",
    region: "''=1",
    type: "'＝1",
    postcode: '0800',
  };
  expect(await rows('csv')).toMatchObject([{ ...marked, latitude: '-33.0', non_standard: "'+1" }]);
  expect(await rows('raw-csv')).toMatchObject([{ ...texts, latitude: '-33.0', non_standard: '+1' }]);
});

test('states its length', async () => {
  const file = await replica.export('csv', { market: 'test' }, staying);
  expect(Buffer.byteLength(await text(file.stream))).toBe(file.bytes);
});

test('leaves no file behind when it is refused or cancelled', async () => {
  await expect(replica.export('csv', { market: 'test', locality: ['Nowhere'] }, staying)).rejects.toThrow(
    InvalidQuestion,
  );
  await expect(replica.export('csv', { market: 'test', limit: 5 } as Filters, staying)).rejects.toThrow(
    InvalidQuestion,
  );
  await expect(replica.export('csv', { market: 'test' }, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  expect(await files()).toEqual([]);
});

test('a client that does not read its export in time loses it', async () => {
  const impatient = await market.replica({ exportLimits: { readTimeout: 50 } });
  const file = await impatient.export('csv', { market: 'test' }, staying);
  await expect(once(file.stream, 'end')).rejects.toThrow(/aborted|timeout/);
});

test('exports that are not read take a bounded part of the disk, and a caller a part of that', async () => {
  const { bytes } = await replica.export('csv', { market: 'test' }, staying);
  const bounded = await market.replica({ exportLimits: { maxBytes: 3 * bytes, maxBytesOfCaller: 2 * bytes } });
  const exportFor = (caller: string) =>
    bounded.export('csv', { market: 'test' }, staying, undefined, bounded.budgets.of(caller));
  const [first] = await Promise.all([exportFor('a'), exportFor('a')]);
  await expect(exportFor('a')).rejects.toThrow(Overloaded);
  await exportFor('b');
  await expect(exportFor('c')).rejects.toThrow(Overloaded);
  await text(first.stream);
  await exportFor('c');
});

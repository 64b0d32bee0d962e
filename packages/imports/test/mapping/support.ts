/** Tables as the tests of this folder make and read them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Batch } from '../../src/formats/format.ts';
import type { Mapping } from '../../src/mapping/mapping.ts';
import { openTable } from '../../src/mapping/open.ts';
import type { MarketTerms, Resolution } from '../../src/mapping/resolution.ts';
import { saleReader } from '../../src/mapping/sales.ts';
import { oneSaleEach } from '../../src/mapping/transactions.ts';

export interface Read extends Batch {
  kind: string;
  resolution: Resolution;
}

/** Reads a table to its end, in pieces, as its resolved mapping says. Throws `FileError`. */
export async function readTable(
  content: string | Buffer,
  given?: Mapping,
  remembered?: Mapping,
  market?: MarketTerms,
): Promise<Read> {
  const bytes = Buffer.from(content as string);
  async function* pieces() {
    for (let i = 0; i < bytes.length; i += 1000) yield bytes.subarray(i, i + 1000);
  }
  const { table, resolution } = await openTable(pieces(), {
    given,
    remembered: async () => remembered,
    market,
    directory: tmpdir(),
  });
  try {
    const read: Read = { kind: table.kind, resolution, sales: [], rejects: [] };
    const batches = table.read(saleReader(resolution.mapping, table.beginning.columns));
    for await (const { sales, rejects } of resolution.mapping.transaction ? oneSaleEach(batches) : batches) {
      read.sales.push(...sales);
      read.rejects.push(...rejects);
    }
    return read;
  } finally {
    await table.close();
  }
}

/** What is said of a member of the mapping. */
export function said({ resolution }: Pick<Read, 'resolution'>, member: string): string {
  return resolution.evidence
    .filter((evidence) => evidence.member === member)
    .map(({ text }) => text)
    .join('; ');
}

/** A Parquet file of the rows of a query, written by DuckDB. */
export async function parquet(query: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'parquet-test-'));
  const path = join(folder, 'written.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
    return await readFile(path);
  } finally {
    instance.closeSync();
    await rm(folder, { recursive: true });
  }
}

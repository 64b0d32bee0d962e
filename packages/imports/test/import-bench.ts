import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Database, planUndo, type Undo } from '@property-insights/database';
import type pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { testDatabase } from '../../../test/database.ts';
import type { ImportFile } from '../src/index.ts';
import { type ImportOptions, runImport } from '../src/jobs/import.ts';
import type { JobReport } from '../src/jobs/job-record.ts';
import { insertUndo } from '../src/jobs/job-table.ts';
import { runUndo } from '../src/jobs/undo.ts';

export const silent = pino({ level: 'silent' });

/** A database with one empty market to import into. It exists during the tests of its file or `describe` block. */
export class ImportBench {
  readonly #server = testDatabase();
  directory = '';
  marketId = 0;
  #markets = 0;

  constructor() {
    beforeAll(async () => {
      this.directory = await mkdtemp(join(tmpdir(), 'imports-test-'));
      this.marketId = await this.addMarket('nsw');
    });
    afterAll(() => rm(this.directory, { recursive: true }));
  }

  get database(): Database {
    return this.#server.database;
  }

  async addMarket(code = `market-${++this.#markets}`): Promise<number> {
    const { id } = await this.database.kysely
      .insertInto('market')
      .values({ code, name: code, currency: 'AUD' })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  async file(name: string, content: string | Buffer): Promise<ImportFile> {
    const path = join(this.directory, randomUUID());
    await writeFile(path, content);
    return { name: basename(name), path };
  }

  /** The row that an upload makes. */
  async receive(files: ImportFile[], marketId = this.marketId): Promise<string> {
    const sizes = await Promise.all(files.map(async ({ path }) => (await stat(path)).size));
    const { id } = await this.database.kysely
      .insertInto('import')
      .values({ market_id: marketId, author: 'test', bytes_total: sizes.reduce((sum, size) => sum + size, 0) })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }

  async import(
    files: ImportFile[],
    {
      marketId = this.marketId,
      signal = new AbortController().signal,
      ...options
    }: Partial<Pick<ImportOptions, 'marketId' | 'signal' | 'format' | 'mapping' | 'edition' | 'maxRejects'>> = {},
  ): Promise<JobReport & { id: string }> {
    const id = await this.receive(files, marketId);
    const { database } = this;
    const report = await runImport({
      database,
      importId: id,
      files,
      marketId,
      author: 'test',
      signal,
      log: silent,
      ...options,
    });
    return { ...report, id };
  }

  /** Undoes a revision. */
  async undo(revision: number): Promise<JobReport> {
    const { database } = this;
    const undo = (await planUndo(database, revision)) as Undo;
    const importId = randomUUID();
    await insertUndo(database, { id: importId, ...undo, author: 'test' });
    return runUndo({ undo, author: 'test', database, importId, signal: new AbortController().signal, log: silent });
  }

  async query<T extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> {
    return this.database.read(async (client) => (await client.query<T>(text, values)).rows);
  }
}

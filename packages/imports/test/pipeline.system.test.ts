import { readdir, readFile } from 'node:fs/promises';
import { constants, getPriority } from 'node:os';
import { Abandoned } from '@property-insights/database';
import { beforeEach, describe, expect, test } from 'vitest';
import { countRevisions } from '../../../test/database.ts';
import { runImport } from '../src/jobs/import.ts';
import { runImportInThread } from '../src/jobs/import-thread.ts';
import { ImportError, runJob } from '../src/jobs/job.ts';
import { failInterruptedJobs } from '../src/jobs/job-table.ts';
import { countMissing } from '../src/merge.ts';
import { previewFiles } from '../src/preview.ts';
import { syntheticMarket } from '../src/synthetic.ts';
import { storedZip } from './helpers.ts';
import { ImportBench, silent } from './import-bench.ts';

const bench = new ImportBench();
beforeEach(async () => {
  bench.marketId = await bench.addMarket();
});

const header = 'sale_key,issued_at,contract_date,price,address';
const csv = (...lines: string[]) => bench.file('sales.csv', `${[header, ...lines].join('\n')}\n`);
const early = '2025-01-01T00:00:00Z';
const late = '2025-02-01T00:00:00Z';

const inForce = () =>
  bench.query(`SELECT sale.key, price FROM sale WHERE market_id = $1 AND retired_by IS NULL ORDER BY sale.key`, [
    bench.marketId,
  ]);
const importRow = async (id: string) => (await bench.query('SELECT * FROM import WHERE id = $1', [id]))[0];

describe('each row ends as one of', () => {
  test('accepted, and its property is made', async () => {
    const report = await bench.import([await csv(`a,,2025-01-05,100,1 King St`, `b,,2025-01-06,200,"King\tSt \\N"`)]);
    expect(report).toMatchObject({ state: 'finished', changed: true, rows_read: 2, accepted: 2 });
    expect(
      await bench.query(
        `SELECT sale.key, contract_date, price, address, fingerprint IS NOT NULL AS known, property.key AS property
         FROM sale JOIN property ON property.id = property_id WHERE sale.market_id = $1 ORDER BY sale.key`,
        [bench.marketId],
      ),
    ).toEqual([
      { key: 'a', contract_date: '2025-01-05', price: 100, address: '1 King St', known: true, property: '1 king st;' },
      {
        key: 'b',
        contract_date: '2025-01-06',
        price: 200,
        address: 'King\tSt \\N',
        known: true,
        property: 'king\tst \\n;',
      },
    ]);
  });

  test('duplicate, when it is repeated in the import', async () => {
    const line = 'a,,2025-01-05,100,1 King St';
    expect(await bench.import([await csv(line, line), await csv(line)])).toMatchObject({
      rows_read: 3,
      accepted: 1,
      duplicate: 2,
    });
  });

  test('duplicate, when the market has it: then nothing changes', async () => {
    const line = 'a,,2025-01-05,100,1 King St';
    await bench.import([await csv(line)]);
    const before = await countRevisions(bench.database);
    expect(await bench.import([await csv(line)])).toMatchObject({ changed: false, accepted: 0, duplicate: 1 });
    expect(await countRevisions(bench.database)).toEqual(before);
  });

  test('superseding, when it replaces one in force, which is retired by the same revision', async () => {
    await bench.import([await csv(`a,${early},2025-01-05,100,1 King St`, 'b,,2025-01-06,5,2 King St')]);
    const report = await bench.import([await csv(`a,${late},2025-01-05,110,1 King St`)]);
    expect(report).toMatchObject({ accepted: 0, superseding: 1, changed: true });
    expect(await inForce()).toEqual([
      { key: 'a', price: 110 },
      { key: 'b', price: 5 },
    ]);
    expect(
      await bench.query(
        `SELECT old.price, old.retired_by = new.added_by AS together, sales_added, sales_retired
         FROM sale AS old JOIN sale AS new USING (market_id, key) JOIN revision ON revision.id = new.added_by
         WHERE old.market_id = $1 AND old.retired_by IS NOT NULL AND new.retired_by IS NULL`,
        [bench.marketId],
      ),
    ).toEqual([{ price: 100, together: true, sales_added: 1, sales_retired: 1 }]);
  });

  test('superseded, when one in force was issued later', async () => {
    await bench.import([await csv(`a,${late},2025-01-05,110,1 King St`)]);
    expect(await bench.import([await csv(`a,${early},2025-01-05,100,1 King St`)])).toMatchObject({
      superseded: 1,
      changed: false,
    });
    expect(await inForce()).toEqual([{ key: 'a', price: 110 }]);
  });

  test('superseded, when another row of the import was issued later, or at the same time and is below it', async () => {
    const report = await bench.import([
      await csv(
        `a,${late},2025-01-05,3,x`,
        `a,${early},2025-01-05,1,x`,
        'b,,2025-01-05,1,y',
        'b,,2025-01-05,2,y',
        'b,,2025-01-05,1,z',
      ),
    ]);
    expect(report).toMatchObject({ rows_read: 5, accepted: 2, superseded: 3, duplicate: 0 });
    expect(await inForce()).toEqual([
      { key: 'a', price: 3 },
      { key: 'b', price: 1 },
    ]);
  });

  test('rejected, with its file, line, text and a sentence', async () => {
    const good = Array.from({ length: 19 }, (_, i) => `k${i},,2025-01-05,100,${i} King St`);
    const file = await csv(...good, 'bad,,2025-01-05,1.2m,1 King\0 St');
    const report = await bench.import([file]);
    expect(report).toMatchObject({ state: 'finished', rows_read: 20, accepted: 19, rejected: 1 });
    expect(await bench.query('SELECT * FROM reject WHERE import_id = $1', [report.id])).toEqual([
      {
        import_id: report.id,
        number: 1,
        file: 'sales.csv',
        line: 21,
        content: 'bad,,2025-01-05,1.2m,1 King\uFFFD St',
        reason: 'unreadable text',
        message: 'line 21: the line contains a NUL character',
        format: 'property-insights',
        header,
      },
    ]);
  });

  test('the numbers add up to the rows read', async () => {
    await bench.import([await csv(`a,${early},2025-01-05,1,x`, `b,${late},2025-01-05,2,y`, 'c,,2025-01-05,3,z')]);
    const rows = Array.from({ length: 30 }, (_, i) => `n${i},,2025-01-05,1,x`);
    const report = await bench.import([
      await csv(...rows, ...rows.slice(0, 3), 'n4,,2025-01-05,9,x', 'c,,2025-01-05,3,z', 'bad,,no,1,x'),
      await csv(`a,${late},2025-01-05,5,x`, `b,${early},2025-01-05,5,y`),
    ]);
    expect(report).toMatchObject({
      rows_read: 38,
      accepted: 30,
      duplicate: 4,
      superseding: 1,
      superseded: 2,
      deleted: 0,
      rejected: 1,
    });
  });
});

describe('the share of rows that may be rejected', () => {
  const half = () => csv('a,,2025-01-05,1,x', 'b,,2025-01-05,1.2m,y');

  test('can be chosen', async () => {
    expect(await bench.import([await half()], { maxRejects: 0.5 })).toMatchObject({
      state: 'finished',
      accepted: 1,
      rejected: 1,
    });
  });

  test('may be none', async () => {
    const good = Array.from({ length: 99 }, (_, i) => `k${i},,2025-01-05,100,${i} King St`);
    expect(await bench.import([await csv(...good, 'b,,2025-01-05,1.2m,y')], { maxRejects: 0 })).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('1 of 100 rows (1.0 %) could not be understood, more than the 0 % with which'),
    });
  });

  test('may be all', async () => {
    expect(await bench.import([await csv('b,,2025-01-05,1.2m,y')], { maxRejects: 1 })).toMatchObject({
      state: 'finished',
      rejected: 1,
      changed: false,
    });
  });
});

describe('a format that is given', () => {
  test('is what every file is read as, whatever else it looks like', async () => {
    const file = await bench.file(
      'x.zip',
      storedZip({ 'readme.txt': 'hello', 'x.csv': `${header}\na,,2025-01-05,1,x\n` }),
    );
    expect(await bench.import([file], { format: 'property-insights' })).toMatchObject({ accepted: 1 });
  });

  test.each([
    ['nsw-psi', /^sales\.csv: line 1 is not between a header record/],
    ['uk-price-paid', /^sales\.csv: the header lacks "transactionuniqueidentifier" and /],
    ['nyc-rolling-sales', /^sales\.csv: the file has no header of this format\.$/],
    ['elsewhere', /^There is no format "elsewhere"/],
  ])('%s fails with a sentence where the file is not of it', async (format, error) => {
    expect(await bench.import([await csv('a,,2025-01-05,1,x')], { format })).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(error),
    });
  });
});

test('a header is stored once for the rejects below it', async () => {
  const files = [await csv('a,,no,1,x', 'b,,no,1,y'), await csv('c,,no,1,z')];
  files.push(await bench.file('other.csv', 'contract_date,price,address\nno,1,x\n'));
  const { id } = await bench.import(files, { maxRejects: 1 });
  expect(await bench.query('SELECT number, header FROM reject WHERE import_id = $1 ORDER BY number', [id])).toEqual([
    { number: 1, header },
    { number: 2, header: null },
    { number: 3, header: null },
    { number: 4, header: 'contract_date,price,address' },
  ]);
});

describe('nothing is written', () => {
  const waitsForMarket = async () => {
    const waiting = `SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database AND datname = current_database()
      WHERE NOT granted AND locktype = 'advisory'`;
    return (await bench.query(waiting)).length > 0;
  };
  const nothing = async (id: string) => {
    expect(await inForce()).toEqual([]);
    expect(await bench.query('SELECT 1 FROM property WHERE market_id = $1', [bench.marketId])).toEqual([]);
    expect((await importRow(id))?.revision_id).toBeNull();
  };

  test('when more than a tenth of the rows is rejected, and the import says why', async () => {
    const good = Array.from({ length: 8 }, (_, i) => `k${i},,2025-01-05,100,${i} King St`);
    const report = await bench.import([await csv(...good, 'bad,,2025-01-05,1.2m,x')]);
    const error =
      '1 of 9 rows (11.1 %) could not be understood, more than the 10 % with which an import goes ahead, so nothing was written. ' +
      'The first: sales.csv, line 10: price "1.2m" is not a whole number without signs or separators.';
    expect(report).toMatchObject({ state: 'failed', changed: false, accepted: 0, rejected: 1, error });
    expect(await importRow(report.id)).toMatchObject({ state: 'failed', error, rejected: 1, stage: null });
    expect(await bench.query('SELECT line FROM reject WHERE import_id = $1', [report.id])).toEqual([{ line: 10 }]);
    await nothing(report.id);
  });

  test.each([
    ['a file of no known format', 'x.png', Buffer.from('\x89PNG\r\n\x1a\n'), /^x\.png has no supported format; /],
    ['an empty file', 'x.csv', '', /^x\.csv is empty\.$/],
    [
      'a file whose trailer is missing',
      'x.DAT',
      'A;RTSALEDATA;001;20240101 01:07;VALNET;\n',
      /^x\.DAT: the trailer record \(Z\) of the header on line 1 is missing/,
    ],
    [
      'a zip cut short',
      'x.zip',
      storedZip({ 'a.csv': `${header}\n` }).subarray(0, 60),
      /^x\.zip: it is damaged or incomplete/,
    ],
    ['a zip with nothing for us', 'x.zip', storedZip({ 'licence.txt': 'free' }), /^x\.zip contains no sales file\.$/],
    [
      'a zip with a path that leads out of it',
      'x.zip',
      storedZip({ '../../x.csv': `${header}\n` }),
      /^x\.zip: a file in it has a path outside of it \(invalid relative path: \.\.\/\.\.\/x\.csv\)/,
    ],
    [
      'a zip with a file of unknown format',
      'x.zip',
      storedZip({ 'a/sales.csv': 'Date,Id\n' }),
      /^x\.zip\/a\/sales\.csv has no supported format/,
    ],
  ])('for %s, whatever else there is', async (_, name, content, error) => {
    const report = await bench.import([await csv('a,,2025-01-05,100,1 King St'), await bench.file(name, content)]);
    expect(report).toMatchObject({ state: 'failed', changed: false, error: expect.stringMatching(error) });
    await nothing(report.id);
  });

  test('when it is cancelled while reading', async () => {
    const cancelled = new AbortController();
    const file = await bench.file('big.csv', [...syntheticMarket({ sales: 50_000 })].join(''));
    const importing = bench.import([file], { signal: cancelled.signal });
    setTimeout(() => cancelled.abort(), 300);
    const report = await importing;
    expect(report).toMatchObject({ state: 'cancelled', changed: false, error: null });
    expect(report.rows_read).toBeLessThan(50_000);
    expect(await importRow(report.id)).toMatchObject({ state: 'cancelled', stage: null });
    await nothing(report.id);
  });

  test('when it is cancelled while the database is busy with it', async () => {
    // Another import holds the market, so that this one waits in the middle of a statement.
    const cancelled = new AbortController();
    let report: Awaited<ReturnType<typeof bench.import>> | undefined;
    await bench.database.read(async (client) => {
      await client.query('SELECT pg_advisory_xact_lock(1, $1)', [bench.marketId]);
      const importing = bench.import([await csv('a,,2025-01-05,100,1 King St')], { signal: cancelled.signal });
      await until(waitsForMarket);
      cancelled.abort();
      report = await importing;
    });
    expect(report).toMatchObject({ state: 'cancelled', changed: false });
    await nothing(report?.id as string);
  });

  test('when it is cancelled while writing', async () => {
    const cancelled = new AbortController();
    let report: Awaited<ReturnType<typeof bench.import>> | undefined;
    const entry = { marketId: bench.marketId, kind: 'entry', author: 'test' } as const;
    const entering = bench.database.write(entry, async ({ client, abandon }) => {
      // The import waits to learn whether this property will be there.
      await client.query(`INSERT INTO property (market_id, key) VALUES ($1, '2 king st;')`, [bench.marketId]);
      const lines = ['a,,2025-01-05,100,1 King St', 'b,,2025-01-05,200,2 King St'];
      const importing = bench.import([await csv(...lines)], { signal: cancelled.signal });
      await until(
        async () =>
          (
            await bench.query(
              `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO property%'`,
            )
          )[0],
      );
      cancelled.abort();
      report = await importing;
      abandon();
    });
    await expect(entering).rejects.toThrow(Abandoned);
    expect(report).toMatchObject({ state: 'cancelled', changed: false, accepted: 0, error: null });
    await nothing(report?.id as string);
  });

  describe('when its market is deleted', () => {
    const market = () => bench.database.kysely.updateTable('market').where('id', '=', bench.marketId);
    const remove = () => market().set({ deleted_at: new Date() }).execute();
    const error = 'The market was deleted before the import had ended, so nothing was written.';

    test('before it begins: then nothing is read', async () => {
      const file = await csv('a,,2025-01-05,100,1 King St', 'a,,2025-01-05,1.2m,1 King St');
      await remove();
      const report = await bench.import([file]);
      expect(report).toMatchObject({ state: 'failed', changed: false, rows_read: 0, rejected: 0, error });
      await nothing(report.id);
    });

    test('before its turn to write has come', async () => {
      const file = await csv('a,,2025-01-05,100,1 King St');
      const { importing } = await bench.database.read(async (client) => {
        await client.query('SELECT pg_advisory_xact_lock(1, $1)', [bench.marketId]);
        const importing = bench.import([file]);
        await until(waitsForMarket);
        await remove();
        return { importing };
      });
      const report = await importing;
      expect(report).toMatchObject({ state: 'failed', changed: false, rows_read: 1, accepted: 0, error });
      await nothing(report.id);
    });
  });

  test('when the files have no row beside the header: there is nothing to write', async () => {
    const before = await countRevisions(bench.database);
    const report = await bench.import([await csv()]);
    expect(report).toMatchObject({ state: 'finished', changed: false, rows_read: 0, rejected: 0, error: null });
    expect(await countRevisions(bench.database)).toEqual(before);
    await nothing(report.id);
  });

  test('when another task has marked it as cancelled', async () => {
    const file = await bench.file('big.csv', [...syntheticMarket({ sales: 20_000 })].join(''));
    const id = await bench.receive([file]);
    const { database, marketId } = bench;
    const signal = new AbortController().signal;
    const running = runImport({ database, importId: id, files: [file], marketId, author: 'test', signal, log: silent });
    await until(async () => (await importRow(id))?.state === 'running');
    await database.kysely.updateTable('import').set({ state: 'cancelled' }).where('id', '=', id).execute();
    expect(await running).toMatchObject({ state: 'cancelled', changed: false });
    await nothing(id);
  });
});

test('a zip is read through its folders, and the licence beside the sales is passed over', async () => {
  const zip = await bench.file(
    'all.zip',
    storedZip({
      'creative_commons.txt': 'CC BY',
      '2025/': '',
      '2025/a.csv': `${header}\na,,2025-01-05,1,x\n`,
      '2025/b.csv': `${header}\nb,,2025-01-05,2,y\n`,
    }),
  );
  expect(await bench.import([zip])).toMatchObject({ state: 'finished', accepted: 2 });
});

test('two imports of the same file at the same time bring its sales once', async () => {
  const file = await bench.file('big.csv', [...syntheticMarket({ sales: 5_000 })].join(''));
  const reports = await Promise.all([bench.import([file]), bench.import([file])]);
  expect(reports.map(({ accepted, duplicate, changed }) => ({ accepted, duplicate, changed }))).toEqual(
    expect.arrayContaining([
      { accepted: 5_000, duplicate: 0, changed: true },
      { accepted: 0, duplicate: 5_000, changed: false },
    ]),
  );
  expect(await inForce()).toHaveLength(5_000);
});

test('two files that correct each other leave the later issue, in whichever order they come', async () => {
  const first = await csv(`a,${early},2025-01-05,1,x`, `b,${late},2025-01-05,4,y`);
  const second = await csv(`a,${late},2025-01-05,2,x`, `b,${early},2025-01-05,3,y`);
  await Promise.all([bench.import([first]), bench.import([second])]);
  expect(await inForce()).toEqual([
    { key: 'a', price: 2 },
    { key: 'b', price: 4 },
  ]);
});

test('an import whose database has no disk space left states so', async () => {
  const importId = await bench.receive([]);
  const { database, marketId } = bench;
  const job = { database, importId, signal: new AbortController().signal, log: silent };
  const revision = { marketId, kind: 'import', author: 'test' } as const;
  const report = await runJob(job, revision, 'reading', async ({ client }) => {
    await client.query('DO $$ BEGIN RAISE disk_full; END $$');
  });
  const error =
    'The database has no disk space left for the import, so nothing was written. When it has more, import again.';
  expect(report).toMatchObject({ state: 'failed', error });
});

describe('an import that nobody works on any more', () => {
  test('is marked as failed, and one that is worked on is left alone', async () => {
    const dead = await bench.receive([]);
    await bench.database.kysely.updateTable('import').set({ state: 'running' }).where('id', '=', dead).execute();
    const file = await bench.file('big.csv', [...syntheticMarket({ sales: 20_000 })].join(''));
    const alive = await bench.receive([file]);
    const { database, marketId } = bench;
    const signal = new AbortController().signal;
    const running = runImport({
      database,
      importId: alive,
      files: [file],
      marketId,
      author: 'test',
      signal,
      log: silent,
    });
    await until(async () => (await importRow(alive))?.state === 'running');
    await failInterruptedJobs(database);
    expect(await importRow(dead)).toMatchObject({
      state: 'failed',
      error: 'The import was interrupted, so nothing was written. Import again.',
    });
    expect(await running).toMatchObject({ state: 'finished', accepted: 20_000 });
    expect(await importRow(alive)).toMatchObject({ state: 'finished', accepted: 20_000 });
  });

  test('is not one whose failure is about to be recorded', async () => {
    const importId = await bench.receive([]);
    const { database, marketId } = bench;
    const job = { database, importId, signal: new AbortController().signal, log: silent };
    const revision = { marketId, kind: 'import', author: 'test' } as const;
    const report = await runJob(job, revision, 'reading', async ({ client }) => {
      await expect(client.query('SELECT 1 / 0')).rejects.toThrow('division by zero');
      await failInterruptedJobs(database);
      expect(await importRow(importId)).toMatchObject({ state: 'running', error: null });
      throw new ImportError('The file is damaged.');
    });
    expect(report).toMatchObject({ state: 'failed', error: 'The file is damaged.' });
    expect(await importRow(importId)).toMatchObject({ state: 'failed', error: 'The file is damaged.' });
  });

  test('is left alone while it waits to be run', async () => {
    const waiting = await bench.receive([]);
    await failInterruptedJobs(bench.database);
    expect((await importRow(waiting))?.state).toBe('received');
  });
});

describe('in a thread of its own', () => {
  const start = async (content: string, signal = new AbortController().signal) => {
    const file = await bench.file('big.csv', content);
    const importId = await bench.receive([file]);
    const { database, marketId } = bench;
    return runImportInThread({ database, importId, files: [file], marketId, author: 'test', signal, log: silent });
  };

  test('an import ends as it does elsewhere, and leaves no connection', async () => {
    expect(await start(`${header}\na,,2025-01-05,1,x\n`)).toMatchObject({
      state: 'finished',
      accepted: 1,
      changed: true,
    });
    // The server takes a moment to end what was closed.
    const connections = `SELECT FROM pg_stat_activity WHERE application_name = 'import' AND datname = current_database()`;
    await expect.poll(() => bench.query(connections)).toEqual([]);
  });

  test.runIf(process.platform === 'linux')('an import lets the rest of the service go first', async () => {
    const niceOf = (stat: string) => Number(stat.slice(stat.lastIndexOf(')')).split(' ')[17]);
    const niceOfThreads = async () => {
      const threads = await readdir('/proc/self/task');
      return Promise.all(threads.map(async (id) => niceOf(await readFile(`/proc/self/task/${id}/stat`, 'utf8'))));
    };
    const usual = getPriority();
    const importing = start([...syntheticMarket({ sales: 20_000 })].join(''));
    await expect
      .poll(niceOfThreads, { interval: 5, timeout: 60_000 })
      .toContain(constants.priority.PRIORITY_BELOW_NORMAL);
    expect(getPriority()).toBe(usual);
    expect(await importing).toMatchObject({ state: 'finished', accepted: 20_000 });
  });

  test('an import can be cancelled', async () => {
    const cancelled = new AbortController();
    const importing = start([...syntheticMarket({ sales: 100_000 })].join(''), cancelled.signal);
    await until(
      async () => (await bench.query(`SELECT FROM import WHERE market_id = $1 AND rows_read > 0`, [bench.marketId]))[0],
    );
    cancelled.abort();
    expect(await importing).toMatchObject({ state: 'cancelled', changed: false });
    expect(await inForce()).toEqual([]);
  });

  test('an import whose thread dies has failed, and says so', async () => {
    const { database, marketId } = bench;
    const importId = await bench.receive([]);
    // The thread cannot even connect, while this one can.
    const lost = Object.create(database, { address: { value: { ...database.address, port: 'none' } } });
    const signal = new AbortController().signal;
    const report = await runImportInThread({
      database: lost,
      importId,
      files: [],
      marketId,
      author: 'test',
      signal,
      log: silent,
    });
    expect(report).toMatchObject({ state: 'failed', changed: false });
    expect((await importRow(importId))?.state).toBe('failed');
  });
});

/** Waits until the question is answered with something true; a minute at the most. */
async function until(question: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < 3_000; i++) {
    if (await question()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('It did not come about within a minute.');
}

describe('a complete edition', () => {
  const table = (...lines: string[]) => bench.file('table.csv', `Sold,Price,Address\n${lines.join('\n')}\n`);
  const edition = 'complete';

  test('retires the sales of its formats that it lacks, and nothing else', async () => {
    await bench.import([await csv('a,,2025-01-05,100,1 King St', 'b,,2025-01-06,200,2 King St')]);
    await bench.import([await table('2025-01-07,300,3 King St', '2025-01-08,400,4 King St')]);
    const report = await bench.import(
      [await csv('b,,2025-01-06,250,2 King St'), await csv('c,,2025-01-06,300,5 King St')],
      { edition },
    );
    expect(report).toMatchObject({ accepted: 1, superseding: 1, retired: 1, changed: true });
    expect((await inForce()).map(({ price }) => price).toSorted()).toEqual([250, 300, 300, 400]);
    expect(await importRow(report.id)).toMatchObject({ retired: 1, rows_read: 2 });
    const again = await bench.import([await csv('b,,2025-01-06,250,2 King St', 'c,,2025-01-06,300,5 King St')], {
      edition,
    });
    expect(again).toMatchObject({ changed: false, duplicate: 2, retired: 0 });
  });

  test('keeps sales that were entered by hand, or imported before formats were recorded', async () => {
    await bench.import([await csv('a,,2025-01-05,100,1 King St')]);
    await bench.database.write(
      { marketId: bench.marketId, kind: 'entry', author: 'test' },
      async ({ client, revisionId }) => {
        await client.query(
          `INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, price, address)
         SELECT market_id, property_id, 'entered', fingerprint, $1, 1, 'x' FROM sale WHERE market_id = $2`,
          [revisionId, bench.marketId],
        );
      },
    );
    expect(await bench.import([await csv('b,,2025-01-06,200,2 King St')], { edition })).toMatchObject({ retired: 1 });
    expect((await inForce()).map(({ key }) => key)).toEqual(['b', 'entered']);
  });

  test('that only retires is a change, and can be undone', async () => {
    await bench.import([await csv('a,,2025-01-05,100,1 King St', 'b,,2025-01-06,200,2 King St')]);
    const { id, ...report } = await bench.import([await csv('b,,2025-01-06,200,2 King St')], { edition });
    expect(report).toMatchObject({ changed: true, duplicate: 1, retired: 1 });
    const { revision_id: revision } = (await importRow(id)) as { revision_id: number };
    await bench.undo(revision);
    expect((await inForce()).map(({ key }) => key)).toEqual(['a', 'b']);
    // What the undo restored has its format.
    expect(await bench.import([await csv('b,,2025-01-06,200,2 King St')], { edition })).toMatchObject({ retired: 1 });
  });

  test('with a rejected row fails by default, because its sale would be retired', async () => {
    const lines = Array.from({ length: 20 }, (_, i) => `k${i},,2025-01-05,100,${i} King St`);
    await bench.import([await csv(...lines)]);
    const damaged = await csv(...lines.slice(1), 'k0,,2025-01-05,1.2m,0 King St');
    expect(await bench.import([damaged], { edition })).toMatchObject({ state: 'failed' });
    expect(await bench.import([damaged], { edition, maxRejects: 0.1 })).toMatchObject({ retired: 1, rejected: 1 });
  });

  test('without sales fails', async () => {
    await bench.import([await csv('a,,2025-01-05,100,1 King St')]);
    expect(await bench.import([await csv()], { edition })).toMatchObject({ state: 'failed', retired: 0 });
    expect(await inForce()).toHaveLength(1);
  });

  test('of two formats records both', async () => {
    await bench.import([await csv('a,,2025-01-05,100,1 King St'), await table('2025-01-07,300,3 King St')]);
    expect(
      await bench.query('SELECT format, price FROM sale WHERE market_id = $1 ORDER BY price', [bench.marketId]),
    ).toEqual([
      { format: 'property-insights', price: 100 },
      { format: expect.stringMatching(/^table:[0-9a-f]{12}$/), price: 300 },
    ]);
  });

  test('of a table keeps the sales of tables with other columns, and knows its own though columns were added', async () => {
    const other = await bench.file('other.csv', 'Date of sale,Amount,Address\n2025-02-01,500,9 Queen St\n');
    await bench.import([await table('2025-01-07,300,3 King St', '2025-01-08,400,4 King St'), other]);
    const wider = await bench.file('wider.csv', 'Sold,Price,Address,Agent\n2025-01-08,400,4 King St,Smith\n');
    const { stated } = await previewFiles({ files: [wider], edition });
    expect(await countMissing(bench.database, bench.marketId, stated as NonNullable<typeof stated>)).toBe(1);
    expect(await bench.import([wider], { edition })).toMatchObject({ retired: 1, rejected: 0 });
    expect((await inForce()).map(({ price }) => price).toSorted()).toEqual([400, 500]);
  });
});

test('rows that the mapping leaves out do not count for the limit of rejects', async () => {
  const rows = Array.from({ length: 20 }, (_, i) => `${i % 2 ? 'Sold' : 'Rent'},2024-01-31,${500_000 + i},${i} A St`);
  const file = await bench.file('x.csv', ['Status,Sold,Price,Address', ...rows].join('\n'));
  expect(await bench.import([file])).toMatchObject({ state: 'failed' });
  const mapping = { leave_out: [{ column: 'Status', words: ['rent'] }] };
  expect(await bench.import([file], { mapping })).toMatchObject({ state: 'finished', accepted: 10, rejected: 10 });
});

describe('the result states what is unlikely', () => {
  test.each([
    [
      'two sales that look alike',
      'Sold,Price,Address,Floor\n2024-01-31,500000,1 A St,3\n2024-01-31,500000,1 A St,4\n2024-01-31,510000,2 A St,1\n',
      '1 rows are other versions of earlier rows: they have the same sale_key, but other values, such as (1 A St, 2024-01-31, 500000, {"Floor": "3"}) and (1 A St, 2024-01-31, 500000, {"Floor": "4"}); only the last is kept. If they are different sales, assign the columns that distinguish them to sale_key.',
      { file: null, files: 1, note: { code: 'other_versions', rows: 1, of: null } },
    ],
    [
      'dates to come',
      'Sold,Price,Address\n2024-01-31,500000,1 A St\n2204-01-31,500000,2 A St\n',
      'x.csv: contract dates in the future, such as 2204-01-31: 1; these sales are not standard.',
      { file: 'x.csv', files: 1, note: { code: 'future_dates', sales: 1, example: '2204-01-31' } },
    ],
    [
      'errors of a spreadsheet',
      'Sold,Price,Address,Suburb\n2024-01-31,500000,1 A St,#REF!\n2024-01-31,500000,2 A St,X\n',
      'x.csv: 1 cells at the beginning are errors of a spreadsheet, such as #REF!; they are read as missing.',
      { file: 'x.csv', files: 1, note: { code: 'spreadsheet_errors', cells: 1, example: '#REF!' } },
    ],
  ])('%s', async (_, content, note, coded) => {
    const { id } = await bench.import([await bench.file('x.csv', content)]);
    expect(await importRow(id)).toMatchObject({ state: 'finished', notes: [note], coded_notes: [coded] });
  });

  test('nothing of an ordinary file', async () => {
    const { id } = await bench.import([await csv('a,,2025-01-05,100,1 King St')]);
    expect(await importRow(id)).toMatchObject({ notes: [] });
  });
});

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Database, fixedCredentials } from '@property-insights/database';
import { syntheticMarket } from '@property-insights/imports';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { tokens } from '../../../test/tokens.ts';
import { createAnalytical } from '../../analytical/src/app.ts';
import { ImportRunner } from '../../analytical/src/import-runner.ts';

const program = fileURLToPath(new URL('../src/import.ts', import.meta.url));
const log = pino({ level: 'silent' });

let testDatabase: TestDatabase;
let database: Database;
let directory: string;
let runner: ImportRunner;
let app: Awaited<ReturnType<typeof createAnalytical>>;
let url: string;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  directory = await mkdtemp(join(tmpdir(), 'command-line-test-'));
  database = new Database({
    ...testDatabase,
    credentials: fixedCredentials(testDatabase.analytical),
    applicationName: 'test',
    log,
  });
  runner = new ImportRunner({ directory: join(directory, 'uploads'), database, log });
  // Questions are not asked here, so there is no replica to answer them.
  app = await createAnalytical({ database, replica: new Promise(() => {}), runner, dashboard: directory, log });
  await app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await app.close();
  await runner.close();
  await database.close();
  await testDatabase.drop();
  await rm(directory, { recursive: true });
});

interface Ended {
  code: number | null;
  output: string;
  errors: string;
}

/** Runs the command to its end. `onErrors` sees what it has written to standard error so far, and can end it. */
function command(args: string[], onErrors?: (text: string, interrupt: () => void) => void): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, '--url', url, ...args], {
      env: { ...process.env, PROPERTY_INSIGHTS_TOKEN: tokens.admin },
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
      onErrors?.(errors, () => child.kill('SIGINT'));
    });
    child.on('close', (code) => resolve({ code, output, errors }));
  });
}

async function salesIn(market: string): Promise<number> {
  const { sales } = await database.kysely
    .selectFrom('sale')
    .innerJoin('market', 'market.id', 'sale.market_id')
    .select((expression) => expression.fn.countAll<number>().as('sales'))
    .where('market.code', '=', market)
    .where('retired_by', 'is', null)
    .executeTakeFirstOrThrow();
  return sales;
}

const header = 'contract_date,price,address';

test('a folder of files goes into a market that is made for it, as one import, and again changes nothing', async () => {
  const folder = join(directory, 'sales');
  await mkdir(join(folder, 'inner'), { recursive: true });
  await writeFile(
    join(folder, 'a.csv'),
    `${header}\n${Array.from({ length: 20 }, (_, i) => `2025-01-05,100,${i} King St`).join('\n')}\n`,
  );
  await writeFile(join(folder, 'inner', 'b.CSV'), `${header}\n2025-01-06,1.2m,1 Bay Rd\n2025-01-06,200,2 Bay Rd\n`);
  await writeFile(join(folder, 'notes.txt'), 'not sales');
  const first = await command([folder, '--market', 'my', '--name', 'Mine', '--currency', 'NZD']);
  expect(first.code).toBe(0);
  expect(first.output).toMatch(
    /^Imported into the market "my" in \d+\.\d s\.\n\nread +22\naccepted +21\nduplicate +0\nsuperseding +0\nsuperseded +0\nrejected +1\n {2}bad price +1\n\nThe rejected rows: http:.*\/rejects\n$/,
  );
  expect(await salesIn('my')).toBe(21);
  const again = await command([folder, '--market', 'my']);
  expect(again.code).toBe(0);
  expect(again.output).toMatch(
    /^Nothing changed: the market "my" held all of it already\..*\n\nread +22\naccepted +0\nduplicate +21\n/,
  );
});

test('made-up sales go into a market that is said to be synthetic', async () => {
  const { code, output } = await command([
    '--synthetic',
    '--sales',
    '500',
    '--market',
    'made-up',
    '--name',
    'Made up',
    '--currency',
    'AUD',
  ]);
  expect(code).toBe(0);
  expect(output).toMatch(/accepted +500\n/);
  const market = await database.kysely
    .selectFrom('market')
    .selectAll()
    .where('code', '=', 'made-up')
    .executeTakeFirst();
  expect(market).toMatchObject({ name: 'Made up', currency: 'AUD', is_synthetic: true });
});

test('a file that cannot be read fails with the reason', async () => {
  const file = join(directory, 'x.png');
  await writeFile(file, '\x89PNG');
  const { code, output } = await command([file, '--market', 'demo']);
  expect(code).toBe(1);
  expect(output).toMatch(/^Failed after \d+\.\d s: x\.png is of no format that is known here: /);
});

test('Ctrl-C while it runs cancels the import, and nothing is written', async () => {
  const file = join(directory, 'big.csv');
  await writeFile(file, [...syntheticMarket({ sales: 100_000 })].join(''));
  let interrupted = false;
  const { code, output } = await command(
    [file, '--market', 'big', '--name', 'Big', '--currency', 'AUD'],
    (text, interrupt) => {
      // A second one would end the command at once.
      if (!interrupted && text.includes('reading')) {
        interrupted = true;
        interrupt();
      }
    },
  );
  expect(output).toMatch(/^Cancelled after \d+\.\d s; nothing was written\./);
  expect(code).toBe(130);
  expect(await salesIn('big')).toBe(0);
});

test.each([
  [['x.csv'], 2, 'Name the market with --market, such as --market nsw.'],
  [['--market', 'demo'], 2, 'Give the files to import, or --synthetic for sales that are made up, but not both.'],
  [['nowhere.csv', '--market', 'demo'], 2, 'There is no file or folder "nowhere.csv".'],
  [['--market', 'demo', '--synthetic', '--sales', 'many'], 2, '--sales must be a whole number from 1 on, not "many".'],
  [['--market', 'demo', '--synthetic', '--currency', 'NZD'], 2, 'The market "demo" is in AUD, not NZD.'],
  [['--market', 'new', '--synthetic'], 2, 'There is no market "new" yet. To make it, give its --name and --currency'],
  [
    ['--market', 'demo', '--synthetic', '--url', 'http://127.0.0.1:59998'],
    1,
    'No answer from http://127.0.0.1:59998 (ECONNREFUSED).',
  ],
  [['--market', 'demo', '--colour'], 2, "Unknown option '--colour'"],
  [['--market', 'demo', '--synthetic', '--token', 'secret'], 2, 'The token must begin with pi_'],
  [['--market', 'demo', '--synthetic', '--token', `pi_${'x'.repeat(43)}`], 1, 'The token is not known here.'],
  [
    ['--market', 'new', '--name', 'New', '--currency', 'AUD', '--synthetic', '--token', tokens.write],
    1,
    'This needs a token with the scope "admin"; this one has "write".',
  ],
])('%j ends with %i and a sentence', async (args, code, sentence) => {
  const ended = await command(args);
  expect(ended.errors).toContain(sentence);
  expect(ended.code).toBe(code);
});

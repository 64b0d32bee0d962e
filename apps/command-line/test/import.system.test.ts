import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeAdminToken } from '@property-insights/admin-token';
import { JobQueue } from '@property-insights/imports';
import { syntheticMarket } from '@property-insights/imports/synthetic';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../../test/database.ts';
import { tokens } from '../../../test/tokens.ts';
import { createAnalytical } from '../../analytical/src/app.ts';
import { runImportCommand } from '../src/command.ts';

const program = fileURLToPath(new URL('../src/import.ts', import.meta.url));
const log = pino({ level: 'silent' });

const server = testDatabase();
let directory: string;
let jobs: JobQueue;
let app: Awaited<ReturnType<typeof createAnalytical>>;
let url: string;

beforeAll(async () => {
  const { database } = server;
  directory = await mkdtemp(join(tmpdir(), 'command-line-test-'));
  jobs = new JobQueue({ directory: join(directory, 'uploads'), database, log });
  // Questions are not asked here, so there is no replica to answer them.
  app = await createAnalytical({ database, replica: new Promise(() => {}), jobs, dashboard: directory, log });
  await app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  // The command leaves its connections open; a process would have closed them at its end.
  app.server.closeAllConnections();
  await app.close();
  await jobs.close();
  await rm(directory, { recursive: true });
});

interface Ended {
  code: number | null;
  output: string;
  errors: string;
}

const environment = { PROPERTY_INSIGHTS_TOKEN: tokens.admin };

/** Runs the command in this process. */
async function command(args: string[], given: NodeJS.ProcessEnv = environment): Promise<Ended> {
  const written = { output: '', errors: '' };
  const code = await runImportCommand(['--url', url, ...args], {
    environment: given,
    stdout: { write: (text) => (written.output += text) },
    stderr: { write: (text) => (written.errors += text) },
    signal: new AbortController().signal,
  });
  return { code, ...written };
}

/** Runs the command in a process of its own. `onErrors` receives what it has written to standard error so far. */
function commandProcess(args: string[], onErrors: (text: string, child: ChildProcess) => void): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, '--url', url, ...args], {
      env: { ...process.env, ...environment },
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      errors += chunk;
      onErrors(errors, child);
    });
    child.on('close', (code) => resolve({ code, output, errors }));
  });
}

async function salesIn(market: string): Promise<number> {
  const { sales } = await server.database.kysely
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
  expect(first.errors).toContain(`sales files do: ${join(folder, 'notes.txt')}.\n`);
  expect(first.output).toMatch(
    /^Imported into the market "my" in \d+\.\d s\.\n\nread +22\naccepted +21\nduplicate +0\nsuperseding +0\nsuperseded +0\nrejected +1\n {2}bad price +1\n\nThe rejected rows: http:.*\/rejects\n$/,
  );
  expect(await salesIn('my')).toBe(21);
  const again = await command([folder, '--market', 'my']);
  expect(again.code).toBe(0);
  expect(again.output).toMatch(
    /^Nothing changed: the market "my" already contained every sale\..*\n\nread +22\naccepted +0\nduplicate +21\n/,
  );
});

test('the token is that of the local system, in whatever data directory it is', async () => {
  const file = join(directory, 'one.csv');
  await writeFile(file, `${header}\n2025-01-05,100000,1 King St\n`);
  const args = [file, '--market', 'elsewhere', '--name', 'Elsewhere', '--currency', 'NZD'];
  const folder = join(directory, 'data');
  await mkdir(folder);
  await writeAdminToken(folder, url, tokens.admin);
  expect((await command(args, {})).errors).toContain('needs a token');
  expect(await command([...args, '--data-dir', folder], {})).toMatchObject({ code: 0 });
  expect(await salesIn('elsewhere')).toBe(1);
});

test('a table is previewed, then imported with a mapping that resolves its ambiguity', async () => {
  const file = join(directory, 'table.csv');
  await writeFile(file, 'Sold;Sale price;Address\n03/04/2025;$450,000;1 King St\n05/06/2025;$1,250,000;2 King St\n');
  const asked = await command([file, '--preview']);
  expect(asked.code).toBe(1);
  expect(asked.output).toContain('An import would fail: the order of day and month in "Sold" is ambiguous');
  const mapping = join(directory, 'mapping.json');
  await writeFile(mapping, '{"date_order": "dmy"}');
  const answered = await command([file, '--preview', '--mapping', mapping]);
  expect(answered.code).toBe(0);
  expect(answered.output).toMatch(
    /^table\.csv is read as table, by a mapping proposed from its columns and their values\.\n/,
  );
  expect(answered.output).toContain('"date_order": "dmy"');
  expect(answered.output).toMatch(
    /contract_date +price +address\n2025-04-03 +450000 +1 King St\n2025-06-05 +1250000 +2 King St\n/,
  );
  expect(await salesIn('tables')).toBe(0);
  const market = ['--market', 'tables', '--name', 'Tables', '--currency', 'AUD'];
  const imported = await command([file, '--mapping', mapping, ...market]);
  expect(imported.output).toMatch(/accepted +2\n/);
  expect(await salesIn('tables')).toBe(2);
});

test('synthetic sales go into a market that is marked as synthetic', async () => {
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
  const market = await server.database.kysely
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
  expect(output).toMatch(/^Failed after \d+\.\d s: x\.png has no supported format; /);
});

test('Ctrl-C cancels a running import, and nothing is written', async () => {
  const file = join(directory, 'big.csv');
  await writeFile(file, [...syntheticMarket({ sales: 100_000 })].join(''));
  let interrupted = false;
  const { code, output } = await commandProcess(
    [file, '--market', 'big', '--name', 'Big', '--currency', 'AUD'],
    (text, child) => {
      // A second one would end the command at once.
      if (!interrupted && text.includes('reading')) interrupted = child.kill('SIGINT');
    },
  );
  expect(output).toMatch(/^Cancelled after \d+\.\d s; nothing was written\./);
  expect(code).toBe(130);
  expect(await salesIn('big')).toBe(0);
});

test('follows an import by its events, and polls it if they are interrupted', async () => {
  const file = join(directory, 'followed.csv');
  await writeFile(file, `${header}\n2025-01-05,100,1 Heard St\n`);
  const asked: string[] = [];
  let breaksOff = false;
  const between = createServer((request, response) => {
    const { method, headers } = request;
    const path = request.url?.replace(/[0-9a-f-]{36}/, 'ID') ?? '';
    asked.push(path);
    request.pipe(
      httpRequest(url + request.url, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        if (breaksOff && path.endsWith('/events')) answer.once('data', () => response.destroy());
        else answer.pipe(response);
      }),
    );
  });
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = between.address() as AddressInfo;
    const args = [
      file,
      '--market',
      'followed',
      '--name',
      'F',
      '--currency',
      'AUD',
      '--url',
      `http://127.0.0.1:${port}`,
    ];
    expect((await command(args)).output).toMatch(/accepted +1\n/);
    expect(asked).not.toContain('/api/imports/ID');
    breaksOff = true;
    expect((await command(args)).output).toMatch(/duplicate +1\n/);
    expect(asked.filter((path) => path === '/api/imports/ID/events')).toHaveLength(2);
    expect(asked.at(-1)).toBe('/api/imports/ID');
  } finally {
    between.closeAllConnections();
    between.close();
  }
});

test('an import has a format and a maximum share of rejects', async () => {
  const file = join(directory, 'half-bad.csv');
  await writeFile(file, `${header}\n2025-01-06,1.2m,1 Half St\n2025-01-06,200,2 Half St\n`);
  const market = ['--market', 'half', '--name', 'Half', '--currency', 'AUD'];
  const otherwise = await command([file, ...market, '--format', 'nsw-psi']);
  expect(otherwise.output).toMatch(/^Failed after .* s: half-bad\.csv: line 1 is not between a header record/);
  const taken = await command([file, ...market, '--max-rejects', '0.5']);
  expect(taken.code).toBe(0);
  expect(taken.output).toMatch(/accepted +1\n/);
});

test.each([
  [['x.csv'], 2, 'Name the market with --market, such as --market nsw.'],
  [['--market', 'demo'], 2, 'Give either the files to import or --synthetic.'],
  [['nowhere.csv', '--market', 'demo'], 2, 'There is no file or folder "nowhere.csv".'],
  [
    ['--market', 'demo', '--synthetic', '--sales', 'many'],
    2,
    '--sales must be a whole number of at least 1, not "many".',
  ],
  [['--market', 'demo', '--synthetic', '--currency', 'NZD'], 2, 'The market "demo" is in AUD, not NZD.'],
  [['--market', 'new', '--synthetic'], 2, 'There is no market "new". To make it, add --name and --currency'],
  [
    ['--market', 'demo', '--synthetic', '--url', 'http://127.0.0.1:59998'],
    1,
    'No answer from http://127.0.0.1:59998 (ECONNREFUSED).',
  ],
  [
    ['--preview', '--synthetic'],
    2,
    '--preview, --mapping, --format and --edition require files; they cannot be used with --synthetic.',
  ],
  [['package.json', '--market', 'demo', '--format', 'xls'], 2, ', nsw-psi, property-insights, '],
  [
    ['package.json', '--market', 'demo', '--max-rejects', '10%'],
    2,
    '--max-rejects must be a share from 0 to 1, such as 0.25, not "10%".',
  ],
  [
    ['package.json', '--market', 'demo', '--mapping', 'nowhere.json'],
    2,
    'The mapping "nowhere.json" cannot be read (ENOENT).',
  ],
  [['--market', 'demo', '--colour'], 2, "Unknown option '--colour'"],
  [['--market', 'demo', '--synthetic', '--token', 'secret'], 2, 'The token must begin with pi_'],
  [['--market', 'demo', '--synthetic', '--token', `pi_${'x'.repeat(43)}`], 1, 'The token is unknown.'],
  [
    ['--market', 'new', '--name', 'New', '--currency', 'AUD', '--synthetic', '--token', tokens.write],
    1,
    'This request needs a token with the scope "admin"; this one has "write".',
  ],
])('%j ends with %i and a sentence', async (args, code, sentence) => {
  const ended = await command(args);
  expect(ended.errors).toContain(sentence);
  expect(ended.code).toBe(code);
});

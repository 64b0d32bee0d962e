/** The whole system, started from its templates as `npm start` does. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { Logs } from '../src/logs.ts';
import { freePort } from '../src/ports.ts';
import { type LocalOptions, type LocalSystem, startLocal } from '../src/start.ts';
import { statusOf } from '../src/system-process.ts';
import { changeAssembly, type Resources } from './changed-assembly.ts';

const scratch = await mkdtemp(join(tmpdir(), 'property-insights-system-'));
const dataDirectory = join(scratch, 'data');
const lines: string[] = [];
const logs = new Logs({ format: 'pretty', write: (text) => lines.push(text) });

let system: LocalSystem;

const start = (options: Partial<LocalOptions> = {}) =>
  startLocal({ port: 0, dataDirectory, sample: false, logs, ...options });

beforeAll(async () => {
  system = await start({ taskCounts: { analytical: 2, reporting: 2 } });
});

afterAll(async () => {
  await system?.stop();
  await rm(scratch, { recursive: true, force: true });
});

const get = (path: string, init?: RequestInit) => fetch(`${system.url}${path}`, init);

/** Posts a property straight to a task, or through the load balancer. */
async function postProperty(origin: string, region: string, token = system.adminToken): Promise<void> {
  const response = await fetch(`${origin}/api/properties`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ address: '1 Test St, Testville', price: 500_000, region }),
  });
  expect(response.status).toBe(201);
}

async function countIn(region: string, origin = system.url): Promise<number> {
  const response = await fetch(`${origin}/api/analytics/summary`);
  const { properties_by_region } = (await response.json()) as { properties_by_region: Record<string, number> };
  return properties_by_region[region] ?? 0;
}

/** A copy of the synthesized templates with one thing changed. */
async function tamperedAssembly(change: (resources: Resources) => void): Promise<string> {
  return changeAssembly(join(dataDirectory, 'cdk.out'), await mkdtemp(join(scratch, 'assembly-')), change);
}

describe('the load balancer', () => {
  const notFound = { status: 404, type: 'text/plain; charset=utf-8', text: /^Resource not found\.$/ };
  test.each<[path: string, expected: { status: number; type: string; text: RegExp }]>([
    ['/', { status: 200, type: 'text/html', text: /^Welcome to the Property Insights API! Now connected to Post/ }],
    ['/api/health', { status: 200, type: 'application/json', text: /"service":"analytical"/ }],
    ['/api/properties', { status: 200, type: 'application/json', text: /"123 Green St, Sydney"/ }],
    ['/api/analytics/summary', { status: 200, type: 'application/json', text: /"average_price":"1,516,666.67"/ }],
    ['/api/none', { status: 404, type: 'application/problem+json', text: /"error"/ }],
    ['/reporting', { status: 200, type: 'text/html', text: /^Reporting Service is online\.$/ }],
    ['/reporting/health', { status: 200, type: 'application/json', text: /"service":"reporting"/ }],
    [
      '/reporting/property-summary',
      { status: 200, type: 'application/json', text: /{"region":"NSW","property_count":2}/ },
    ],
    ['/reporting/x', { status: 404, type: 'application/problem+json', text: /"error"/ }],
    ['/reportingx', notFound],
    ['/API/health', notFound],
    ['/apix', notFound],
    ['/nope', notFound],
  ])('answers %s', async (path, { status, type, text }) => {
    const response = await get(path, { headers: { accept: '*/*' } });
    expect(await response.text()).toMatch(text);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain(type);
  });

  test('sends requests to both tasks of a service', async () => {
    for (let i = 0; i < 4; i++) await (await get('/api/health')).text();
    for (const task of ['analytical-1', 'analytical-2']) {
      expect(lines.some((line) => line.includes(`GET /api/health 200 ${task}`))).toBe(true);
    }
  });
});

test('large headers and URLs of one client do not break the requests of others', async () => {
  const long = 'x'.repeat(16_000);
  const large = Array.from({ length: 60 }, (_, i) =>
    i % 2 === 0
      ? get('/api/analytics/summary', { headers: { 'x-1': long, 'x-2': long, 'x-3': long } })
      : get(`/api/analytics/summary?market=${long}`),
  );
  const others = Array.from({ length: 300 }, () => get('/api/analytics/summary'));
  expect(new Set((await Promise.all(others)).map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set((await Promise.all(large)).map(({ status }) => status))).toEqual(new Set([200, 400]));
});

test('a page of another site that has taken this address gets no answer (DNS rebinding)', async () => {
  for (const url of [system.url, ...system.tasks().map((task) => task.url)]) {
    const { statusCode, body } = await request(`${url}/api/properties`, { headers: { host: 'evil.example.com:8080' } });
    expect(statusCode).toBe(421);
    expect(await body.json()).toMatchObject({ type: '/api/docs/problems#unknown-host' });
  }
});

describe('the first token', () => {
  const file = () => join(dataDirectory, 'admin-token.json');

  test('is in a file that only its owner can read, and nowhere in the log', async () => {
    expect(JSON.parse(await readFile(file(), 'utf8'))).toEqual({ url: system.url, token: system.adminToken });
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(lines.join('')).not.toContain(system.adminToken.slice(3));
  });

  test('admits the requests of the page, and not those of programs or other sites', async () => {
    const makeMarket = async (headers: Record<string, string>) => {
      // Not fetch, which sets Sec-Fetch headers of its own, as browsers do.
      const { statusCode, body } = await request(`${system.url}/api/markets`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ code: 'of-the-page', name: 'Of the page', currency: 'AUD' }),
      });
      await body.dump();
      return statusCode;
    };
    expect(await makeMarket({})).toBe(401);
    expect(await makeMarket({ 'sec-fetch-site': 'cross-site' })).toBe(401);
    expect(await makeMarket({ 'sec-fetch-site': 'same-origin', host: 'evil.example' })).toBe(421);
    expect(await makeMarket({ 'sec-fetch-site': 'same-origin' })).toBe(201);
  });
});

test('a posted property is in the very next answer of the other task and of reporting, a thousand times', async () => {
  const [first, second] = system.tasks().filter(({ name }) => name.startsWith('analytical'));
  const [reporting] = system.tasks().filter(({ name }) => name.startsWith('reporting'));
  const workers = Array.from({ length: 10 }, async (_, worker) => {
    const region = `Region ${worker}`;
    for (let count = 1; count <= 100; count++) {
      const [writer, reader] = count % 2 ? [first, second] : [second, first];
      await postProperty(writer?.url as string, region);
      const [seen, report] = await Promise.all([
        fetch(`${reader?.url}/api/analytics/sales?region=${region}&standard=all&limit=1`).then((response) =>
          response.json(),
        ),
        fetch(`${reporting?.url}/reporting/property-summary`).then((response) => response.json()),
      ]);
      expect(seen).toMatchObject({ total: count });
      expect(report).toContainEqual({ region, property_count: count });
    }
  });
  await Promise.all(workers);
});

test('reporting stores the report of a job in the bucket of the templates, with the rights of its role', async () => {
  const headers = { authorization: `Bearer ${system.adminToken}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ report: 'data-quality', form: 'html' });
  const response = await get('/reporting/jobs', { method: 'POST', headers, body });
  expect(response.status).toBe(202);
  const path = response.headers.get('location') as string;
  const state = async () => (await (await get(path)).json()) as { state: string; reason: string | null };
  await vi.waitFor(async () => expect(await state()).toMatchObject({ state: 'finished', reason: null }), 60_000);
  const result = await get(`${path}/result`);
  expect([result.status, await result.text()]).toEqual([200, expect.stringContaining('<h1')]);
});

test('a task killed under load loses no later request, and is replaced', async () => {
  const victim = system.tasks().find(({ name }) => name === 'analytical-2');
  const failures: number[] = [];
  let requests = 0;
  let done = false;
  const endings = () => lines.filter((line) => line.includes('analytical-2 ended by SIGKILL'));
  const clients = Array.from({ length: 8 }, async () => {
    while (!done) {
      const started = performance.now();
      const ok = await get('/api/analytics/summary').then(
        async (response) => (await response.text()) !== '' && response.status === 200,
        () => false,
      );
      requests++;
      if (!ok) failures.push(started);
    }
  });
  await delay(500);
  process.kill(victim?.pid as number, 'SIGKILL');
  await vi.waitFor(() => expect(endings()).toHaveLength(1), { timeout: 60_000, interval: 1 });
  const noticed = performance.now();
  await vi.waitFor(() => expect(lines.filter((line) => line.includes('analytical-2 is healthy'))).toHaveLength(2), {
    timeout: 60_000,
    interval: 50,
  });
  await delay(300);
  done = true;
  await Promise.all(clients);
  expect(requests).toBeGreaterThan(50);
  // Only what it was answering, or what came in the moment until its death was noticed.
  for (const started of failures) expect(started).toBeLessThan(noticed);
  expect(system.tasks().find(({ name }) => name === 'analytical-2')?.pid).not.toBe(victim?.pid);
});

test('a task killed while it makes a report fails that request alone, and the other task answers the next', async () => {
  const path = (paper: string) => `/reporting/market-report.pdf?paper=${paper}`;
  const victim = system.tasks().find(({ name }) => name === 'reporting-2');
  // Each task makes one of them. The first PDF takes a second, because fonts and Typst are loaded for it.
  const reports = ['a4', 'letter'].map((paper) => get(path(paper)));
  await delay(300);
  process.kill(victim?.pid as number, 'SIGKILL');
  const statuses = await Promise.all(reports.map(async (report) => (await report).status));
  expect(statuses.sort()).toEqual([200, 502]);
  for (const paper of ['a4', 'letter']) expect((await get(path(paper))).status).toBe(200);
  const headers = { authorization: `Bearer ${system.adminToken}` };
  const jobs = (await (await get('/reporting/jobs', { headers })).json()) as { report: string }[];
  expect(jobs.filter(({ report }) => report === 'market-report')).toEqual([]);
  await vi.waitFor(() => expect(lines.filter((line) => line.includes('reporting-2 is healthy'))).toHaveLength(2), {
    timeout: 60_000,
    interval: 50,
  });
});

test('without its database it answers 503 as problem documents, and recovers by itself', async () => {
  const before = system.tasks().map(({ pid }) => pid);
  process.kill(system.database.pid as number, 'SIGKILL');
  const statuses = new Set<number>();
  await vi.waitFor(
    async () => {
      for (const path of ['/api/analytics/summary', '/reporting/property-summary']) {
        const response = await get(path);
        statuses.add(response.status);
        if (response.status !== 200) {
          expect(response.status).toBe(503);
          expect(response.headers.get('content-type')).toContain('application/problem+json');
          expect(response.headers.get('retry-after')).toBeTruthy();
        }
        await response.text();
      }
      expect([...statuses].sort()).toEqual([200, 503]);
    },
    { timeout: 60_000, interval: 20 },
  );
  await vi.waitFor(async () => expect((await get('/reporting/property-summary')).status).toBe(200), {
    timeout: 60_000,
  });
  expect(system.tasks().map(({ pid }) => pid)).toEqual(before);
});

test('a second start on the same data is refused with the address of the first', async () => {
  await expect(start()).rejects.toThrow(
    `${dataDirectory} is in use by another Property Insights (process ${process.pid}, ${system.url}).`,
  );
});

test('a port in use is reported before anything is started', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const elsewhere = join(scratch, 'taken-port');
  await expect(start({ port, dataDirectory: elsewhere })).rejects.toThrow(`Port ${port} is in use by another program.`);
  await expect(readdir(elsewhere)).resolves.toEqual(['lock']);
  server.close();
});

test('tasks of a service that does not exist are refused', async () => {
  const assemblyDirectory = join(dataDirectory, 'cdk.out');
  const options = { dataDirectory: join(scratch, 'tasks'), assemblyDirectory, taskCounts: { analytics: 2 } };
  await expect(start(options)).rejects.toThrow(
    'There is no service analytics; the templates have analytical and reporting.',
  );
});

describe('an error in the templates fails locally, as it would in AWS', () => {
  test('a service without the grant to read its secret is denied it', async () => {
    const assemblyDirectory = await tamperedAssembly((resources) => {
      for (const [id, { Type }] of Object.entries(resources)) {
        if (Type === 'AWS::IAM::Policy' && id.startsWith('ReportingTaskTaskRole')) delete resources[id];
      }
    });
    lines.length = 0;
    const failing = await start({ dataDirectory: join(scratch, 'denied'), assemblyDirectory });
    onTestFinished(() => failing.stop());
    const response = await fetch(`${failing.url}/reporting/property-summary`);
    expect(response.status).toBeGreaterThanOrEqual(500);
    expect(lines.join('')).toMatch(/secrets +warn +AccessDeniedException: User: .*ReportingTask.* is not authorized/);
  });

  test('a rotator without the grant to store a login fails, and the current login keeps working', async () => {
    const assemblyDirectory = await tamperedAssembly((resources) => {
      for (const [id, { Type, Properties }] of Object.entries(resources)) {
        if (Type !== 'AWS::IAM::Policy' || !id.startsWith('Rotation')) continue;
        const document = Properties?.PolicyDocument as { Statement: { Action: string | string[] }[] } | undefined;
        for (const statement of document?.Statement ?? []) {
          statement.Action = [statement.Action].flat().filter((action) => action !== 'secretsmanager:PutSecretValue');
        }
      }
    });
    const failing = await start({ dataDirectory: join(scratch, 'no-rotation'), assemblyDirectory });
    onTestFinished(() => failing.stop());
    await expect(failing.rotate('reporting')).rejects.toThrow(
      /^rotator failed: .* not authorized to perform: secretsmanager:PutSecretValue/,
    );
    expect((await fetch(`${failing.url}/reporting/property-summary`)).status).toBe(200);
  });

  test('a rotator that Secrets Manager may not invoke stops the start', async () => {
    const assemblyDirectory = await tamperedAssembly((resources) => {
      for (const [id, { Type }] of Object.entries(resources))
        if (Type === 'AWS::Lambda::Permission') delete resources[id];
    });
    await expect(start({ dataDirectory: join(scratch, 'no-permission'), assemblyDirectory })).rejects.toThrow(
      'secretsmanager.amazonaws.com may not invoke the function rotator. Add the permission, and let the schedule depend on it.',
    );
  });

  test('a service that ends at its start stops the start, with the last lines of its log', async () => {
    const assemblyDirectory = await tamperedAssembly((resources) => {
      for (const { Type, Properties } of Object.values(resources)) {
        if (Type !== 'AWS::ECS::TaskDefinition') continue;
        for (const container of (Properties?.ContainerDefinitions ?? []) as Record<string, unknown>[]) {
          if (container.Name === 'reporting') container.Command = ['node', 'apps/reporting/src/none.ts'];
        }
      }
    });
    await expect(start({ dataDirectory: join(scratch, 'crashing'), assemblyDirectory })).rejects.toThrow(
      /^reporting does not start: ended with exit code 1: .*/,
    );
  });

  test('a path without a rule is not found', async () => {
    const assemblyDirectory = await tamperedAssembly((resources) => {
      for (const { Type, Properties } of Object.values(resources)) {
        if (Type !== 'AWS::ElasticLoadBalancingV2::ListenerRule') continue;
        for (const { PathPatternConfig } of (Properties?.Conditions ?? []) as {
          PathPatternConfig: { Values: string[] };
        }[]) {
          PathPatternConfig.Values = PathPatternConfig.Values.filter((path) => path !== '/reporting');
        }
      }
    });
    const other = await start({ dataDirectory: join(scratch, 'no-path'), assemblyDirectory });
    onTestFinished(() => other.stop());
    expect((await fetch(`${other.url}/reporting`)).status).toBe(404);
    expect((await fetch(`${other.url}/reporting/health`)).status).toBe(200);
  });

  test('a failing migration stops the start, and no process remains', async () => {
    const assemblyDirectory = await tamperedAssembly((resources) => {
      for (const { Type, Properties } of Object.values(resources)) {
        if (Type !== 'AWS::Lambda::Function') continue;
        const variables = (Properties?.Environment as { Variables?: Record<string, unknown> } | undefined)?.Variables;
        if (variables) variables.DATABASE_NAME = 'another_name';
      }
    });
    const directory = join(scratch, 'no-migration');
    // The tasks of the running system write to the other log.
    const own: string[] = [];
    const ownLogs = new Logs({ format: 'pretty', write: (text) => own.push(text) });
    await expect(start({ dataDirectory: directory, assemblyDirectory, logs: ownLogs })).rejects.toThrow(
      /Custom::Trigger\): migrator failed: .*another_name/,
    );
    expect(own.join('')).toMatch(/The database runs/);
    expect(own.join('')).not.toMatch(/analytical-1|reporting-1/);
    await expect(readFile(join(directory, 'postgres', 'postmaster.pid'))).rejects.toThrow('ENOENT');
    await expect(readFile(join(directory, 'run.json'))).rejects.toThrow('ENOENT');
  });
});

test('a sample whose loading was interrupted is completed by the next start', async () => {
  const options = {
    dataDirectory: join(scratch, 'sample'),
    assemblyDirectory: join(dataDirectory, 'cdk.out'),
    sample: true,
  };
  const interruption = new AbortController();
  lines.length = 0;
  const interrupted = expect(start({ ...options, signal: interruption.signal })).rejects.toThrow('cancelled');
  await vi.waitFor(() => expect(lines.join('')).toMatch(/POST \/api\/imports 202/), { timeout: 60_000, interval: 10 });
  interruption.abort();
  await interrupted;

  const completed = await start(options);
  onTestFinished(() => completed.stop());
  const markets = await (await fetch(`${completed.url}/api/markets`)).json();
  expect(markets).toContainEqual(
    expect.objectContaining({ code: 'sample', name: 'Synthetic Australia', is_synthetic: true, is_default: true }),
  );
  const summary = await fetch(`${completed.url}/api/analytics/summary?standard=all`);
  expect(await summary.json()).toMatchObject({ sales: 50_000 });
});

test('a user who cancels the loading of the sample gets a system without it', async () => {
  const directory = join(scratch, 'no-sample');
  const options = { dataDirectory: directory, assemblyDirectory: join(dataDirectory, 'cdk.out'), sample: true };
  lines.length = 0;
  const starting = start(options);
  await vi.waitFor(() => expect(lines.join('')).toMatch(/POST \/api\/imports 202/), { timeout: 60_000, interval: 10 });
  const { url, token } = JSON.parse(await readFile(join(directory, 'admin-token.json'), 'utf8'));
  const headers = { authorization: `Bearer ${token}` };
  const [job] = (await (await fetch(`${url}/api/imports`, { headers })).json()) as { id: string }[];
  const cancelled = await fetch(`${url}/api/imports/${job?.id}`, { method: 'DELETE', headers });
  expect(cancelled.status).toBe(200);
  const ready = await starting;
  onTestFinished(() => ready.stop());
  expect(await (await fetch(`${ready.url}/api/analytics/summary?market=sample&standard=all`)).json()).toMatchObject({
    sales: 0,
  });
});

test('no file of the system can be read by others', async () => {
  for (const entry of await readdir(dataDirectory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const found = await stat(path).catch(() => undefined); // removed in the meantime
    if (found) expect(found.mode & 0o077, path).toBe(0);
  }
});

test('npm run token creates an admin token for the owner of the data directory', async () => {
  const runToken = (...args: string[]) =>
    promisify(execFile)(process.execPath, [join(import.meta.dirname, '../src/token.ts'), ...args]);
  const { stdout } = await runToken('--data-dir', dataDirectory, '--name', 'Anna');
  const response = await get('/api/tokens', { headers: { authorization: `Bearer ${stdout.trim()}` } });
  expect(await response.json()).toContainEqual(expect.objectContaining({ name: 'Anna', scope: 'admin' }));
  await expect(runToken('--data-dir', join(scratch, 'nowhere'))).rejects.toThrow('No Property Insights runs on');
});

describe('npm start', () => {
  const directory = join(scratch, 'command-line');

  /** Runs it as a person does. */
  function runCommand(port: number, directory: string, ...options: string[]) {
    const main = join(import.meta.dirname, '..', 'src', 'main.ts');
    const args = ['--port', String(port), '--data-dir', directory, '--no-sample', ...options];
    const command = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => {
      command.kill('SIGKILL');
    });
    return command;
  }

  /** Runs it, and waits for its last line. */
  async function startCommand(port: number, ...options: string[]): Promise<ChildProcess> {
    const command = runCommand(port, directory, ...options);
    for await (const line of createInterface({ input: command.stdout })) {
      if (line === `Property Insights is ready on http://localhost:${port}`) break;
    }
    command.stdout.resume();
    return command;
  }

  async function runningProcesses(directory: string): Promise<number[]> {
    const record = JSON.parse(await readFile(join(directory, 'run.json'), 'utf8')) as { processes: { pid: number }[] };
    return record.processes.map(({ pid }) => pid);
  }

  test('leaves no process when it is killed, and the next start has every acknowledged write', async () => {
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const command = await startCommand(port);
    const { token } = JSON.parse(await readFile(join(directory, 'admin-token.json'), 'utf8'));
    for (let i = 0; i < 20; i++) await postProperty(url, 'Kept', token);
    const processes = await runningProcesses(directory);
    expect(processes).toHaveLength(3); // the database, and a task of each service
    command.kill('SIGKILL');
    await vi.waitFor(() => expect(processes.filter((pid) => statusOf(pid))).toEqual([]), { timeout: 60_000 });

    await startCommand(port);
    expect(await countIn('Kept', url)).toBe(20);
  });

  test('leaves no process when it is interrupted at its start', async () => {
    const fresh = join(scratch, 'interrupted');
    const command = runCommand(await freePort(), fresh);
    await vi.waitFor(async () => expect(await runningProcesses(fresh)).not.toEqual([]), {
      timeout: 60_000,
      interval: 20,
    });
    const processes = await runningProcesses(fresh);
    command.stdout.resume();
    command.kill('SIGINT');
    expect(await once(command, 'exit')).toEqual([0, null]);
    expect(processes.filter((pid) => statusOf(pid))).toEqual([]);
  });

  test('stops within ten seconds of Ctrl-C, and leaves no process', async () => {
    const command = await startCommand(await freePort());
    const processes = await runningProcesses(directory);
    const started = performance.now();
    command.kill('SIGINT');
    const [code] = await once(command, 'exit');
    expect(code).toBe(0);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(processes.filter((pid) => statusOf(pid))).toEqual([]);
  });

  test('records a restore before a service starts, and answers from the restored data', async () => {
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const command = await startCommand(port, '--record-restore');
    const { token } = JSON.parse(await readFile(join(directory, 'admin-token.json'), 'utf8'));
    await postProperty(url, 'Restored', token);
    expect(await countIn('Kept', url)).toBe(20);
    expect(await countIn('Restored', url)).toBe(1);
    const [last, before] = (await (await fetch(`${url}/api/revisions?limit=2`)).json()) as { version: number }[];
    expect(last?.version).toBeGreaterThan(1_000_000);
    expect(before?.version).toBeLessThan(1_000_000);
    command.kill('SIGINT');
    await once(command, 'exit');
  });
});

/**
 * Imports and undos whose parts are killed at random moments, from the first byte sent to the last sale written. `IMPORT_TRIALS=10` tries ten
 * moments for each part instead of one, and says how the trials ended.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { syntheticMarket } from '@property-insights/imports/synthetic';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Logs } from '../src/logs.ts';
import { type LocalSystem, startLocal } from '../src/start.ts';

const trials = Number(process.env.IMPORT_TRIALS ?? 1);
const sales = 10_000;
/** How long an upload is made to take, so that moments fall into it. */
const uploadMs = 500;
const waiting = { timeout: 30_000, interval: 100 };

const scratch = await mkdtemp(join(tmpdir(), 'property-insights-trials-'));
const dataDirectory = join(scratch, 'data');
const file = join(scratch, 'sales.csv');

let system: LocalSystem;
/** Milliseconds from the start of a client to the end of its import, and from the request to the end of an undo of it, undisturbed. */
let duration: number;
let undoDuration: number;

beforeAll(async () => {
  await writeFile(file, [...syntheticMarket({ sales })].join(''));
  const logs = new Logs({ format: 'pretty', write: () => {} });
  system = await startLocal({ port: 0, dataDirectory, sample: false, logs, taskCounts: { analytical: 2 } });
  const market = await newMarket();
  const started = performance.now();
  await once(client(market, uploadMs), 'exit');
  duration = performance.now() - started;
  const [loaded] = await importsOf(market);
  expect(loaded).toMatchObject({ state: 'finished', accepted: sales });
  const begun = performance.now();
  await undo(loaded as ImportState);
  expect(await endedImportsOf(market)).toMatchObject([{ state: 'finished', deleted: sales }, {}]);
  undoDuration = performance.now() - begun;
});

afterAll(async () => {
  await system?.stop();
  await rm(scratch, { recursive: true, force: true });
});

interface ImportState {
  id: string;
  market: string;
  state: string;
  changed: boolean;
  error: string | null;
  rows_read: number;
  accepted: number;
  duplicate: number;
}

async function importsOf(market: string): Promise<ImportState[]> {
  const response = await fetch(`${system.url}/api/imports?limit=100`);
  expect(response.status).toBe(200);
  return ((await response.json()) as ImportState[]).filter((one) => one.market === market);
}

/** Asks for an import to be undone; settles when that is under way. */
async function undo({ id }: ImportState): Promise<void> {
  await remove(`imports/${id}`, 202);
}

async function remove(path: string, status: number): Promise<void> {
  const headers = { authorization: `Bearer ${system.adminToken}` };
  const response = await fetch(`${system.url}/api/${path}`, { method: 'DELETE', headers });
  expect(response.status).toBe(status);
}

/** Those of a market, when none of them is under way any more. */
function endedImportsOf(market: string): Promise<ImportState[]> {
  return vi.waitFor(async () => {
    const imports = await importsOf(market);
    for (const { state } of imports) expect(state).toMatch(/^(finished|failed)$/);
    return imports;
  }, waiting);
}

let markets = 0;
async function newMarket(): Promise<string> {
  const code = `trial-${++markets}`;
  const response = await fetch(`${system.url}/api/markets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${system.adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ code, name: code, currency: 'AUD' }),
  });
  expect(response.status).toBe(201);
  return code;
}

/** Starts to import the file from a process of its own. */
function client(market: string, milliseconds = 0): ChildProcess {
  const url = `${system.url}/api/imports?market=${market}`;
  return spawn(process.execPath, [join(import.meta.dirname, 'slow-upload.ts'), url, file, String(milliseconds)], {
    env: { TOKEN: system.adminToken },
    stdio: 'ignore',
  });
}

const analyticalTasks = () => system.tasks().filter(({ name }) => name.startsWith('analytical'));
const uploadsOf = (task: string) => join(dataDirectory, 'tasks', task, 'data', 'uploads');

/** The task that has the upload, if there is one yet or still; otherwise the first. */
async function taskAtWork() {
  const [first, second] = analyticalTasks();
  return (await readdir(uploadsOf('analytical-2'))).length > 0 ? second : first;
}

const victims = {
  client: async (sending: ChildProcess) => sending.pid,
  service: async () => (await taskAtWork())?.pid,
  database: async () => system.database.pid,
} satisfies Record<string, (sending: ChildProcess) => Promise<number | undefined>>;

/** Waits until everything that was killed is back. */
async function recovered(killed: number): Promise<void> {
  await vi.waitFor(async () => {
    for (const { url, pid } of analyticalTasks()) {
      expect(pid).not.toBe(killed);
      expect((await fetch(`${url}/api/markets`)).status).toBe(200);
    }
    expect(analyticalTasks()).toHaveLength(2);
  }, waiting);
}

/** What the tables hold of a market. */
function contentOf(market: string) {
  return system.database.administer(async (connection) => {
    const { rows } = await connection.query(
      `SELECT (SELECT count(*)::integer FROM sale WHERE market_id = market.id) AS sales,
         (SELECT count(*)::integer FROM property WHERE market_id = market.id) > 0 AS properties,
         (SELECT count(*)::integer FROM revision WHERE market_id = market.id AND kind = 'import') AS revisions
       FROM market WHERE code = $1`,
      [market],
    );
    return rows[0];
  }, 'property_insights');
}
const all = { sales, properties: true, revisions: 1 };
const none = { sales: 0, properties: false, revisions: 0 };

/** Waits until nothing is left of an import but its record and its sales. */
async function tidy(): Promise<void> {
  await vi.waitFor(async () => {
    for (const { name } of analyticalTasks()) expect(await readdir(uploadsOf(name))).toEqual([]);
    const leftInDatabase = await system.database.administer(async (connection) => {
      const { rows } = await connection.query(
        `SELECT (SELECT count(*)::integer FROM pg_class WHERE relpersistence = 't') AS tables,
           (SELECT count(*)::integer FROM pg_ls_tmpdir()) AS files,
           (SELECT count(*)::integer FROM pg_stat_activity WHERE application_name = 'import') AS connections`,
      );
      return rows[0];
    }, 'property_insights');
    expect(leftInDatabase).toEqual({ tables: 0, files: 0, connections: 0 });
    const databaseFiles = await readdir(join(dataDirectory, 'postgres', 'base'), { recursive: true });
    // The files of temporary tables are called so.
    expect(databaseFiles.filter((path) => /\/t\d+_\d+/.test(path))).toEqual([]);
  }, waiting);
}

let randomState = 11_201;
/** In hundredths of an import's time: one in each of so many equal parts of it, always the same (Park and Miller 1988). */
function moments(): number[] {
  return Array.from({ length: trials }, (_, part) => {
    randomState = (randomState * 48_271) % 2_147_483_647;
    return Math.round((100 * (part + randomState / 2_147_483_647)) / trials);
  });
}

describe.each(Object.entries(victims))('an import whose %s is killed', (victim, find) => {
  const outcomes: string[] = [];
  afterAll(() => {
    if (process.env.IMPORT_TRIALS) console.log(`With its ${victim} killed, an import was ${outcomes.join(', ')}.`);
  });

  test.each(moments())(
    'at %d hundredths of its time has brought all or nothing, says which, leaves nothing else, and can be repeated',
    async (moment) => {
      const market = await newMarket();
      const sending = client(market, uploadMs);
      const sent = once(sending, 'exit');
      await delay((moment / 100) * duration);
      const killed = (await find(sending)) as number;
      // An import may be sooner at its end than the first one was; then the client has gone.
      if (victim !== 'client' || sending.exitCode === null) process.kill(killed, 'SIGKILL');
      await sent;
      await recovered(killed);
      await tidy();

      const imports = await endedImportsOf(market);
      expect(imports.length).toBeLessThanOrEqual(1);
      const [ended] = imports;
      outcomes.push(ended?.state ?? 'not begun');
      if (ended?.state === 'finished') {
        expect(ended).toMatchObject({ changed: true, error: null, rows_read: sales, accepted: sales });
      } else if (ended) {
        expect(ended).toMatchObject({
          changed: false,
          error: expect.stringContaining('nothing was written'),
          accepted: 0,
        });
      }
      const finished = ended?.state === 'finished';
      expect(await contentOf(market)).toEqual(finished ? all : none);

      await once(client(market), 'exit');
      const [again] = await endedImportsOf(market);
      expect(again).toMatchObject({
        state: 'finished',
        changed: !finished,
        [finished ? 'duplicate' : 'accepted']: sales,
      });
      expect(await contentOf(market)).toEqual(all);
    },
  );
});

describe.each(Object.entries(victims).filter(([victim]) => victim !== 'client'))(
  'an undo whose %s is killed',
  (victim, find) => {
    const outcomes: string[] = [];
    afterAll(() => {
      if (process.env.IMPORT_TRIALS) console.log(`With its ${victim} killed, an undo was ${outcomes.join(', ')}.`);
    });
    const inForce = async (market: string) => {
      const response = await fetch(`${system.url}/api/analytics/summary?market=${market}&standard=all`);
      return ((await response.json()) as { sales: number }).sales;
    };

    test.each(moments())(
      'at %d hundredths of its time has undone all or nothing, says which, leaves nothing else, and can be repeated',
      async (moment) => {
        const market = await newMarket();
        const sending = client(market);
        await once(sending, 'exit');
        const [loaded] = (await importsOf(market)) as [ImportState];
        await undo(loaded);
        await delay((moment / 100) * undoDuration);
        const killed = (await find(sending)) as number;
        process.kill(killed, 'SIGKILL');
        await recovered(killed);
        await tidy();

        const [ended] = (await endedImportsOf(market)) as [ImportState];
        outcomes.push(ended.state);
        const finished = ended.state === 'finished';
        expect(ended).toMatchObject(
          finished
            ? { changed: true, error: null, rows_read: sales, deleted: sales }
            : { changed: false, error: expect.stringContaining('nothing was written'), deleted: 0 },
        );
        expect(await inForce(market)).toBe(finished ? 0 : sales);
        await undo(finished ? ended : loaded);
        await endedImportsOf(market);
        expect(await inForce(market)).toBe(finished ? sales : 0);
      },
    );
  },
);

test('a market that was deleted is emptied though every service is killed on the way', async () => {
  const market = await newMarket();
  await once(client(market), 'exit');
  expect(await contentOf(market)).toEqual(all);
  await remove(`markets/${market}?confirm=${market}`, 200);
  const killed = analyticalTasks().map(({ pid }) => pid as number);
  for (const pid of killed) process.kill(pid, 'SIGKILL');
  expect(await contentOf(market)).toMatchObject({ properties: true });
  for (const pid of killed) await recovered(pid);
  await vi.waitFor(async () => expect(await contentOf(market)).toEqual({ ...none, revisions: 1 }), waiting);
  await tidy();
});

test('two clients that send the same file at once import its sales once', async () => {
  const market = await newMarket();
  await Promise.all([once(client(market), 'exit'), once(client(market), 'exit')]);
  const imports = await endedImportsOf(market);
  expect(imports.map(({ rows_read, accepted, duplicate }) => ({ rows_read, accepted, duplicate }))).toEqual(
    expect.arrayContaining([
      { rows_read: sales, accepted: sales, duplicate: 0 },
      { rows_read: sales, accepted: 0, duplicate: sales },
    ]),
  );
  expect(await contentOf(market)).toEqual(all);
  await tidy();
});

/**
 * `npm run torture -- --minutes 30`: attacks a whole local system for some minutes, and prints counts: requests, server errors, hangs, stale answers, lost
 * writes, refusals for lack of budget, and the peak memory of the tasks. At least 20,000 requests to every operation of both descriptions are made with a
 * fixed seed, beside hostile files that are previewed and imported, writes that are read at once by another task, and kills of tasks and of PostgreSQL. Exits
 * with 1 if an answer was a server error or stale, a request or an import hung, or a write was lost.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseOptionsOrExit } from '@property-insights/command-options';
import { type LocalSystem, Logs, startLocal } from '@property-insights/local';
import fc from 'fast-check';
import { hostileFiles, runText } from '../packages/imports/test/hostile-files.ts';
import { completeRow, hostileRow, hostileRowMapping } from '../packages/imports/test/hostile-rows.ts';
import { type Description, fuzzRequests } from './fuzz-requests.ts';

const { values } = parseOptionsOrExit({
  options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string', default: '15' } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0, not ${values.minutes}.`);

const minRequests = 20_000;
const concurrency = 8;
/** Milliseconds after which a request, or an import of a hostile file, hangs. */
const hang = 60_000;
const killInterval = 60_000;

const counts = {
  requests: 0,
  'server errors': 0,
  hangs: 0,
  'over budget': 0,
  'hostile files': 0,
  pairs: 0,
  stale: 0,
  lost: 0,
  'task kills': 0,
  'database kills': 0,
  'peak MiB': 0,
};
const faults: string[] = [];
/** What the services logged about server errors. */
const errors: string[] = [];
/** When a task or PostgreSQL was last killed. Requests get a 502 or 504 for a task that was killed, and a 503 while PostgreSQL recovers. */
let killedAt = Number.NEGATIVE_INFINITY;
const isNearKill = () => Date.now() - killedAt < 20_000;

const folder = await mkdtemp(join(tmpdir(), 'property-insights-torture-'));
const system = await startLocal({
  port: 0,
  dataDirectory: join(folder, 'data'),
  sample: false,
  taskCounts: { analytical: 2 },
  logs: new Logs({ format: 'pretty', write: (text) => / request failed /.test(text) && errors.push(text) }),
  synthesisOptions: { callerBudget: '1000000' },
});
try {
  const end = Date.now() + minutes * 60_000;
  const isOver = () => Date.now() > end && counts.requests >= minRequests;
  await Promise.all([fuzz, uploadFiles, pairs, kill, watchMemory].map((attack) => attack(system, isOver)));
} finally {
  await system.stop();
  await rm(folder, { recursive: true, force: true });
}
for (const [name, count] of Object.entries(counts)) console.log(`${name.padEnd(14)} ${count}`);
for (const fault of faults.slice(0, 20)) console.log(fault.slice(0, 500));
for (const error of errors.slice(0, 5)) console.log(error);
if (faults.length > 0) process.exitCode = 1;

/** Sends one request. Returns undefined if it hangs, or a kill broke it off. */
async function send(origin: string, path: string, { headers, ...init }: RequestInit = {}) {
  counts.requests += 1;
  try {
    const response = await fetch(origin + path, {
      headers: { authorization: `Bearer ${system.adminToken}`, ...headers },
      signal: AbortSignal.timeout(hang),
      ...init,
    });
    const text = await response.text();
    if (response.status === 429) counts['over budget'] += 1;
    return { status: response.status, text, headers: response.headers };
  } catch (error) {
    if ((error as Error).name === 'TimeoutError') {
      counts.hangs += 1;
      faults.push(`hangs: ${init.method ?? 'GET'} ${path}`);
    }
    return undefined;
  }
}

/** Sends one request, and counts a server error that no kill explains. @param name describes the request */
async function attempt(name: string, origin: string, path: string, init?: RequestInit) {
  const answer = await send(origin, path, init);
  if (answer && answer.status >= 500 && !(isNearKill() && [502, 503, 504].includes(answer.status))) {
    counts['server errors'] += 1;
    faults.push(`${answer.status} ${name}: ${path} ${answer.text}`);
  }
  return answer;
}

async function fuzz({ url }: LocalSystem, isOver: () => boolean): Promise<void> {
  const describe = async (path: string) => (await (await fetch(`${url}${path}`)).json()) as Description;
  const descriptions = [await describe('/api/openapi.json'), await describe('/reporting/openapi.json')];
  for (let round = 0; !isOver(); round += 1) {
    const requests = fuzzRequests(descriptions, minRequests, Number(values.seed) + round);
    const work = async () => {
      for (let next = requests.pop(); next && !isOver(); next = requests.pop()) {
        const { method, headers, body = null } = next;
        await attempt(`${next.operation} ${body ?? ''}`, url, next.url, { method, headers, body });
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
  }
}

/** The hostile files, and a file of hostile rows and one of long runs, which differ by the seed. */
function* filesOf(seed: number): Generator<{ name: string; content: string | Buffer; mapping?: object }> {
  for (const [name, make] of Object.entries(hostileFiles)) yield { name, content: make() };
  const rows = [completeRow, ...fc.sample(hostileRow, { numRuns: 500, seed })];
  yield {
    name: `rows ${seed}`,
    content: rows.map((row) => JSON.stringify(row)).join('\n'),
    mapping: hostileRowMapping,
  };
  const cells = fc.sample(runText, { numRuns: 50, seed }).map((text) => `"${text.replaceAll('"', '""')}"`);
  const sales = cells.map((cell) => `2024-01-31,850000,${cell}`);
  yield { name: `long runs ${seed}`, content: ['contract_date,price,address', ...sales].join('\n') };
}

/** Previews and imports each file. The import has to end, and the questions of the market have to be answered after it. */
async function uploadFiles({ url }: LocalSystem, isOver: () => boolean): Promise<void> {
  const code = 'hostile';
  await createMarket(url, code);
  for (let round = 0; !isOver(); round += 1) {
    for (const { name, content, mapping } of filesOf(Number(values.seed) + round)) {
      if (isOver()) return;
      counts['hostile files'] += 1;
      const form = new FormData();
      if (mapping) form.append('mapping', JSON.stringify(mapping));
      form.append('file', new Blob([content as string]), 'upload');
      await attempt(name, url, `/api/imports/preview?market=${code}`, { method: 'POST', body: form });
      const path = `/api/imports?market=${code}&max_rejects=1`;
      const accepted = await attempt(name, url, path, { method: 'POST', body: form });
      const location = accepted?.headers.get('location');
      if (location) await ended(name, url, location);
      await attempt(name, url, `/api/analytics/summary?market=${code}&standard=all`);
    }
  }
}

/** Waits for the end of an import. */
async function ended(name: string, origin: string, path: string): Promise<void> {
  for (const end = Date.now() + hang; Date.now() < end; await delay(200)) {
    const answer = await send(origin, path);
    if (answer?.status === 200 && !['received', 'running'].includes(JSON.parse(answer.text).state)) return;
  }
  counts.hangs += 1;
  faults.push(`hangs: the import of ${name}`);
}

function createMarket(origin: string, code: string) {
  return post(origin, '/api/markets', { code, name: code, currency: 'AUD' });
}

function post(origin: string, path: string, body: object) {
  const headers = { 'content-type': 'application/json' };
  return send(origin, path, { method: 'POST', headers, body: JSON.stringify(body) });
}

/**
 * Writes to one task, and reads at once from another; each write has a price of its own, by which it is found. The fuzz may remove what was written later, so
 * the revisions state at the end whether a write was lost.
 */
async function pairs({ url, tasks }: LocalSystem, isOver: () => boolean): Promise<void> {
  const code = 'torture';
  await createMarket(url, code);
  while (!isOver()) {
    const price = 1_000_000 + counts.pairs;
    const written = await post(url, `/api/properties?market=${code}`, { address: '1 Test St, Testville', price });
    if (written?.status !== 201) {
      await delay(100);
      continue;
    }
    counts.pairs += 1;
    const readers = tasks().filter(({ name }) => name.startsWith('analytical'));
    const reader = readers[counts.pairs % Math.max(1, readers.length)];
    const query = `market=${code}&standard=all&price_min=${price}&price_max=${price}`;
    const read = reader && (await send(reader.url, `/api/analytics/summary?${query}`));
    if (read?.status !== 200 || JSON.parse(read.text).sales > 0) continue;
    counts.stale += 1;
    faults.push(`stale: ${reader?.name} lacks the sale that was written a moment ago at the price ${price}`);
  }
  let entries = 0;
  for (let path: string | undefined = `/api/revisions?market=${code}&limit=1000`; path; ) {
    const answer = await send(url, path);
    if (answer?.status !== 200) {
      await delay(1_000);
      continue;
    }
    const revisions = JSON.parse(answer.text) as { kind: string }[];
    entries += revisions.filter(({ kind }) => kind === 'entry').length;
    path = /<([^>]*)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  counts.lost = Math.max(0, counts.pairs - entries);
  if (counts.lost > 0) faults.push(`lost: ${counts.lost} of ${counts.pairs} writes have no revision`);
}

/** Every third victim is PostgreSQL, the others are tasks. */
async function kill({ tasks, database }: LocalSystem, isOver: () => boolean): Promise<void> {
  for (let waited = 0, kills = 0; !isOver(); waited += 1_000) {
    await delay(1_000);
    if (waited < killInterval) continue;
    waited = 0;
    const victims = tasks();
    const isDatabase = kills % 3 === 2;
    const pid = isDatabase ? database.pid : victims[kills % victims.length]?.pid;
    kills += 1;
    if (pid === undefined) continue;
    killedAt = Date.now();
    counts[isDatabase ? 'database kills' : 'task kills'] += 1;
    process.kill(pid, 'SIGKILL');
  }
}

async function watchMemory({ tasks }: LocalSystem, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    for (const { pid } of tasks()) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      const mebibytes = Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
      counts['peak MiB'] = Math.max(counts['peak MiB'], mebibytes);
    }
    await delay(1_000);
  }
}

/**
 * `npm run torture -- --minutes 30`: attacks a whole local system for some minutes, and prints counts: requests, server errors, hangs, stale answers, lost
 * writes, refusals for lack of budget, and the peak memory of the tasks. At least 20,000 requests to every operation of both descriptions are made with a
 * fixed seed, beside writes that are read at once by another task, and tasks that are killed. Exits with 1 if an answer was a server error or stale, a
 * request hung, or a write was lost.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type LocalSystem, Logs, startLocal } from '@property-insights/local';
import { type Description, type FuzzRequest, fuzzRequests } from './fuzz-requests.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string', default: '15' } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0, not ${values.minutes}.`);

const minRequests = 20_000;
const concurrency = 8;
/** Milliseconds after which a request hangs. */
const hang = 60_000;
const killInterval = 60_000;

const counts = {
  requests: 0,
  'server errors': 0,
  hangs: 0,
  'over budget': 0,
  pairs: 0,
  stale: 0,
  lost: 0,
  kills: 0,
  'peak MiB': 0,
};
const faults: string[] = [];
/** When a task was last killed: the load balancer answers the requests that it had with 502 or 504. */
let killedAt = Number.NEGATIVE_INFINITY;
const isNearKill = () => Date.now() - killedAt < 20_000;

const folder = await mkdtemp(join(tmpdir(), 'property-insights-torture-'));
const system = await startLocal({
  port: 0,
  dataDirectory: join(folder, 'data'),
  sample: false,
  taskCounts: { analytical: 2 },
  logs: new Logs({ format: 'pretty', write: () => {} }),
  synthesisOptions: { callerBudget: '1000000' },
});
try {
  const end = Date.now() + minutes * 60_000;
  const isOver = () => Date.now() > end && counts.requests >= minRequests;
  await Promise.all([fuzz(system, isOver), pairs(system, isOver), kill(system, isOver), watchMemory(system, isOver)]);
} finally {
  await system.stop();
  await rm(folder, { recursive: true, force: true });
}
for (const [name, count] of Object.entries(counts)) console.log(`${name.padEnd(14)} ${count}`);
for (const fault of faults.slice(0, 20)) console.log(fault.slice(0, 500));
if (faults.length > 0) process.exitCode = 1;

/** Sends one request. Returns undefined if it hangs or a task that was killed broke it off. */
async function send(origin: string, { method, url, headers, body }: Omit<FuzzRequest, 'operation'>) {
  counts.requests += 1;
  try {
    const response = await fetch(`${origin}${url}`, {
      method,
      headers: { authorization: `Bearer ${system.adminToken}`, ...headers },
      body: body ?? null,
      signal: AbortSignal.timeout(hang),
    });
    const text = await response.text();
    if (response.status === 429) counts['over budget'] += 1;
    return { status: response.status, text };
  } catch (error) {
    if ((error as Error).name === 'TimeoutError') {
      counts.hangs += 1;
      faults.push(`hangs: ${method} ${url}`);
    }
    return undefined;
  }
}

async function fuzz({ url }: LocalSystem, isOver: () => boolean): Promise<void> {
  const describe = async (path: string) => (await (await fetch(`${url}${path}`)).json()) as Description;
  const descriptions = [await describe('/api/openapi.json'), await describe('/reporting/openapi.json')];
  for (let round = 0; !isOver(); round += 1) {
    const requests = fuzzRequests(descriptions, minRequests, Number(values.seed) + round);
    const work = async () => {
      for (let next = requests.pop(); next && !isOver(); next = requests.pop()) {
        const answer = await send(url, next);
        if (!answer || answer.status < 500 || (isNearKill() && [502, 503, 504].includes(answer.status))) continue;
        counts['server errors'] += 1;
        faults.push(`${answer.status} ${next.operation}: ${next.url} ${next.body ?? ''} ${answer.text}`);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, work));
  }
}

/**
 * Writes to one task, and reads at once from another; each write has a price of its own, by which it is found. The fuzz may remove what was written later, so
 * the revisions state at the end whether a write was lost.
 */
async function pairs({ url, tasks }: LocalSystem, isOver: () => boolean): Promise<void> {
  const code = 'torture';
  const get = (origin: string, path: string) => send(origin, { method: 'GET', url: path, headers: {} });
  const post = (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    return send(url, { method: 'POST', url: path, headers, body: Buffer.from(JSON.stringify(body)) });
  };
  await post('/api/markets', { code, name: 'Torture', currency: 'AUD' });
  while (!isOver()) {
    const price = 1_000_000 + counts.pairs;
    const written = await post(`/api/properties?market=${code}`, { address: '1 Test St, Testville', price });
    if (written?.status !== 201) {
      await delay(100);
      continue;
    }
    counts.pairs += 1;
    const readers = tasks().filter(({ name }) => name.startsWith('analytical'));
    const reader = readers[counts.pairs % Math.max(1, readers.length)];
    const query = `market=${code}&standard=all&price_min=${price}&price_max=${price}`;
    const read = reader && (await get(reader.url, `/api/analytics/summary?${query}`));
    if (read?.status !== 200 || JSON.parse(read.text).sales > 0) continue;
    counts.stale += 1;
    faults.push(`stale: ${reader?.name} lacks the sale that was written a moment ago at the price ${price}`);
  }
  let entries = 0;
  for (let path: string | undefined = `/api/revisions?market=${code}&limit=1000`; path; ) {
    const response = await fetch(`${url}${path}`);
    const revisions = (await response.json()) as { kind: string }[];
    entries += revisions.filter(({ kind }) => kind === 'entry').length;
    path = /<([^>]*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  }
  counts.lost = Math.max(0, counts.pairs - entries);
  if (counts.lost > 0) faults.push(`lost: ${counts.lost} of ${counts.pairs} writes have no revision`);
}

async function kill({ tasks }: LocalSystem, isOver: () => boolean): Promise<void> {
  for (let waited = 0; !isOver(); waited += 1_000) {
    await delay(1_000);
    if (waited < killInterval) continue;
    waited = 0;
    const victims = tasks();
    const victim = victims[counts.kills % victims.length];
    if (victim?.pid === undefined) continue;
    killedAt = Date.now();
    counts.kills += 1;
    process.kill(victim.pid, 'SIGKILL');
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

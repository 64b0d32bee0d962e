/**
 * How near a cached answer comes to the cheapest that Node can give: `/api/analytics/summary` on the service's own port, against a bare
 * `node:http` server that returns the same bytes. Each request still asks whether the answer is fresh (see docs/decisions, 4).
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { type BenchmarkResult, median } from './benchmark.ts';
import { loadMarket, withSystem } from './system.ts';

export const title =
  'Requests per second of a cached summary, against a bare node:http server returning the same bytes';

const connections = 64;
const seconds = 4;
/** Taken in turns, so that whatever else the machine does falls on both. */
const rounds = 5;
const target = 0.5;

export function run(): Promise<BenchmarkResult> {
  return withSystem(async (system, folder) => {
    const service = system.tasks().find(({ name }) => name === 'analytical-1');
    if (!service) throw new Error('There is no analytical task.');
    await loadMarket(system, folder, { code: 'million', sales: 1_000_000 });
    const table = [];
    const targets = [];
    for (const [sales, market] of [
      [3, 'demo'],
      [1_000_000, 'million'],
    ] as const) {
      const url = `${service.url}/api/analytics/summary?market=${market}`;
      const { ofService, ofBare } = await compare(url, folder);
      const ratio = ofService / ofBare;
      table.push({ sales, service: Math.round(ofService), bare: Math.round(ofBare), ratio: ratio.toFixed(2) });
      targets.push({ claim: `at least ${target} of the bare server with ${sales} sales`, met: ratio >= target });
    }
    return { table, targets };
  });
}

async function compare(url: string, folder: string): Promise<{ ofService: number; ofBare: number }> {
  const answer = await fetch(url);
  const file = join(folder, 'answer');
  await writeFile(file, Buffer.from(await answer.arrayBuffer()));
  const headers = Object.fromEntries(
    [...answer.headers].filter(([name]) => !/^(date|connection|keep-alive|content-length)$/.test(name)),
  );
  const bare = fork(join(import.meta.dirname, 'bare-server.ts'), [file, JSON.stringify(headers)]);
  const [{ port }] = (await once(bare, 'message')) as [{ port: number }];
  const bareUrl = `http://127.0.0.1:${port}/`;
  try {
    const ofService: number[] = [];
    const ofBare: number[] = [];
    for (const measured of [url, bareUrl]) await requestsPerSecond(measured); // warms both up
    for (let round = 0; round < rounds; round++) {
      ofBare.push(await requestsPerSecond(bareUrl));
      ofService.push(await requestsPerSecond(url));
    }
    return { ofService: median(ofService), ofBare: median(ofBare) };
  } finally {
    bare.kill();
  }
}

async function requestsPerSecond(url: string): Promise<number> {
  const result = await autocannon({ url, connections, duration: seconds });
  if (result.non2xx + result.errors > 0) throw new Error(`${url}: ${result.non2xx + result.errors} requests failed.`);
  return result.requests.average;
}

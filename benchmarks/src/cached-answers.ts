/**
 * The cost of a cached answer compared with the minimum of Node: `/api/analytics/summary` on the service's own port, and a bare `node:http`
 * server that returns the same bytes, or a 304 to a client that has them. Each request still checks whether the answer is fresh (see
 * docs/decisions, 4).
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { type BenchmarkResult, median } from './benchmark.ts';
import { generateInto } from './market.ts';
import { serviceOf, withSystem } from './system.ts';

export const title =
  'Requests per second of a cached answer, compared with a bare node:http server that returns the same bytes';

const connections = 64;
const seconds = 4;
/** Rounds alternate, so that other load of the machine affects both. */
const rounds = 5;
const target = 0.6;

export async function run(sizes: number[]): Promise<BenchmarkResult> {
  const table: BenchmarkResult['table'] = [];
  const targets: BenchmarkResult['targets'] = [];
  for (const sales of [3, ...sizes]) {
    await withSystem(async (system, folder) => {
      const market = sales === 3 ? 'demo' : 'generated';
      if (sales !== 3) await generateInto(system, { code: market, sales });
      const url = `${serviceOf(system, 'analytical').url}/api/analytics/summary?market=${market}`;
      const { body, headers, etag } = await answered(url);
      const file = join(folder, 'answer');
      await writeFile(file, body);
      for (const [status, asked] of [
        [200, {}],
        [304, { 'if-none-match': etag }],
      ] as const) {
        const { ofService, ofBare, ratio } = await compare(url, [file, String(status), JSON.stringify(headers)], asked);
        table.push({
          sales,
          status,
          service: Math.round(ofService),
          bare: Math.round(ofBare),
          ratio: ratio.toFixed(2),
        });
        targets.push({
          claim: `with ${sales.toLocaleString('en')} sales, ${status} at ${ratio.toFixed(2)} of the bare server (at least ${target})`,
          met: ratio >= target,
        });
      }
    });
  }
  return { table, targets };
}

/** The answer, the service's headers, and the ETag. The first question about a large market waits for the replica. */
export async function answered(url: string): Promise<{ body: Buffer; headers: Record<string, string>; etag: string }> {
  const answer = await fetch(url);
  const body = Buffer.from(await answer.arrayBuffer());
  if (answer.status !== 200) throw new Error(`${url} was answered with ${answer.status}: ${body}`);
  const headers = Object.fromEntries(
    [...answer.headers].filter(([name]) => !/^(date|connection|keep-alive|content-length)$/.test(name)),
  );
  return { body, headers, etag: headers.etag ?? '' };
}

export async function compare(url: string, bareArguments: string[], headers: Record<string, string>) {
  const bare = fork(join(import.meta.dirname, 'bare-server.ts'), bareArguments);
  const [{ port }] = (await once(bare, 'message')) as [{ port: number }];
  const bareUrl = `http://127.0.0.1:${port}/`;
  try {
    const ofService: number[] = [];
    const ofBare: number[] = [];
    for (const measured of [url, bareUrl]) await requestsPerSecond(measured, headers); // warms both up
    for (let round = 0; round < rounds; round++) {
      ofBare.push(await requestsPerSecond(bareUrl, headers));
      ofService.push(await requestsPerSecond(url, headers));
    }
    // The ratio of each round, since the machine may be slower in one round than in another.
    const ratio = median(ofService.map((requests, round) => requests / (ofBare[round] as number)));
    return { ofService: median(ofService), ofBare: median(ofBare), ratio };
  } finally {
    bare.kill();
  }
}

async function requestsPerSecond(url: string, headers: Record<string, string>): Promise<number> {
  const result = await autocannon({ url, headers, connections, duration: seconds });
  const failed = result['4xx'] + result['5xx'] + result.errors;
  if (failed > 0) throw new Error(`${url}: ${failed} requests failed.`);
  return result.requests.average;
}

/** The synthetic market of a first start, loaded as any market is: through the API. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from './logs.ts';

const market = {
  code: 'sample',
  name: 'Synthetic Australia',
  currency: 'AUD',
  time_zone: 'Australia/Sydney',
  is_synthetic: true,
  is_default: true,
};

interface ImportState {
  state: 'received' | 'running' | 'finished' | 'failed' | 'cancelled';
  accepted: number;
  error: string | null;
}

/**
 * Makes the synthetic market, unless a former start has done so. One that was interrupted is completed: the market is there already, and
 * an import adds only what is missing.
 */
export async function loadSample(url: string, token: string, dataDirectory: string, log: Log): Promise<void> {
  const loaded = join(dataDirectory, 'sample-loaded');
  if ((await readFile(loaded, 'utf8').catch(() => undefined)) !== undefined) return;
  const started = performance.now();
  // Only here: a later start does without it, and comes up 0.3 s sooner.
  const { syntheticMarket } = await import('@property-insights/imports');
  const authorization = `Bearer ${token}`;
  const headers = { authorization, 'content-type': 'application/json' };
  await request(`${url}/api/markets`, { method: 'POST', headers, body: JSON.stringify(market) }, [201, 409]);
  const files = new FormData();
  files.set('file', new Blob([...syntheticMarket({ sales: 50_000 })]), 'synthetic-australia.csv');
  const accepted = await request(
    `${url}/api/imports?market=${market.code}`,
    { method: 'POST', headers: { authorization }, body: files },
    [202],
  );
  const location = new URL(accepted.headers.get('location') as string, url).href;
  for (;;) {
    const state = (await (await request(location, { headers: { authorization } }, [200])).json()) as ImportState;
    if (state.state === 'finished') {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      log.info(`The market ${market.name} has ${state.accepted} made-up sales (${seconds} s)`);
      break;
    }
    if (state.state !== 'received' && state.state !== 'running') {
      throw new Error(`The import of the sample ended as ${state.state}: ${state.error}`);
    }
    await delay(250);
  }
  await writeFile(loaded, '');
}

async function request(url: string, init: RequestInit, expected: number[]): Promise<Response> {
  const response = await fetch(url, init);
  if (expected.includes(response.status)) return response;
  throw new Error(`${init.method ?? 'GET'} ${url} was answered with ${response.status}: ${await response.text()}`);
}

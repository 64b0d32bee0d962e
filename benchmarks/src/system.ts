/** The whole system, as `npm start` runs it, on a data folder of its own; and markets to load it with. */
import { createWriteStream, openAsBlob } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { syntheticMarket } from '@property-insights/imports';
import { type LocalSystem, Logs, startLocal } from '@property-insights/local';

/** Runs work against a system that is gone afterwards. */
export async function withSystem<T>(work: (system: LocalSystem, folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'property-insights-benchmark-'));
  const lines: string[] = [];
  const logs = new Logs({ format: 'pretty', colours: false, write: (text) => keepLast(lines, text) });
  try {
    const system = await startLocal({ port: 0, dataDirectory: join(folder, 'data'), sample: false, logs });
    try {
      return await work(system, folder);
    } finally {
      await system.stop();
    }
  } catch (error) {
    console.error(lines.join(''));
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function keepLast(lines: string[], text: string): void {
  lines.push(text);
  if (lines.length > 50) lines.shift();
}

/** Loads a synthetic market through the API. */
export async function loadMarket(
  system: LocalSystem,
  folder: string,
  { code, sales }: { code: string; sales: number },
): Promise<void> {
  const started = performance.now();
  const file = join(folder, `${code}.csv`);
  await pipeline(Readable.from(syntheticMarket({ sales })), createWriteStream(file));
  await addMarket(system, { code, name: `${sales} synthetic sales`, currency: 'AUD', is_synthetic: true });
  await importFile(system, code, file);
  await rm(file);
  console.log(`loaded ${sales.toLocaleString('en')} sales in ${Math.round((performance.now() - started) / 1000)} s`);
}

interface NewMarket {
  code: string;
  name: string;
  currency: string;
  is_synthetic?: boolean;
}

export async function addMarket({ url, adminToken }: LocalSystem, market: NewMarket): Promise<void> {
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
  await expectStatus(201, fetch(`${url}/api/markets`, { method: 'POST', headers, body: JSON.stringify(market) }));
}

/** Imports a file and waits for its end. @throws unless it ends well. */
export async function importFile({ url, adminToken }: LocalSystem, market: string, path: string): Promise<void> {
  const files = new FormData();
  files.set('file', await openAsBlob(path), basename(path));
  const sent = fetch(`${url}/api/imports?market=${market}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}` },
    body: files,
  });
  const status = new URL((await expectStatus(202, sent)).headers.get('location') as string, url);
  for (;;) {
    const { state, error } = (await (await expectStatus(200, fetch(status))).json()) as {
      state: string;
      error: string | null;
    };
    if (state === 'finished') return;
    if (state !== 'received' && state !== 'running') throw new Error(`The import ended as ${state}: ${error}`);
    await delay(100);
  }
}

async function expectStatus(expected: number, answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  if (response.status === expected) return response;
  throw new Error(`${response.url} was answered with ${response.status}: ${await response.text()}`);
}

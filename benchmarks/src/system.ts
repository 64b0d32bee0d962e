/** The whole system, as `npm start` runs it, in a separate data directory, and markets to load into it. */
import { execFileSync } from 'node:child_process';
import { openAsBlob } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type LocalOptions, type LocalSystem, Logs, startLocal } from '@property-insights/local';

/** Runs a function with a system that is removed afterwards. */
export async function withSystem<T>(
  work: (system: LocalSystem, folder: string) => Promise<T>,
  // Here all callers have one address.
  synthesisOptions: LocalOptions['synthesisOptions'] = { callerBudget: '1000000' },
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'property-insights-benchmark-'));
  const lines: string[] = [];
  const logs = new Logs({ format: 'pretty', colours: false, write: (text) => keepLast(lines, text) });
  try {
    const system = await startLocal({
      port: 0,
      dataDirectory: join(folder, 'data'),
      sample: false,
      logs,
      synthesisOptions,
    });
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

/** The first task of a service. */
export function serviceOf(system: LocalSystem, name: string): ReturnType<LocalSystem['tasks']>[number] {
  const task = system.tasks().find((task) => task.name === `${name}-1`);
  if (!task) throw new Error(`There is no task of ${name}.`);
  return task;
}

/** The maximum of the resident memory of the first task of a service until the watch ends, in MB. */
export function watchMemory(system: LocalSystem, name: string): { end(): number } {
  const pid = String(serviceOf(system, name).pid);
  let highest = 0;
  const read = () => {
    const kibibytes = Number(execFileSync('ps', ['-o', 'rss=', '-p', pid], { encoding: 'utf8' }));
    highest = Math.max(highest, (kibibytes * 1024) / 1e6);
  };
  const timer = setInterval(read, 200);
  return {
    end() {
      read();
      clearInterval(timer);
      return highest;
    },
  };
}

/**
 * Waits until the analytical service has fitted the models of changed markets, which it begins within two minutes in the background: here on the processors of
 * all services, in AWS on those of its own tasks.
 */
export async function untilFitted(system: LocalSystem): Promise<void> {
  const pid = String(serviceOf(system, 'analytical').pid);
  const processorSeconds = () => Number(execFileSync('ps', ['-o', 'cputimes=', '-p', pid], { encoding: 'utf8' }));
  for (let used = -1; processorSeconds() > used; ) {
    used = processorSeconds() + 1;
    await delay(125_000);
  }
}

function keepLast(lines: string[], text: string): void {
  lines.push(text);
  if (lines.length > 50) lines.shift();
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

/** Imports files at once and waits for the end. @throws if the import fails. */
export async function importFiles({ url, adminToken }: LocalSystem, market: string, paths: string[]): Promise<void> {
  const files = new FormData();
  for (const path of paths) files.append('file', await openAsBlob(path), basename(path));
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

export async function expectStatus(expected: number, answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  if (response.status === expected) return response;
  throw new Error(`${response.url} was answered with ${response.status}: ${await response.text()}`);
}

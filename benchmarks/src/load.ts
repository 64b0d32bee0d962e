/** Requests at a constant rate, from a process of their own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type autocannon from 'autocannon';

/**
 * The 99th percentile of the time of requests while a promise is pending, in milliseconds: the same few requests, at a rate well below the limit of the
 * service.
 */
export async function p99(url: string, paths: string[], meanwhile: Promise<unknown>): Promise<number> {
  const requests = paths.map((path) => ({ path }));
  const options: autocannon.Options = { url, connections: 4, overallRate: 100, duration: 3_600, requests };
  const load = fork(join(import.meta.dirname, 'load-process.ts'), [JSON.stringify(options)]);
  const ended = once(load, 'message') as Promise<[autocannon.Result]>;
  await meanwhile.finally(() => load.send('stop'));
  const [result] = await ended;
  if (result.non2xx + result.errors > 0) throw new Error(`${result.non2xx + result.errors} requests failed.`);
  return result.latency.p99;
}

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';

const source = `
import { registerHooks } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
const packages = new Set();
registerHooks({
  load(url, context, next) {
    packages.add(/node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1]);
    return next(url, context);
  },
});
for (const url of workerData) await import(url);
parentPort.postMessage([...packages]);
`;

test('the threads that read files do not load what only other threads, and rare files, need', async () => {
  const modules = ['../src/jobs/import.ts', '../src/preview.ts'];
  const workerData = modules.map((path) => new URL(path, import.meta.url).href);
  const [packages] = await once(new Worker(source, { eval: true, workerData }), 'message');
  expect(packages).toContain('csv-parse');
  for (const name of ['@duckdb/node-api', '@aws-sdk/client-secrets-manager', 'node-pg-migrate']) {
    expect(packages).not.toContain(name);
  }
}, 60_000);

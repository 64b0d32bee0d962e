/** Builds the page into `dist/` when its sources changed since the last build; run at every start, so it must cost nothing when fresh. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { glob, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const folder = import.meta.dirname;

/** The file in `dist/` that says which sources it was built from. */
export const STAMP = '.sources';

/** SHA-256 over everything the build depends on: the sources, their settings, and the lock file for the libraries' versions. */
export async function sourceHash(): Promise<string> {
  const names = ['../../package-lock.json', 'index.html', 'package.json', 'vite.config.ts', 'build-if-stale.ts'];
  for await (const name of glob('src/**/*.*', { cwd: folder })) names.push(name);
  const contents = await Promise.all(names.sort().map((name) => readFile(join(folder, name))));
  const hash = createHash('sha256');
  for (const [i, content] of contents.entries()) hash.update(`${names[i]} ${content.length}\n`).update(content);
  return hash.digest('hex');
}

/** Builds if needed; returns whether it did. Rejects with what the build said when it failed. */
export async function buildIfStale(): Promise<boolean> {
  const [hash, built] = await Promise.all([
    sourceHash(),
    readFile(join(folder, 'dist', STAMP), 'utf8').catch(() => undefined),
  ]);
  if (hash === built) return false;
  // In a process of its own: whatever this one is for (a test, say), the build is for production.
  const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js');
  await promisify(execFile)(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: folder,
    env: { ...process.env, NODE_ENV: 'production' },
  });
  return true;
}

if (import.meta.main) {
  const started = performance.now();
  if (await buildIfStale()) console.log(`Built the dashboard in ${Math.round(performance.now() - started)} ms`);
}

/** Builds the page into `dist/` if its sources have changed since the last build. It runs at every start and is fast if nothing has changed. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { glob, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const folder = import.meta.dirname;

/** The file in `dist/` that contains the hash of the sources of the build. */
export const STAMP = '.sources';

/** SHA-256 over all inputs of the build: the sources, their settings, and the lock file with the versions of libraries. */
export async function sourceHash(): Promise<string> {
  const names = [
    '../../package-lock.json',
    'index.html',
    'package.json',
    'vite.config.ts',
    'build-if-stale.ts',
    'lingui.config.ts',
    'coast.ts',
  ];
  for await (const name of glob(['src/**/*.*', '../../packages/charts/src/*.ts'], { cwd: folder })) names.push(name);
  const contents = await Promise.all(names.sort().map((name) => readFile(join(folder, name))));
  const hash = createHash('sha256');
  for (const [i, content] of contents.entries()) hash.update(`${names[i]} ${content.length}\n`).update(content);
  return hash.digest('hex');
}

/** Builds if needed. Resolves to whether it has built; rejects with the build's output if it fails. */
export async function buildIfStale(): Promise<boolean> {
  const [hash, built] = await Promise.all([
    sourceHash(),
    readFile(join(folder, 'dist', STAMP), 'utf8').catch(() => undefined),
  ]);
  if (hash === built) return false;
  // In a separate process, because the build is for production even if this process is a test.
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

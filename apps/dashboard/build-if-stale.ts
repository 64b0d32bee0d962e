/** Builds the page into `dist/` when its sources changed since the last build; run at every start, so it must cost nothing when fresh. */
import { createHash } from 'node:crypto';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

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

/** Builds if needed; returns whether it did. */
export async function buildIfStale(): Promise<boolean> {
  const [hash, built] = await Promise.all([
    sourceHash(),
    readFile(join(folder, 'dist', STAMP), 'utf8').catch(() => undefined),
  ]);
  if (hash === built) return false;
  // Imported only here: loading Vite alone takes longer than finding out that there is nothing to do.
  const { build } = await import('vite');
  await build({ configFile: join(folder, 'vite.config.ts'), logLevel: 'warn' });
  return true;
}

if (import.meta.main) {
  const started = performance.now();
  if (await buildIfStale()) console.log(`Built the dashboard in ${Math.round(performance.now() - started)} ms`);
}

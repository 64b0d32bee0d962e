import { type FSWatcher, watch } from 'node:fs';
import { glob } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Log } from './logs.ts';
import type { Service } from './service.ts';

/** Changes within this time, such as those of a checkout, are handled together. */
const settlingMs = 300;

export interface WatchOptions {
  projectRoot: string;
  services: ReadonlyMap<string, Service>;
  log: Log;
}

/**
 * Replaces the tasks of a service when a file changes in the folder of its entry point, such as `apps/analytical/src`, or in the sources of a
 * package. If the new tasks fail, the former ones stay.
 * @returns a function that stops watching.
 */
export async function watchSources({ projectRoot, services, log }: WatchOptions): Promise<() => void> {
  const watchers = new Map<string, FSWatcher>();
  const changedFolders = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  // Each folder by itself: on Linux a recursive watcher misses files that editors replace by renaming.
  async function watchFolders(): Promise<void> {
    for await (const entry of glob('{apps,packages}/*/src{,/**}', { cwd: projectRoot, withFileTypes: true })) {
      const folder = join(entry.parentPath, entry.name);
      if (!entry.isDirectory() || watchers.has(folder)) continue;
      const watcher = watch(folder, () => {
        changedFolders.add(folder);
        timer ??= setTimeout(onChange, settlingMs);
      });
      watcher.on('error', () => watchers.delete(folder)); // the folder was removed
      watchers.set(folder, watcher);
    }
  }

  async function onChange(): Promise<void> {
    timer = undefined;
    const folders = [...changedFolders];
    changedFolders.clear();
    await watchFolders(); // those that are new
    const packages = join(projectRoot, 'packages');
    for (const service of services.values()) {
      const [entryPoint = ''] = service.container.arguments;
      const own = dirname(resolve(projectRoot, entryPoint));
      if (!folders.some((folder) => isWithin(folder, packages) || isWithin(folder, own))) continue;
      log.info(`The source of ${service.name} has changed; its tasks are replaced`);
      service.redeploy().then(
        () => log.info(`${service.name} runs the changed source`),
        (error: Error) => log.error(`${error.message}. The former tasks stay until the source changes again.`),
      );
    }
  }

  await watchFolders();
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers.values()) watcher.close();
  };
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

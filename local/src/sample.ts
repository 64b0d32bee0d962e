/** The synthetic market of a first start, which `npm run import` generates and sends. */
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logs } from './logs.ts';
import type { Run } from './run.ts';
import { runScript, ScriptFailed } from './script.ts';

const market = {
  market: 'sample',
  name: 'Synthetic Australia',
  currency: 'AUD',
  'time-zone': 'Australia/Sydney',
};

/** The exit code of `npm run import` if its import was cancelled. */
const cancelledExitCode = 130;

export interface SampleOptions {
  projectRoot: string;
  run: Run;
  logs: Logs;
  /** Of the load balancer. */
  url: string;
  adminToken: string;
  signal: AbortSignal | undefined;
}

/**
 * Loads the synthetic market, unless an earlier start has done so. If that start was interrupted, this one completes the market: an import
 * adds only the sales that are missing. A user who cancels the import does not want the market: it is not loaded again.
 * @throws if the import fails.
 */
export async function loadSample({ projectRoot, run, logs, url, adminToken, signal }: SampleOptions): Promise<void> {
  const marker = join(run.directory, 'sample-loaded');
  const isLoaded = await access(marker).then(
    () => true,
    () => false,
  );
  if (isLoaded) return;
  const options = Object.entries({ ...market, url }).flatMap(([name, value]) => [`--${name}`, value]);
  await runScript(run, {
    title: 'The import of the synthetic market',
    projectRoot,
    arguments: ['apps/command-line/src/import.ts', '--synthetic', ...options],
    environment: { PROPERTY_INSIGHTS_TOKEN: adminToken },
    log: logs.source('import'),
    signal,
  }).catch((error: unknown) => {
    const isCancelled = error instanceof ScriptFailed && error.exitCode === cancelledExitCode && !signal?.aborted;
    if (!isCancelled) throw error;
    logs.source('local').warn('The import of the synthetic market was cancelled; later starts do not load it');
  });
  await writeFile(marker, '');
}

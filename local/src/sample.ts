/** The synthetic market of a first start, which `npm run import` generates and sends. */
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logs } from './logs.ts';
import type { Run } from './run.ts';
import { runScript } from './script.ts';

const market = {
  market: 'sample',
  name: 'Synthetic Australia',
  currency: 'AUD',
  'time-zone': 'Australia/Sydney',
};

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
 * adds only the sales that are missing.
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
    arguments: ['apps/command-line/src/import.ts', '--synthetic', '--default', ...options],
    environment: { PROPERTY_INSIGHTS_TOKEN: adminToken },
    log: logs.source('import'),
    signal,
  });
  await writeFile(marker, '');
}

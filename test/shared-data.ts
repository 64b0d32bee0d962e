/**
 * Open data that is too large for the repository. It is expected in `../shared/data`, beside the project's folder; tests that need it are skipped
 * where it is missing.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sharedData = fileURLToPath(new URL('../../shared/data/', import.meta.url));

export type SharedFolder = 'au-postcodes' | 'house-price-index' | 'nsw-psi-2024' | 'singapore-hdb' | 'uk-price-paid';

/** The path of a folder of the shared data, or of a file in it. */
export function sharedPath(folder: SharedFolder, file = ''): string {
  return join(sharedData, folder, file);
}

const reported = new Set<SharedFolder>();

/** The condition for `skipIf` of tests that read a folder of the shared data. Prints why they are skipped. */
export function withoutSharedData(folder: SharedFolder): boolean {
  const missing = !existsSync(sharedPath(folder));
  if (missing && !reported.has(folder)) console.warn(`Tests are skipped because ${sharedPath(folder)} is missing.`);
  if (missing) reported.add(folder);
  return missing;
}

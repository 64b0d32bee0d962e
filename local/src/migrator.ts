/** The function that migrates the database, in a file of the data directory: who owns the directory may invoke it while the system runs. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invoke, type LambdaFunction } from './lambda.ts';
import { silentLog } from './logs.ts';

const fileIn = (dataDirectory: string) => join(dataDirectory, 'migrator.json');

export async function writeMigrator(dataDirectory: string, migrator: LambdaFunction): Promise<void> {
  await writeFile(fileIn(dataDirectory), JSON.stringify(migrator), { mode: 0o600 });
}

export async function removeMigrator(dataDirectory: string): Promise<void> {
  await rm(fileIn(dataDirectory), { force: true });
}

/**
 * Creates an admin token in the system that uses the data directory.
 * @throws if no system uses it
 */
export async function createAdminToken(dataDirectory: string, name: string): Promise<string> {
  const text = await readFile(fileIn(dataDirectory), 'utf8').catch((cause: unknown) => {
    throw new Error(`No Property Insights runs on ${dataDirectory}. Start it, or name its folder with --data-dir.`, {
      cause,
    });
  });
  const owner = { directory: dataDirectory, assertOpen() {}, guard() {} };
  const result = await invoke(JSON.parse(text) as LambdaFunction, { newAdminToken: name }, owner, silentLog);
  return (result as { token: string }).token;
}

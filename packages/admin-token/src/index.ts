/**
 * The file with the admin token of a local system. The local system writes it; programs of the same user read it, so that nobody has to copy
 * the token.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Content {
  /** The address of the system that the token is for. */
  url: string;
  token: string;
}

const fileIn = (dataDirectory: string) => join(dataDirectory, 'admin-token.json');

/** Writes the token of the system at `url`, readable by its owner only. */
export async function writeAdminToken(dataDirectory: string, url: string, token: string): Promise<void> {
  // An existing file would keep its mode.
  await removeAdminToken(dataDirectory);
  const content: Content = { url, token };
  await writeFile(fileIn(dataDirectory), JSON.stringify(content), { mode: 0o600 });
}

/** Removes the token when its system stops, so that it is not sent to the next program that listens at the address. */
export async function removeAdminToken(dataDirectory: string): Promise<void> {
  await rm(fileIn(dataDirectory), { force: true });
}

/** The token of the system that uses this data directory; undefined if `address` is not the address of that system on this machine. */
export async function readAdminToken(dataDirectory: string, address: string): Promise<string | undefined> {
  try {
    const { url, token } = JSON.parse(await readFile(fileIn(dataDirectory), 'utf8')) as Content;
    const { protocol, hostname, port } = new URL(address);
    const isLocal = protocol === 'http:' && ['localhost', '127.0.0.1'].includes(hostname);
    return isLocal && port === new URL(url).port ? token : undefined;
  } catch {
    return undefined; // no system uses this data directory, or `address` is no URL
  }
}

/** The first token, which the templates have made: found by its output, and handed to whoever runs the system by a file that only they can read. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Identities } from './identities.ts';

/** `{"url": …, "token": …}`: `npm run import` takes the token for that address, and for no other. */
const file = (directory: string) => join(directory, 'admin-token.json');

/** @throws when the templates don't say where the token is. */
export function adminToken(outputs: Record<string, Record<string, unknown>>, identities: Identities): string {
  const [arn] = Object.values(outputs).flatMap(({ AdminTokenSecretArn }) => AdminTokenSecretArn ?? []);
  if (arn === undefined) throw new Error('The templates have no output AdminTokenSecretArn.');
  return `pi_${identities.secretValue(String(arn))}`;
}

/** The token of the system that runs with this data directory, if the address is that of this machine and this system. */
export async function handedOver(directory: string, address: string): Promise<string | undefined> {
  try {
    const { url, token } = JSON.parse(await readFile(file(directory), 'utf8')) as { url: string; token: string };
    const { protocol, hostname, port } = new URL(address);
    const here = protocol === 'http:' && ['localhost', '127.0.0.1'].includes(hostname);
    return here && port === new URL(url).port ? token : undefined;
  } catch {
    return undefined; // it doesn't run, or runs elsewhere
  }
}

export async function handOver(directory: string, url: string, token: string): Promise<void> {
  // A file that is there already would keep its mode.
  await rm(file(directory), { force: true });
  await writeFile(file(directory), JSON.stringify({ url, token }), { mode: 0o600 });
}

/** Whatever listens at the address next is not to be sent the token. */
export async function takeBack(directory: string): Promise<void> {
  await rm(file(directory), { force: true });
}

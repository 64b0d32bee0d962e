import { readFile } from 'node:fs/promises';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** The login of a user of the database. */
export interface Credentials {
  username: string;
  password: string;
}

/** Provides the credentials of new connections. */
export interface CredentialSource {
  /** The credentials fetched last. Fetches them if there are none. */
  get(): Promise<Credentials>;
  /** Fetches the credentials again. Concurrent callers share one fetch. */
  refresh(): Promise<Credentials>;
}

/**
 * The credentials in a secret, `{"username": …, "password": …}` (other members are ignored), cached until `refresh`.
 * @param secret the ARN of a secret in Secrets Manager, or the `file:` URL of a file, for containers that run without AWS
 */
export function secretCredentials(secret: string): CredentialSource {
  const read = secretReader(secret);
  return cachedCredentials(async () => parseCredentials(await read(), secret));
}

/** The text of a secret. */
export async function secretText(secret: string): Promise<string> {
  return (await secretReader(secret)()) ?? '';
}

function secretReader(secret: string): () => Promise<string | undefined> {
  if (secret.startsWith('file:')) return () => readFile(new URL(secret), 'utf8');
  let client: SecretsManagerClient | undefined;
  return async () => {
    // Not loaded by the threads that read files, which receive credentials from the service: the SDK takes 15 MB in each.
    const { readSecret, secretsManager } = await import('./secrets-manager.ts');
    client ??= secretsManager();
    return readSecret(client, secret);
  };
}

function cachedCredentials(fetch: () => Promise<Credentials>): CredentialSource {
  let current: Credentials | undefined;
  let fetching: Promise<Credentials> | undefined;

  async function fetchAndCache(): Promise<Credentials> {
    current = await fetch();
    return current;
  }

  function refresh(): Promise<Credentials> {
    fetching ??= fetchAndCache().finally(() => {
      fetching = undefined;
    });
    return fetching;
  }

  return { get: async () => current ?? refresh(), refresh };
}

/** Credentials that never change, for tests and tools. */
export function fixedCredentials(credentials: Credentials): CredentialSource {
  const get = async () => credentials;
  return { get, refresh: get };
}

/** @throws if the secret is not a login; the message does not quote it */
export function parseCredentials(secret: string | undefined, name: string): Credentials {
  let value: unknown;
  try {
    value = JSON.parse(secret ?? '');
  } catch {
    // The error of the parser would quote the secret.
  }
  const { username, password } = (value ?? {}) as Partial<Record<keyof Credentials, unknown>>;
  if (typeof username !== 'string' || typeof password !== 'string' || !username || !password) {
    throw new Error(`The secret ${name} must be a JSON object with the texts "username" and "password".`);
  }
  return { username, password };
}

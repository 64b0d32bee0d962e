import { readFile } from 'node:fs/promises';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** What a user of the database logs in with. */
export interface Credentials {
  username: string;
  password: string;
}

/** Where a connection takes its credentials from, at the time it is made. */
export interface CredentialSource {
  /** The credentials last fetched; fetched if there are none. */
  get(): Promise<Credentials>;
  /** The credentials fetched anew; callers that ask while a fetch is under way share it. */
  refresh(): Promise<Credentials>;
}

/**
 * The credentials that a secret holds as `{"username": …, "password": …}` (more members are allowed), kept until `refresh`. A secret is one of
 * Secrets Manager, named by its ARN, or a file, named by its `file:` URL, for containers that run without AWS.
 */
export function secretCredentials(secret: string): CredentialSource {
  const read = secretReader(secret);
  return keptCredentials(async () => parseCredentials(await read(), secret));
}

/** The text that a secret holds. */
export async function secretText(secret: string): Promise<string> {
  return (await secretReader(secret)()) ?? '';
}

/** Region, keys and endpoint are the AWS SDK's own business (`AWS_REGION`, `AWS_ENDPOINT_URL_SECRETS_MANAGER`, …). */
function secretReader(secret: string): () => Promise<string | undefined> {
  if (secret.startsWith('file:')) return () => readFile(new URL(secret), 'utf8');
  const client = secretsManager();
  return async () => (await client.send(new GetSecretValueCommand({ SecretId: secret }))).SecretString;
}

function keptCredentials(fetch: () => Promise<Credentials>): CredentialSource {
  let current: Credentials | undefined;
  let fetching: Promise<Credentials> | undefined;

  async function fetchAndKeep(): Promise<Credentials> {
    current = await fetch();
    return current;
  }

  function refresh(): Promise<Credentials> {
    fetching ??= fetchAndKeep().finally(() => {
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

/** Region, keys and endpoint are the AWS SDK's own business. */
export function secretsManager(): SecretsManagerClient {
  return new SecretsManagerClient({
    // A request to be answered waits for this: the SDK's own limits are none at all.
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
}

/** @throws without quoting the secret, if it is no login. */
export function parseCredentials(secret: string | undefined, name: string): Credentials {
  let value: unknown;
  try {
    value = JSON.parse(secret ?? '');
  } catch {
    // The parser's message would quote the secret.
  }
  const { username, password } = (value ?? {}) as Partial<Record<keyof Credentials, unknown>>;
  if (typeof username !== 'string' || typeof password !== 'string' || !username || !password) {
    throw new Error(`The secret ${name} must be a JSON object with the texts "username" and "password".`);
  }
  return { username, password };
}

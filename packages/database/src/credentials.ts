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
 * The credentials that a secret holds as `{"username": …, "password": …}` (more members are allowed), kept until `refresh`.
 * Region, keys and endpoint are the AWS SDK's own business (`AWS_REGION`, `AWS_ENDPOINT_URL_SECRETS_MANAGER`, …).
 */
export function secretsManagerCredentials(secretArn: string): CredentialSource {
  const client = secretsManager();
  let current: Credentials | undefined;
  let fetching: Promise<Credentials> | undefined;

  async function fetch(): Promise<Credentials> {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
    current = parseCredentials(SecretString, secretArn);
    return current;
  }

  function refresh(): Promise<Credentials> {
    fetching ??= fetch().finally(() => {
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
export function parseCredentials(secret: string | undefined, arn: string): Credentials {
  let value: unknown;
  try {
    value = JSON.parse(secret ?? '');
  } catch {
    // The parser's message would quote the secret.
  }
  const { username, password } = (value ?? {}) as Partial<Record<keyof Credentials, unknown>>;
  if (typeof username !== 'string' || typeof password !== 'string' || !username || !password) {
    throw new Error(`The secret ${arn} must be a JSON object with the texts "username" and "password".`);
  }
  return { username, password };
}

import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/**
 * A client for Secrets Manager, with time limits. The AWS SDK reads region, keys and endpoint from the environment (`AWS_REGION`,
 * `AWS_ENDPOINT_URL_SECRETS_MANAGER`, …).
 */
export function secretsManager(): SecretsManagerClient {
  return new SecretsManagerClient({
    // Requests wait for this, and the SDK has no limits by default.
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
  });
}

/** The text of a secret. */
export async function readSecret(client: SecretsManagerClient, arn: string): Promise<string | undefined> {
  return (await client.send(new GetSecretValueCommand({ SecretId: arn }))).SecretString;
}

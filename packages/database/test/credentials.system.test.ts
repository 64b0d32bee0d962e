import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { secretCredentials } from '../src/index.ts';
import { type SecretsEndpoint, startSecretsEndpoint } from './support.ts';

const arn = 'arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:analytical';
let endpoint: SecretsEndpoint;

beforeAll(async () => {
  endpoint = await startSecretsEndpoint();
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', endpoint.url);
  vi.stubEnv('AWS_REGION', 'ap-southeast-2');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await endpoint.close();
});
beforeEach(() => {
  endpoint.secrets.set(arn, JSON.stringify({ username: 'analytical', password: 'first', engine: 'postgres' }));
  endpoint.fetched = 0;
});

test('credentials are fetched once and kept', async () => {
  const source = secretCredentials(arn);
  await Promise.all([source.get(), source.get()]);
  expect(await source.get()).toEqual({ username: 'analytical', password: 'first' });
  expect(endpoint.fetched).toBe(1);
});

test('a refresh fetches the credentials again, once for concurrent callers', async () => {
  const source = secretCredentials(arn);
  await source.get();
  endpoint.secrets.set(arn, JSON.stringify({ username: 'analytical_clone', password: 'second' }));
  const refreshed = await Promise.all(Array.from({ length: 20 }, () => source.refresh()));
  expect(new Set(refreshed.map(({ password }) => password))).toEqual(new Set(['second']));
  expect(await source.get()).toEqual({ username: 'analytical_clone', password: 'second' });
  expect(endpoint.fetched).toBe(2);
});

test('a failed fetch is not kept', async () => {
  const source = secretCredentials(arn);
  endpoint.secrets.delete(arn);
  await expect(source.get()).rejects.toThrow('No such secret');
  endpoint.secrets.set(arn, JSON.stringify({ username: 'analytical', password: 'third' }));
  expect(await source.get()).toEqual({ username: 'analytical', password: 'third' });
});

test.each(['not JSON hunter2', '"hunter2"', 'null', '{"username": "a"}', '{"username": "", "password": "hunter2"}'])(
  'a secret that is not a login is refused without being quoted: %s',
  async (secret) => {
    endpoint.secrets.set(arn, secret);
    const error = await secretCredentials(arn)
      .get()
      .catch((error: Error) => error);
    expect(error).toHaveProperty('message', expect.stringContaining(`The secret ${arn} must be a JSON object`));
    expect(String((error as Error).stack)).not.toContain('hunter2');
  },
);

test('a secret can be a file, read again at a refresh', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'property-insights-secret-'));
  try {
    const file = join(directory, 'analytical');
    const source = secretCredentials(pathToFileURL(file).href);
    await expect(source.get()).rejects.toThrow('ENOENT');
    await writeFile(file, JSON.stringify({ username: 'analytical', password: 'first' }));
    expect(await source.get()).toEqual({ username: 'analytical', password: 'first' });
    await writeFile(file, JSON.stringify({ username: 'analytical', password: 'second' }));
    expect(await source.get()).toEqual({ username: 'analytical', password: 'first' });
    expect(await source.refresh()).toEqual({ username: 'analytical', password: 'second' });
    expect(endpoint.fetched).toBe(0);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('a secret that is not a file is read from Secrets Manager', async () => {
  expect(await secretCredentials(arn).get()).toEqual({ username: 'analytical', password: 'first' });
});

/** Rotations of the services' logins on the running system: no request may notice them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GetSecretValueCommand, RotateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Logs } from '../src/logs.ts';
import type { Secret } from '../src/secrets-manager/secret-store.ts';
import { type LocalSystem, startLocal } from '../src/start.ts';
import { Load } from './load.ts';

const directory = await mkdtemp(join(tmpdir(), 'property-insights-rotation-'));
const services = ['analytical', 'reporting'] as const;

/** All that is logged, but for the requests, of which there are too many. */
const lines: string[] = [];
const logs = new Logs({ format: 'pretty', write: (text) => / balancer /.test(text) || lines.push(text) });

let system: LocalSystem;

beforeAll(async () => {
  system = await startLocal({ port: 0, dataDirectory: directory, sample: false, logs });
});

afterAll(async () => {
  await system?.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Backend {
  pid: number;
  service: string;
  user: string;
}

/** The services' connections to the database. */
function backends(): Promise<Backend[]> {
  return system.database.administer(async (client) => {
    const { rows } = await client.query<Backend>(
      // A connection that is still logging in has no user yet.
      `SELECT pid, application_name AS service, usename::text AS user FROM pg_stat_activity
       WHERE application_name = ANY ($1) AND usename IS NOT NULL ORDER BY pid`,
      [services],
    );
    return rows;
  });
}

/** Ends them, as a pool itself does with idle ones: whatever comes next has to log in. */
async function endConnections(): Promise<void> {
  await system.database.administer((client) =>
    client.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = ANY ($1)', [
      services,
    ]),
  );
  await delay(100); // until the services have heard of it
}

async function secretOf(service: string): Promise<Secret> {
  const secrets = JSON.parse(await readFile(join(directory, 'secrets.json'), 'utf8')) as Secret[];
  return secrets.find(({ name }) => name.toLowerCase().startsWith(`${service}login`)) as Secret;
}

/** Whom the login in force names. */
async function userOf(service: string): Promise<string> {
  const current = (await secretOf(service)).versions.find(({ stages }) => stages.includes('AWSCURRENT'));
  return JSON.parse(current?.SecretString ?? '').username;
}

/** One after the other: each step is a process, and the load needs the machine too. */
async function rotateAll(): Promise<void> {
  for (const service of services) await system.rotate(service);
}

const refusals = (service: string) =>
  lines.filter((line) => line.includes(`${service}-1`) && line.includes('refused the login')).length;

const fetches = (service: string) =>
  lines.filter((line) => RegExp(`GetSecretValue ${service}Login.* for ${service}Task`, 'i').test(line)).length;

/** The log of the first request that failed in a service: it states the cause. */
function logOf(failures: readonly string[]): string {
  const ids = failures.flatMap((failure) => /"request_id":"([^"]+)"/.exec(failure)?.[1] ?? []);
  return lines.filter((line) => ids[0] !== undefined && line.includes(ids[0])).join('');
}

test('ten rotations of both logins under 500 requests a second fail no request', async () => {
  const load = new Load(system, 500);
  await delay(2000);

  // Connections that are open outlive every change of the password they were opened with.
  const opened = await backends();
  for (const service of services) {
    expect(new Set(opened.filter((one) => one.service === service).map(({ user }) => user))).toEqual(
      new Set([service]),
    );
  }
  for (let round = 1; round <= 5; round++) {
    await rotateAll();
    for (const service of services) expect(await userOf(service)).toBe(round % 2 ? `${service}_clone` : service);
  }
  expect(await backends()).toEqual(expect.arrayContaining(opened));

  // Connections that have to be made find the login that the service knows refused, and another in force.
  const before = services.map((service) => ({ refusals: refusals(service), fetches: fetches(service) }));
  for (let round = 6; round <= 10; round++) {
    const rotated = rotateAll();
    await delay(500 * (round - 5)); // at another moment of the rotation each time
    await load.between(endConnections);
    await rotated;
    await load.between(endConnections);
    for (const service of services) expect(await userOf(service)).toBe(round % 2 ? `${service}_clone` : service);
  }
  await delay(1000);
  await load.stop();

  expect(load.failures, logOf(load.failures)).toEqual([]);
  // 500 a second, or as many as the machine answers beside the rotations.
  expect(load.durations.length).toBeGreaterThan(5_000);
  for (const [index, service] of services.entries()) {
    expect(refusals(service)).toBeGreaterThan(before[index]?.refusals as number);
    // In rounds 6, 8 and 10, at the latest; and however many connections are refused, once each time.
    expect(fetches(service) - (before[index]?.fetches as number)).toBeOneOf([3, 4, 5]);
  }
}, 300_000);

/** The AWS SDK with the environment that the run leaves to whoever runs it. */
async function operator(): Promise<SecretsManagerClient> {
  const lines = (await readFile(join(directory, 'operator.env'), 'utf8')).trim().split('\n');
  const environment = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s) as [string, string]));
  return new SecretsManagerClient({
    region: environment.AWS_REGION,
    endpoint: environment.AWS_ENDPOINT_URL_SECRETS_MANAGER,
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID as string,
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY as string,
    },
  });
}

test('the operator may rotate a login, as in AWS', async () => {
  const client = await operator();
  const { name: SecretId } = await secretOf('reporting');
  const { VersionId } = await client.send(new RotateSecretCommand({ SecretId }));
  await vi.waitFor(
    async () => {
      expect(await client.send(new GetSecretValueCommand({ SecretId }))).toMatchObject({ VersionId });
    },
    { timeout: 30_000, interval: 200 },
  );
  await endConnections();
  expect((await fetch(`${system.url}/reporting/property-summary`)).status).toBe(200);
});

test('a service without a login has nothing to rotate', async () => {
  await expect(system.rotate('dashboard')).rejects.toThrow('no service dashboard with a secret to rotate');
});

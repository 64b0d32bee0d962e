/**
 * `npm run smoke -- URL`: sends requests to a deployed or local system as users do, and enters a property. Without a URL it uses the address of
 * the last `npm run deploy`. The token is that in PROPERTY_INSIGHTS_TOKEN, or else the first one: from the secret that the deployment's output
 * names, or from the file of the local system. It only creates the token of this run, which expires soon and is revoked at the end.
 *
 * The property is entered into a market of its own, "smoke-test", and removed again. Other markets do not change.
 */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { readAdminToken } from '@property-insights/admin-token';
import { parseOptionsOrExit } from '@property-insights/command-options';
import { projectRoot } from './project.ts';

/** The time for a new name to become known, and for a new task to become healthy. */
const TIMEOUT_SECONDS = 180;

/** The life of the token of a run. */
const TOKEN_MINUTES = 15;

/** XTS is the currency code that ISO 4217 reserves for tests. */
const MARKET = { code: 'smoke-test', name: 'Smoke tests', currency: 'XTS', is_synthetic: true };

const outputsFile = join(projectRoot, 'cdk.out', 'outputs.json');

interface Answer {
  status: number;
  type: string;
  body: string;
}

const { positionals } = parseOptionsOrExit({ allowPositionals: true, options: {} });

class Failed extends Error {}

function expectThat(holds: boolean, sentence: string, { status, type, body }: Answer): void {
  if (!holds) throw new Failed(`${sentence} It was ${status} ${type}: ${body.slice(0, 300)}`);
}

async function send(base: URL, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(new URL(path, base), {
    redirect: 'error',
    signal: AbortSignal.timeout(30_000),
    ...init,
  });
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? 'without a type',
    body: await response.text(),
  };
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

function post(base: URL, path: string, body: object, token: string | undefined): Promise<Answer> {
  return send(base, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer(token) },
    body: JSON.stringify(body),
  });
}

async function propertyCount(base: URL): Promise<number> {
  const answer = await send(base, `/reporting/property-summary?market=${MARKET.code}`);
  expectThat(answer.status === 200, 'Reporting should count the properties of a market.', answer);
  const regions = JSON.parse(answer.body) as { property_count: number }[];
  return regions.reduce((total, { property_count }) => total + property_count, 0);
}

const health = (path: string) => async (base: URL) => {
  const answer = await send(base, path);
  expectThat(answer.status === 200, `${path} should answer.`, answer);
  const { status, database } = JSON.parse(answer.body);
  expectThat(status === 'ok' && database === 'reachable', 'The database should be reachable.', answer);
};

const checks: Record<string, (base: URL) => Promise<void>> = {
  'The analytical service is healthy': health('/api/health'),
  'The reporting service is healthy': health('/reporting/health'),
  'The page is served': async (base) => {
    const answer = await send(base, '/', { headers: { accept: 'text/html' } });
    expectThat(answer.status === 200 && answer.type.startsWith('text/html'), 'The first page should be HTML.', answer);
  },
  'Another path is not found': async (base) => {
    const answer = await send(base, '/no-such-service');
    expectThat(answer.status === 404, 'A path of neither service should be 404.', answer);
    expectThat(answer.body === 'Resource not found.', 'The load balancer itself should answer.', answer);
  },
  'Nobody writes without a token': async (base) => {
    const answer = await post(base, '/api/properties', { address: 'Smoke test', price: 1 }, undefined);
    expectThat(answer.status === 401, 'A property without a token should be refused.', answer);
  },
};

/** Enters a property, which the other service must count at once, and removes it. */
async function checkWrite(base: URL, token: string): Promise<void> {
  const market = await post(base, '/api/markets', MARKET, token);
  expectThat([201, 409].includes(market.status), 'The market for tests should be made, or exist.', market);
  const before = await propertyCount(base);
  const address = `Smoke test of ${new Date().toISOString()}`;
  const property = { address, price: 1, region: 'Test' };
  const entered = await post(base, `/api/properties?market=${MARKET.code}`, property, token);
  expectThat(entered.status === 201, 'A property should be accepted.', entered);
  const found = await send(base, `/api/properties/${JSON.parse(entered.body).id}`);
  expectThat(found.status === 200 && JSON.parse(found.body).address === address, 'It should be found.', found);
  const after = await propertyCount(base);
  // Another run may enter a property at the same time.
  if (after <= before) throw new Failed(`Reporting should count it at once: ${before} before, ${after} after.`);
  const removed = await send(base, `/api/properties/${JSON.parse(entered.body).id}`, {
    method: 'DELETE',
    headers: bearer(token),
  });
  expectThat(removed.status === 204, 'It should be removed.', removed);
}

/** Creates a token for this run, and returns what revokes it. */
async function createToken(
  base: URL,
  token: string | undefined,
): Promise<{ own: string; revoke: () => Promise<void> }> {
  const name = `Smoke test of ${new Date().toISOString()}`;
  const expires_at = new Date(Date.now() + TOKEN_MINUTES * 60_000).toISOString();
  const created = await post(base, '/api/tokens', { name, scope: 'admin', expires_at }, token);
  expectThat(
    ![401, 403].includes(created.status),
    'The token should have the scope admin and not be revoked. Set another one in PROPERTY_INSIGHTS_TOKEN.',
    created,
  );
  expectThat(created.status === 201, 'A token for this run should be created.', created);
  const { id, token: own } = JSON.parse(created.body) as { id: string; token: string };
  return {
    own,
    async revoke() {
      const revoked = await send(base, `/api/tokens/${id}`, { method: 'DELETE', headers: bearer(token) });
      expectThat(revoked.status === 200, 'The token of this run should be revoked.', revoked);
    },
  };
}

/** Waits until the system answers. */
async function waitFor(base: URL): Promise<void> {
  const deadline = Date.now() + TIMEOUT_SECONDS * 1000;
  for (;;) {
    try {
      const { status } = await send(base, '/api/health');
      if (status < 500) return;
    } catch (error) {
      if (Date.now() > deadline) throw new Failed(`${base} cannot be reached: ${(error as Error).cause ?? error}`);
    }
    if (Date.now() > deadline) return;
    await setTimeout(2000);
  }
}

type Outputs = Record<string, { Address?: string; AdminTokenSecretArn?: string }>;

/** The outputs of the last `npm run deploy`. */
function readOutputs(): Outputs {
  try {
    return JSON.parse(readFileSync(outputsFile, 'utf8'));
  } catch {
    throw new Failed(
      `There is no ${relative(projectRoot, outputsFile)}, which npm run deploy writes. Deploy first, or give the address of a system: npm run smoke -- https://example.org`,
    );
  }
}

function address(): URL {
  const given = positionals[0];
  if (given !== undefined) {
    if (!URL.canParse(given)) throw new Failed(`"${given}" is not an address: npm run smoke -- http://localhost:8080`);
    return new URL(given);
  }
  const [found] = Object.values(readOutputs()).flatMap(({ Address }) => Address ?? []);
  if (found === undefined) throw new Failed(`The outputs in ${outputsFile} have no address.`);
  return new URL(found);
}

async function findToken(base: URL): Promise<string | undefined> {
  const given = process.env.PROPERTY_INSIGHTS_TOKEN;
  if (given) return given;
  if (positionals[0] !== undefined) return readAdminToken(join(projectRoot, '.data'), base.href);
  const [SecretId] = Object.values(readOutputs()).flatMap(({ AdminTokenSecretArn }) => AdminTokenSecretArn ?? []);
  try {
    const { SecretString } = await new SecretsManagerClient().send(new GetSecretValueCommand({ SecretId }));
    return `pi_${SecretString}`;
  } catch (error) {
    throw new Failed(
      `The first token cannot be read (${(error as Error).message}). Set the credentials and the region of the account, or a token in PROPERTY_INSIGHTS_TOKEN.`,
    );
  }
}

try {
  const base = address();
  const token = await findToken(base);
  await waitFor(base);
  for (const [name, check] of Object.entries(checks)) {
    await check(base);
    console.log(`✓ ${name}`);
  }
  const { own, revoke } = await createToken(base, token);
  try {
    await checkWrite(base, own);
    console.log('✓ A property is entered, found, counted by the other service, and removed');
  } finally {
    await revoke();
  }
} catch (error) {
  console.error(`✗ ${error instanceof Failed ? error.message : ((error as Error).stack ?? error)}`);
  process.exitCode = 1;
}

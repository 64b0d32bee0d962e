import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Rotation, type RotationEvent } from '../../../local/src/secrets-manager/rotation.ts';
import { type Secret, SecretStore } from '../../../local/src/secrets-manager/secret-store.ts';
import { createSecretsManager } from '../../../local/src/secrets-manager/secrets-manager.ts';
import { openDatabase, silent, testDatabase } from '../../../test/database.ts';
import { type Credentials, type Database, secretCredentials } from '../src/index.ts';
import { handler as migrate } from '../src/migrate-handler.ts';
import { handler } from '../src/rotate-handler.ts';
import { currentVersion, execute } from './support.ts';

// Users belong to the server, which other tests use too.
const names = ['rotated_analytical', 'rotated_reporting'] as const;

const database = testDatabase();
let directory: string;
let store: SecretStore;
let manager: Awaited<ReturnType<typeof createSecretsManager>>;
let rotation: Rotation;
let analytical: Secret;
let reporting: Secret;
let master: Secret;
/** How often each secret was read. */
let reads: string[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'property-insights-rotation-'));
  store = new SecretStore(join(directory, 'secrets.json'), { region: 'ap-southeast-2', accountId: '123456789012' });
  const login = (name: string) =>
    store.create({
      name,
      SecretString: JSON.stringify({ username: name, password: `first of ${name}`, engine: 'postgres' }),
    });
  analytical = login(names[0]);
  reporting = login(names[1]);
  master = store.create({ name: 'master', SecretString: JSON.stringify(database.master) });
  const adminToken = store.create({ name: 'admin-token', SecretString: 'a'.repeat(43) });
  reads = [];
  const actions = ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'];
  rotation = new Rotation(store, silent);
  for (const { arn } of [analytical, reporting]) rotation.setUp(arn, handler);
  manager = await createSecretsManager({
    store,
    rotation,
    findPrincipal: () => ({
      arn: 'arn:aws:sts::123456789012:assumed-role/rotator/local',
      secretAccessKey: 'secret',
      statements: [
        {
          Effect: 'Allow',
          Action: actions.map((action) => `secretsmanager:${action}`),
          Resource: [analytical.arn, reporting.arn],
        },
        { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: [master.arn, adminToken.arn] },
      ],
    }),
    log: ({ action, secret }) => action === 'GetSecretValue' && reads.push(secret ?? ''),
  });
  const environment = {
    AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.url,
    AWS_REGION: 'ap-southeast-2',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    DATABASE_HOST: database.host,
    DATABASE_PORT: String(database.port),
    DATABASE_NAME: database.name,
    MASTER_SECRET_ARN: master.arn,
    SERVICE_SECRET_ARNS: JSON.stringify({ analytical: analytical.arn, reporting: reporting.arn }),
    ADMIN_TOKEN_SECRET_ARN: adminToken.arn,
    LOG_LEVEL: 'silent',
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  await migrate();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await manager.close();
  await rm(directory, { recursive: true });
  const users = names.flatMap((name) => [name, `${name}_clone`]).join(', ');
  await execute(database, `DROP ROLE IF EXISTS ${users}`);
});

const rotate = (secret: Secret) => rotation.begin(secret, randomUUID()).done;

/** Takes the steps of a rotation up to the one given, and returns what goes on with it. */
async function begin(secret: Secret, ...steps: string[]): Promise<Omit<RotationEvent, 'Step'>> {
  const { id } = store.pendingVersion(secret, randomUUID());
  const event = { SecretId: secret.arn, ClientRequestToken: id };
  for (const Step of steps) await handler({ ...event, Step });
  return event;
}

const login = (secret: Secret, stage?: string): Credentials =>
  JSON.parse(store.value(secret, undefined, stage).SecretString ?? '');

const sales = (credentials: Credentials) => execute(database, 'SELECT count(*)::int AS sales FROM sale', credentials);

const refused = expect.objectContaining({ code: '28P01' });

test('a rotation alternates between two users, and leaves the former login working until the next', async () => {
  const logins = [login(analytical)];
  for (const username of ['rotated_analytical_clone', 'rotated_analytical', 'rotated_analytical_clone']) {
    await rotate(analytical);
    const next = login(analytical);
    expect(next).toEqual({ username, password: expect.stringMatching(/^[0-9a-f]{64}$/), engine: 'postgres' });
    expect(login(analytical, 'AWSPREVIOUS')).toEqual(logins.at(-1));
    for (const working of [next, logins.at(-1) as Credentials]) expect(await sales(working)).toEqual([{ sales: 3 }]);
    for (const former of logins.slice(0, -1)) await expect(sales(former)).rejects.toEqual(refused);
    logins.push(next);
  }
  expect(new Set(logins.map(({ password }) => password)).size).toBe(4);
});

test('both users of a service have the same privileges', async () => {
  await Promise.all([rotate(analytical), rotate(reporting)]);
  for (const credentials of [login(analytical), login(analytical, 'AWSPREVIOUS')]) {
    await execute(database, 'DELETE FROM reject', credentials);
  }
  const notAllowed = expect.objectContaining({ code: '42501' });
  for (const credentials of [login(reporting), login(reporting, 'AWSPREVIOUS')]) {
    expect(await sales(credentials)).toEqual([{ sales: 3 }]);
    await expect(execute(database, 'DELETE FROM reject', credentials)).rejects.toEqual(notAllowed);
  }
});

test('every step may be repeated without effect', async () => {
  const event = await begin(analytical, 'createSecret');
  const pending = login(analytical, 'AWSPENDING');
  for (const Step of ['createSecret', 'setSecret', 'setSecret', 'testSecret', 'testSecret']) {
    await handler({ ...event, Step });
    expect(login(analytical, 'AWSPENDING')).toEqual(pending);
    expect(login(analytical).username).toBe('rotated_analytical');
  }
  for (const Step of ['finishSecret', 'finishSecret', 'createSecret', 'setSecret', 'testSecret']) {
    await handler({ ...event, Step });
    expect(login(analytical)).toEqual(pending);
    expect(await sales(pending)).toEqual([{ sales: 3 }]);
  }
});

test('a failed rotation keeps the current login, and is completed by a retry', async () => {
  const before = login(analytical);
  vi.stubEnv('DATABASE_PORT', '1');
  await expect(rotate(analytical)).rejects.toThrow('ECONNREFUSED');
  expect(login(analytical)).toEqual(before);
  expect(await sales(before)).toEqual([{ sales: 3 }]);
  const pending = login(analytical, 'AWSPENDING');

  vi.stubEnv('DATABASE_PORT', String(database.port));
  await rotate(analytical);
  expect(login(analytical)).toEqual(pending);
  expect(await sales(pending)).toEqual([{ sales: 3 }]);
});

test('the test of a new schedule logs in with its pending version, which has the current value', async () => {
  const { id } = store.put(analytical, randomUUID(), { SecretString: JSON.stringify(login(analytical)) }, [
    'AWSPENDING',
  ]);
  const event = { SecretId: analytical.arn, ClientRequestToken: id };
  await handler({ ...event, Step: 'testSecret' });
  store.put(reporting, id, { SecretString: JSON.stringify({ ...login(reporting), password: 'wrong' }) }, [
    'AWSPENDING',
  ]);
  await expect(handler({ ...event, SecretId: reporting.arn, Step: 'testSecret' })).rejects.toEqual(refused);
});

test('a deployment leaves a rotated login as it is', async () => {
  for (const count of [1, 2]) {
    await rotate(analytical);
    const [current, previous] = [login(analytical), login(analytical, 'AWSPREVIOUS')];
    await migrate();
    for (const credentials of [current, previous]) {
      await execute(database, 'DELETE FROM reject', credentials);
    }
    expect(current.username.endsWith('_clone')).toBe(count === 1);
  }
});

describe('a service', () => {
  const applicationName = 'rotated service';
  let service: Database;

  beforeEach(async () => {
    service = openDatabase(database, { credentials: secretCredentials(analytical.arn), applicationName });
    await currentVersion(service);
    reads = [];
  });
  afterEach(() => service.close());

  /** As when a pool lets its idle connections go: the next one has to log in. */
  const loseConnections = () =>
    execute(
      database,
      `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = '${applicationName}'`,
    );

  const fetched = () => reads.filter((id) => id === analytical.arn).length;

  /** Its own reading, apart from the rotation's. */
  async function fetchesDuring(work: () => Promise<unknown>): Promise<number> {
    const before = fetched();
    await work();
    return fetched() - before;
  }

  test('keeps its connections through any number of rotations', async () => {
    const backend = () => service.read(async (client) => (await client.query('SELECT pg_backend_pid()')).rows);
    const before = await backend();
    for (let count = 0; count < 4; count++) await rotate(analytical);
    expect(await fetchesDuring(async () => expect(await backend()).toEqual(before))).toBe(0);
  });

  test('logs in with its cached login after one rotation, and fetches it once after two', async () => {
    const reconnect = async () => {
      await loseConnections();
      await Promise.all(Array.from({ length: 20 }, () => currentVersion(service)));
    };
    await rotate(analytical);
    expect(await fetchesDuring(reconnect)).toBe(0);
    await rotate(analytical);
    expect(await fetchesDuring(reconnect)).toBe(1);
    await rotate(analytical);
    expect(await fetchesDuring(reconnect)).toBe(0);
  });

  test('logs in at any moment of a rotation, with a cached login of any age', async () => {
    await rotate(analytical);
    const event = await begin(analytical, 'createSecret');
    for (const Step of ['setSecret', 'testSecret', 'finishSecret']) {
      await handler({ ...event, Step });
      await loseConnections();
      await currentVersion(service);
    }
  });
});

test.each<[string, (event: RotationEvent) => object, string]>([
  [
    'an unknown step',
    () => ({ Step: 'dropSecret' }),
    'A rotation has no step "dropSecret"; it has createSecret, setSecret,',
  ],
  [
    'a secret that is no login',
    () => ({ SecretId: master.arn }),
    'SERVICE_SECRET_ARNS names no service whose secret is',
  ],
  ['a version not made for it', () => ({ ClientRequestToken: randomUUID() }), 'must have the label AWSPENDING'],
])('is refused: %s', async (_, change, reason) => {
  const event = { ...(await begin(analytical)), Step: 'createSecret' as const };
  await expect(handler({ ...event, ...change(event) })).rejects.toThrow(reason);
});

test('the password of the current user is never changed', async () => {
  const current = login(analytical);
  const { id } = store.put(
    analytical,
    randomUUID(),
    { SecretString: JSON.stringify({ ...current, password: 'another' }) },
    ['AWSPENDING'],
  );
  await expect(handler({ Step: 'setSecret', SecretId: analytical.arn, ClientRequestToken: id })).rejects.toThrow(
    'The user after "rotated_analytical" must be "rotated_analytical_clone".',
  );
  expect(await sales(current)).toEqual([{ sales: 3 }]);
});

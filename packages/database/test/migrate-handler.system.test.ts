import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEmptyDatabase, type TestDatabase } from '../../../test/database.ts';
import { hashToken } from '../src/index.ts';
import { execute, type SecretsEndpoint, startSecretsEndpoint } from './support.ts';

// Users belong to the server, which other tests use too.
const users = {
  analytical: { username: 'migrated_analytical', password: 'first' },
  reporting: { username: 'migrated_reporting', password: 'second' },
};
let bundle: string;
let database: TestDatabase;
let secrets: SecretsEndpoint;

beforeAll(async () => {
  database = await createEmptyDatabase();
  secrets = await startSecretsEndpoint();
  secrets.secrets.set('arn:master', JSON.stringify(database.master));
  for (const [service, user] of Object.entries(users)) secrets.secrets.set(`arn:${service}`, JSON.stringify(user));
  secrets.secrets.set('arn:admin-token', 'a'.repeat(43));
  bundle = await mkdtemp(join(tmpdir(), 'property-insights-migrator-'));
  await build({
    entryPoints: [join(import.meta.dirname, '../src/migrate-handler.ts')],
    outfile: join(bundle, 'index.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['pg-native'],
    banner: {
      js: `import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);`,
    },
  });
  await cp(join(import.meta.dirname, '../migrations'), join(bundle, 'migrations'), { recursive: true });
});
afterAll(async () => {
  await secrets.close();
  await database.drop();
  await execute(
    { ...database, name: 'postgres' },
    Object.values(users)
      .map(({ username }) => `DROP ROLE IF EXISTS ${username};`)
      .join(' '),
  );
  await rm(bundle, { recursive: true, force: true });
});

/** Runs the bundled function as Lambda would, in a process of its own; resolves to what it logged, and its result on standard error. */
function run(event: object, env: NodeJS.ProcessEnv = {}): Promise<{ stdout: string; stderr: string }> {
  const script = `const { handler } = await import('${join(bundle, 'index.mjs')}');
    console.error(JSON.stringify(await handler(${JSON.stringify(event)}, {})));`;
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: bundle,
    env: {
      DATABASE_HOST: database.host,
      DATABASE_PORT: String(database.port),
      DATABASE_NAME: database.name,
      MASTER_SECRET_ARN: 'arn:master',
      SERVICE_SECRET_ARNS: JSON.stringify({ analytical: 'arn:analytical', reporting: 'arn:reporting' }),
      ADMIN_TOKEN_SECRET_ARN: 'arn:admin-token',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
      AWS_REGION: 'ap-southeast-2',
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
      ...env,
    },
  });
}

/** The lines that a deployment's invocation logs. */
async function invoke(env: NodeJS.ProcessEnv = {}): Promise<{ level: number; msg: string }[]> {
  const { stdout } = await run({}, env);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('the bundled function migrates and creates the users, and can run again', async () => {
  const first = await invoke();
  expect(first.at(-1)).toMatchObject({
    msg: 'the database is up to date',
    migrations: expect.arrayContaining(['0001_market_sales']),
  });
  expect(JSON.stringify(first)).not.toContain(users.analytical.password);
  await execute(database, 'DELETE FROM reject', users.analytical);
  expect(await execute(database, 'SELECT count(*)::int AS sales FROM sale', users.reporting)).toEqual([{ sales: 3 }]);
  await expect(execute(database, 'DELETE FROM reject', users.reporting)).rejects.toHaveProperty('code', '42501');

  const again = await invoke();
  expect(again.at(-1)).toMatchObject({ msg: 'the database is up to date', migrations: [] });
  await execute(database, 'SELECT * FROM sale', users.analytical);

  expect(JSON.stringify([first, again])).not.toContain('a'.repeat(43));
  expect(await execute(database, 'SELECT name, scope, hash FROM token')).toEqual([
    { name: 'deployment', scope: 'admin', hash: hashToken(`pi_${'a'.repeat(43)}`) },
  ]);
});

test('a deployment does not restore a revoked first token', async () => {
  await execute(database, 'UPDATE token SET revoked_at = now()');
  await invoke();
  expect(await execute(database, 'SELECT revoked_at IS NULL AS valid FROM token')).toEqual([{ valid: false }]);
});

test('called with a name, it only creates an admin token, which is not in the log', async () => {
  const { stdout, stderr } = await run({ newAdminToken: 'Anna' });
  const { token, migrations } = JSON.parse(stderr);
  expect(migrations).toEqual([]);
  expect(stdout).toContain('an admin token was created');
  expect(stdout).not.toContain(token);
  expect(await execute(database, "SELECT scope, hash FROM token WHERE name = 'Anna'")).toEqual([
    { scope: 'admin', hash: hashToken(token) },
  ]);
  await expect(run({ newAdminToken: '' })).rejects.toThrow('newAdminToken must be a name of 1 to 100 characters');
});

test('the command record-restore gives the database another lineage and each market a gap; no deployment does', async () => {
  const state = () =>
    execute<{ lineage: string; version: number; gaps: number }>(
      database,
      `SELECT lineage, version::int, (SELECT count(*)::int FROM version_gap) AS gaps FROM history, market_version`,
    );
  const [before] = await state();
  const { stderr } = await run({ command: 'record-restore' });
  const [after] = await state();
  expect(JSON.parse(stderr)).toEqual({ migrations: [], restore: { lineage: after?.lineage, markets: 1 } });
  expect(after).toEqual({ lineage: expect.any(String), version: Number(before?.version) + 1_000_000, gaps: 1 });
  expect(after?.lineage).not.toBe(before?.lineage);
  await invoke();
  expect(await state()).toEqual([after]);
});

test('an unknown command is refused before anything is changed', async () => {
  const failure = await run({ command: 'drop' }).catch((error) => error);
  expect(failure.stdout).toContain('The command must be \\"record-restore\\", not \\"drop\\".');
  expect(failure.stdout.trim().split('\n')).toHaveLength(1);
});

test.each([
  [{ DATABASE_HOST: '' }, 'The environment variable DATABASE_HOST must be set.'],
  [{ DATABASE_PORT: 'x' }, 'DATABASE_PORT must be a port number'],
  [{ MASTER_SECRET_ARN: 'arn:other' }, 'No such secret'],
  [{ ADMIN_TOKEN_SECRET_ARN: 'arn:master' }, 'The token \\"deployment\\" must be pi_ and 43 letters'],
  [{ DATABASE_NAME: 'missing' }, 'database \\"missing\\" does not exist'],
  [
    { SERVICE_SECRET_ARNS: '{"other": "arn:other"}' },
    'names the service \\"other\\"; the database knows analytical and',
  ],
])('a deployment with %o fails, and the log says why', async (env, reason) => {
  const failure = await invoke(env).catch((error) => error);
  expect(failure.code).toBe(1);
  expect(failure.stdout).toContain(reason);
});

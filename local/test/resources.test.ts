/** Executes templates of databases against a real server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DatabaseServer } from '../src/database.ts';
import type { ExecutionContext } from '../src/execution-context.ts';
import { Identities } from '../src/identities.ts';
import { silentLog } from '../src/logs.ts';
import { Run } from '../src/run.ts';
import type { Template } from '../src/template/assembly.ts';
import { executeTemplates } from '../src/template/execute.ts';

const account = { account: '000000000000', region: 'ap-southeast-2' };
let directory: string;
let context: ExecutionContext;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'property-insights-resources-'));
  const run = await Run.claim(directory, 'http://localhost:1');
  const identities = await Identities.start(run, account, silentLog);
  context = { run, identities, database: DatabaseServer.start(run, silentLog) } as ExecutionContext;
  await context.database;
});
afterAll(async () => {
  await (await context.database).stop();
  await context.identities.close();
  await context.run.release();
  await rm(directory, { recursive: true });
});

const execute = (template: Template) =>
  executeTemplates(
    { stacks: [{ name: 'stack', ...account, template }], files: new Map(), images: new Map() },
    { ...context, resources: new Map() },
  );

const cluster = {
  Type: 'AWS::RDS::DBCluster',
  Properties: {
    Engine: 'aurora-postgresql',
    EngineVersion: '18.3',
    DatabaseName: 'sales',
    MasterUsername: 'master',
    ManageMasterUserPassword: true,
  },
};

test('a cluster with its instances is one server, behind both endpoints, with a master who logs in by its secret', async () => {
  const output = (logicalId: string, attribute: string) => ({ Value: { 'Fn::GetAtt': [logicalId, attribute] } });
  const { stack } = await execute({
    Resources: {
      Cluster: cluster,
      Reader: {
        Type: 'AWS::RDS::DBInstance',
        Properties: { Engine: 'aurora-postgresql', DBClusterIdentifier: { Ref: 'Cluster' } },
      },
    },
    Outputs: {
      Writer: output('Cluster', 'Endpoint.Address'),
      Readers: output('Cluster', 'ReadEndpoint.Address'),
      Port: output('Cluster', 'Endpoint.Port'),
      Instance: output('Reader', 'Endpoint.Port'),
      Secret: output('Cluster', 'MasterUserSecret.SecretArn'),
    },
  });
  const { Writer, Readers, Port, Instance, Secret } = stack as Record<string, string>;
  expect([Readers, Instance]).toEqual([Writer, Port]);
  const { username, password } = JSON.parse(context.identities.secretValue(Secret as string));
  const client = new pg.Client({ host: Readers, port: Number(Port), user: username, password, database: 'sales' });
  await client.connect();
  const { rows } = await client.query(
    'SELECT current_user AS name, rolsuper FROM pg_roles WHERE rolname = current_user',
  );
  await client.end();
  expect(rows).toEqual([{ name: 'master', rolsuper: false }]);
});

test.each<[string, object, string]>([
  ['another engine', { Engine: 'aurora-mysql' }, 'with the engine aurora-postgresql only, not aurora-mysql'],
  ['another version', { EngineVersion: '16.4' }, 'requires PostgreSQL 16.4; the local run has only PostgreSQL 18'],
  ['a password of one’s own', { ManageMasterUserPassword: false }, 'The local run requires ManageMasterUserPassword'],
])('a cluster with %s is refused', async (_, change, sentence) => {
  const changed = { ...cluster, Properties: { ...cluster.Properties, ...change } };
  await expect(execute({ Resources: { Cluster: changed } })).rejects.toThrow(sentence);
});

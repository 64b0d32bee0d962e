/** Executes templates of databases against a real server. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
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

test('a bucket and a sender are used by a role as its policy allows', async () => {
  const allow = (Action: string[], Resource: unknown) => ({ Effect: 'Allow', Action, Resource });
  const { stack } = await execute({
    Resources: {
      Bucket: { Type: 'AWS::S3::Bucket', Properties: {} },
      Sender: { Type: 'AWS::SES::EmailIdentity', Properties: { EmailIdentity: 'reports@example.org' } },
      Role: { Type: 'AWS::IAM::Role', Properties: {} },
      Policy: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          Roles: [{ Ref: 'Role' }],
          PolicyDocument: {
            Statement: [
              allow(['s3:PutObject', 's3:GetObject'], {
                'Fn::Join': ['', [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, '/jobs/*']],
              }),
              allow(['ses:SendRawEmail'], 'arn:aws:ses:ap-southeast-2:000000000000:identity/reports@example.org'),
            ],
          },
        },
      },
    },
    Outputs: { Bucket: { Value: { Ref: 'Bucket' } }, Role: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
  });
  const { Bucket, Role } = stack as Record<string, string>;
  const environment = context.identities.environment(Role);
  const options = {
    region: environment.AWS_REGION as string,
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID as string,
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY as string,
    },
  };
  const s3 = new S3Client({ ...options, endpoint: environment.AWS_ENDPOINT_URL_S3 as string });
  await s3.send(new PutObjectCommand({ Bucket, Key: 'jobs/1', Body: 'report' }));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'jobs/1' }));
  expect(await Body?.transformToString()).toBe('report');
  const elsewhere = s3.send(new PutObjectCommand({ Bucket, Key: 'other', Body: 'report' }));
  await expect(elsewhere).rejects.toMatchObject({ name: 'AccessDenied' });
  const ses = new SESv2Client({ ...options, endpoint: environment.AWS_ENDPOINT_URL_SESV2 as string });
  const Content = { Raw: { Data: Buffer.from('Subject: report\r\n\r\n') } };
  await ses.send(new SendEmailCommand({ FromEmailAddress: 'reports@example.org', Content }));
  expect(await readdir(join(directory, 'mail'))).toHaveLength(1);
  s3.destroy();
  ses.destroy();
});

test.each<[string, object, string]>([
  ['another engine', { Engine: 'aurora-mysql' }, 'with the engine aurora-postgresql only, not aurora-mysql'],
  ['another version', { EngineVersion: '16.4' }, 'requires PostgreSQL 16.4; the local run has only PostgreSQL 18'],
  ['a password of one’s own', { ManageMasterUserPassword: false }, 'The local run requires ManageMasterUserPassword'],
])('a cluster with %s is refused', async (_, change, sentence) => {
  const changed = { ...cluster, Properties: { ...cluster.Properties, ...change } };
  await expect(execute({ Resources: { Cluster: changed } })).rejects.toThrow(sentence);
});

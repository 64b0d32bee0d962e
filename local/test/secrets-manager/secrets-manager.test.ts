import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Endpoint } from '../../src/aws/endpoint.ts';
import type { PolicyStatement } from '../../src/aws/iam-policy.ts';
import type { Principal } from '../../src/aws/principal.ts';
import { Rotation, type RotationEvent } from '../../src/secrets-manager/rotation.ts';
import { type Secret, SecretStore } from '../../src/secrets-manager/secret-store.ts';
import { createSecretsManager, type SecretsManagerEvent } from '../../src/secrets-manager/secrets-manager.ts';

const account = { region: 'ap-southeast-2', accountId: '123456789012' };
const first = '{"username":"analytical","password":"first-password"}';
const second = '{"username":"analytical","password":"second-password"}';
const secondId = '22222222-2222-4222-8222-222222222222';
const thirdId = '33333333-3333-4333-8333-333333333333';

let directory: string;
let file: string;
let store: SecretStore;
let rotation: Rotation;
let outcomes: string[];
let secret: Secret;
let firstId: string;
let manager: Endpoint;
let events: SecretsManagerEvent[];
let client: SecretsManagerClient;
const principals = new Map<string, Principal>();
const clients: SecretsManagerClient[] = [];

/** The real SDK, as a task with this role would use it. */
function clientOf(accessKeyId: string, statements: PolicyStatement[], secretAccessKey = `secret of ${accessKeyId}`) {
  principals.set(accessKeyId, {
    arn: `arn:aws:sts::123456789012:assumed-role/${accessKeyId}/task`,
    secretAccessKey: `secret of ${accessKeyId}`,
    statements,
  });
  const made = new SecretsManagerClient({
    endpoint: manager.url,
    region: account.region,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
  clients.push(made);
  return made;
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'secrets-'));
  file = join(directory, 'secrets.json');
  store = new SecretStore(file, account);
  secret = store.create({ name: 'analytical', description: 'of the analytical service', SecretString: first });
  firstId = secret.versions[0]?.id ?? '';
  events = [];
  outcomes = [];
  const record = (message: string) => void outcomes.push(message);
  rotation = new Rotation(store, { info: record, warn: record });
  manager = await createSecretsManager({
    rotation,
    store,
    findPrincipal: (accessKeyId) => principals.get(accessKeyId),
    log: (event) => events.push(event),
  });
  client = clientOf('AKIAADMIN', [{ Effect: 'Allow', Action: '*', Resource: '*' }]);
});

afterEach(async () => {
  for (const made of clients.splice(0)) made.destroy();
  principals.clear();
  await manager.close();
  rmSync(directory, { recursive: true });
});

const get = (input: { VersionId?: string; VersionStage?: string } = {}) =>
  client.send(new GetSecretValueCommand({ SecretId: secret.arn, ...input }));

const put = (ClientRequestToken: string, SecretString: string, VersionStages?: string[]) =>
  client.send(new PutSecretValueCommand({ SecretId: secret.arn, ClientRequestToken, SecretString, VersionStages }));

const stages = async () =>
  (await client.send(new DescribeSecretCommand({ SecretId: secret.arn }))).VersionIdsToStages ?? {};

describe('GetSecretValue', () => {
  it('gives the current version by ARN, by partial ARN and by name', async () => {
    for (const SecretId of [secret.arn, secret.arn.slice(0, -7), 'analytical']) {
      expect(await client.send(new GetSecretValueCommand({ SecretId }))).toMatchObject({
        ARN: secret.arn,
        Name: 'analytical',
        SecretString: first,
        VersionId: firstId,
        VersionStages: ['AWSCURRENT'],
        CreatedDate: expect.any(Date),
      });
    }
    expect(secret.arn).toMatch(/^arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:analytical-[A-Za-z0-9]{6}$/);
  });

  it('gives a version by id or by label', async () => {
    await put(secondId, second);
    expect((await get()).SecretString).toBe(second);
    expect((await get({ VersionStage: 'AWSPREVIOUS' })).SecretString).toBe(first);
    expect((await get({ VersionId: firstId })).SecretString).toBe(first);
    expect((await get({ VersionId: secondId, VersionStage: 'AWSCURRENT' })).SecretString).toBe(second);
  });

  it('names the secret that it cannot find', async () => {
    await expect(client.send(new GetSecretValueCommand({ SecretId: 'nope' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
      $metadata: { httpStatusCode: 400, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    await expect(get({ VersionStage: 'AWSPENDING' })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
    });
    await expect(get({ VersionId: thirdId })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(get({ VersionId: firstId, VersionStage: 'AWSPREVIOUS' })).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: 'You provided a VersionStage that is not associated to the provided VersionId.',
    });
  });

  it('returns binary values as they were stored', async () => {
    const SecretBinary = Uint8Array.from([0, 255, 1, 254]);
    await client.send(new PutSecretValueCommand({ SecretId: secret.arn, SecretBinary }));
    const value = await get();
    expect(Buffer.from(value.SecretBinary ?? [])).toEqual(Buffer.from(SecretBinary));
    expect(value.SecretString).toBeUndefined();
  });
});

describe('PutSecretValue', () => {
  it('makes the new version current and the one before previous', async () => {
    expect(await put(secondId, second)).toMatchObject({ VersionId: secondId, VersionStages: ['AWSCURRENT'] });
    expect(await stages()).toEqual({ [firstId]: ['AWSPREVIOUS'], [secondId]: ['AWSCURRENT'] });
    await put(thirdId, first);
    expect(await stages()).toEqual({ [secondId]: ['AWSPREVIOUS'], [thirdId]: ['AWSCURRENT'] });
  });

  it('gives the new version only the requested labels', async () => {
    await put(secondId, second, ['AWSPENDING']);
    expect(await stages()).toEqual({ [firstId]: ['AWSCURRENT'], [secondId]: ['AWSPENDING'] });
    await put(thirdId, first, ['AWSPENDING']);
    expect(await stages()).toEqual({ [firstId]: ['AWSCURRENT'], [thirdId]: ['AWSPENDING'] });
  });

  it('does nothing the second time, and refuses another value under the same token', async () => {
    await put(secondId, second, ['AWSPENDING']);
    expect(await put(secondId, second, ['AWSPENDING'])).toMatchObject({ VersionId: secondId });
    await expect(put(secondId, first)).rejects.toMatchObject({
      name: 'ResourceExistsException',
      message: expect.stringContaining(`ClientRequestToken ${secondId}`),
    });
    expect(await stages()).toEqual({ [firstId]: ['AWSCURRENT'], [secondId]: ['AWSPENDING'] });
  });

  it('requires a value of at most 65,536 bytes, and a token of 32 to 64 characters', async () => {
    await expect(client.send(new PutSecretValueCommand({ SecretId: secret.arn }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: 'You must provide either SecretString or SecretBinary.',
    });
    await expect(
      client.send(
        new PutSecretValueCommand({ SecretId: secret.arn, SecretString: 'a', SecretBinary: Uint8Array.of(1) }),
      ),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(put('short', second)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(put(secondId, 'x'.repeat(65_537))).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await put(secondId, 'x'.repeat(65_536));
  });
});

describe('UpdateSecretVersionStage', () => {
  const move = (VersionStage: string, RemoveFromVersionId?: string, MoveToVersionId?: string) =>
    client.send(
      new UpdateSecretVersionStageCommand({ SecretId: secret.arn, VersionStage, RemoveFromVersionId, MoveToVersionId }),
    );

  it('finishes a rotation: pending becomes current, current becomes previous', async () => {
    await put(secondId, second, ['AWSPENDING']);
    expect((await get()).SecretString).toBe(first);
    await move('AWSCURRENT', firstId, secondId);
    await move('AWSPENDING', secondId);
    expect(await stages()).toEqual({ [firstId]: ['AWSPREVIOUS'], [secondId]: ['AWSCURRENT'] });
    expect((await get()).SecretString).toBe(second);
  });

  it('goes back to the previous version', async () => {
    await put(secondId, second);
    await move('AWSCURRENT', secondId, firstId);
    expect(await stages()).toEqual({ [firstId]: ['AWSCURRENT'], [secondId]: ['AWSPREVIOUS'] });
  });

  it('adds and removes a custom label', async () => {
    await move('blue', undefined, firstId);
    expect(await stages()).toEqual({ [firstId]: ['AWSCURRENT', 'blue'] });
    await move('blue', firstId);
    expect(await stages()).toEqual({ [firstId]: ['AWSCURRENT'] });
  });

  it('refuses changes that are ambiguous', async () => {
    await put(secondId, second, ['AWSPENDING']);
    await expect(move('AWSCURRENT', undefined, secondId)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: `The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${firstId}, so you must explicitly reference that version in RemoveFromVersionId.`,
    });
    await expect(move('AWSCURRENT', secondId, firstId)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(move('AWSCURRENT', firstId)).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringContaining("can't be completely removed"),
    });
    await expect(move('AWSCURRENT')).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(move('AWSCURRENT', firstId, thirdId)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(await stages()).toEqual({ [firstId]: ['AWSCURRENT'], [secondId]: ['AWSPENDING'] });
  });
});

describe('RotateSecret', () => {
  const rotate = (ClientRequestToken?: string) =>
    client.send(new RotateSecretCommand({ SecretId: secret.arn, ClientRequestToken }));

  it('has the function make a version in four steps, the first of which finds it without a value', async () => {
    const invocations: RotationEvent[] = [];
    rotation.setUp(secret.arn, async (event) => {
      invocations.push(event);
      if (event.Step === 'createSecret') {
        expect(await stages()).toEqual({ [firstId]: ['AWSCURRENT'], [secondId]: ['AWSPENDING'] });
        const nothingYet = { name: 'ResourceNotFoundException' };
        await expect(get({ VersionStage: 'AWSPENDING' })).rejects.toMatchObject(nothingYet);
        await expect(get({ VersionId: secondId })).rejects.toMatchObject(nothingYet);
        await put(secondId, second, ['AWSPENDING']);
      }
      if (event.Step === 'finishSecret') {
        await client.send(
          new UpdateSecretVersionStageCommand({
            SecretId: secret.arn,
            VersionStage: 'AWSCURRENT',
            RemoveFromVersionId: firstId,
            MoveToVersionId: secondId,
          }),
        );
      }
    });
    expect(await rotate(secondId)).toMatchObject({ ARN: secret.arn, VersionId: secondId });
    await vi.waitFor(() => expect(outcomes).toEqual(['analytical is rotated']), { timeout: 60_000 });
    expect(invocations).toEqual(
      ['createSecret', 'setSecret', 'testSecret', 'finishSecret'].map((Step) => ({
        Step,
        SecretId: secret.arn,
        ClientRequestToken: secondId,
      })),
    );
    expect((await get()).SecretString).toBe(second);
  });

  it('retries a failed rotation with the same version, and refuses one while another is running', async () => {
    const failing = Promise.withResolvers<void>();
    rotation.setUp(secret.arn, () => failing.promise);
    await rotate(secondId);
    await expect(rotate()).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: "A previous rotation isn't complete. That rotation will be reattempted.",
    });
    failing.reject(new Error('the database is away'));
    await vi.waitFor(() => expect(outcomes).toEqual(['analytical is not rotated: the database is away']), {
      timeout: 60_000,
    });
    expect((await get()).SecretString).toBe(first);
    expect(await rotate(thirdId)).toMatchObject({ VersionId: secondId });
  });

  it('wants a function', async () => {
    await expect(rotate()).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining('no Lambda function ARN'),
    });
  });
});

describe('the other operations', () => {
  it('DescribeSecret returns everything but the value', async () => {
    const described = await client.send(new DescribeSecretCommand({ SecretId: secret.arn }));
    expect(described).toMatchObject({
      ARN: secret.arn,
      Name: 'analytical',
      Description: 'of the analytical service',
      CreatedDate: expect.any(Date),
      LastChangedDate: expect.any(Date),
      VersionIdsToStages: { [firstId]: ['AWSCURRENT'] },
    });
    expect(Math.abs(Date.now() - (described.CreatedDate?.getTime() ?? 0))).toBeLessThan(60_000);
    expect(JSON.stringify(described)).not.toContain('first-password');
  });

  it('ListSecretVersionIds leaves out versions without a label unless asked for', async () => {
    await put(secondId, second);
    await put(thirdId, first);
    const list = async (IncludeDeprecated?: boolean) =>
      (await client.send(new ListSecretVersionIdsCommand({ SecretId: secret.arn, IncludeDeprecated }))).Versions?.map(
        ({ VersionId }) => VersionId,
      );
    expect(await list()).toEqual([secondId, thirdId]);
    expect(await list(true)).toEqual([firstId, secondId, thirdId]);
  });

  it('GetRandomPassword follows the requested rules', async () => {
    const command = new GetRandomPasswordCommand({ PasswordLength: 20, ExcludePunctuation: true });
    expect((await client.send(command)).RandomPassword).toMatch(/^[A-Za-z0-9]{20}$/);
  });

  it('an unknown operation is refused by its name', async () => {
    await expect(client.send(new ListSecretsCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
      message: expect.stringContaining('ListSecrets'),
    });
  });
});

describe('a caller', () => {
  it('gets what its role is granted and nothing else', async () => {
    const other = store.create({ name: 'reporting', SecretString: second });
    const task = clientOf('AKIATASK', [
      {
        Effect: 'Allow',
        Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
        Resource: secret.arn,
      },
    ]);
    expect((await task.send(new GetSecretValueCommand({ SecretId: secret.arn }))).SecretString).toBe(first);
    expect((await task.send(new GetSecretValueCommand({ SecretId: 'analytical' }))).SecretString).toBe(first);
    await expect(task.send(new GetSecretValueCommand({ SecretId: other.arn }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: arn:aws:sts::123456789012:assumed-role/AKIATASK/task is not authorized to perform: secretsmanager:GetSecretValue on resource: ${other.arn} because no identity-based policy allows the secretsmanager:GetSecretValue action`,
    });
    await expect(
      task.send(new PutSecretValueCommand({ SecretId: secret.arn, SecretString: second })),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
    // Not even whether a secret exists.
    await expect(task.send(new GetSecretValueCommand({ SecretId: 'nope' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  it('gets the reason when its policy cannot be evaluated', async () => {
    const task = clientOf('AKIATASK', [
      { Effect: 'Allow', Action: '*', Resource: '*', Condition: { Bool: { 'aws:SecureTransport': 'true' } } },
    ]);
    await expect(task.send(new GetSecretValueCommand({ SecretId: secret.arn }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('Bool on aws:SecureTransport'),
    });
  });

  it('must be known', async () => {
    const stranger = clientOf('AKIASTRANGER', []);
    principals.delete('AKIASTRANGER');
    await expect(stranger.send(new GetSecretValueCommand({ SecretId: secret.arn }))).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
  });

  it('must sign with its own secret access key', async () => {
    const statements: PolicyStatement[] = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
    const impostor = clientOf('AKIAADMIN', statements, 'a guess');
    await expect(impostor.send(new GetSecretValueCommand({ SecretId: secret.arn }))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
  });

  it('must sign exactly what it sends, with the current time', async () => {
    let captured: { headers: Record<string, string>; body: string } | undefined;
    const spy = clientOf('AKIASPY', [{ Effect: 'Allow', Action: '*', Resource: '*' }]);
    spy.middlewareStack.add(
      (next) => async (args) => {
        const request = args.request as { headers: Record<string, string>; body: Uint8Array };
        captured = { headers: { ...request.headers }, body: new TextDecoder().decode(request.body) };
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    await spy.send(new GetSecretValueCommand({ SecretId: secret.arn }));
    const { headers, body } = captured ?? { headers: {}, body: '' };
    const replay = async (changedHeaders: Record<string, string>, changedBody: string) => {
      const sent = new Headers({ ...headers, ...changedHeaders });
      for (const name of ['host', 'content-length']) sent.delete(name);
      const response = await fetch(manager.url, { method: 'POST', headers: sent, body: changedBody });
      return ((await response.json()) as { __type?: string }).__type;
    };
    expect(await replay({}, body)).toBeUndefined();
    expect(await replay({}, body.replace('analytical', 'reporting'))).toBe('InvalidSignatureException');
    expect(await replay({ 'x-amz-target': 'secretsmanager.DescribeSecret' }, body)).toBe('InvalidSignatureException');
    expect(await replay({ 'x-amz-date': '20200101T000000Z' }, body)).toBe('InvalidSignatureException');
    expect(await replay({ authorization: 'Bearer x' }, body)).toBe('MissingAuthenticationTokenException');
  });
});

describe('the store', () => {
  it('comes back from its file, which only its owner may read', async () => {
    await put(secondId, second);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const reopened = new SecretStore(file, account);
    expect(reopened.list()).toEqual(store.list());
    expect(reopened.version(reopened.get('analytical'), undefined, 'AWSPREVIOUS').SecretString).toBe(first);
    expect(readFileSync(file, 'utf8')).toContain('second-password');
  });

  it('refuses a second secret of the same name', () => {
    expect(() => store.create({ name: 'analytical', SecretString: second })).toThrow('analytical already exists');
  });
});

describe('the log', () => {
  it('records the caller and the operation, and never a value', async () => {
    await put(secondId, second);
    await get();
    await expect(client.send(new GetSecretValueCommand({ SecretId: 'nope' }))).rejects.toThrow();
    expect(events.map(({ action, secret: id, result }) => [action, id, result])).toEqual([
      ['PutSecretValue', secret.arn, 'ok'],
      ['GetSecretValue', secret.arn, 'ok'],
      ['GetSecretValue', 'nope', 'ResourceNotFoundException'],
    ]);
    expect(events[0]?.principal).toBe('arn:aws:sts::123456789012:assumed-role/AKIAADMIN/task');
    expect(JSON.stringify(events)).not.toMatch(/first-password|second-password|secret of/);
  });
});

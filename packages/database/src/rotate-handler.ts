/**
 * The Lambda function by which Secrets Manager rotates the services' logins. Each login alternates between two users, such as `analytical` and
 * `analytical_clone`. A rotation gives a new password to the user that is not in force, and then puts it in force. So a login that a service has fetched
 * before a rotation is valid until the next rotation.
 */
import { randomBytes } from 'node:crypto';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { type Logger, pino } from 'pino';
import { connectionOptions, databaseAddress, onConnection, requiredVariable } from './connection.ts';
import { type Credentials, parseCredentials, secretCredentials } from './credentials.ts';
import { ensureServiceUser } from './roles.ts';
import { secretsManager } from './secrets-manager.ts';
import { type ServiceLogin, serviceLogins } from './service-logins.ts';

/** The event that Secrets Manager sends. */
export interface RotationEvent {
  Step: string;
  /** The ARN of the secret. */
  SecretId: string;
  /** The id of the version that the rotation creates. */
  ClientRequestToken: string;
}

/** One rotation of one login, from the version in force to the next. */
interface Rotation extends ServiceLogin {
  client: SecretsManagerClient;
  log: Logger;
  currentId: string;
  nextId: string;
}

/** In the order in which Secrets Manager runs them. Each can be repeated. */
const steps: Record<string, (rotation: Rotation) => Promise<void>> = {
  createSecret,
  setSecret,
  testSecret,
  finishSecret,
};

/**
 * Does one step. Reads `DATABASE_HOST`, `DATABASE_PORT`, `DATABASE_NAME`, `MASTER_SECRET_ARN`, and `SERVICE_SECRET_ARNS`, a JSON object of
 * secrets by service.
 * @throws every error, after logging it; the login in force does not change, and Secrets Manager tries again
 */
export async function handler({ Step, SecretId, ClientRequestToken: nextId }: RotationEvent): Promise<void> {
  const log = pino({ name: 'rotator', level: process.env.LOG_LEVEL ?? 'info' }).child({ step: Step, secret: SecretId });
  try {
    const step = steps[Step];
    if (!step) throw new Error(`A rotation has no step "${Step}"; it has ${Object.keys(steps).join(', ')}.`);
    const login = serviceLogins(process.env).find(({ secretArn }) => secretArn === SecretId);
    if (!login) throw new Error(`SERVICE_SECRET_ARNS names no service whose secret is ${SecretId}.`);
    const client = secretsManager();
    const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }));
    const labelled = (stage: string) =>
      Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes(stage))?.[0];
    const currentId = labelled('AWSCURRENT');
    if (currentId === nextId) {
      log.info('the rotation is finished already');
      return;
    }
    if (!currentId || labelled('AWSPENDING') !== nextId) {
      throw new Error(`The version ${nextId} of ${SecretId} must have the label AWSPENDING, and another AWSCURRENT.`);
    }
    await step({ ...login, client, log, currentId, nextId });
  } catch (error) {
    log.error({ err: error }, 'the rotation failed');
    throw error;
  }
}

/** Generates the next login, unless an earlier attempt has: a new password for the user that is not in force. */
async function createSecret({ client, secretArn, log, currentId, nextId }: Rotation): Promise<void> {
  const current = await read(client, secretArn, currentId);
  try {
    await read(client, secretArn, nextId);
    log.info('the next login was generated already');
  } catch (error) {
    // Secrets Manager has labelled the version, but it has no value yet.
    if (!(error instanceof ResourceNotFoundException)) throw error;
    const username = alternateOf(current.username);
    // 256 bits. Generated here, because IAM can grant GetRandomPassword only on all secrets.
    const next = { ...current, username, password: randomBytes(32).toString('hex') };
    await client.send(
      new PutSecretValueCommand({
        SecretId: secretArn,
        ClientRequestToken: nextId,
        SecretString: JSON.stringify(next),
        VersionStages: ['AWSPENDING'],
      }),
    );
    log.info({ user: username }, 'the next login is generated');
  }
}

/** Creates the user of the next login, or changes its password. */
async function setSecret({ client, secretArn, group, log, currentId, nextId }: Rotation): Promise<void> {
  const current = await read(client, secretArn, currentId);
  const next = await read(client, secretArn, nextId);
  if (next.username !== alternateOf(current.username)) {
    // The login in force would be invalid before the next one is in force.
    throw new Error(`The user after "${current.username}" must be "${alternateOf(current.username)}".`);
  }
  const master = await secretCredentials(requiredVariable(process.env, 'MASTER_SECRET_ARN')).get();
  await onConnection(connection(master), log, (database) => ensureServiceUser(database, next, group));
  log.info({ user: next.username, group }, 'the user of the next login is up to date');
}

/** Logs in with the next login, and reads a table that both groups may read. */
async function testSecret({ client, secretArn, log, nextId }: Rotation): Promise<void> {
  const next = await read(client, secretArn, nextId);
  await onConnection(connection(next), log, (database) => database.query('SELECT version FROM data_version'));
  log.info({ user: next.username }, 'the next login works');
}

/** Puts the next login in force. */
async function finishSecret({ client, secretArn, log, currentId, nextId }: Rotation): Promise<void> {
  await client.send(
    new UpdateSecretVersionStageCommand({
      SecretId: secretArn,
      VersionStage: 'AWSCURRENT',
      RemoveFromVersionId: currentId,
      MoveToVersionId: nextId,
    }),
  );
  log.info('the next login is in force');
}

/** The login of a version, with the other members of the secret. */
async function read(client: SecretsManagerClient, SecretId: string, VersionId: string): Promise<Credentials> {
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId, VersionId }));
  const login = parseCredentials(SecretString, SecretId);
  return { ...JSON.parse(SecretString), ...login };
}

/** The other of the two users. */
function alternateOf(username: string): string {
  const ending = '_clone';
  return username.endsWith(ending) ? username.slice(0, -ending.length) : username + ending;
}

function connection({ username, password }: Credentials) {
  return {
    ...connectionOptions(databaseAddress(process.env)),
    application_name: 'rotator',
    user: username,
    password,
  };
}

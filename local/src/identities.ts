/** The roles of the templates with their policies, and the services of AWS that enforce these: secrets, objects and e-mail. */
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endpoint } from './aws/endpoint.ts';
import { isAllowed, type PolicyStatement } from './aws/iam-policy.ts';
import type { FindPrincipal, Principal } from './aws/principal.ts';
import type { Log } from './logs.ts';
import type { Run } from './run.ts';
import { ObjectStore } from './s3/object-store.ts';
import { createS3 } from './s3/s3.ts';
import { Rotation, type RotationFunction } from './secrets-manager/rotation.ts';
import { SecretStore } from './secrets-manager/secret-store.ts';
import { createSecretsManager, type SecretsManagerEvent } from './secrets-manager/secrets-manager.ts';
import { createSes } from './ses/ses.ts';

export interface PolicyDocument {
  Statement: PolicyStatement | PolicyStatement[];
}

interface Role extends Omit<Principal, 'statements'> {
  name: string;
  roleArn: string;
  accessKeyId: string;
  /** By name. */
  policies: Map<string, PolicyStatement[]>;
}

export class Identities {
  readonly #store: SecretStore;
  readonly #rotation: Rotation;
  readonly #region: string;
  readonly #roles: Role[] = [];
  readonly #mailIdentities = new Map<string, string>();
  /** By the variables that state their addresses to a process. */
  #endpoints: Record<string, Endpoint> = {};
  /** The buckets, kept between runs as the secrets are. */
  readonly objects: ObjectStore;

  /** Opens the secrets of the data directory. They are kept between runs, as the database that uses them is. */
  static async start(run: Run, account: { region: string; account: string }, log: Log): Promise<Identities> {
    const identities = new Identities(run.directory, account, log);
    const findPrincipal: FindPrincipal = (id) => {
      const role = identities.#roles.find(({ accessKeyId }) => accessKeyId === id);
      return role && { ...role, statements: statementsOf(role) };
    };
    identities.#endpoints = {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: await createSecretsManager({
        store: identities.#store,
        rotation: identities.#rotation,
        findPrincipal,
        log: (event) => logEvent(event, log),
      }),
      AWS_ENDPOINT_URL_S3: await createS3({
        store: identities.objects,
        findPrincipal,
        onRefusal: (message) => log.warn(message),
      }),
      AWS_ENDPOINT_URL_SESV2: await createSes({
        directory: join(run.directory, 'mail'),
        findPrincipal,
        findIdentity: (address) => identities.#mailIdentity(address),
        onMessage: (file, recipients) => log.info(`E-mail for ${recipients.join(', ')}: ${file}`),
      }),
    };
    await identities.#admitOperator(run, account.account);
    return identities;
  }

  private constructor(directory: string, { region, account }: { region: string; account: string }, log: Log) {
    this.#store = new SecretStore(join(directory, 'secrets.json'), { region, accountId: account });
    this.objects = new ObjectStore(join(directory, 's3'));
    this.#rotation = new Rotation(this.#store, log);
    this.#region = region;
  }

  /** Writes an environment file with which the AWS CLI may do everything. */
  async #admitOperator(run: Run, account: string): Promise<void> {
    const arn = `arn:aws:iam::${account}:role/operator`;
    this.addRole('operator', arn);
    this.attachPolicy('operator', 'everything', {
      Statement: { Effect: 'Allow', Action: ['secretsmanager:*', 's3:*'], Resource: '*' },
    });
    // The CLI and the SDKs read the region from different variables.
    const environment = { ...this.environment(arn), AWS_DEFAULT_REGION: this.#region };
    const lines = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(join(run.directory, 'operator.env'), lines.join(''), { mode: 0o600 });
  }

  /** Adds a role. An existing one keeps its credentials and policies. */
  addRole(name: string, roleArn: string): void {
    if (this.#roles.some((role) => role.name === name)) return;
    this.#roles.push({
      name,
      roleArn,
      arn: `${roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/local`,
      accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      policies: new Map(),
    });
  }

  /** Replaces the role's policy of this name, if there is one. */
  attachPolicy(roleName: string, policyName: string, { Statement }: PolicyDocument): void {
    const role = this.#roles.find(({ name }) => name === roleName);
    if (!role) throw new Error(`There is no role ${roleName} to attach a policy to.`);
    role.policies.set(policyName, [Statement].flat());
  }

  detachPolicy(roleName: string, policyName: string): void {
    this.#roles.find(({ name }) => name === roleName)?.policies.delete(policyName);
  }

  /** The ARN of the secret with this name. Makes the secret if the data directory has none. */
  addSecret(name: string, makeValue: () => string): string {
    return (this.#store.find(name) ?? this.#store.create({ name, SecretString: makeValue() })).arn;
  }

  /** The current value. */
  secretValue(arn: string): string {
    const { SecretString } = this.#store.version(this.#store.get(arn), undefined, undefined);
    if (SecretString === undefined) throw new Error(`The secret ${arn} is not text.`);
    return SecretString;
  }

  setUpRotation(secretArn: string, rotate: RotationFunction): void {
    this.#rotation.setUp(secretArn, rotate);
  }

  hasRotation(secretArn: string): boolean {
    return this.#rotation.isSetUp(secretArn);
  }

  /** Rotates a secret; resolves when its new value is in use. @throws if a step fails, or another rotation of the secret is running. */
  async rotate(secretArn: string): Promise<void> {
    await this.#rotation.begin(this.#store.get(secretArn), randomUUID()).done;
  }

  /** @param name an address, or a domain, whose addresses may all send */
  addMailIdentity(name: string, arn: string): void {
    this.#mailIdentities.set(name.toLowerCase(), arn);
  }

  #mailIdentity(address: string): string | undefined {
    const [, domain = ''] = address.toLowerCase().split('@');
    return this.#mailIdentities.get(address.toLowerCase()) ?? this.#mailIdentities.get(domain);
  }

  mayRead(roleArn: string, secretArn: string): boolean {
    const role = this.#roles.find((each) => each.roleArn === roleArn);
    return role !== undefined && isAllowed(statementsOf(role), 'secretsmanager:GetSecretValue', secretArn);
  }

  /** The environment of a process with a role: region and credentials, as in AWS, and the local endpoints of the services. */
  environment(roleArn: string | undefined): Record<string, string> {
    const role = this.#roles.find((each) => each.roleArn === roleArn);
    return {
      AWS_REGION: this.#region,
      ...(role && { AWS_ACCESS_KEY_ID: role.accessKeyId, AWS_SECRET_ACCESS_KEY: role.secretAccessKey }),
      ...Object.fromEntries(Object.entries(this.#endpoints).map(([name, { url }]) => [name, url])),
      // The AWS configuration of this machine's user must not be used.
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    };
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#endpoints).map((endpoint) => endpoint.close()));
    this.objects.close();
  }
}

function statementsOf({ policies }: Role): PolicyStatement[] {
  return [...policies.values()].flat();
}

function logEvent({ action, secret, principal, result, message }: SecretsManagerEvent, log: Log): void {
  const who = principal?.split('/').at(-2) ?? 'an unknown caller';
  // Without the random end of the ARN, it is the name that the API takes.
  const what =
    secret
      ?.split(':secret:')
      .at(-1)
      ?.replace(/-\w{6}$/, '') ?? '';
  if (result === 'ok') log.info(`${action} ${what} for ${who}`);
  else log.warn(`${result}: ${message}`);
}

import { randomInt, randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { SecretsManagerError } from './errors.ts';

/** Exactly one of the two, or none in a version that a rotation has yet to give one; binary in base64. */
export interface SecretValue {
  SecretString?: string;
  SecretBinary?: string;
}

export interface SecretVersion extends SecretValue {
  id: string;
  /** Seconds since the epoch, as the API gives times. */
  createdAt: number;
  /** A label is attached to one version of a secret at a time. A version without any is deprecated. */
  stages: string[];
}

export interface Secret {
  arn: string;
  name: string;
  description?: string;
  createdAt: number;
  changedAt: number;
  versions: SecretVersion[];
}

/** AWS's limit for a value, in bytes. */
const maxValueSize = 65_536;

/**
 * The secrets with all their versions, kept in one JSON file that only its owner may read. A change is in the file before
 * the call that made it returns; a crash leaves the file as it was before or after a change, never in between.
 */
export class SecretStore {
  readonly #file: string;
  readonly #account: { region: string; accountId: string };
  readonly #secrets: Secret[];

  /** Opens the file, or starts an empty store that makes it with the first secret. @throws naming the file if it is damaged */
  constructor(file: string, account: { region: string; accountId: string }) {
    this.#file = file;
    this.#account = account;
    this.#secrets = existsSync(file) ? readSecrets(file) : [];
  }

  list(): readonly Secret[] {
    return this.#secrets;
  }

  /** By ARN, by ARN without the hyphen and six characters that AWS adds, or by name. */
  find(id: string): Secret | undefined {
    return this.#secrets.find(({ arn, name }) => id === name || id === arn || id === arn.slice(0, -7));
  }

  /** @throws SecretsManagerError ResourceNotFoundException */
  get(id: string): Secret {
    const secret = this.find(id);
    if (secret === undefined) {
      throw new SecretsManagerError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    return secret;
  }

  /**
   * Makes a secret whose first version is AWSCURRENT.
   * @throws SecretsManagerError ResourceExistsException when the name is taken
   */
  create({ name, description, ...value }: { name: string; description?: string } & SecretValue): Secret {
    if (this.#secrets.some((secret) => secret.name === name)) {
      throw new SecretsManagerError(
        'ResourceExistsException',
        `The operation failed because the secret ${name} already exists.`,
      );
    }
    checkValue(value);
    const { region, accountId } = this.#account;
    const now = Date.now() / 1000;
    const secret: Secret = {
      arn: `arn:aws:secretsmanager:${region}:${accountId}:secret:${name}-${randomSuffix()}`,
      name,
      ...(description !== undefined && { description }),
      createdAt: now,
      changedAt: now,
      versions: [{ id: randomUUID(), createdAt: now, stages: ['AWSCURRENT'], ...value }],
    };
    this.#secrets.push(secret);
    this.#save();
    return secret;
  }

  /**
   * The version with the id and the label given; with neither, the one with AWSCURRENT.
   * @throws SecretsManagerError ResourceNotFoundException, or InvalidRequestException when they are of two versions
   */
  version(secret: Secret, versionId: string | undefined, stage: string | undefined): SecretVersion {
    if (versionId !== undefined) {
      const version = secret.versions.find(({ id }) => id === versionId);
      if (version === undefined) throw notFound(`VersionId: ${versionId}`);
      if (stage !== undefined && !version.stages.includes(stage)) {
        throw new SecretsManagerError(
          'InvalidRequestException',
          'You provided a VersionStage that is not associated to the provided VersionId.',
        );
      }
      return version;
    }
    const label = stage ?? 'AWSCURRENT';
    const version = holder(secret, label);
    if (version === undefined) throw notFound(`staging label: ${label}`);
    return version;
  }

  /** As `version`, but not one that a rotation has yet to give a value. @throws SecretsManagerError as `version` does */
  value(secret: Secret, versionId: string | undefined, stage: string | undefined): SecretVersion {
    const version = this.version(secret, versionId, stage);
    if (hasValue(version)) return version;
    throw notFound(versionId === undefined ? `staging label: ${stage}` : `VersionId: ${versionId}`);
  }

  /**
   * Adds a version with the labels given, which leave the versions that had them; AWSPREVIOUS goes to the version that
   * loses AWSCURRENT. A version without a value gets it; with an id that exists and the same value it changes nothing.
   * @throws SecretsManagerError ResourceExistsException when the id exists with another value
   */
  put(
    secret: Secret,
    versionId: string,
    value: SecretValue,
    stages: readonly string[] = ['AWSCURRENT'],
  ): SecretVersion {
    checkValue(value);
    const existing = secret.versions.find(({ id }) => id === versionId);
    if (existing !== undefined && hasValue(existing)) {
      if (existing.SecretString === value.SecretString && existing.SecretBinary === value.SecretBinary) return existing;
      throw new SecretsManagerError(
        'ResourceExistsException',
        `You can't use ClientRequestToken ${versionId} because that value is already in use for a version of secret ${secret.arn}.`,
      );
    }
    const version = existing ?? addVersion(secret, versionId);
    Object.assign(version, value);
    for (const stage of stages) moveStage(secret, stage, version);
    this.#changed(secret);
    return version;
  }

  /** The version that a rotation is to make, or was making when it failed: it has the label AWSPENDING, and at first no value. */
  pendingVersion(secret: Secret, versionId: string): SecretVersion {
    const unfinished = holder(secret, 'AWSPENDING');
    if (unfinished !== undefined && !unfinished.stages.includes('AWSCURRENT')) return unfinished;
    const version = addVersion(secret, versionId);
    moveStage(secret, 'AWSPENDING', version);
    this.#changed(secret);
    return version;
  }

  /**
   * Moves a label from a version to another, gives it to one, or takes it from one.
   * @throws SecretsManagerError InvalidParameterException when the label is not where the caller believes it to be, or
   * AWSCURRENT would be nowhere
   */
  moveStage(secret: Secret, stage: string, fromId: string | undefined, toId: string | undefined): void {
    const from = fromId === undefined ? undefined : this.version(secret, fromId, undefined);
    const to = toId === undefined ? undefined : this.version(secret, toId, undefined);
    if (from === undefined && to === undefined) {
      throw invalid('You must provide MoveToVersionId, RemoveFromVersionId, or both.');
    }
    if (from !== undefined && !from.stages.includes(stage)) {
      throw invalid(`The staging label ${stage} is not attached to version ${from.id}.`);
    }
    if (to === undefined && stage === 'AWSCURRENT') {
      throw invalid(
        "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
      );
    }
    const current = holder(secret, stage);
    if (current !== undefined && current !== from && current !== to) {
      throw invalid(
        `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${current.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
      );
    }
    moveStage(secret, stage, to);
    this.#changed(secret);
  }

  #changed(secret: Secret): void {
    secret.changedAt = Date.now() / 1000;
    this.#save();
  }

  #save(): void {
    const draft = `${this.#file}.new`;
    const descriptor = openSync(draft, 'w', 0o600);
    try {
      writeFileSync(descriptor, JSON.stringify(this.#secrets, undefined, 2));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(draft, this.#file);
  }
}

function readSecrets(file: string): Secret[] {
  const text = readFileSync(file, 'utf8');
  try {
    const secrets: unknown = JSON.parse(text);
    if (Array.isArray(secrets)) return secrets as Secret[];
    throw new Error('it is not a list');
  } catch (error) {
    const reason = (error as Error).message.replaceAll(/".*"/gs, '…'); // the parser quotes the text, which has secrets
    throw new Error(
      `${file} is damaged (${reason}). It has the passwords of the database beside it: restore it, or delete the whole folder.`,
    );
  }
}

function hasValue({ SecretString, SecretBinary }: SecretValue): boolean {
  return SecretString !== undefined || SecretBinary !== undefined;
}

function addVersion(secret: Secret, id: string): SecretVersion {
  const version: SecretVersion = { id, createdAt: Date.now() / 1000, stages: [] };
  secret.versions.push(version);
  return version;
}

function holder(secret: Secret, stage: string): SecretVersion | undefined {
  return secret.versions.find(({ stages }) => stages.includes(stage));
}

function moveStage(secret: Secret, stage: string, to: SecretVersion | undefined): void {
  const from = holder(secret, stage);
  if (from === to) return;
  if (from !== undefined) from.stages = from.stages.filter((label) => label !== stage);
  to?.stages.push(stage);
  if (stage === 'AWSCURRENT' && from !== undefined) moveStage(secret, 'AWSPREVIOUS', from);
}

function checkValue({ SecretString, SecretBinary }: SecretValue): void {
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw invalid("You can't specify both a binary secret value and a string secret value in the same secret.");
  }
  const value = SecretString !== undefined ? Buffer.from(SecretString) : Buffer.from(SecretBinary ?? '', 'base64');
  if (value.length === 0) {
    throw new SecretsManagerError('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
  }
  if (value.length > maxValueSize) throw invalid(`A secret value may have at most ${maxValueSize} bytes.`);
}

function randomSuffix(): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: 6 }, () => alphabet[randomInt(alphabet.length)]).join('');
}

function notFound(what: string): SecretsManagerError {
  return new SecretsManagerError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for ${what}`,
  );
}

function invalid(message: string): SecretsManagerError {
  return new SecretsManagerError('InvalidParameterException', message);
}

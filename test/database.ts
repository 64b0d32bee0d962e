import { randomBytes } from 'node:crypto';
import {
  type Credentials,
  Database,
  type DatabaseOptions,
  ensureServiceUser,
  ensureToken,
  fixedCredentials,
  type Log,
  migrate,
  narrowPublicPrivileges,
  scopes,
} from '@property-insights/database';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, inject } from 'vitest';
import { tokens } from './tokens.ts';

/** The PostgreSQL server of this test run, and the users of its databases. */
export interface TestServer {
  host: string;
  port: number;
  master: Credentials;
  analytical: Credentials;
  reporting: Credentials;
}

export interface TestDatabase extends TestServer {
  name: string;
  drop(): Promise<void>;
}

export interface OpenDatabase extends TestDatabase {
  readonly database: Database;
}

export interface OpenOptions extends Partial<DatabaseOptions> {
  /** The service whose database user connects; `analytical` by default. */
  user?: 'analytical' | 'reporting';
}

export const silent: Log = { info() {}, warn() {}, error() {} };

const templateName = 'property_insights_template';

/** Creates a migrated database that holds the demonstration market. */
export function createTestDatabase(): Promise<TestDatabase> {
  return create(`TEMPLATE ${templateName}`);
}

/** Creates an empty database. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return create('');
}

/** Connects to a test database as a service. */
export function openDatabase(to: TestDatabase, { user = 'analytical', ...options }: OpenOptions = {}): Database {
  const { host, port, name } = to;
  const credentials = fixedCredentials(to[user]);
  return new Database({ host, port, name, credentials, applicationName: 'test', log: silent, ...options });
}

/** The number of revisions that have been committed. */
export async function countRevisions({ kysely }: Database): Promise<number> {
  const { count } = await kysely
    .selectFrom('revision')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** Creates a test database and opens it before the tests of a file, or before `each` of them, and drops it afterwards. */
export function testDatabase({ each = false, ...options }: OpenOptions & { each?: boolean } = {}): OpenDatabase {
  const parts = {} as OpenDatabase;
  const [before, after] = each ? [beforeEach, afterEach] : [beforeAll, afterAll];
  before(async () => {
    const created = await createTestDatabase();
    Object.assign(parts, created, { database: openDatabase(created, options) });
  });
  after(async () => {
    await parts.database.close();
    await parts.drop();
  });
  return parts;
}

async function create(options: string): Promise<TestDatabase> {
  const server = inject('server');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await administer(server, `CREATE DATABASE ${name} ${options}`);
  return { ...server, name, drop: () => administer(server, `DROP DATABASE ${name} WITH (FORCE)`) };
}

async function administer(server: TestServer, sql: string): Promise<void> {
  const client = await connect(server, 'postgres');
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function connect(server: TestServer, database: string): Promise<pg.Client> {
  const { username: user, password } = server.master;
  const client = new pg.Client({ host: server.host, port: server.port, user, password, database });
  await client.connect();
  return client;
}

/** Creates the database that test databases are cloned from: migrated as in a deployment, with the service users. */
export async function createTemplate(server: TestServer): Promise<void> {
  await administer(server, `CREATE DATABASE ${templateName}`);
  const { username: user, password } = server.master;
  const log = { info() {}, warn: console.warn, error: console.error };
  await migrate({ connection: { host: server.host, port: server.port, user, password, database: templateName }, log });
  const client = await connect(server, templateName);
  try {
    await narrowPublicPrivileges(client);
    await ensureServiceUser(client, server.analytical, 'sales_writer');
    await ensureServiceUser(client, server.reporting, 'sales_reader');
    for (const scope of scopes) await ensureToken(client, `test ${scope}`, scope, tokens[scope]);
  } finally {
    await client.end();
  }
}

import { randomBytes } from 'node:crypto';
import {
  type Credentials,
  ensureServiceUser,
  ensureToken,
  migrate,
  narrowPublicPrivileges,
  scopes,
} from '@property-insights/database';
import pg from 'pg';
import { inject } from 'vitest';
import { tokens } from './tokens.ts';

/** The server of this test run. */
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

const templateName = 'property_insights_template';

/** A database of its own, migrated, with the demonstration market in it. */
export function createTestDatabase(): Promise<TestDatabase> {
  return create(`TEMPLATE ${templateName}`);
}

/** A database with nothing in it. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return create('');
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

/** Makes the database that test databases are cloned from: migrated as in a deployment, with the service users. */
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

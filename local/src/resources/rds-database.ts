import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { ExecutionContext } from '../execution-context.ts';
import { postgresMajorVersion } from '../postgres.ts';

/** The properties that a database instance and a cluster have in common. */
export interface DatabaseProperties {
  engineVersion: unknown;
  name: unknown;
  masterUsername: unknown;
  manageMasterUserPassword: unknown;
}

export interface MadeDatabase {
  host: string;
  port: string;
  masterSecretArn: string;
}

/** Makes the master user, the database and the master secret in the embedded server, as RDS does. */
export async function makeDatabase(
  identifier: string,
  { engineVersion, name = 'postgres', masterUsername, manageMasterUserPassword }: DatabaseProperties,
  context: ExecutionContext,
): Promise<MadeDatabase> {
  if (Number.parseInt(String(engineVersion), 10) !== postgresMajorVersion) {
    throw new Error(
      `The template requires PostgreSQL ${engineVersion}; the local run has only PostgreSQL ${postgresMajorVersion}.`,
    );
  }
  if (manageMasterUserPassword !== true) {
    throw new Error('The local run requires ManageMasterUserPassword.');
  }
  const username = String(masterUsername);
  const masterSecretArn = context.identities.addSecret(`rds!${identifier}`, () =>
    JSON.stringify({ username, password: randomBytes(24).toString('base64url') }),
  );
  const { password } = JSON.parse(context.identities.secretValue(masterSecretArn)) as { password: string };
  const database = await context.database;
  await database.administer((client) => createMaster(client, username, password));
  await database.administer((client) => createDatabase(client, String(name), username));
  return { host: database.host, port: String(database.port), masterSecretArn };
}

/** With the rights of an RDS master user, who makes databases and roles and is no superuser. */
async function createMaster(client: pg.Client, username: string, password: string): Promise<void> {
  const role = pg.escapeIdentifier(username);
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [username]);
  if (!rowCount) await client.query(`CREATE ROLE ${role}`);
  await client.query(`ALTER ROLE ${role} LOGIN CREATEROLE CREATEDB NOSUPERUSER PASSWORD ${pg.escapeLiteral(password)}`);
  await client.query(`GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO ${role}`);
}

async function createDatabase(client: pg.Client, name: string, owner: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  const [database, role] = [name, owner].map((text) => pg.escapeIdentifier(text));
  if (!rowCount) await client.query(`CREATE DATABASE ${database} OWNER ${role}`);
}

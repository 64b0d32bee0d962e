import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { postgresMajorVersion } from '../postgres.ts';
import type { ResourceHandler } from '../template/execute.ts';

/** The embedded server stands for the instance: its master user and database are made, its master secret is managed as RDS would. */
export const dbInstance: ResourceHandler = {
  type: 'AWS::RDS::DBInstance',
  async make({ logicalId, properties, stack }, machine) {
    const { Engine, EngineVersion, DBName, MasterUsername, ManageMasterUserPassword } = properties;
    const majorVersion = Number.parseInt(String(EngineVersion), 10);
    if (Engine !== 'postgres' || majorVersion !== postgresMajorVersion) {
      throw new Error(
        `The template wants ${Engine} ${EngineVersion}; the local run has PostgreSQL ${postgresMajorVersion} only.`,
      );
    }
    if (ManageMasterUserPassword !== true) {
      throw new Error('The local run makes the master password as RDS does: set ManageMasterUserPassword.');
    }
    const name = String(DBName ?? 'postgres');
    const username = String(MasterUsername);
    const identifier = logicalId.toLowerCase();
    const secretArn = machine.identities.addSecret(`rds!db-${identifier}`, () =>
      JSON.stringify({ username, password: randomBytes(24).toString('base64url') }),
    );
    const { password } = JSON.parse(machine.identities.secretValue(secretArn)) as { password: string };
    const database = await machine.database;
    await database.administer((client) => createMaster(client, username, password));
    await database.administer((client) => createDatabase(client, name, username));
    return {
      ref: identifier,
      attributes: {
        'Endpoint.Address': database.host,
        'Endpoint.Port': String(database.port),
        'MasterUserSecret.SecretArn': secretArn,
        DBInstanceArn: `arn:aws:rds:${stack.region}:${stack.account}:db:${identifier}`,
      },
    };
  },
};

/** With the rights of an RDS master user: it makes databases and roles, and is no superuser. */
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

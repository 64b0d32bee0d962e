/**
 * The Lambda function that a deployment runs before it updates the services. It migrates the database, creates the services' users, and adds the first
 * token. Called with the name of a new admin token, it creates that token only. After the database was restored from a backup, an operator calls it with a
 * command.
 */
import { pino } from 'pino';
import { connectionOptions, databaseAddress, onConnection, requiredVariable } from './connection.ts';
import { secretCredentials, secretText } from './credentials.ts';
import { migrate } from './migrate.ts';
import { recordRestore } from './restore.ts';
import { ensureServiceUser, narrowPublicPrivileges } from './roles.ts';
import { serviceLogins } from './service-logins.ts';
import { ensureToken, generateToken } from './tokens.ts';

/** What the function is called with. A deployment passes no member of this. */
export interface MigratorEvent {
  /** The name of an admin token to create. */
  newAdminToken?: unknown;
  /** `record-restore`: the database was restored from a backup (see `recordRestore`). */
  command?: unknown;
}

interface MigratorResult {
  /** The names of the migrations that were run. */
  migrations: string[];
  /** The new admin token. */
  token?: string;
  restore?: Awaited<ReturnType<typeof recordRestore>>;
}

const recordRestoreCommand = 'record-restore';

/**
 * Reads `DATABASE_HOST`, `DATABASE_PORT`, `DATABASE_NAME`, `MASTER_SECRET_ARN`, `SERVICE_SECRET_ARNS`, a JSON object of secrets by service, and
 * `ADMIN_TOKEN_SECRET_ARN`, whose value is the token without its prefix `pi_`, because Secrets Manager cannot generate a text with a prefix.
 * @throws every error, after logging it, which stops the deployment
 */
export async function handler({ newAdminToken, command }: MigratorEvent = {}): Promise<MigratorResult> {
  const log = pino({ name: 'migrator', level: process.env.LOG_LEVEL ?? 'info' });
  try {
    if (command !== undefined && command !== recordRestoreCommand) {
      throw new Error(`The command must be "${recordRestoreCommand}", not ${JSON.stringify(command)}.`);
    }
    const address = databaseAddress(process.env);
    const logins = serviceLogins(process.env);
    const { username, password } = await secretCredentials(requiredVariable(process.env, 'MASTER_SECRET_ARN')).get();
    const adminToken = await secretText(requiredVariable(process.env, 'ADMIN_TOKEN_SECRET_ARN'));
    const connection = { ...connectionOptions(address), application_name: 'migrator', user: username, password };
    if (newAdminToken !== undefined) {
      const name = tokenName(newAdminToken);
      const token = generateToken();
      await onConnection(connection, log, (client) => ensureToken(client, name, 'admin', token));
      log.warn({ name }, 'an admin token was created');
      return { migrations: [], token };
    }
    const migrations = await migrate({ connection, log });

    const restore = await onConnection(connection, log, async (client) => {
      await narrowPublicPrivileges(client);
      for (const { service, group, secretArn } of logins) {
        // The user in force, of the two between which rotations alternate. The other one was created by a rotation and stays as it is.
        const credentials = await secretCredentials(secretArn).get();
        await ensureServiceUser(client, credentials, group);
        log.info({ service, user: credentials.username, group }, 'the user of the service is up to date');
      }
      await ensureToken(client, 'deployment', 'admin', `pi_${adminToken}`);
      return command === recordRestoreCommand ? recordRestore(client) : undefined;
    });
    if (restore) log.info(restore, 'the restore of the database is recorded');
    log.info({ migrations }, 'the database is up to date');
    return { migrations, ...(restore && { restore }) };
  } catch (error) {
    log.error({ err: error }, 'the database could not be brought up to date');
    throw error;
  }
}

function tokenName(name: unknown): string {
  if (typeof name === 'string' && /^[^\p{C}]{1,100}$/u.test(name) && name.trim() !== '') return name.trim();
  throw new Error('newAdminToken must be a name of 1 to 100 characters on one line.');
}

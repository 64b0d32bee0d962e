/** The Lambda function that a deployment runs before it touches the services: migrates the database and makes the services' users. */
import { pino } from 'pino';
import { connectionOptions, databaseAddress, onConnection, requiredVariable } from './connection.ts';
import { secretCredentials } from './credentials.ts';
import { migrate } from './migrate.ts';
import { ensureServiceUser, narrowPublicPrivileges } from './roles.ts';
import { serviceLogins } from './service-logins.ts';

/**
 * Reads `DATABASE_HOST`, `DATABASE_PORT`, `DATABASE_NAME`, `MASTER_SECRET_ARN`, and `SERVICE_SECRET_ARNS`, a JSON object of secrets by service.
 * @throws whatever goes wrong, after logging it: that stops the deployment.
 */
export async function handler(): Promise<{ migrations: string[] }> {
  const log = pino({ name: 'migrator', level: process.env.LOG_LEVEL ?? 'info' });
  try {
    const address = databaseAddress(process.env);
    const logins = serviceLogins(process.env);
    const { username, password } = await secretCredentials(requiredVariable(process.env, 'MASTER_SECRET_ARN')).get();
    const connection = { ...connectionOptions(address), application_name: 'migrator', user: username, password };
    const migrations = await migrate({ connection, log });

    await onConnection(connection, log, async (client) => {
      await narrowPublicPrivileges(client);
      for (const { service, group, secretArn } of logins) {
        // Of the two users between which a rotation alternates, the one in force; the other was made by the rotation and stays as it is.
        const credentials = await secretCredentials(secretArn).get();
        await ensureServiceUser(client, credentials, group);
        log.info({ service, user: credentials.username, group }, 'the user of the service is up to date');
      }
    });
    log.info({ migrations }, 'the database is up to date');
    return { migrations };
  } catch (error) {
    log.error({ err: error }, 'the database could not be brought up to date');
    throw error;
  }
}

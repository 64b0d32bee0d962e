/** The Lambda function that a deployment runs before it touches the services: migrates the database and makes the services' users. */
import pg from 'pg';
import { pino } from 'pino';
import { connectionOptions, databaseAddress, requiredVariable } from './connection.ts';
import { secretsManagerCredentials } from './credentials.ts';
import { migrate } from './migrate.ts';
import { ensureServiceUser, type Group, narrowPublicPrivileges } from './roles.ts';

const groupOfService = new Map<string, Group>([
  ['analytical', 'sales_writer'],
  ['reporting', 'sales_reader'],
]);

/**
 * Reads `DATABASE_HOST`, `DATABASE_PORT`, `DATABASE_NAME`, `MASTER_SECRET_ARN`, and `SERVICE_SECRET_ARNS`, a JSON object of secrets by service.
 * @throws whatever goes wrong, after logging it: that stops the deployment.
 */
export async function handler(): Promise<{ migrations: string[] }> {
  const log = pino({ name: 'migrator', level: process.env.LOG_LEVEL ?? 'info' });
  try {
    const address = databaseAddress(process.env);
    const users = serviceUsers(requiredVariable(process.env, 'SERVICE_SECRET_ARNS'));
    const { username, password } = await secretsManagerCredentials(
      requiredVariable(process.env, 'MASTER_SECRET_ARN'),
    ).get();
    const connection = { ...connectionOptions(address), application_name: 'migrator', user: username, password };
    const migrations = await migrate({ connection, log });

    const client = new pg.Client(connection);
    client.on('error', (error) => log.warn({ err: error }, 'the connection to the database was lost'));
    await client.connect();
    try {
      await narrowPublicPrivileges(client);
      for (const { service, group, secretArn } of users) {
        const credentials = await secretsManagerCredentials(secretArn).get();
        await ensureServiceUser(client, credentials, group);
        log.info({ service, user: credentials.username, group }, 'the user of the service is up to date');
      }
    } finally {
      await client.end();
    }
    log.info({ migrations }, 'the database is up to date');
    return { migrations };
  } catch (error) {
    log.error({ err: error }, 'the database could not be brought up to date');
    throw error;
  }
}

function serviceUsers(json: string): { service: string; group: Group; secretArn: string }[] {
  const arns: Record<string, string> = JSON.parse(json);
  return Object.entries(arns).map(([service, secretArn]) => {
    const group = groupOfService.get(service);
    if (!group) {
      const known = [...groupOfService.keys()].join(' and ');
      throw new Error(`SERVICE_SECRET_ARNS names the service "${service}"; the database knows ${known}.`);
    }
    return { service, group, secretArn };
  });
}

/** The services that log in to the database, and their groups. */
import { requiredVariable } from './connection.ts';
import type { Group } from './roles.ts';

export interface ServiceLogin {
  service: string;
  /** The group of its users. */
  group: Group;
  /** The secret with its current user and password. */
  secretArn: string;
}

const groupOfService = new Map<string, Group>([
  ['analytical', 'sales_writer'],
  ['reporting', 'sales_reader'],
]);

/** Reads `SERVICE_SECRET_ARNS`, a JSON object of secrets by service. @throws naming a service that the database doesn't know. */
export function serviceLogins(env: NodeJS.ProcessEnv): ServiceLogin[] {
  const arns: Record<string, string> = JSON.parse(requiredVariable(env, 'SERVICE_SECRET_ARNS'));
  return Object.entries(arns).map(([service, secretArn]) => {
    const group = groupOfService.get(service);
    if (!group) {
      const known = [...groupOfService.keys()].join(' and ');
      throw new Error(`SERVICE_SECRET_ARNS names the service "${service}"; the database knows ${known}.`);
    }
    return { service, group, secretArn };
  });
}

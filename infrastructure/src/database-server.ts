/** What both kinds of database server, an instance and a cluster, have in common. */
import type { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { DatabaseCluster, DatabaseInstance } from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { logGroup } from './logs.ts';
import type { Network } from './network.ts';
import type { Stage } from './stages.ts';

/**
 * The major version. RDS creates its default minor version and upgrades it in the maintenance window: a stated minor version would be older than
 * the running one after an upgrade, and would be withdrawn some day.
 */
export const POSTGRESQL_VERSION = '18';

export interface DatabaseServerProps<Size> {
  stage: Stage;
  size: Size;
  /** Named here and not by CloudFormation, so that CloudFormation refuses a change that would replace the server by an empty one. */
  identifier: string;
  network: Network;
  securityGroup: SecurityGroup;
  name: string;
  port: number;
  /** Of the master user. */
  username: string;
  parameters: Record<string, string>;
}

export interface DatabaseServer {
  resource: DatabaseInstance | DatabaseCluster;
  masterSecret: ISecret;
  host: string;
  port: string;
  /** The endpoint of the readers; undefined for a server without readers. */
  readerHost?: string;
}

/** The groups for the server's own logs. Otherwise RDS makes groups that have no retention period and outlive the stack. */
export function serverLogs(
  scope: Construct,
  { stage, identifier }: Pick<DatabaseServerProps<unknown>, 'stage' | 'identifier'>,
  kind: 'instance' | 'cluster',
  names: string[],
): LogGroup[] {
  return names.map((name) =>
    logGroup(scope, `Logs-${name}`, stage, { logGroupName: `/aws/rds/${kind}/${identifier}/${name}` }),
  );
}

/** The secret of the master user, which RDS manages. */
export function managedSecret({ secret }: DatabaseServer['resource']): ISecret {
  if (!secret) throw new Error('The master secret that RDS manages is missing.');
  return secret;
}

import { Validations } from 'aws-cdk-lib';
import { type IConnectable, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { DatabaseCluster, DatabaseInstance } from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { databaseCluster } from './database-cluster.ts';
import { databaseInstance } from './database-instance.ts';
import { logGroup, uniqueName } from './logs.ts';
import type { Network } from './network.ts';
import type { Stage } from './stages.ts';

const POSTGRESQL_PORT = 5432;

/** What every kind of database is made with. */
export interface DatabaseServerProps<Size> {
  stage: Stage;
  size: Size;
  /** Named here, and not by CloudFormation, which then refuses what would put another, empty server in the place of this one. */
  identifier: string;
  network: Network;
  securityGroup: SecurityGroup;
  name: string;
  port: number;
  /** Of the master. */
  username: string;
  parameters: Record<string, string>;
}

export interface DatabaseServer {
  resource: DatabaseInstance | DatabaseCluster;
  masterSecret: ISecret;
  host: string;
  port: string;
  /** Where it has readers: leads to one of them. */
  readerHost?: string;
}

/** The system of record: PostgreSQL on RDS, reachable only by the peers that are let in by name. */
export class Database extends Construct {
  readonly resource: DatabaseServer['resource'];
  /** RDS makes, keeps and rotates it; only the migrator and the rotator may read it. */
  readonly masterSecret: ISecret;
  /** Where to find the database, as the services and the migrator expect it in their environment. */
  readonly environment: { DATABASE_HOST: string; DATABASE_PORT: string; DATABASE_NAME: string };
  /** And where a service that only reads finds its readers. */
  readonly readerEnvironment: { DATABASE_READER_HOST?: string };
  private readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, { stage, network }: { stage: Stage; network: Network }) {
    super(scope, id);
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: 'Property Insights database',
      allowAllOutbound: false,
    });
    const { database } = stage;
    const common = {
      stage,
      identifier: uniqueName(this),
      network,
      securityGroup: this.securityGroup,
      name: 'property_insights',
      port: POSTGRESQL_PORT,
      username: 'postgres',
      parameters: {
        'rds.force_ssl': '1',
        // Questions are answered from the replicas; a statement over a second here deserves a look.
        log_min_duration_statement: '1000',
      },
    };
    const server =
      database.kind === 'instance'
        ? databaseInstance(this, { ...common, size: database })
        : databaseCluster(this, { ...common, size: database });
    Validations.of(server.resource).acknowledge({
      id: 'AwsSolutions-RDS11',
      reason: 'Another port hides nothing: only peers named by security group reach the database at all.',
    });
    if (stage.onRemoval !== 'keep') {
      Validations.of(server.resource).acknowledge({
        id: 'AwsSolutions-RDS10',
        reason: 'The stage is made to be torn down without a trace.',
      });
    }
    this.resource = server.resource;
    this.masterSecret = server.masterSecret;
    this.environment = { DATABASE_HOST: server.host, DATABASE_PORT: server.port, DATABASE_NAME: common.name };
    this.readerEnvironment = server.readerHost ? { DATABASE_READER_HOST: server.readerHost } : {};
  }

  /** Opens the way from `peer` to the database, at both ends. */
  allowFrom(peer: IConnectable): void {
    peer.connections.allowTo(this.securityGroup, Port.tcp(POSTGRESQL_PORT), 'PostgreSQL');
  }
}

/** Where RDS puts the server's own logs. Without these it would make groups that nothing ever removes a line from, nor them with the stack. */
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

/** The secret of the master that RDS itself manages. */
export function managedSecret({ secret }: DatabaseServer['resource']): ISecret {
  if (!secret) throw new Error('The master secret that RDS manages is missing.');
  return secret;
}

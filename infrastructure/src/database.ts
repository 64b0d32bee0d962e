import { Validations } from 'aws-cdk-lib';
import { type IConnectable, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { databaseCluster } from './database-cluster.ts';
import { databaseInstance } from './database-instance.ts';
import type { DatabaseServer } from './database-server.ts';
import { uniqueName } from './logs.ts';
import type { Network } from './network.ts';
import type { Stage } from './stages.ts';

const POSTGRESQL_PORT = 5432;

/** The system of record: PostgreSQL on RDS. Only peers allowed with `allowFrom` can connect. */
export class Database extends Construct {
  readonly resource: DatabaseServer['resource'];
  /** RDS creates, stores and rotates it; only the migrator and the rotator may read it. */
  readonly masterSecret: ISecret;
  /** The address of the database, for the environment of the services and the migrator. */
  readonly environment: { DATABASE_HOST: string; DATABASE_PORT: string; DATABASE_NAME: string };
  /** The address of the readers, for the environment of a service that only reads. */
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
        // Questions are answered from the replicas, so a statement over one second is worth an investigation.
        log_min_duration_statement: '1000',
      },
    };
    const server =
      database.kind === 'instance'
        ? databaseInstance(this, { ...common, size: database })
        : databaseCluster(this, { ...common, size: database });
    Validations.of(server.resource).acknowledge({
      id: 'AwsSolutions-RDS11',
      reason: 'Another port adds no security: only peers allowed by their security group reach the database.',
    });
    if (!stage.deletionProtection) {
      Validations.of(server.resource).acknowledge({
        id: 'AwsSolutions-RDS10',
        reason: 'The stage is meant to be destroyed, or its first deployment may have to be rolled back.',
      });
    }
    this.resource = server.resource;
    this.masterSecret = server.masterSecret;
    this.environment = { DATABASE_HOST: server.host, DATABASE_PORT: server.port, DATABASE_NAME: common.name };
    this.readerEnvironment = server.readerHost ? { DATABASE_READER_HOST: server.readerHost } : {};
  }

  /** Allows connections from `peer` to the database, in both security groups. */
  allowFrom(peer: IConnectable): void {
    peer.connections.allowTo(this.securityGroup, Port.tcp(POSTGRESQL_PORT), 'PostgreSQL');
  }
}

import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { type IConnectable, InstanceType, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  Credentials,
  DatabaseInstance,
  DatabaseInstanceEngine,
  PostgresEngineVersion,
  StorageType,
} from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Network } from './network.ts';
import type { Stage } from './stages.ts';

const POSTGRESQL_PORT = 5432;

/** The system of record: PostgreSQL on RDS, reachable only by the peers that are let in by name. */
export class Database extends Construct {
  readonly instance: DatabaseInstance;
  /** RDS makes, keeps and rotates it; only the migrator and the rotator may read it. */
  readonly masterSecret: ISecret;
  /** Where to find the database, as the services and the migrator expect it in their environment. */
  readonly environment: { DATABASE_HOST: string; DATABASE_PORT: string; DATABASE_NAME: string };
  private readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, { stage, network }: { stage: Stage; network: Network }) {
    super(scope, id);
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: 'Property Insights database',
      allowAllOutbound: false,
    });
    const name = 'property_insights';
    const keep = stage.onRemoval === 'keep';
    const instance = new DatabaseInstance(this, 'Instance', {
      engine: DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_18_3 }),
      instanceType: new InstanceType(stage.database.instanceType),
      vpc: network.vpc,
      vpcSubnets: network.privateSubnets,
      securityGroups: [this.securityGroup],
      publiclyAccessible: false,
      port: POSTGRESQL_PORT,
      databaseName: name,
      credentials: Credentials.fromUsername('postgres'),
      manageMasterUserPassword: true,
      parameters: {
        'rds.force_ssl': '1',
        // Questions are answered from the replicas; a statement over a second here deserves a look.
        log_min_duration_statement: '1000',
      },
      autoMinorVersionUpgrade: true,
      cloudwatchLogsExports: ['postgresql', 'upgrade'],
      enablePerformanceInsights: true,
      multiAz: stage.database.multiZone,
      allocatedStorage: stage.database.storageGiB,
      maxAllocatedStorage: stage.database.maximumStorageGiB,
      storageType: StorageType.GP3,
      storageEncrypted: true,
      backupRetention: Duration.days(stage.database.backupDays),
      deleteAutomatedBackups: !keep,
      deletionProtection: keep,
      removalPolicy: keep ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY,
    });
    Validations.of(instance).acknowledge({
      id: 'AwsSolutions-RDS11',
      reason: 'Another port hides nothing: only peers named by security group reach the database at all.',
    });
    if (!keep) {
      Validations.of(instance).acknowledge({
        id: 'AwsSolutions-RDS10',
        reason: 'The stage is made to be torn down without a trace.',
      });
    }
    if (!stage.database.multiZone) {
      Validations.of(instance).acknowledge({
        id: 'AwsSolutions-RDS3',
        reason: 'The stage accepts an outage with its zone, at half the price; backups are kept.',
      });
    }
    this.instance = instance;
    if (!instance.secret) throw new Error('The master secret that RDS manages is missing.');
    this.masterSecret = instance.secret;
    this.environment = {
      DATABASE_HOST: instance.dbInstanceEndpointAddress,
      DATABASE_PORT: instance.dbInstanceEndpointPort,
      DATABASE_NAME: name,
    };
  }

  /** Opens the way from `peer` to the database, at both ends. */
  allowFrom(peer: IConnectable): void {
    peer.connections.allowTo(this.securityGroup, Port.tcp(POSTGRESQL_PORT), 'PostgreSQL');
  }
}

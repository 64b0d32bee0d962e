import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { InstanceType } from 'aws-cdk-lib/aws-ec2';
import {
  Credentials,
  DatabaseInstance,
  DatabaseInstanceEngine,
  PostgresEngineVersion,
  StorageType,
} from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import {
  type DatabaseServer,
  type DatabaseServerProps,
  managedSecret,
  POSTGRESQL_VERSION,
  serverLogs,
} from './database-server.ts';
import type { InstanceDatabase } from './stages.ts';

/** PostgreSQL on one RDS instance. */
export function databaseInstance(scope: Construct, props: DatabaseServerProps<InstanceDatabase>): DatabaseServer {
  const { stage, size, identifier, network, securityGroup, name, port, username, parameters } = props;
  const keep = stage.onRemoval === 'keep';
  const logs = ['postgresql', 'upgrade'];
  const instance = new DatabaseInstance(scope, 'Instance', {
    instanceIdentifier: identifier,
    engine: DatabaseInstanceEngine.postgres({
      version: PostgresEngineVersion.of(POSTGRESQL_VERSION, POSTGRESQL_VERSION),
    }),
    instanceType: new InstanceType(size.instanceType),
    vpc: network.vpc,
    vpcSubnets: network.privateSubnets,
    securityGroups: [securityGroup],
    publiclyAccessible: false,
    port,
    databaseName: name,
    credentials: Credentials.fromUsername(username),
    manageMasterUserPassword: true,
    parameters,
    autoMinorVersionUpgrade: true,
    cloudwatchLogsExports: logs,
    enablePerformanceInsights: true,
    multiAz: size.multiZone,
    allocatedStorage: size.storageGiB,
    maxAllocatedStorage: size.maximumStorageGiB,
    storageType: StorageType.GP3,
    storageEncrypted: true,
    backupRetention: Duration.days(size.backupDays),
    deleteAutomatedBackups: !keep,
    deletionProtection: stage.deletionProtection,
    removalPolicy: keep ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY,
  });
  instance.node.addDependency(...serverLogs(scope, props, 'instance', logs));
  if (!size.multiZone) {
    Validations.of(instance).acknowledge({
      id: 'AwsSolutions-RDS3',
      reason: 'The stage accepts an outage of its zone, for half the price; backups are kept.',
    });
  }
  return {
    resource: instance,
    masterSecret: managedSecret(instance),
    host: instance.dbInstanceEndpointAddress,
    port: instance.dbInstanceEndpointPort,
  };
}

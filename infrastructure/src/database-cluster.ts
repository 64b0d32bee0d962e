import { Duration, RemovalPolicy, Token, Validations } from 'aws-cdk-lib';
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
} from 'aws-cdk-lib/aws-rds';
import type { Construct } from 'constructs';
import {
  type DatabaseServer,
  type DatabaseServerProps,
  managedSecret,
  POSTGRESQL_VERSION,
  serverLogs,
} from './database-server.ts';
import type { AuroraDatabase } from './stages.ts';

/** Aurora PostgreSQL Serverless v2. RDS distributes its instances over the zones. */
export function databaseCluster(scope: Construct, props: DatabaseServerProps<AuroraDatabase>): DatabaseServer {
  const { stage, size, identifier, network, securityGroup, name, port, username, parameters } = props;
  const keep = stage.onRemoval === 'keep';
  const logs = ['postgresql'];
  const instance = { publiclyAccessible: false, autoMinorVersionUpgrade: true, enablePerformanceInsights: true };
  const cluster = new DatabaseCluster(scope, 'Cluster', {
    clusterIdentifier: identifier,
    engine: DatabaseClusterEngine.auroraPostgres({
      version: AuroraPostgresEngineVersion.of(POSTGRESQL_VERSION, POSTGRESQL_VERSION),
    }),
    serverlessV2MinCapacity: size.minimumCapacity,
    serverlessV2MaxCapacity: size.maximumCapacity,
    writer: ClusterInstance.serverlessV2('Writer', instance),
    // A reader that becomes the writer must be as large as the writer was.
    readers: Array.from({ length: size.readers }, (_, index) =>
      ClusterInstance.serverlessV2(`Reader${index + 1}`, { ...instance, scaleWithWriter: true }),
    ),
    vpc: network.vpc,
    vpcSubnets: network.privateSubnets,
    securityGroups: [securityGroup],
    port,
    defaultDatabaseName: name,
    credentials: Credentials.fromUsername(username),
    manageMasterUserPassword: true,
    parameters,
    cloudwatchLogsExports: logs,
    enablePerformanceInsights: true,
    storageEncrypted: true,
    backup: { retention: Duration.days(size.backupDays) },
    deleteAutomatedBackups: !keep,
    deletionProtection: stage.deletionProtection,
    removalPolicy: keep ? RemovalPolicy.SNAPSHOT : RemovalPolicy.DESTROY,
  });
  cluster.node.addDependency(...serverLogs(scope, props, 'cluster', logs));
  Validations.of(cluster).acknowledge({
    id: 'AwsSolutions-RDS6',
    reason:
      'Services log in with passwords that Secrets Manager stores and rotates every month, as with any PostgreSQL.',
  });
  return {
    resource: cluster,
    masterSecret: managedSecret(cluster),
    host: cluster.clusterEndpoint.hostname,
    port: Token.asString(cluster.clusterEndpoint.port),
    readerHost: cluster.clusterReadEndpoint.hostname,
  };
}

import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { resource, resources, synthesize, variants } from './synthesize.ts';

const demo = synthesize({ stage: 'demo' });
const production = synthesize({ stage: 'production', entry: 'cloudfront' });
const type = 'AWS::RDS::DBInstance';

test.each([
  ['demo', demo],
  ['production', production],
])('It is PostgreSQL 18 on Graviton, encrypted, private and by TLS only, in %s', (_, template) => {
  template.hasResourceProperties(type, {
    Engine: 'postgres',
    EngineVersion: '18',
    AutoMinorVersionUpgrade: true,
    DBInstanceClass: Match.stringLikeRegexp('^db\\.[a-z]+\\dg\\.'),
    DBName: 'property_insights',
    StorageEncrypted: true,
    PubliclyAccessible: false,
    EnableCloudwatchLogsExports: ['postgresql', 'upgrade'],
    EnablePerformanceInsights: true,
  });
  template.hasResourceProperties('AWS::RDS::DBParameterGroup', { Parameters: { 'rds.force_ssl': '1' } });
});

test('RDS keeps the master password: none is in the template', () => {
  const { properties } = resource(demo, type);
  expect(properties.ManageMasterUserPassword).toBe(true);
  expect(properties.MasterUserPassword).toBeUndefined();
});

test('The demo has one small instance, which is deleted with its stack', () => {
  demo.hasResource(type, {
    Properties: {
      DBInstanceClass: 'db.t4g.micro',
      MultiAZ: false,
      DeletionProtection: false,
      DeleteAutomatedBackups: true,
    },
    DeletionPolicy: 'Delete',
  });
});

test('Production has two zones, two weeks of backups, growing storage and protection against deletion', () => {
  production.hasResource(type, {
    Properties: {
      MultiAZ: true,
      DeletionProtection: true,
      BackupRetentionPeriod: 14,
      DeleteAutomatedBackups: false,
      AllocatedStorage: '100',
      MaxAllocatedStorage: 1000,
    },
    DeletionPolicy: 'Snapshot',
    UpdateReplacePolicy: 'Snapshot',
  });
});

test.each(Object.entries(variants))("The server's logs have groups of the template, which end, in %s", (_, options) => {
  const template = synthesize(options);
  const kind = options.database ? 'cluster' : 'instance';
  const server = resource(template, options.database ? 'AWS::RDS::DBCluster' : 'AWS::RDS::DBInstance');
  const identifier = server.properties.DBInstanceIdentifier ?? server.properties.DBClusterIdentifier;
  const [separator, [prefix, ...rest]] = identifier['Fn::Join'];
  const groups = resources(template, 'AWS::Logs::LogGroup').filter(({ id }) => id.startsWith('Database'));
  expect(groups.map(({ properties }) => properties.LogGroupName)).toEqual(
    server.properties.EnableCloudwatchLogsExports.map((log: string) => ({
      'Fn::Join': [separator, [`/aws/rds/${kind}/${prefix}`, ...rest, `/${log}`]],
    })),
  );
  for (const { id } of groups) expect(server.dependsOn).toContain(id);
});

test('Only the two services, the migrator and the rotator reach its port', () => {
  const group = resource(demo, 'AWS::EC2::SecurityGroup', 'Database');
  expect(group.properties.SecurityGroupIngress).toBeUndefined();
  const ingress = resources(demo, 'AWS::EC2::SecurityGroupIngress').filter(
    ({ properties }) => properties.GroupId['Fn::GetAtt'][0] === group.id,
  );
  expect(ingress.map(({ properties }) => properties.FromPort)).toEqual([5432, 5432, 5432, 5432]);
  expect(ingress.map(({ properties }) => properties.ToPort)).toEqual([5432, 5432, 5432, 5432]);
  expect(ingress.map(({ properties }) => properties.SourceSecurityGroupId['Fn::GetAtt'][0]).sort()).toEqual([
    expect.stringMatching(/^AnalyticalSecurityGroup/),
    expect.stringMatching(/^MigrationsSecurityGroup/),
    expect.stringMatching(/^ReportingSecurityGroup/),
    expect.stringMatching(/^RotationSecurityGroup/),
  ]);
});

describe('On Aurora Serverless', () => {
  const aurora = synthesize(variants['production on Aurora, traced'] ?? {});
  const cluster = resource(aurora, 'AWS::RDS::DBCluster');

  test('it is PostgreSQL 18, encrypted, with TLS only, protected against deletion, and has the capacity of the stage', () => {
    aurora.hasResource('AWS::RDS::DBCluster', {
      Properties: {
        Engine: 'aurora-postgresql',
        EngineVersion: '18',
        DatabaseName: 'property_insights',
        StorageEncrypted: true,
        ManageMasterUserPassword: true,
        EnableCloudwatchLogsExports: ['postgresql'],
        PerformanceInsightsEnabled: true,
        ServerlessV2ScalingConfiguration: { MinCapacity: 2, MaxCapacity: 8 },
        BackupRetentionPeriod: 14,
        DeleteAutomatedBackups: false,
        DeletionProtection: true,
      },
      DeletionPolicy: 'Snapshot',
      UpdateReplacePolicy: 'Snapshot',
    });
    aurora.hasResourceProperties('AWS::RDS::DBClusterParameterGroup', { Parameters: { 'rds.force_ssl': '1' } });
  });

  test('a writer and a reader for failover are in private subnets of three zones', () => {
    const instances = resources(aurora, 'AWS::RDS::DBInstance').map(({ properties }) => properties);
    expect(instances.map(({ PromotionTier }) => PromotionTier)).toEqual([0, 1]);
    for (const { DBInstanceClass, DBClusterIdentifier, PubliclyAccessible } of instances) {
      expect([DBInstanceClass, DBClusterIdentifier.Ref, PubliclyAccessible]).toEqual([
        'db.serverless',
        cluster.id,
        false,
      ]);
    }
    expect(resource(aurora, 'AWS::RDS::DBSubnetGroup').properties.SubnetIds).toHaveLength(3);
  });

  test('reporting uses the readers; analytical, the migrator and the rotator use only the writer', () => {
    const environment = (id: string) =>
      Object.fromEntries(
        resource(aurora, 'AWS::ECS::TaskDefinition', id).properties.ContainerDefinitions[0].Environment.map(
          ({ Name, Value }: { Name: string; Value: object }) => [Name, Value],
        ),
      );
    const endpoint = (name: string) => ({ 'Fn::GetAtt': [cluster.id, name] });
    expect(environment('Reporting')).toMatchObject({
      DATABASE_HOST: endpoint('Endpoint.Address'),
      DATABASE_PORT: endpoint('Endpoint.Port'),
      DATABASE_READER_HOST: endpoint('ReadEndpoint.Address'),
    });
    expect(environment('Analytical').DATABASE_HOST).toEqual(endpoint('Endpoint.Address'));
    expect(environment('Analytical')).not.toHaveProperty('DATABASE_READER_HOST');
    for (const { properties } of resources(aurora, 'AWS::Lambda::Function')) {
      if (!properties.Environment) continue;
      expect(properties.Environment.Variables.DATABASE_HOST).toEqual(endpoint('Endpoint.Address'));
    }
  });

  test('the database is migrated after its writer is available', () => {
    const writer = resources(aurora, 'AWS::RDS::DBInstance').map(({ id }) => id);
    expect(resource(aurora, 'Custom::Trigger').dependsOn).toEqual(expect.arrayContaining([cluster.id, ...writer]));
  });
});

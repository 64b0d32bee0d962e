import { Match } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { resource, resources, synthesize } from './synthesize.ts';

const demo = synthesize({ stage: 'demo' });
const production = synthesize({ stage: 'production', entry: 'cloudfront' });
const type = 'AWS::RDS::DBInstance';

test.each([
  ['demo', demo],
  ['production', production],
])('It is PostgreSQL 18 on Graviton, encrypted, private and by TLS only, in %s', (_, template) => {
  template.hasResourceProperties(type, {
    Engine: 'postgres',
    EngineVersion: Match.stringLikeRegexp('^18\\.'),
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

test('The demo is one small instance that goes with its stack', () => {
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

test('Production stands in two zones, keeps two weeks of backups, grows, and is neither deleted nor lost', () => {
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

test('Just the two services, the migrator and the rotator reach it, by its port', () => {
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

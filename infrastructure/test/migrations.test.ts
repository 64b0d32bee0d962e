import { expect, test } from 'vitest';
import { MIGRATION_TIMEOUT, TRIGGER_TIMEOUT } from '../src/migrations.ts';
import { resource, resources, synthesize, type Value } from './synthesize.ts';

const demo = synthesize({ stage: 'demo' });
const trigger = resource(demo, 'Custom::Trigger');
const migrator = resource(demo, 'AWS::Lambda::Function', 'Migrations');

test('The database is migrated after its creation, and before any service is created or updated', () => {
  expect(trigger.dependsOn).toContain(resource(demo, 'AWS::RDS::DBInstance').id);
  for (const { dependsOn } of resources(demo, 'AWS::ECS::Service')) expect(dependsOn).toContain(trigger.id);
});

test('The migrator has its network access and permissions before it runs', () => {
  const ways = [
    ...resources(demo, 'AWS::EC2::SecurityGroupEgress').filter(({ id }) => id.startsWith('Migrations')),
    ...resources(demo, 'AWS::EC2::SecurityGroupIngress').filter(({ id }) => id.includes('Migrations')),
    ...resources(demo, 'AWS::EC2::Instance'),
  ];
  expect(ways).toHaveLength(3);
  for (const { id } of ways) expect(trigger.dependsOn).toContain(id);
  expect(migrator.dependsOn).toContain(resource(demo, 'AWS::IAM::Policy', 'Migrations').id);
});

test('It runs whenever the migrator has changed, and the deployment waits for its outcome', () => {
  expect(trigger.properties.HandlerArn.Ref).toBe(resource(demo, 'AWS::Lambda::Version').id);
  expect(trigger.properties.InvocationType).toBe('RequestResponse');
});

test("The migration's time-out is below the trigger's, and that below Lambda's", () => {
  expect(migrator.properties.Timeout).toBe(MIGRATION_TIMEOUT.toSeconds());
  expect(Number(trigger.properties.Timeout)).toBe(TRIGGER_TIMEOUT.toMilliseconds());
  expect(MIGRATION_TIMEOUT.toSeconds()).toBeLessThan(TRIGGER_TIMEOUT.toSeconds());
  expect(TRIGGER_TIMEOUT.toSeconds()).toBeLessThan(15 * 60);
});

test('Only the migrator and the rotator read the master secret, and the logins that they set', () => {
  const readers = resources(demo, 'AWS::IAM::Policy').filter(({ properties }) =>
    JSON.stringify(properties.PolicyDocument).includes('MasterUserSecret.SecretArn'),
  );
  expect(readers.map(({ id }) => id)).toEqual([
    expect.stringMatching(/^Migrations/),
    expect.stringMatching(/^Rotation/),
  ]);
  const { Variables } = migrator.properties.Environment;
  expect(Variables.MASTER_SECRET_ARN).toEqual({
    'Fn::GetAtt': [resource(demo, 'AWS::RDS::DBInstance').id, 'MasterUserSecret.SecretArn'],
  });
  const arns = Variables.SERVICE_SECRET_ARNS['Fn::Join'][1].map((part: Value) => part.Ref ?? part).join('');
  expect(JSON.parse(arns)).toEqual({
    analytical: resource(demo, 'AWS::SecretsManager::Secret', 'AnalyticalLogin').id,
    reporting: resource(demo, 'AWS::SecretsManager::Secret', 'ReportingLogin').id,
  });
});

import { describe, expect, test } from 'vitest';
import { resource, resources, synthesize, type Value, variants } from './synthesize.ts';

describe.each(Object.entries(variants))('%s', (_, options) => {
  const template = synthesize(options);
  const rotator = resource(template, 'AWS::Lambda::Function', 'RotationRotator');
  const schedules = resources(template, 'AWS::SecretsManager::RotationSchedule');
  const secrets = resources(template, 'AWS::SecretsManager::Secret')
    .filter(({ id }) => /LoginSecret/.test(id))
    .map(({ id }) => ({ Ref: id }));

  test('rotates the login of each service every 30 days, but not by a deployment', () => {
    expect(schedules.map(({ properties }) => properties)).toEqual(
      secrets.map((SecretId) => ({
        SecretId,
        RotationLambdaARN: { 'Fn::GetAtt': [rotator.id, 'Arn'] },
        RotationRules: { AutomaticallyAfterDays: 30 },
        RotateImmediatelyOnUpdate: false,
      })),
    );
  });

  test('sets the schedule after the users exist and the rotator has its permissions and network access', () => {
    const needed = [
      resource(template, 'Custom::Trigger'),
      ...resources(template, 'AWS::Lambda::Permission'),
      rotator,
      ...resources(template, 'AWS::EC2::SecurityGroupEgress').filter(({ id }) => id.startsWith('Rotation')),
      ...resources(template, 'AWS::EC2::SecurityGroupIngress').filter(({ id }) => /^Database.*Rotation/.test(id)),
    ];
    expect(needed.length).toBeGreaterThanOrEqual(5);
    for (const { dependsOn } of schedules) {
      expect(dependsOn).toEqual(expect.arrayContaining(needed.map(({ id }) => id)));
    }
    expect(rotator.dependsOn).toContain(resource(template, 'AWS::IAM::Policy', 'Rotation').id);
  });

  test('lets the rotator rotate only these secrets, and read the master secret', () => {
    const { Statement } = resource(template, 'AWS::IAM::Policy', 'Rotation').properties.PolicyDocument;
    const statements = Statement.map(({ Action, Resource }: Value) => [[Action].flat(), [Resource].flat()]);
    const database = resource(template, options.database ? 'AWS::RDS::DBCluster' : 'AWS::RDS::DBInstance');
    const master = { 'Fn::GetAtt': [database.id, 'MasterUserSecret.SecretArn'] };
    expect(statements.filter(([actions]: string[][]) => actions?.some((action) => /^secretsm/.test(action)))).toEqual([
      [['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'], [master]],
      [
        [
          'secretsmanager:DescribeSecret',
          'secretsmanager:GetSecretValue',
          'secretsmanager:PutSecretValue',
          'secretsmanager:UpdateSecretVersionStage',
        ],
        secrets,
      ],
    ]);
  });

  test('lets Secrets Manager call the rotator, for these secrets of this account only', () => {
    expect(resources(template, 'AWS::Lambda::Permission').map(({ properties }) => properties)).toEqual(
      secrets.map((SourceArn) => ({
        Action: 'lambda:InvokeFunction',
        FunctionName: { 'Fn::GetAtt': [rotator.id, 'Arn'] },
        Principal: 'secretsmanager.amazonaws.com',
        SourceAccount: { Ref: 'AWS::AccountId' },
        SourceArn,
      })),
    );
  });
});

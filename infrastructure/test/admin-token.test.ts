import { expect, test } from 'vitest';
import { resource, resources, synthesize } from './synthesize.ts';

const demo = synthesize({ stage: 'demo' });

test('Its secret is as long as a token, and only the migrator reads it, to store its hash in the database', () => {
  const { id, properties } = resource(demo, 'AWS::SecretsManager::Secret', 'AdminToken');
  expect(properties.GenerateSecretString).toEqual({ PasswordLength: 43, ExcludePunctuation: true });
  expect(
    resource(demo, 'AWS::Lambda::Function', 'Migrations').properties.Environment.Variables.ADMIN_TOKEN_SECRET_ARN,
  ).toEqual({ Ref: id });
  const readers = resources(demo, 'AWS::IAM::Policy').filter(({ properties }) =>
    JSON.stringify(properties.PolicyDocument).includes(id),
  );
  expect(readers.map(({ id }) => id)).toEqual([expect.stringMatching(/^Migrations/)]);
  expect(JSON.stringify(resources(demo, 'AWS::ECS::TaskDefinition'))).not.toContain(id);
  demo.hasOutput('AdminTokenSecretArn', { Value: { Ref: id } });
});

import { App, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { readDelivery } from '../src/delivery-configuration.ts';
import { DeliveryStack } from '../src/delivery-stack.ts';
import { resource, resources, type Value } from './synthesize.ts';

const read = (options: Record<string, string>) => readDelivery((name) => options[name]);

function create(options: Record<string, string>) {
  const app = new App({ builtinCloudFormationValidation: true });
  return { app, stack: new DeliveryStack(app, 'property-insights-delivery', read(options)) };
}

const ids = 'acme@1234/insights@5678';
const template = Template.fromStack(create({ repository: ids, environment: 'production' }).stack);

/** The statement by which `role` may be taken, and those of what it may do. */
function rights(id: string, of = template) {
  const role = resource(of, 'AWS::IAM::Role', id);
  const policies = resources(of, 'AWS::IAM::Policy').filter(({ properties }) =>
    properties.Roles.some((one: Value) => one.Ref === role.id),
  );
  return {
    trust: role.properties.AssumeRolePolicyDocument.Statement,
    statements: policies.flatMap(({ properties }) => properties.PolicyDocument.Statement),
    other: [role.properties.ManagedPolicyArns, role.properties.Policies],
  };
}

test.each([
  ['Deploy', `repo:${ids}:environment:production`],
  ['Diff', `repo:${ids}:pull_request`],
])('%s is trusted for exactly one audience and subject, by no pattern', (id, subject) => {
  expect(rights(id).trust).toEqual([
    {
      Effect: 'Allow',
      Action: 'sts:AssumeRoleWithWebIdentity',
      Principal: { Federated: { Ref: resource(template, 'AWS::IAM::OIDCProvider').id } },
      Condition: {
        StringEquals: {
          'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
          'token.actions.githubusercontent.com:sub': subject,
        },
      },
    },
  ]);
});

test('Diff may read the templates of the stages, and nothing else', () => {
  const { statements, other } = rights('Diff');
  expect(other).toEqual([undefined, undefined]);
  const [{ Resource, ...statement }, ...others] = statements;
  expect(others).toEqual([]);
  expect(statement).toEqual({
    Effect: 'Allow',
    Action: ['cloudformation:DescribeStacks', 'cloudformation:GetTemplate'],
  });
  expect(Resource.map((arn: Value) => arn['Fn::Join'][1].at(-1))).toEqual([
    ':stack/property-insights-demo/*',
    ':stack/property-insights-production/*',
  ]);
});

test.each([['Deploy', ['deploy', 'file-publishing', 'image-publishing', 'lookup'], ['secretsmanager:GetSecretValue']]])(
  '%s may take on roles of the bootstrap, and little else',
  (id, names, actions) => {
    const { statements, other } = rights(id);
    expect(other).toEqual([undefined, undefined]);
    expect(statements.map(({ Effect, Action }: Value) => [Effect, Action])).toEqual(
      ['sts:AssumeRole', ...actions].map((action) => ['Allow', action]),
    );
    const arns = [statements[0].Resource]
      .flat()
      .map((arn: Value) => arn['Fn::Join'][1].map((part: Value) => part.Ref ?? part).join(''));
    expect(arns).toEqual(
      names.map(
        (name) => `arn:AWS::Partition:iam::AWS::AccountId:role/cdk-hnb659fds-${name}-role-AWS::AccountId-AWS::Region`,
      ),
    );
  },
);

test('A delivery reads no secret but the first token', () => {
  const { statements } = rights('Deploy');
  const resource = statements[1].Resource['Fn::Join'][1].map((part: Value) => part.Ref ?? part).join('');
  expect(resource).toBe('arn:AWS::Partition:secretsmanager:AWS::Region:AWS::AccountId:secret:AdminTokenSecret*');
});

test("The provider is GitHub's, for AWS only, and is deleted with the stack", () => {
  template.hasResource('AWS::IAM::OIDCProvider', {
    Properties: { Url: 'https://token.actions.githubusercontent.com', ClientIdList: ['sts.amazonaws.com'] },
    DeletionPolicy: 'Delete',
  });
});

test('An account that already has the provider keeps it', () => {
  const existing = Template.fromStack(create({ repository: 'acme/insights', oidcProvider: 'existing' }).stack);
  existing.resourceCountIs('AWS::IAM::OIDCProvider', 0);
  const [{ Principal, Condition }] = rights('Deploy', existing).trust;
  expect(JSON.stringify(Principal)).toContain(':oidc-provider/token.actions.githubusercontent.com');
  expect(Condition.StringEquals['token.actions.githubusercontent.com:sub']).toBe('repo:acme/insights:environment:aws');
});

test('It passes the AWS Solutions rules, fits the schemas and gives no warning', () => {
  const { app } = create({ repository: 'acme/insights' });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  expect(app.synth().stacks.flatMap(({ messages }) => messages)).toEqual([]);
});

describe('A wrong option is refused with a message:', () => {
  test.each<[string, Record<string, string>, string]>([
    ['no repository', {}, 'The repository is missing'],
    ['all repositories of an owner', { repository: 'acme/*' }, '"acme/*" is not one repository'],
    ['an owner alone', { repository: 'acme' }, '"acme" is not one repository'],
    ['an address', { repository: 'https://github.com/acme/insights' }, 'is not one repository'],
    ['the end of an address', { repository: 'acme/insights.git' }, 'give -c repository=acme/insights.'],
    ['one id of two', { repository: 'acme@12/insights' }, 'has one id'],
    ['any environment', { repository: 'acme/insights', environment: '*' }, '"*" is not the name of an environment'],
    [
      'another claim in the environment',
      { repository: 'acme/insights', environment: 'aws:ref:refs/heads/main' },
      'is not the name of an environment',
    ],
    ['a provider neither new nor existing', { repository: 'a/b', oidcProvider: 'arn:aws' }, 'is new or existing'],
  ])('%s', (_, options, sentence) => {
    expect(() => read(options)).toThrow(sentence);
  });
});

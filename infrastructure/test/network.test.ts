import { expect, test } from 'vitest';
import { resource, resources, synthesize, type Value, variants } from './synthesize.ts';

const demo = synthesize({ stage: 'demo' });
const production = synthesize({ stage: 'production', entry: 'cloudfront' });

test('The demo has public and private subnets in two zones, and one NAT gateway', () => {
  expect(resources(demo, 'AWS::EC2::Subnet')).toHaveLength(4);
  expect(resources(demo, 'AWS::EC2::NatGateway')).toHaveLength(1);
});

test('Production spans three zones, and its private subnets have no route to the internet', () => {
  expect(resources(production, 'AWS::EC2::Subnet')).toHaveLength(6);
  expect(resources(production, 'AWS::EC2::NatGateway')).toHaveLength(0);
  const defaultRoutes = resources(production, 'AWS::EC2::Route').filter(
    ({ properties }) => properties.DestinationCidrBlock === '0.0.0.0/0',
  );
  expect(defaultRoutes.map(({ id }) => id)).toEqual([1, 2, 3].map((n) => expect.stringContaining(`PublicSubnet${n}`)));
});

test('Production reaches images, logs and secrets by interface endpoints that only named peers may call', () => {
  const endpoints = resources(production, 'AWS::EC2::VPCEndpoint').filter(
    ({ properties }) => properties.VpcEndpointType === 'Interface',
  );
  expect(endpoints.map(({ properties }) => JSON.stringify(properties.ServiceName)).sort()).toEqual([
    expect.stringContaining('.ecr.api'),
    expect.stringContaining('.ecr.dkr'),
    expect.stringContaining('.logs'),
    expect.stringContaining('.secretsmanager'),
  ]);
  const group = resource(production, 'AWS::EC2::SecurityGroup', 'NetworkEndpoint');
  expect(group.properties.SecurityGroupIngress).toBeUndefined();
  const ingress = resources(production, 'AWS::EC2::SecurityGroupIngress').filter(({ id }) =>
    id.startsWith('NetworkEndpoint'),
  );
  expect(ingress).toHaveLength(4);
});

test.each([
  ['production', production],
  ['production with traces', synthesize(variants['production on Aurora, traced'] ?? {})],
])(
  'Its interface endpoints let through what the roles behind them are granted, no more, and only roles of this account, in %s',
  (_, template) => {
    const statements = resources(template, 'AWS::EC2::VPCEndpoint')
      .filter(({ properties }) => properties.VpcEndpointType === 'Interface')
      .flatMap(({ properties }) => properties.PolicyDocument.Statement);
    for (const { Condition } of statements) {
      expect(Condition).toEqual({ StringEquals: { 'aws:PrincipalAccount': { Ref: 'AWS::AccountId' } } });
    }
    const roles = /^(Analytical|Reporting)Task|^MigrationsMigrator|^Rotation/;
    const granted = resources(template, 'AWS::IAM::Policy')
      .filter(({ properties }) => properties.Roles.some(({ Ref }: Value) => roles.test(Ref)))
      .flatMap(({ properties }) => properties.PolicyDocument.Statement);
    const actions = (of: Value[]) => [...new Set(of.flatMap(({ Action }) => Action))].sort();
    const called = actions(granted).filter((action) => /^(ecr|logs|secretsmanager|xray):/.test(action));
    expect(actions(statements)).toEqual(called);
  },
);

test.each([
  ['demo', demo],
  ['production', production],
])(
  'S3 is reached by a gateway endpoint, for the layers of images alone, and traffic is logged, in %s',
  (_, template) => {
    const [{ ServiceName, PolicyDocument }] = resources(template, 'AWS::EC2::VPCEndpoint')
      .map(({ properties }) => properties)
      .filter(({ VpcEndpointType }) => VpcEndpointType === 'Gateway') as [Value];
    expect(JSON.stringify(ServiceName)).toContain('.s3');
    const text = (value: Value) => value['Fn::Join'][1].map((part: Value) => part.Ref ?? part).join('');
    expect(PolicyDocument.Statement).toEqual([
      { Effect: 'Allow', Principal: { AWS: '*' }, Action: 's3:GetObject', Resource: expect.anything() },
    ]);
    expect(text(PolicyDocument.Statement[0].Resource)).toBe(
      'arn:AWS::Partition:s3:::prod-AWS::Region-starport-layer-bucket/*',
    );
    template.hasResourceProperties('AWS::EC2::FlowLog', { ResourceType: 'VPC', TrafficType: 'ALL' });
  },
);

test('Nothing in a public subnet is given a public address by itself', () => {
  for (const { properties } of [...resources(demo, 'AWS::EC2::Subnet'), ...resources(production, 'AWS::EC2::Subnet')]) {
    expect(properties.MapPublicIpOnLaunch).toBe(false);
  }
});

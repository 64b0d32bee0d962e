import type { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { resource, resources, synthesize, type Value, variants } from './synthesize.ts';

const demo = synthesize({ stage: 'demo' });
const production = synthesize({ stage: 'production' });

const defaultRoutes = (template: Template) =>
  resources(template, 'AWS::EC2::Route').filter(({ properties }) => properties.DestinationCidrBlock === '0.0.0.0/0');

test('The demo has public and private subnets in two zones, and one NAT instance', () => {
  expect(resources(demo, 'AWS::EC2::Subnet')).toHaveLength(4);
  expect(resources(demo, 'AWS::EC2::NatGateway')).toHaveLength(0);
  const { id } = resource(demo, 'AWS::EC2::Instance');
  expect(defaultRoutes(demo).filter((route) => route.id.includes('Private'))).toHaveLength(2);
  for (const route of defaultRoutes(demo)) {
    if (route.id.includes('Private')) expect(route.properties.InstanceId).toEqual({ Ref: id });
    else expect(route.properties.GatewayId.Ref).toBe(resource(demo, 'AWS::EC2::InternetGateway').id);
  }
});

test('The NAT instance forwards HTTPS of the network alone, starts when it reaches the internet, and has no key and no role', () => {
  const instance = resource(demo, 'AWS::EC2::Instance');
  expect(instance.properties).toMatchObject({
    InstanceType: 't4g.nano',
    SourceDestCheck: false,
    CreditSpecification: { CPUCredits: 'standard' },
    MetadataOptions: { HttpTokens: 'required' },
    NetworkInterfaces: [{ AssociatePublicIpAddress: true, DeviceIndex: '0' }],
  });
  expect(instance.properties.KeyName).toBeUndefined();
  const route = defaultRoutes(demo).find(({ id }) => id.includes('PublicSubnet1'))?.id;
  expect(instance.dependsOn).toContain(route);
  const role = resource(demo, 'AWS::IAM::Role', 'NetworkVpcPublicSubnet1NatInstance');
  expect(Object.keys(role.properties).sort()).toEqual(['AssumeRolePolicyDocument', 'Tags']);
  const policies = resources(demo, 'AWS::IAM::Policy').flatMap(({ properties }) => properties.Roles);
  expect(policies).not.toContainEqual({ Ref: role.id });
  const { SecurityGroupIngress, SecurityGroupEgress } = resource(
    demo,
    'AWS::EC2::SecurityGroup',
    'NetworkVpcNat',
  ).properties;
  const ports = (rules: Value[]) => rules.map(({ CidrIp, FromPort, ToPort }) => [CidrIp, FromPort, ToPort]);
  expect(ports(SecurityGroupIngress)).toEqual([['10.0.0.0/16', 443, 443]]);
  expect(ports(SecurityGroupEgress)).toEqual([['0.0.0.0/0', 443, 443]]);
  // The Amazon Linux of the day, by the name under which AWS publishes it.
  const [image] = Object.values<Value>(demo.toJSON().Parameters).filter(({ Type }) => Type.includes('EC2::Image'));
  expect(image.Default).toMatch(/^\/aws\/service\/ami-amazon-linux-latest\/al2023-ami-.*arm64$/);
});

test.each([
  ['nat-gateway', 1],
  ['nat-gateway-per-zone', 3],
] as const)('A way out by %s takes the gateways, and no endpoint of a service', (egress, gateways) => {
  const template = synthesize({ stage: 'production', egress });
  expect(resources(template, 'AWS::EC2::NatGateway')).toHaveLength(gateways);
  const routes = defaultRoutes(template).filter(({ properties }) => properties.NatGatewayId);
  expect(routes).toHaveLength(3);
  expect(new Set(routes.map(({ properties }) => properties.NatGatewayId.Ref)).size).toBe(gateways);
  const endpoints = resources(template, 'AWS::EC2::VPCEndpoint').map(({ properties }) => properties.VpcEndpointType);
  expect(endpoints).toEqual(['Gateway']);
});

test('Production spans three zones, and its private subnets have no route to the internet', () => {
  expect(resources(production, 'AWS::EC2::Subnet')).toHaveLength(6);
  expect(resources(production, 'AWS::EC2::NatGateway')).toHaveLength(0);
  expect(defaultRoutes(production).map(({ id }) => id)).toEqual(
    [1, 2, 3].map((n) => expect.stringContaining(`PublicSubnet${n}`)),
  );
});

test('Production reaches images, logs and secrets by interface endpoints that only named security groups may call', () => {
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
    const called = actions(granted).filter((action) => /^(ecr|logs|secretsmanager|ses|xray):/.test(action));
    expect(actions(statements)).toEqual(called);
  },
);

test.each([
  ['demo', demo],
  ['production', production],
])(
  'S3 is reached by a gateway endpoint, for the layers of images and our bucket of reports alone, and traffic is logged, in %s',
  (_, template) => {
    const [{ ServiceName, PolicyDocument, RouteTableIds }] = resources(template, 'AWS::EC2::VPCEndpoint')
      .map(({ properties }) => properties)
      .filter(({ VpcEndpointType }) => VpcEndpointType === 'Gateway') as [Value];
    expect(JSON.stringify(ServiceName)).toContain('.s3');
    // Not of the public subnets, from which the NAT instance reaches a bucket with packages.
    for (const { Ref } of RouteTableIds) expect(Ref).toContain('PrivateSubnet');
    const bucket = resource(template, 'AWS::S3::Bucket', 'ReportStorage').id;
    const text = (value: Value) => value['Fn::Join'][1].map((part: Value) => part.Ref ?? part).join('');
    expect(PolicyDocument.Statement).toEqual([
      { Effect: 'Allow', Principal: { AWS: '*' }, Action: 's3:GetObject', Resource: expect.anything() },
      {
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
        Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [bucket, 'Arn'] }, '/*']] },
        Condition: { StringEquals: { 'aws:PrincipalAccount': { Ref: 'AWS::AccountId' } } },
      },
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

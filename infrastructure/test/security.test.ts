import { describe, expect, test } from 'vitest';
import { isBehindCloudFront, resources, synthesize, type Value, variants } from './synthesize.ts';

/** Actions for which AWS knows no narrower resource. */
const withoutResource = [
  'ecr:GetAuthorizationToken',
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
  'xray:PutSpans',
  'xray:PutSpansForIndexing',
];

const list = (value: Value): Value[] => (Array.isArray(value) ? value : [value]);

describe.each(Object.entries(variants))('%s', (_, options) => {
  const template = synthesize(options);
  const all = resources(template);

  test('allows no action by wildcard, and all resources only where AWS has no narrower ones', () => {
    const documents = all.flatMap(({ type, properties }) => [
      ...(type === 'AWS::IAM::Policy' || type === 'AWS::IAM::ManagedPolicy' ? [properties.PolicyDocument] : []),
      ...(properties.Policies ?? []).map((policy: Value) => policy.PolicyDocument),
    ]);
    expect(documents.length).toBeGreaterThan(5);
    // AWS's own policies are wider than any of these.
    for (const { properties } of all) expect(properties.ManagedPolicyArns).toBeUndefined();
    for (const statement of documents.flatMap((document) => document.Statement)) {
      for (const action of list(statement.Action)) {
        expect(action).not.toContain('*');
        if (list(statement.Resource).includes('*')) expect(withoutResource).toContain(action);
      }
      // Nor by a pattern that looks narrower than it is: the versions of a function of the template, and the objects of a bucket, are the only ones.
      for (const resource of list(statement.Resource)) {
        const [of, rest] = resource['Fn::Join']?.[1] ?? [];
        const isOfOne =
          of?.['Fn::GetAtt'] && (rest === ':*' || (rest === '/*' && /^s3:/.test(list(statement.Action)[0])));
        if (resource !== '*' && !isOfOne) expect(JSON.stringify(resource)).not.toContain('*');
      }
    }
  });

  test('gives roles to named AWS services only, and buckets to nobody else', () => {
    for (const { properties } of all.filter(({ type }) => type === 'AWS::IAM::Role')) {
      for (const { Principal } of properties.AssumeRolePolicyDocument.Statement) {
        expect(Object.keys(Principal)).toEqual(['Service']);
      }
    }
    for (const { properties } of all.filter(({ type }) => type === 'AWS::S3::BucketPolicy')) {
      for (const { Effect, Principal } of properties.PolicyDocument.Statement) {
        if (Effect === 'Allow') expect(Object.keys(Principal)).toEqual(['Service']);
      }
    }
  });

  test('is open to the internet at the load balancer only, by HTTP and HTTPS', () => {
    const open = all.flatMap(({ id, type, properties }) => {
      const rules =
        type === 'AWS::EC2::SecurityGroup'
          ? (properties.SecurityGroupIngress ?? [])
          : type === 'AWS::EC2::SecurityGroupIngress'
            ? [properties]
            : [];
      return rules
        .filter((rule: Value) => rule.CidrIp === '0.0.0.0/0' || rule.CidrIpv6 === '::/0')
        .map((rule: Value) => [id.replace(/SecurityGroup.*/, ''), rule.FromPort, rule.ToPort]);
    });
    if (isBehindCloudFront(options)) expect(open).toEqual([]);
    else if (options.domainName)
      expect(open).toEqual([
        ['LoadBalancer', 80, 80],
        ['LoadBalancer', 443, 443],
      ]);
    else expect(open).toEqual([['LoadBalancer', 80, 80]]);
  });

  test('puts everything but a load balancer on the internet into private subnets', () => {
    const subnetsOf: Record<string, (properties: Value) => Value[]> = {
      'AWS::EC2::VPCEndpoint': ({ SubnetIds = [] }) => SubnetIds,
      'AWS::ECS::Service': ({ NetworkConfiguration }) => NetworkConfiguration.AwsvpcConfiguration.Subnets,
      'AWS::ElasticLoadBalancingV2::LoadBalancer': ({ Scheme, Subnets }) => (Scheme === 'internal' ? Subnets : []),
      'AWS::Lambda::Function': ({ VpcConfig }) => VpcConfig?.SubnetIds ?? [],
      'AWS::RDS::DBSubnetGroup': ({ SubnetIds }) => SubnetIds,
    };
    const used = all.flatMap(({ type, properties }) => subnetsOf[type]?.(properties) ?? []);
    expect(used.length).toBeGreaterThanOrEqual(10);
    for (const { Ref } of used) expect(Ref).toMatch(/^NetworkVpcPrivateSubnet/);
    const routes = all.filter(({ type }) => type === 'AWS::EC2::Route');
    for (const { properties } of routes.filter(({ id }) => id.includes('Private'))) {
      expect(Object.keys(properties)).not.toContain('GatewayId');
    }
  });

  test('allows egress only to the database, the services, and HTTPS', () => {
    for (const { type, properties } of all) {
      if (type === 'AWS::EC2::SecurityGroup') {
        for (const rule of properties.SecurityGroupEgress ?? []) {
          // The library's way to say: nothing.
          if (rule.CidrIp === '255.255.255.255/32') continue;
          expect([rule.CidrIp, rule.FromPort, rule.ToPort]).toEqual(['0.0.0.0/0', 443, 443]);
        }
      }
      if (type === 'AWS::EC2::SecurityGroupEgress') {
        expect(properties.DestinationSecurityGroupId).toBeDefined();
        expect(properties.FromPort).toBe(properties.ToPort);
      }
    }
  });

  test('stores nothing unencrypted or in public', () => {
    for (const { type, properties } of all) {
      // What a cluster stores is the cluster's, not its instances'.
      if (type === 'AWS::RDS::DBCluster' || (type === 'AWS::RDS::DBInstance' && !properties.DBClusterIdentifier)) {
        expect(properties.StorageEncrypted).toBe(true);
      }
      if (type === 'AWS::RDS::DBInstance') expect(properties.PubliclyAccessible).toBe(false);
      if (type === 'AWS::S3::Bucket') {
        expect(properties.BucketEncryption).toBeDefined();
        expect(properties.PublicAccessBlockConfiguration).toEqual({
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        });
      }
    }
  });

  test('holds no password', () => {
    expect(JSON.stringify(template.toJSON())).not.toMatch(/resolve:secretsmanager|"(MasterUser)?Password"/);
  });

  test('limits the retention of every log', () => {
    const groups = all.filter(({ type }) => type === 'AWS::Logs::LogGroup');
    expect(groups.length).toBeGreaterThanOrEqual(5);
    for (const { properties } of groups) expect(properties.RetentionInDays).toBe(options.stage === 'demo' ? 7 : 90);
    // A function without a group of the template makes itself one.
    const functions = all.filter(({ type }) => type === 'AWS::Lambda::Function');
    expect(functions).toHaveLength(3);
    for (const { properties } of functions) {
      expect(groups.map(({ id }) => id)).toContain(properties.LoggingConfig.LogGroup.Ref);
    }
  });
});

import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { domain, resource, resources, synthesize, variants } from './synthesize.ts';

const byHttp = synthesize({ stage: 'demo', entry: 'http' });
const withDomain = synthesize({ stage: 'production', ...domain() });
const byCloudFront = synthesize({ stage: 'production', entry: 'cloudfront' });

describe.each(Object.entries(variants))('%s', (_, options) => {
  const template = synthesize(options);

  test('sends every path of the contract to its service, and answers any other with 404', () => {
    const rules = resources(template, 'AWS::ElasticLoadBalancingV2::ListenerRule').map(({ properties }) => ({
      priority: properties.Priority,
      paths: properties.Conditions.flatMap(
        (condition: { PathPatternConfig: { Values: string[] } }) => condition.PathPatternConfig.Values,
      ),
      target: properties.Actions[0].TargetGroupArn.Ref.replace(/Targets.*/, ''),
    }));
    expect(rules).toEqual([
      { priority: 10, paths: ['/', '/api', '/api/*'], target: 'LoadBalancerAnalytical' },
      { priority: 11, paths: ['/app/*', '/assets/*'], target: 'LoadBalancerAnalytical' },
      { priority: 20, paths: ['/reporting', '/reporting/*'], target: 'LoadBalancerReporting' },
    ]);
    const listeners = resources(template, 'AWS::ElasticLoadBalancingV2::Listener').filter(
      ({ properties }) => properties.DefaultActions[0].Type !== 'redirect',
    );
    expect(listeners.map(({ properties }) => properties.DefaultActions)).toEqual([
      [
        {
          Type: 'fixed-response',
          FixedResponseConfig: { StatusCode: '404', ContentType: 'text/plain', MessageBody: 'Resource not found.' },
        },
      ],
    ]);
  });

  test('stays within three values a condition and five a rule', () => {
    for (const { properties } of resources(template, 'AWS::ElasticLoadBalancingV2::ListenerRule')) {
      const counts = properties.Conditions.map(
        (c: { PathPatternConfig: { Values: string[] } }) => c.PathPatternConfig.Values.length,
      );
      expect(Math.max(...counts)).toBeLessThanOrEqual(3);
      expect(counts.reduce((sum: number, count: number) => sum + count)).toBeLessThanOrEqual(5);
    }
  });

  test('checks the health of each service, and lets a stopping task finish', () => {
    const targets = resources(template, 'AWS::ElasticLoadBalancingV2::TargetGroup').map(({ properties }) => properties);
    expect(targets.map(({ Port, HealthCheckPath }) => [Port, HealthCheckPath])).toEqual([
      [8000, '/api/health'],
      [8080, '/reporting/health'],
    ]);
    for (const { TargetGroupAttributes } of targets) {
      expect(TargetGroupAttributes).toContainEqual({ Key: 'deregistration_delay.timeout_seconds', Value: '60' });
    }
  });

  test('closes idle connections after a minute and drops malformed headers', () => {
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      LoadBalancerAttributes: Match.arrayWith([
        { Key: 'idle_timeout.timeout_seconds', Value: '60' },
        { Key: 'routing.http.drop_invalid_header_fields.enabled', Value: 'true' },
      ]),
    });
  });

  test('reaches only the ports of the services', () => {
    const group = resource(template, 'AWS::EC2::SecurityGroup', 'LoadBalancer');
    expect(group.properties.SecurityGroupEgress).toBeUndefined();
    const egress = resources(template, 'AWS::EC2::SecurityGroupEgress').filter(({ id }) =>
      id.startsWith('LoadBalancer'),
    );
    expect(egress.map(({ properties }) => [properties.FromPort, properties.ToPort])).toEqual([
      [8000, 8000],
      [8080, 8080],
    ]);
  });
});

test('By HTTP it is on the internet', () => {
  byHttp.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internet-facing' });
  expect(resource(byHttp, 'AWS::ElasticLoadBalancingV2::Listener').properties.Port).toBe(80);
});

test('With a domain it uses TLS 1.2 or later, and HTTP only redirects', () => {
  const [http, https] = resources(withDomain, 'AWS::ElasticLoadBalancingV2::Listener').map(
    ({ properties }) => properties,
  );
  expect(http.Port).toBe(80);
  expect(http.DefaultActions).toEqual([
    { Type: 'redirect', RedirectConfig: { Port: '443', Protocol: 'HTTPS', StatusCode: 'HTTP_301' } },
  ]);
  expect(https.Port).toBe(443);
  expect(https.SslPolicy).toMatch(/^ELBSecurityPolicy-TLS13-1-2-/);
});

test('A running stack that is given a domain keeps its listener on port 80', () => {
  const onPort80 = (options: Record<string, string>) =>
    resources(synthesize({ stage: 'demo', ...options }), 'AWS::ElasticLoadBalancingV2::Listener')
      .filter(({ properties }) => properties.Port === 80)
      .map(({ id }) => id);
  expect(onPort80(domain())).toEqual(onPort80({ entry: 'http' }));
});

test('Behind CloudFront it is internal, and open to CloudFront only', () => {
  byCloudFront.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internal' });
  const group = resource(byCloudFront, 'AWS::EC2::SecurityGroup', 'LoadBalancer');
  expect(group.properties.SecurityGroupIngress).toBeUndefined();
  const ingress = resources(byCloudFront, 'AWS::EC2::SecurityGroupIngress').filter(
    ({ properties }) => properties.GroupId['Fn::GetAtt'][0] === group.id,
  );
  const [map] = Object.keys(byCloudFront.findMappings('*'));
  expect(ingress.map(({ properties }) => properties)).toEqual([
    {
      GroupId: { 'Fn::GetAtt': [group.id, 'GroupId'] },
      SourcePrefixListId: { 'Fn::FindInMap': [map, { Ref: 'AWS::Region' }, 'CloudFrontPrefixList'] },
      Description: 'CloudFront',
      IpProtocol: 'tcp',
      FromPort: 80,
      ToPort: 80,
    },
  ]);
});

test('Production keeps its access logs and cannot be deleted by mistake', () => {
  withDomain.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
    LoadBalancerAttributes: Match.arrayWith([
      { Key: 'deletion_protection.enabled', Value: 'true' },
      { Key: 'access_logs.s3.enabled', Value: 'true' },
    ]),
  });
  withDomain.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Action: 's3:PutObject',
          Effect: 'Allow',
          Principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
        }),
      ]),
    },
  });
});

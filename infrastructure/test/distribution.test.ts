import { runInNewContext } from 'node:vm';
import { Match } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { resource, resources, synthesize, variants } from './synthesize.ts';

const template = synthesize({ stage: 'production', entry: 'cloudfront' });
const { DistributionConfig } = resource(template, 'AWS::CloudFront::Distribution').properties;

test('HTTP is redirected to HTTPS, and every method passes', () => {
  for (const behavior of [DistributionConfig.DefaultCacheBehavior, ...DistributionConfig.CacheBehaviors]) {
    expect(behavior.ViewerProtocolPolicy).toBe('redirect-to-https');
    expect(behavior.AllowedMethods).toContain('POST');
  }
});

test('Only files that are named by their content are cached at the edge', () => {
  const cachingDisabled = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad';
  expect(DistributionConfig.DefaultCacheBehavior.CachePolicyId).toBe(cachingDisabled);
  expect(DistributionConfig.CacheBehaviors.map((behavior: { PathPattern: string }) => behavior.PathPattern)).toEqual([
    '/assets/*',
  ]);
});

test('The load balancer is reached by a private origin, without tags, which could not be changed', () => {
  expect(resource(template, 'AWS::CloudFront::VpcOrigin').properties.Tags).toBeUndefined();
  template.hasResourceProperties('AWS::CloudFront::VpcOrigin', {
    VpcOriginEndpointConfig: { OriginProtocolPolicy: 'http-only' },
  });
  // CloudFront makes it in a network with an internet gateway only.
  const attachment = resource(template, 'AWS::EC2::VPCGatewayAttachment').id;
  expect(resource(template, 'AWS::CloudFront::VpcOrigin').dependsOn).toContain(attachment);
  expect(DistributionConfig.Origins).toHaveLength(1);
  expect(DistributionConfig.Origins[0].VpcOriginConfig.OriginKeepaliveTimeout).toBeLessThan(60);
});

test('The origin receives the true client address, even if the client sends another', () => {
  const { FunctionCode } = resource(template, 'AWS::CloudFront::Function').properties;
  const event = {
    viewer: { ip: '192.0.2.7' },
    request: { headers: { 'x-client-address': { value: '198.51.100.1' } } },
  };
  const request = runInNewContext(`${FunctionCode}; handler(event)`, { event });
  expect(request.headers['x-client-address']).toEqual({ value: '192.0.2.7' });
});

test('A domain of its own has a certificate, TLS 1.2 at least, and records for both versions of IP', () => {
  const named = synthesize(variants['production by CloudFront with a domain through NAT gateways'] ?? {});
  const { id, properties } = resource(named, 'AWS::CloudFront::Distribution');
  expect(properties.DistributionConfig).toMatchObject({
    Aliases: ['insights.example.com'],
    ViewerCertificate: {
      AcmCertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d',
      MinimumProtocolVersion: 'TLSv1.2_2021',
      SslSupportMethod: 'sni-only',
    },
  });
  const records = resources(named, 'AWS::Route53::RecordSet').map(({ properties }) => properties);
  expect(records.map(({ Type, Name }) => [Type, Name])).toEqual([
    ['A', 'insights.example.com.'],
    ['AAAA', 'insights.example.com.'],
  ]);
  for (const { AliasTarget } of records) expect(AliasTarget.DNSName).toEqual({ 'Fn::GetAtt': [id, 'DomainName'] });
  named.hasOutput('Address', { Value: 'https://insights.example.com' });
});

test('Its logs are kept, and its name is the address', () => {
  expect(DistributionConfig.Logging.Bucket).toBeDefined();
  template.hasOutput('Address', { Value: { 'Fn::Join': ['', ['https://', Match.anyValue()]] } });
});

import { test } from 'vitest';
import { domain, synthesize } from './synthesize.ts';

const template = synthesize({ stage: 'production', ...domain() });

test('The certificate is for the domain, proven by its hosted zone', () => {
  template.hasResourceProperties('AWS::CertificateManager::Certificate', {
    DomainName: 'insights.example.com',
    ValidationMethod: 'DNS',
    DomainValidationOptions: [{ DomainName: 'insights.example.com', HostedZoneId: 'Z0123456789' }],
  });
});

test('The domain leads to the load balancer, and is the address', () => {
  template.hasResourceProperties('AWS::Route53::RecordSet', {
    Name: 'insights.example.com.',
    Type: 'A',
    HostedZoneId: 'Z0123456789',
  });
  template.hasOutput('Address', { Value: 'https://insights.example.com' });
});

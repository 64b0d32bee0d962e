/** The stacks that prepare an account. */
import { App, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { CertificateStack } from '../src/certificate-stack.ts';
import { readDelivery } from '../src/delivery-configuration.ts';
import { DeliveryStack } from '../src/delivery-stack.ts';
import { managedServices, PermissionsStack } from '../src/permissions-stack.ts';
import { domain, resource, resources, synthesize, type Value, variants } from './synthesize.ts';

const { domainName = '', hostedZoneId = '', hostedZoneName = '' } = domain();

function create() {
  const app = new App({ builtinCloudFormationValidation: true });
  const certificate = new CertificateStack(app, 'property-insights-certificate', {
    domainName,
    hostedZoneId,
    hostedZoneName,
  });
  return { app, certificate, permissions: new PermissionsStack(app, 'property-insights-permissions') };
}

test('They pass the AWS Solutions rules, fit the schemas, give no warning, and need no bootstrap', () => {
  const { app } = create();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const { stacks } = app.synth();
  expect(stacks.flatMap(({ messages }) => messages)).toEqual([]);
  for (const { requiresBootstrapStackVersion, assets } of stacks) {
    expect([requiresBootstrapStackVersion, assets]).toEqual([undefined, []]);
  }
});

test('The certificate is in us-east-1, for the name, and validated by its zone', () => {
  const { certificate } = create();
  expect(certificate.region).toBe('us-east-1');
  const template = Template.fromStack(certificate);
  expect(resource(template, 'AWS::CertificateManager::Certificate').properties).toMatchObject({
    DomainName: domainName,
    ValidationMethod: 'DNS',
    DomainValidationOptions: [{ DomainName: domainName, HostedZoneId: hostedZoneId }],
  });
  template.hasOutput('CertificateArn', {});
});

/** Where the prefix in IAM is not the service's name in CloudFormation. */
const prefixes: Record<string, string> = { CertificateManager: 'acm', ElasticLoadBalancingV2: 'elasticloadbalancing' };

test('CloudFormation may manage every kind of resource of the stacks, and no other service', () => {
  const app = new App();
  const delivery = new DeliveryStack(
    app,
    'delivery',
    readDelivery((name) => ({ repository: 'acme/insights' })[name]),
  );
  const templates = [Template.fromStack(delivery), ...Object.values(variants).map(synthesize)];
  const services = templates
    .flatMap((template) => resources(template))
    .filter(({ type }) => !type.startsWith('Custom::'))
    .map(({ type }) => type.split('::')[1] ?? '')
    .map(
      (service) =>
        prefixes[service] ?? service.replace('ApplicationAutoScaling', 'application-autoscaling').toLowerCase(),
    );
  expect([...new Set(services)].filter((service) => service !== 'iam').sort()).toEqual(managedServices);
});

test('CloudFormation may neither create users and keys nor change roles of others', () => {
  const { properties } = resource(Template.fromStack(create().permissions), 'AWS::IAM::ManagedPolicy');
  const statements: Value[] = properties.PolicyDocument.Statement;
  const ofIam = statements.filter(({ Action }) => [Action].flat().some((action: string) => action.startsWith('iam:')));
  expect(ofIam).toHaveLength(4);
  for (const { Action, Resource } of ofIam) {
    for (const action of [Action].flat()) expect(action).not.toMatch(/^iam:(\*$|.*(User|AccessKey|Login|Group))/);
    for (const arn of [Resource].flat()) {
      expect(JSON.stringify(arn)).toMatch(
        /property-insights-\*|token\.actions\.githubusercontent\.com|aws-service-role\/\*/,
      );
    }
  }
});

/** The answers of AWS are written after its API reference; the page of each operation is named below. */
import { describe, expect, test } from 'vitest';
import { type Aws, AwsError } from '../../src/preflight/aws.ts';
import { type Finding, preflight, virtualCpus } from '../../src/preflight/checks.ts';
import { stages } from '../../src/stages.ts';
import { configurationOf, domain } from '../synthesize.ts';

type Answer = Record<string, unknown> | AwsError;

const failure = (code: string, operation: string) =>
  new AwsError(`An error occurred (${code}) when calling the ${operation} operation: it failed`);

/** An account that has everything for the demo in ap-southeast-2. */
const complete: Record<string, Answer> = {
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
  'sts get-caller-identity': {
    UserId: 'AIDACKCEVSQ6C2EXAMPLE',
    Account: '123456789012',
    Arn: 'arn:aws:iam::123456789012:user/Alice',
  },
  // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html
  'ec2 describe-availability-zones': {
    AvailabilityZones: [1, 2, 3].map((number) => ({
      State: 'available',
      OptInStatus: 'opt-in-not-required',
      RegionName: 'ap-southeast-2',
      ZoneName: `ap-southeast-2${'abc'[number - 1]}`,
      ZoneId: `apse2-az${number}`,
      ZoneType: 'availability-zone',
    })),
  },
  // https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
  'ssm get-parameter': {
    Parameter: { Name: '/cdk-bootstrap/hnb659fds/version', Type: 'String', Value: '31', Version: 1, DataType: 'text' },
  },
  // https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
  'service-quotas get-service-quota': quota(6),
  // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeOrderableDBInstanceOptions.html
  'rds describe-orderable-db-instance-options': {
    OrderableDBInstanceOptions: [{ Engine: 'postgres', EngineVersion: '18.3', DBInstanceClass: 'db.t4g.micro' }],
  },
  // https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
  'iam get-role': { Role: { Path: '/aws-service-role/ecs.amazonaws.com/', RoleName: 'AWSServiceRoleForECS' } },
  // https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZone.html
  'route53 get-hosted-zone': {
    HostedZone: { Id: '/hostedzone/Z0123456789', Name: 'example.com.', Config: { PrivateZone: false } },
  },
  // https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html
  'iam list-open-id-connect-providers': { OpenIDConnectProviderList: [] },
  // https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html
  'sesv2 get-account': { ProductionAccessEnabled: true, SendingEnabled: true, EnforcementStatus: 'HEALTHY' },
};

function quota(Value: number) {
  return { Quota: { ServiceCode: 'fargate', QuotaName: 'Fargate vCPU resource count', Value, Adjustable: true } };
}

/** The findings for an account that differs from the complete one. */
function findingsOf(
  differences: Record<string, Answer>,
  options: Record<string, string> = {},
  region: string | undefined = 'ap-southeast-2',
): Promise<Finding[]> {
  const aws: Aws = async (service, operation) => {
    const answer = { ...complete, ...differences }[`${service} ${operation}`];
    if (answer === undefined) throw new Error(`${service} ${operation} was not expected`);
    if (answer instanceof AwsError) throw answer;
    return answer;
  };
  return preflight(aws, region, configurationOf(options));
}

const missingOf = (findings: Finding[]) => findings.filter(({ kind }) => kind === 'missing');

test('An account that has everything lacks nothing', async () => {
  const findings = await findingsOf({});
  expect(missingOf(findings)).toEqual([]);
  expect(findings[0]?.text).toBe('The account is 123456789012, the region ap-southeast-2');
  expect(missingOf(await findingsOf({}, domain()))).toEqual([]);
});

test('A deployment needs twice the smallest number of tasks, and full scale the largest', () => {
  expect(virtualCpus(stages.production as (typeof stages)[string])).toEqual({ deployment: 12, fullScale: 22 });
  expect(virtualCpus(stages.demo as (typeof stages)[string])).toEqual({ deployment: 1.5, fullScale: 1.5 });
});

describe('A missing prerequisite is reported with the command that corrects it:', () => {
  test.each<[string, Record<string, Answer>, Record<string, string>, string, string | undefined]>([
    [
      'a zone',
      { 'ec2 describe-availability-zones': { AvailabilityZones: [{ ZoneId: 'apse2-az1', State: 'available' }] } },
      {},
      'The account has no zone apse2-az2',
      undefined,
    ],
    [
      'the bootstrap',
      { 'ssm get-parameter': failure('ParameterNotFound', 'GetParameter') },
      {},
      'ap-southeast-2 is not bootstrapped',
      'npm run bootstrap',
    ],
    [
      'a recent bootstrap',
      { 'ssm get-parameter': { Parameter: { Value: '5' } } },
      {},
      'has the bootstrap in version 5, not 6',
      'npm run bootstrap',
    ],
    [
      'virtual CPUs for a deployment of production',
      {},
      { stage: 'production' },
      'Fargate may use 6 virtual CPUs; a deployment of the stage uses up to 12, full scale 22',
      'aws service-quotas request-service-quota-increase --service-code fargate --quota-code L-3032A538 --desired-value 22',
    ],
    [
      'all virtual CPUs on Spot, by the default',
      {
        'service-quotas get-service-quota': failure('NoSuchResourceException', 'GetServiceQuota'),
        // https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetAWSDefaultServiceQuota.html
        'service-quotas get-aws-default-service-quota': quota(0),
      },
      {},
      'Fargate Spot may use 0 virtual CPUs',
      'aws service-quotas request-service-quota-increase --service-code fargate --quota-code L-36FBB829 --desired-value 2',
    ],
    [
      'the class of the database',
      { 'rds describe-orderable-db-instance-options': { OrderableDBInstanceOptions: [] } },
      {},
      'RDS does not offer db.t4g.micro in ap-southeast-2',
      undefined,
    ],
    [
      'the hosted zone',
      { 'route53 get-hosted-zone': failure('NoSuchHostedZone', 'GetHostedZone') },
      domain(),
      'The account has no hosted zone Z0123456789',
      'aws route53 list-hosted-zones',
    ],
    [
      'the zone of the domain',
      { 'route53 get-hosted-zone': { HostedZone: { Name: 'example.org.' } } },
      domain(),
      'The hosted zone Z0123456789 is example.org., not example.com.',
      'aws route53 list-hosted-zones',
    ],
    [
      'a public zone',
      { 'route53 get-hosted-zone': { HostedZone: { Name: 'example.com.', Config: { PrivateZone: true } } } },
      domain(),
      'is private',
      undefined,
    ],
    [
      'credentials',
      { 'sts get-caller-identity': failure('ExpiredToken', 'GetCallerIdentity') },
      {},
      'ExpiredToken',
      'aws sts get-caller-identity',
    ],
  ])('%s', async (_, differences, options, text, command) => {
    expect(missingOf(await findingsOf(differences, options))).toEqual([
      { kind: 'missing', text: expect.stringContaining(text), command },
    ]);
  });

  test('the service-linked roles', async () => {
    const missing = missingOf(await findingsOf({ 'iam get-role': failure('NoSuchEntity', 'GetRole') }));
    expect(missing.map(({ command }) => command)).toEqual(
      ['ecs', 'elasticloadbalancing', 'rds'].map(
        (service) => `aws iam create-service-linked-role --aws-service-name ${service}.amazonaws.com`,
      ),
    );
  });

  test.each([
    ['us-west-1', 'The region us-west-1 is not supported'],
    [undefined, 'AWS_REGION is not set'],
  ])('a supported region, not %s', async (region, text) => {
    const [finding, ...others] = await preflight(async () => ({}), region, configurationOf({}));
    expect([finding?.kind, others]).toEqual(['missing', []]);
    expect(finding?.text).toContain(text);
  });
});

describe('A finding that blocks nothing is a note:', () => {
  test.each<[string, Record<string, Answer>, Record<string, string>, string]>([
    [
      'virtual CPUs for full scale',
      { 'service-quotas get-service-quota': quota(12) },
      { stage: 'production' },
      'Fargate may use 12 virtual CPUs',
    ],
    ['the sandbox of SES', { 'sesv2 get-account': { ProductionAccessEnabled: false } }, {}, 'SES is in its sandbox'],
    [
      'an identity provider',
      {
        'iam list-open-id-connect-providers': {
          OpenIDConnectProviderList: [
            { Arn: 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com' },
          ],
        },
      },
      {},
      'The account has GitHub’s identity provider',
    ],
    [
      'a check that is not permitted',
      { 'ssm get-parameter': failure('AccessDeniedException', 'GetParameter') },
      {},
      'The check bootstrap could not be made: An error occurred (AccessDeniedException)',
    ],
  ])('%s', async (_, differences, options, text) => {
    const findings = await findingsOf(differences, options);
    expect(missingOf(findings)).toEqual([]);
    expect(findings).toContainEqual({
      kind: 'note',
      text: expect.stringContaining(text),
      command: findings.find((finding) => finding.text.includes(text))?.command,
    });
  });
});

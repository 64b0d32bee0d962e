import { describe, expect, test } from 'vitest';
import { checkStage, readConfiguration } from '../src/configuration.ts';
import { readDelivery } from '../src/delivery-configuration.ts';
import { readOptions } from '../src/options.ts';
import { type AuroraDatabase, stages } from '../src/stages.ts';
import { domain, variants } from './synthesize.ts';

const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-0a1b';

const read = (options: Record<string, string>) => readConfiguration((name) => options[name]);

test('Without options it is the demo by CloudFront, which uses HTTPS', () => {
  expect(read({})).toEqual({
    stageName: 'demo',
    stage: stages.demo,
    entry: { kind: 'cloudfront' },
    allowedNetworks: [],
    readAccess: 'open',
    alarmEmail: undefined,
    tracing: false,
  });
});

test('Both stages accept a domain and CloudFront', () => {
  for (const stage of ['demo', 'production']) {
    expect(read({ stage, ...domain() }).entry).toEqual({ kind: 'domain', ...domain() });
    expect(read({ stage, entry: 'cloudfront' }).entry).toEqual({ kind: 'cloudfront' });
    expect(read({ stage, entry: 'cloudfront', certificateArn, ...domain() }).entry).toEqual({
      kind: 'cloudfront',
      domain: { ...domain(), certificateArn },
    });
  }
  expect(read({ entry: 'http' }).entry).toEqual({ kind: 'http' });
});

test('A stage accepts another egress, on-demand tasks, and no protection for its first deployment', () => {
  const { production } = stages;
  const nat = read({ stage: 'production', egress: 'nat-gateway-per-zone', tracing: 'xray' });
  expect(nat.stage).toEqual({ ...production, egress: 'nat-gateway-per-zone' });
  expect(read({ stage: 'production', endpoints: 'xray', tracing: 'xray' }).stage.endpoints).toEqual(['xray']);
  expect(read({ spot: 'off' }).stage).toEqual({ ...stages.demo, spot: false });
  const unprotected = read({ stage: 'production', deletionProtection: 'off' }).stage;
  expect(unprotected).toEqual({ ...production, deletionProtection: false });
});

test('Allowed networks are of IPv4 and IPv6', () => {
  expect(read({ allowFrom: '203.0.113.0/24,2001:db8::/32' }).allowedNetworks).toEqual([
    '203.0.113.0/24',
    '2001:db8::/32',
  ]);
});

test('Production may have Aurora Serverless instead of its instance', () => {
  const { stage } = read({ stage: 'production', database: 'aurora-serverless' });
  expect(stage).toEqual({ ...stages.production, database: stages.production?.auroraServerless });
  expect(read({ database: 'instance' }).stage).toEqual(stages.demo);
});

describe('A wrong option is refused with a message:', () => {
  const { domainName, hostedZoneId, hostedZoneName } = domain();
  test.each<[string, Record<string, string>, string]>([
    ['an unknown stage', { stage: 'test' }, 'There is no stage "test": choose one of demo, production.'],
    ['an unknown database', { database: 'oracle' }, 'The stage "demo" has no database "oracle"'],
    [
      'Aurora for the demo',
      { database: 'aurora-serverless' },
      'The stage "demo" states no capacity for aurora-serverless',
    ],
    ['traces elsewhere', { tracing: 'jaeger' }, 'Traces can be sent to X-Ray only, not to "jaeger"'],
    ['production by HTTP', { stage: 'production', entry: 'http' }, 'The stage "production" requires HTTPS'],
    ['an unknown read access', { readAccess: 'closed' }, 'There is no read access "closed": give -c readAccess=token'],
    [
      'a map style without TLS',
      { mapStyle: 'http://example.com/a.json' },
      'is not the address of a style: give -c mapStyle=',
    ],
    ['an unknown entry', { entry: 'nginx' }, 'entry cannot be "nginx": give -c entry=cloudfront or -c entry=http'],
    ['a domain by HTTP', { entry: 'http', ...domain() }, 'HTTP has no domain'],
    [
      'a domain for CloudFront without a certificate',
      { entry: 'cloudfront', ...domain() },
      'needs a certificate in us-east-1: make it with npm run certificate',
    ],
    ['a certificate without a domain', { certificateArn }, 'is for -c entry=cloudfront with a domainName'],
    ['a certificate for the load balancer', { certificateArn, ...domain() }, 'is for -c entry=cloudfront'],
    [
      'a certificate of another region',
      { entry: 'cloudfront', certificateArn: certificateArn.replace('us-east-1', 'eu-west-1'), ...domain() },
      'is not the ARN of a certificate in us-east-1',
    ],
    ['another way out', { egress: 'vpn' }, 'The option egress cannot be "vpn": give -c egress=nat-instance or'],
    ['an endpoint of an uncalled service', { endpoints: 'xray,sqs' }, 'There is no endpoint "sqs"'],
    [
      'traces where X-Ray cannot be reached',
      { stage: 'production', tracing: 'xray' },
      'Tracing needs a way to X-Ray, which the stage "production" lacks: give -c endpoints=xray, or -c egress=nat',
    ],
    [
      'e-mail where SES cannot be reached',
      { stage: 'production', mailFrom: 'reports@example.com' },
      'E-mail needs a way to SES, which the stage "production" lacks: give -c endpoints=ses, or -c egress=nat',
    ],
    ['a sender that is no address', { mailFrom: 'reports' }, '"reports" is not an e-mail address'],
    ['domains without a sender', { mailDomains: 'example.com' }, 'give -c mailFrom=reports@example.com too'],
    ['a domain that is none', { mailFrom: 'a@example.com', mailDomains: 'Example!' }, '"Example!" is not a domain'],
    ['Spot for production', { stage: 'production', spot: 'on' }, 'spot cannot be "on": give -c spot=off'],
    ['an address without a length', { allowFrom: '203.0.113.7' }, '"203.0.113.7" is not a network'],
    ['too long a network', { allowFrom: '203.0.113.0/33' }, '"203.0.113.0/33" is not a network'],
    ['everyone as a network', { allowFrom: '0.0.0.0/0' }, '"0.0.0.0/0" is not a network'],
    ['a name as a network', { allowFrom: 'office/24' }, '"office/24" is not a network'],
    ['a domain without its zone', { domainName: 'a.example.com' }, 'give hostedZoneId, hostedZoneName too'],
    ['a zone without a domain', { hostedZoneId: 'Z1', hostedZoneName: 'example.com' }, 'give domainName too'],
    [
      'a domain in another zone',
      { domainName: 'insights.badexample.com', hostedZoneId: 'Z1', hostedZoneName: 'example.com' },
      'must end in .example.com',
    ],
  ])('%s', (_, options, sentence) => {
    expect(() => read(options)).toThrow(sentence);
  });

  test('the zone itself is a domain in it', () => {
    expect(
      read({
        domainName: hostedZoneName as string,
        hostedZoneId: hostedZoneId as string,
        hostedZoneName: hostedZoneName as string,
      }).entry.kind,
    ).toBe('domain');
    expect(domainName).not.toBe(hostedZoneName);
  });
});

describe('An invalid stage is refused with a message:', () => {
  const { demo, production } = stages;
  if (demo?.database.kind !== 'instance' || !production?.auroraServerless) throw new Error('The stages are missing.');
  const aurora = (change: object) => ({
    ...production,
    database: { ...(production.auroraServerless as AuroraDatabase), ...change },
  });
  test.each<[string, Parameters<typeof checkStage>[1], string]>([
    ['no tasks', { ...demo, analytical: { ...demo.analytical, minimumTasks: 0 } }, '0 to 1 tasks of analytical'],
    ['fewer at most', { ...demo, reporting: { ...demo.reporting, minimumTasks: 2 } }, '2 to 1 tasks of reporting'],
    ['no room to grow', { ...demo, database: { ...demo.database, maximumStorageGiB: 20 } }, 'from 20 to 20 GiB'],
    ['no capacity', aurora({ minimumCapacity: 0 }), '0 to 8 capacity units of Aurora: both must be multiples of 0.5'],
    ['less capacity at most', aurora({ maximumCapacity: 1.5 }), '2 to 1.5 capacity units'],
    ['capacity in quarters', aurora({ minimumCapacity: 1.25 }), '1.25 to 8 capacity units'],
    ['more readers than zones for them', aurora({ readers: 3 }), '3 readers of Aurora in 3 zones'],
    ['a cluster without a reader', aurora({ readers: 0 }), '0 readers of Aurora'],
    ['kept data with thin backups', { ...demo, onRemoval: 'keep' }, 'backups for only 1 days'],
  ])('%s', (_, stage, sentence) => {
    expect(() => checkStage('own', stage)).toThrow(sentence);
  });
});

describe('A key of the context that the app does not know', () => {
  test.each([
    ['readaccess', 'readAccess'],
    ['Stage', 'stage'],
    ['hostedZone', 'hostedZoneId'],
  ])('is refused with the closest option: %s', (name, closest) => {
    expect(() => readOptions({ [name]: 'token' }, readConfiguration)).toThrow(
      `There is no option "${name}": the closest is "${closest}".`,
    );
  });

  test('is refused by each app for itself', () => {
    const context = { repository: 'acme/insights', stage: 'demo' };
    expect(() => readOptions(context, readDelivery)).toThrow('There is no option "stage": the closest is');
    expect(() => readOptions({ stage: 'demo' }, () => undefined)).toThrow('There is no option "stage": it has none.');
  });

  test('is none of the options, and none of the keys of the CDK', () => {
    const own = { '@aws-cdk/core:checkSecretUsage': true, 'aws:cdk:bundling-stacks': [], 'cli-telemetry': false };
    for (const options of Object.values(variants)) {
      expect(readOptions({ ...own, ...options }, readConfiguration)).toEqual(read(options));
    }
  });
});

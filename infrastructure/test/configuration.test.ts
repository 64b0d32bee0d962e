import { describe, expect, test } from 'vitest';
import { checkStage, readConfiguration } from '../src/configuration.ts';
import { type AuroraDatabase, stages } from '../src/stages.ts';
import { domain } from './synthesize.ts';

const read = (options: Record<string, string>) => readConfiguration((name) => options[name]);

test('Without options it is the demo by HTTP', () => {
  expect(read({})).toEqual({
    stageName: 'demo',
    stage: stages.demo,
    entry: { kind: 'http' },
    readAccess: 'open',
    alarmEmail: undefined,
    tracing: false,
  });
});

test('A domain and CloudFront are taken by both stages', () => {
  for (const stage of ['demo', 'production']) {
    expect(read({ stage, ...domain() }).entry).toEqual({ kind: 'domain', ...domain() });
    expect(read({ stage, entry: 'cloudfront' }).entry).toEqual({ kind: 'cloudfront' });
  }
});

test('Production may have Aurora Serverless instead of its instance', () => {
  const { stage } = read({ stage: 'production', entry: 'cloudfront', database: 'aurora-serverless' });
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
    ['production by HTTP', { stage: 'production' }, 'The stage "production" requires HTTPS'],
    ['an unknown read access', { readAccess: 'closed' }, 'There is no read access "closed": give -c readAccess=token'],
    ['an unknown entry', { entry: 'nginx' }, 'There is no entry "nginx"'],
    [
      'a domain for CloudFront',
      { entry: 'cloudfront', ...domain() },
      'the name is that of CloudFront: omit domainName',
    ],
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

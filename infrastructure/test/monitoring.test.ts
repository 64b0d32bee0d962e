import { describe, expect, test } from 'vitest';
import { resource, resources, synthesize, type Value, variants } from './synthesize.ts';

describe.each(Object.entries(variants))('%s', (_, options) => {
  const template = synthesize(options);
  const alarms = resources(template, 'AWS::CloudWatch::Alarm').map(({ properties }) => properties);
  const stack = `property-insights-${options.stage}`;

  test('has a dashboard for the whole and one a service', () => {
    const names = resources(template, 'AWS::CloudWatch::Dashboard').map(({ properties }) => properties.DashboardName);
    expect(names).toEqual([`${stack}-overview`, `${stack}-analytical`, `${stack}-reporting`]);
  });

  test('has an alarm for what people notice and for what comes before it', () => {
    const service = ['FailedRequests', 'Healthy-Tasks', 'Memory-Usage', 'SlowRequests'];
    expect(
      alarms.map(({ AlarmName }) => AlarmName.replace(`${stack}-`, '').replace(/-(Warning|Critical)$/, '')).sort(),
    ).toEqual([
      'Database-CPU-Usage',
      'Database-Connection-Count-High',
      'Database-Min-Usage-Count',
      'Entry-UnansweredRequests',
      'Firewall-Blocked-Count',
      'Rotation-FailedRotation',
      ...service.map((name) => `analytical-${name}`),
      ...service.map((name) => `reporting-${name}`),
    ]);
  });

  test('says with each alarm what to do, and tells the topic of its beginning and end', () => {
    const topic = [{ Ref: resource(template, 'AWS::SNS::Topic').id }];
    for (const { AlarmDescription, AlarmActions, OKActions } of alarms) {
      expect(AlarmDescription).toMatch(/^[A-Z].{60,}\.$/);
      expect(AlarmActions).toEqual(topic);
      expect(OKActions).toEqual(topic);
    }
  });

  test('takes a deployment back when the new version fails its requests', () => {
    for (const [id, name] of [
      ['Analytical', 'analytical'],
      ['Reporting', 'reporting'],
    ]) {
      const service = resource(template, 'AWS::ECS::Service', id);
      const AlarmNames = [`${stack}-${name}-FailedRequests-Warning`];
      expect(service.properties.DeploymentConfiguration.Alarms).toEqual({ AlarmNames, Enable: true, Rollback: true });
      const alarm = resources(template, 'AWS::CloudWatch::Alarm').find(
        ({ properties }) => properties.AlarmName === AlarmNames[0],
      );
      expect(service.dependsOn).toContain(alarm?.id);
    }
  });

  test('misses a task as soon as there are fewer than the stage wants', () => {
    const minimum = options.stage === 'demo' ? 1 : 2;
    const missing = alarms.filter(({ AlarmName }) => AlarmName.includes('Healthy-Tasks'));
    expect(missing.map(({ Threshold }) => Threshold)).toEqual([minimum, minimum]);
    // Without any task there is no figure either.
    for (const { TreatMissingData } of missing) expect(TreatMissingData).toBe('breaching');
  });

  test('lets alarms publish, by TLS only', () => {
    const { Statement } = resource(template, 'AWS::SNS::TopicPolicy').properties.PolicyDocument;
    expect(Statement.map((one: Value) => [one.Effect, one.Principal])).toEqual([
      ['Deny', '*'],
      ['Allow', { Service: 'cloudwatch.amazonaws.com' }],
    ]);
  });
});

test('The address of the dashboard is an output', () => {
  const { Value } = Object.values(synthesize({ stage: 'demo' }).findOutputs('Dashboard'))[0] ?? {};
  expect(JSON.stringify(Value)).toContain('#dashboards/dashboard/property-insights-demo-overview');
});

test('Alarms are mailed to whom the option names', () => {
  const template = synthesize({ stage: 'demo', alarmEmail: 'operations@example.com' });
  template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'operations@example.com' });
  expect(() => synthesize({ stage: 'demo', alarmEmail: 'operations' })).toThrow('is not an e-mail address');
});

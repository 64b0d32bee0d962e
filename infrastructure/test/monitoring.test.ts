import { dimension, metrics as published } from '@property-insights/service';
import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { serviceMetrics } from '../src/service-metrics.ts';
import { resource, resources, synthesize, type Value, variants } from './synthesize.ts';

/** The metrics that AWS documents, by namespace and dimensions. A widget or an alarm of any other metric stays empty. */
const documented: Record<string, string[]> = {
  'AWS/ApplicationELB LoadBalancer': [
    'ActiveConnectionCount',
    'HTTPCode_ELB_5XX_Count',
    'NewConnectionCount',
    'ProcessedBytes',
  ],
  'AWS/ApplicationELB LoadBalancer,TargetGroup': [
    'HTTPCode_Target_5XX_Count',
    'HealthyHostCount',
    'RequestCount',
    'TargetResponseTime',
    'UnHealthyHostCount',
    'UnhealthyRoutingRequestCount',
  ],
  'AWS/ECS ClusterName,ServiceName': ['CPUUtilization', 'MemoryUtilization'],
  'AWS/Lambda FunctionName': ['Errors', 'Invocations'],
  'AWS/RDS DBClusterIdentifier': [
    'AuroraReplicaLagMaximum',
    'CPUUtilization',
    'CommitLatency',
    'DatabaseConnections',
    'DeleteLatency',
    'InsertLatency',
    'SelectLatency',
    'ServerlessDatabaseCapacity',
    'UpdateLatency',
  ],
  'AWS/RDS DBInstanceIdentifier': [
    'CPUUtilization',
    'DatabaseConnections',
    'FreeStorageSpace',
    'FreeableMemory',
    'ReadIOPS',
    'ReadLatency',
    'ReadThroughput',
    'WriteIOPS',
    'WriteLatency',
  ],
  'AWS/WAFV2 Region,Rule,WebACL': ['AllowedRequests', 'BlockedRequests'],
  // Shown where the stage pays for them; no alarm may rest on it.
  'ECS/ContainerInsights ClusterName,ServiceName': ['RunningTaskCount'],
};

interface Asked {
  namespace: string;
  name: string;
  dimensions: Record<string, Value>;
}

function ofAlarms(template: Template): Asked[] {
  const metrics = resources(template, 'AWS::CloudWatch::Alarm').flatMap(({ properties }) =>
    properties.Metrics ? properties.Metrics.flatMap(({ MetricStat }: Value) => MetricStat?.Metric ?? []) : [properties],
  );
  return metrics.map(({ Namespace, MetricName, Dimensions = [] }) => ({
    namespace: Namespace,
    name: MetricName,
    dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }: Value) => [Name, Value])),
  }));
}

function ofDashboards(template: Template): Asked[] {
  return resources(template, 'AWS::CloudWatch::Dashboard').flatMap(({ properties }) => {
    const parts = properties.DashboardBody['Fn::Join'][1] as Value[];
    const { widgets } = JSON.parse(parts.map((part) => part.Ref ?? part['Fn::GetAtt']?.[0] ?? part).join(''));
    return widgets
      .flatMap((widget: Value) => widget.properties.metrics ?? [])
      .map((metric: Value[]) => metric.filter((part) => typeof part === 'string'))
      .filter((metric: string[]) => metric.length > 0)
      .map(([namespace, name, ...dimensions]: string[]) => ({
        namespace,
        name,
        dimensions: Object.fromEntries(dimensions.flatMap((part, at) => (at % 2 ? [] : [[part, dimensions[at + 1]]]))),
      }));
  });
}

describe.each(Object.entries(variants))('%s', (_, options) => {
  const template = synthesize(options);
  const alarms = resources(template, 'AWS::CloudWatch::Alarm').map(({ properties }) => properties);
  const stack = `property-insights-${options.stage}`;

  test('has a dashboard of the system and one for each service', () => {
    const names = resources(template, 'AWS::CloudWatch::Dashboard').map(({ properties }) => properties.DashboardName);
    expect(names).toEqual([`${stack}-overview`, `${stack}-analytical`, `${stack}-reporting`]);
  });

  test('has alarms for symptoms and for their early signs', () => {
    const service = [
      'FailedRequests',
      'Healthy-Tasks',
      'Memory-Usage',
      'ReplicaBehind',
      'SlowRequests',
      'UnavailableMarkets',
    ];
    const ofDatabase = options.database
      ? ['Database-CPU-Usage', 'Database-Connection-Count-High', 'Database-Usage-Count', 'Readers-Lag']
      : ['Database-CPU-Usage', 'Database-Connection-Count-High', 'Database-Min-Usage-Count'];
    expect(
      alarms.map(({ AlarmName }) => AlarmName.replace(`${stack}-`, '').replace(/-(Warning|Critical)$/, '')).sort(),
    ).toEqual(
      [
        ...ofDatabase,
        'Entry-UnansweredRequests',
        'Firewall-Blocked-Count',
        'Rotation-FailedRotation',
        'analytical-FailedImports',
        ...service.map((name) => `analytical-${name}`),
        ...service.map((name) => `reporting-${name}`),
        'reporting-FailedReports',
        'reporting-WaitingReports',
      ].sort(),
    );
  });

  test('uses only metrics that exist: those that AWS documents and those that the services publish', () => {
    expect(ofAlarms(template).map(({ namespace }) => namespace)).not.toContain('ECS/ContainerInsights');
    for (const asked of [ofAlarms(template), ofDashboards(template)]) {
      expect(asked.length).toBeGreaterThan(15);
      for (const { namespace, name, dimensions } of asked) {
        const kind = `${namespace} ${Object.keys(dimensions).sort()}`;
        if (namespace === stack) {
          expect([kind, published]).toEqual([
            `${stack} ${dimension}`,
            expect.objectContaining({ [name]: expect.anything() }),
          ]);
          expect(serviceMetrics[dimensions[dimension] as keyof typeof serviceMetrics]).toContain(name);
        } else expect([kind, documented[kind]]).toEqual([kind, expect.arrayContaining([name])]);
      }
    }
  });

  test('finds the metrics of the firewall under either of its names', () => {
    const { Name, VisibilityConfig } = resource(template, 'AWS::WAFv2::WebACL').properties;
    expect([Name, VisibilityConfig.MetricName]).toEqual([stack, stack]);
    const found = [...ofAlarms(template), ...ofDashboards(template)].filter(({ namespace }) => /WAF/.test(namespace));
    expect(found.length).toBeGreaterThan(1);
    for (const { dimensions } of found) expect(dimensions).toMatchObject({ WebACL: stack, Rule: 'ALL' });
  });

  test('states with each alarm what to do, and notifies the topic when it begins and ends', () => {
    const topic = [{ Ref: resource(template, 'AWS::SNS::Topic').id }];
    for (const { AlarmDescription, AlarmActions, OKActions } of alarms) {
      expect(AlarmDescription).toMatch(/^[A-Z].{60,}\.$/);
      expect(AlarmActions).toEqual(topic);
      expect(OKActions).toEqual(topic);
    }
  });

  test('rolls a deployment back when the new version fails its requests', () => {
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

  test('alarms as soon as there are fewer tasks than the stage has', () => {
    const minimum = options.stage === 'demo' ? 1 : 2;
    const missing = alarms.filter(({ AlarmName }) => AlarmName.includes('Healthy-Tasks'));
    expect(missing.map(({ Threshold }) => Threshold)).toEqual([minimum, minimum]);
    // Without any task there is no figure either.
    for (const { TreatMissingData } of missing) expect(TreatMissingData).toBe('breaching');
  });

  test('lets alarms and the budget publish, by TLS only', () => {
    const { Statement } = resource(template, 'AWS::SNS::TopicPolicy').properties.PolicyDocument;
    expect(Statement.map((one: Value) => [one.Effect, one.Principal])).toEqual([
      ['Deny', '*'],
      ['Allow', { Service: ['budgets.amazonaws.com', 'cloudwatch.amazonaws.com'] }],
    ]);
    for (const { Effect, Condition } of Statement) {
      if (Effect === 'Allow')
        expect(Condition).toEqual({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } });
    }
  });
});

describe('The metrics that services publish', () => {
  const template = synthesize({ stage: 'demo' });
  const dashboards = resources(template, 'AWS::CloudWatch::Dashboard').map(({ properties }) => ({
    name: properties.DashboardName.replace('property-insights-demo-', ''),
    body: JSON.stringify(properties.DashboardBody),
  }));

  test.each(['analytical', 'reporting'] as const)('are all on the dashboard of %s, under its name', (service) => {
    const { body = '' } = dashboards.find(({ name }) => name === service) ?? {};
    for (const name of serviceMetrics[service]) {
      const shown = ['property-insights-demo', name, dimension, service].map((part) => `\\"${part}\\"`).join(',');
      expect(body).toContain(shown);
    }
  });

  test('are exactly those that the services publish, in the namespace of their environment', () => {
    expect([...new Set(Object.values(serviceMetrics).flat())].sort()).toEqual(Object.keys(published).sort());
    for (const { properties } of resources(template, 'AWS::ECS::TaskDefinition')) {
      expect(properties.ContainerDefinitions[0].Environment).toContainEqual({
        Name: 'METRICS_NAMESPACE',
        Value: 'property-insights-demo',
      });
    }
  });
});

test('The address of the dashboard is an output', () => {
  const { Value } = Object.values(synthesize({ stage: 'demo' }).findOutputs('Dashboard'))[0] ?? {};
  expect(JSON.stringify(Value)).toContain('#dashboards/dashboard/property-insights-demo-overview');
});

test('Alarms are mailed to the address of the option', () => {
  const template = synthesize({ stage: 'demo', alarmEmail: 'operations@example.com' });
  template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'operations@example.com' });
  expect(() => synthesize({ stage: 'demo', alarmEmail: 'operations' })).toThrow('is not an e-mail address');
});

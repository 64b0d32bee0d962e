import { Duration, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  ComparisonOperator,
  MathExpression,
  type Metric,
  PeriodOverride,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { type ApplicationTargetGroup, HttpCodeElb, HttpCodeTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { DatabaseCluster, DatabaseInstance } from 'aws-cdk-lib/aws-rds';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import {
  type CustomMetricGroup,
  type CustomThreshold,
  DefaultDashboardFactory,
  GraphWidgetType,
  MonitoringFacade,
  SnsAlarmActionStrategy,
} from 'cdk-monitoring-constructs';
import { Construct } from 'constructs';
import type { Database } from './database.ts';
import type { LoadBalancer } from './load-balancer.ts';
import type { Rotation } from './rotation.ts';
import type { Service } from './service.ts';
import { type ServiceMetricName, serviceMetric } from './service-metrics.ts';
import type { Stage } from './stages.ts';
import type { WebAcl } from './web-acl.ts';

export interface MonitoringProps {
  stage: Stage;
  database: Database;
  rotation: Rotation;
  loadBalancer: LoadBalancer;
  webAcl: WebAcl;
  services: { service: Service; targets: ApplicationTargetGroup }[];
  /** The e-mail address for alarms. Its owner must confirm the subscription. */
  alarmEmail?: string;
}

/** The minimum of requests in a period for a share or percentile: with fewer, one slow answer would be an alarm. */
const ENOUGH_REQUESTS = 100;

/** The dashboards, one for the system and one for each service, and the alarms, which notify one topic. */
export class Monitoring extends Construct {
  /** The address of the overview, for users of the account. */
  readonly dashboardUrl: string;
  /** Receives the notifications of alarms. */
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: MonitoringProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Alarms', { displayName: 'Property Insights alarms', enforceSSL: true });
    // A custom policy replaces the default one, which permits alarms of the account to publish.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if (props.alarmEmail) this.topic.addSubscription(new EmailSubscription(props.alarmEmail));

    const { region, stackName } = Stack.of(this);
    this.dashboardUrl = `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#dashboards/dashboard/${stackName}-overview`;
    this.watchWhole(props);
    for (const { service, targets } of props.services) this.watchService(service, targets, props.loadBalancer);
  }

  private watchWhole({ stage, database, rotation, loadBalancer, webAcl, services }: MonitoringProps): void {
    const facade = this.dashboard('overview');
    const unanswered = loadBalancer.loadBalancer.metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, {
      label: 'Unanswered',
    });
    facade.monitorCustom({
      humanReadableName: 'Entry',
      alarmFriendlyName: 'Entry',
      metricGroups: [
        {
          title: 'Requests',
          metrics: services.map(({ service, targets }) => targets.metrics.requestCount({ label: service.name })),
        },
        {
          title: 'Answers of 500 and above',
          metrics: services.map(({ service, targets }) =>
            targets.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, { label: service.name }),
          ),
        },
        {
          title: 'Time to answer, 99th percentile (s)',
          metrics: services.map(({ service, targets }) =>
            targets.metrics.targetResponseTime({ statistic: Stats.p(99), label: service.name }),
          ),
        },
        alarmed('Requests that no task answered (502, 503, 504)', unanswered, 'UnansweredRequests', {
          ...above(10),
          alarmDescriptionOverride:
            'The load balancer found no task to answer. Check the ECS events for tasks that are missing or have restarted, then the log of the service that stopped.',
        }),
      ],
    });
    watchDatabase(facade, stage.database, database);
    facade.monitorCustom({
      humanReadableName: 'Rotation of the logins',
      alarmFriendlyName: 'Rotation',
      metricGroups: [
        { title: 'Steps', metrics: [rotation.rotator.metricInvocations({ label: 'Steps' })] },
        alarmed('Failed steps', rotation.rotator.metricErrors({ label: 'Failed' }), 'FailedRotation', {
          ...above(0),
          // It runs for a few seconds a month.
          evaluationPeriods: 1,
          datapointsToAlarm: 1,
          alarmDescriptionOverride:
            "A login to the database could not be rotated. The current one continues to work, and Secrets Manager retries. The rotator's log contains the error; `aws secretsmanager rotate-secret` repeats the rotation.",
        }),
      ],
    });
    facade.monitorWebApplicationFirewallAclV2({
      acl: webAcl.acl,
      region: Stack.of(this).region,
      humanReadableName: 'Firewall',
      alarmFriendlyName: 'Firewall',
      addBlockedRequestsCountAlarm: {
        Warning: {
          maxErrorCount: 1000,
          alarmDescriptionOverride:
            'The firewall blocks many requests. Its log contains the rule and the address. An attack needs no action; if users are blocked, restrict the rule.',
        },
      },
    });
  }

  private watchService(service: Service, targets: ApplicationTargetGroup, { loadBalancer }: LoadBalancer): void {
    const facade = this.dashboard(service.name);
    const { metrics } = targets;
    const minute = Duration.minutes(1);
    const failedShare = new MathExpression({
      label: 'Failed (%)',
      expression: `IF(requests >= ${ENOUGH_REQUESTS / 5}, 100 * FILL(failed, 0) / requests, 0)`,
      usingMetrics: {
        requests: metrics.requestCount({ period: minute }),
        failed: metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, { period: minute }),
      },
      period: minute,
    });
    const slowest = new MathExpression({
      label: 'p99 (s)',
      expression: `IF(requests >= ${ENOUGH_REQUESTS}, latency, 0)`,
      usingMetrics: {
        requests: metrics.requestCount(),
        latency: metrics.targetResponseTime({ statistic: Stats.p(99) }),
      },
    });
    facade.monitorCustom({
      humanReadableName: 'Requests',
      alarmFriendlyName: service.name,
      metricGroups: [
        { title: 'Requests', metrics: [metrics.requestCount({ label: 'Requests' })] },
        alarmed('Answers of 500 and above', failedShare, 'FailedRequests', {
          ...above(1),
          period: minute,
          evaluationPeriods: 5,
          datapointsToAlarm: 3,
          alarmDescriptionOverride:
            'More than 1 % of the answers were server errors. For 503 in the log, check the dashboard of the database. A 500 is a bug; the log contains its stack trace and request id. During a deployment, the service is rolled back automatically.',
        }),
        alarmed('Time to answer', slowest, 'SlowRequests', {
          ...above(2),
          evaluationPeriods: 3,
          datapointsToAlarm: 3,
          alarmDescriptionOverride:
            'One answer in a hundred has taken over 2 s for 15 minutes. If CPU or memory is at its limit, raise maximumTasks or the size of the task; otherwise find the slow question in the log. Large uploads count too.',
        }),
        {
          title: 'Median and 95th percentile',
          metrics: [50, 95].map((percentile) =>
            metrics.targetResponseTime({ statistic: Stats.p(percentile), label: `p${percentile} (s)` }),
          ),
        },
      ],
    });
    facade.monitorFargateApplicationLoadBalancer({
      fargateService: service.fargateService,
      applicationLoadBalancer: loadBalancer,
      applicationTargetGroup: targets,
      humanReadableName: 'Tasks',
      alarmFriendlyName: service.name,
      minAutoScalingTaskCount: service.size.minimumTasks,
      maxAutoScalingTaskCount: service.size.maximumTasks,
      addHealthyTaskCountAlarm: {
        Critical: {
          minHealthyTasks: service.size.minimumTasks,
          // Without any task there is no data.
          treatMissingDataOverride: TreatMissingData.BREACHING,
          evaluationPeriods: 3,
          datapointsToAlarm: 3,
          alarmDescriptionOverride:
            'There are fewer healthy tasks than the stage requires. The ECS events state why tasks stop or do not start: image, memory, Spot capacity, or a failed health check, whose reason is in the log.',
        },
      },
      addMemoryUsageAlarm: {
        Warning: {
          maxUsagePercent: 90,
          evaluationPeriods: 3,
          datapointsToAlarm: 3,
          alarmDescriptionOverride:
            'Tasks are close to their memory limit, beyond which they are killed. Raise memoryMiB of the service in the stage.',
        },
      },
    });
    this.watchReplica(facade, service.name);
    if (service.name === 'analytical') this.watchImports(facade);
    else this.watchReports(facade);
    const [failing] = facade.createdAlarms().filter(({ alarmName }) => alarmName.includes('FailedRequests'));
    if (!failing) throw new Error(`The alarm for failed requests of ${service.name} is missing.`);
    service.rollBackOn(failing.alarm as Alarm, failing.alarmName);
  }

  private watchReplica(facade: MonitoringFacade, service: Service['name']): void {
    const stack = Stack.of(this);
    const each = (name: ServiceMetricName, statistic: string, label: string) =>
      serviceMetric(stack, service, name, { statistic, label });
    const hits = each('CacheHits', Stats.SUM, 'From the cache');
    const misses = each('CacheMisses', Stats.SUM, 'Computed');
    facade.monitorCustom({
      humanReadableName: 'Replica and cache',
      alarmFriendlyName: service,
      metricGroups: [
        alarmed('Behind the database', each('ReplicaSecondsBehind', Stats.MAXIMUM, 'Seconds'), 'ReplicaBehind', {
          ...above(60),
          alarmDescriptionOverride:
            'A replica has been behind the database for minutes, so its questions wait or are refused. Its log states the reason: an unavailable database, a full disk, or a load in progress.',
        }),
        alarmed('Markets not loaded', each('MarketsUnavailable', Stats.MAXIMUM, 'Markets'), 'UnavailableMarkets', {
          ...above(0),
          alarmDescriptionOverride:
            'A replica cannot load a market, whose questions are refused; others are answered. The health check and the log name the market.',
        }),
        { title: 'Versions to catch up with', metrics: [each('ReplicaVersionsBehind', Stats.MAXIMUM, 'Versions')] },
        {
          title: 'Time to catch up (ms)',
          metrics: [each('CatchUpTime', Stats.p(50), 'p50'), each('CatchUpTime', Stats.MAXIMUM, 'Longest')],
        },
        {
          title: 'Questions',
          metrics: [hits, misses],
          graphWidgetType: GraphWidgetType.STACKED_AREA,
        },
        {
          title: 'Time to compute an answer (ms)',
          metrics: [50, 95, 99].map((percentile) => each('QuestionTime', Stats.p(percentile), `p${percentile}`)),
        },
      ],
    });
  }

  private watchImports(facade: MonitoringFacade): void {
    const sum = (name: ServiceMetricName, label: string) =>
      serviceMetric(Stack.of(this), 'analytical', name, { statistic: Stats.SUM, label });
    facade.monitorCustom({
      humanReadableName: 'Imports',
      alarmFriendlyName: 'analytical',
      metricGroups: [
        { title: 'Outcomes', metrics: [sum('ImportsFinished', 'Finished'), sum('ImportsCancelled', 'Cancelled')] },
        alarmed('Failed', sum('ImportsFailed', 'Failed'), 'FailedImports', {
          ...above(0),
          evaluationPeriods: 1,
          datapointsToAlarm: 1,
          alarmDescriptionOverride:
            'An import failed, and nothing of it was written. GET /api/imports states which one and why. Most often the file has another format than expected; otherwise the log contains the error.',
        }),
        { title: 'Rows read', metrics: [sum('ImportRows', 'Rows')] },
      ],
    });
  }

  private watchReports(facade: MonitoringFacade): void {
    const each = (name: ServiceMetricName, statistic: string, label: string) =>
      serviceMetric(Stack.of(this), 'reporting', name, { statistic, label });
    facade.monitorCustom({
      humanReadableName: 'Report jobs',
      alarmFriendlyName: 'reporting',
      metricGroups: [
        { title: 'Finished', metrics: [each('ReportJobsFinished', Stats.SUM, 'Finished')] },
        alarmed('Failed', each('ReportJobsFailed', Stats.SUM, 'Failed'), 'FailedReports', {
          ...above(0),
          evaluationPeriods: 1,
          datapointsToAlarm: 1,
          alarmDescriptionOverride:
            'A report could not be made. GET /reporting/jobs with the token of an administrator states which one and why; the log contains the error of every attempt.',
        }),
        alarmed('Waiting (s)', each('ReportJobsSecondsWaiting', Stats.MAXIMUM, 'Waiting'), 'WaitingReports', {
          ...above(900),
          alarmDescriptionOverride:
            'A report has been waiting for more than 15 minutes. Each task makes one at a time: raise minimumTasks, or find a job that takes long in GET /reporting/jobs.',
        }),
      ],
    });
  }

  /** A dashboard, with the defaults of its alarms. */
  private dashboard(name: string): MonitoringFacade {
    const { stackName } = Stack.of(this);
    return new MonitoringFacade(this, name, {
      dashboardFactory: new DefaultDashboardFactory(this, `${name}-dashboard`, {
        dashboardNamePrefix: `${stackName}-${name}`,
        createSummaryDashboard: false,
        detailDashboardPeriodOverride: PeriodOverride.INHERIT,
      }),
      alarmFactoryDefaults: {
        alarmNamePrefix: stackName,
        actionsEnabled: true,
        action: new SnsAlarmActionStrategy({ onAlarmTopic: this.topic, onOkTopic: this.topic }),
        // A peak of five minutes sends no mail; one of ten minutes does.
        evaluationPeriods: 2,
        datapointsToAlarm: 2,
      },
      metricFactoryDefaults: { namespace: 'PropertyInsights' },
    });
  }
}

/** The metrics and alarms of the database: those of both kinds, and those of one kind. */
function watchDatabase(facade: MonitoringFacade, size: Stage['database'], { resource }: Database): void {
  const common = {
    humanReadableName: 'Database',
    alarmFriendlyName: 'Database',
    addCpuUsageAlarm: {
      Warning: {
        maxUsagePercent: 80,
        evaluationPeriods: 3,
        datapointsToAlarm: 3,
        alarmDescriptionOverride:
          'The CPU of the database has been busy for 15 minutes. A running import explains it; otherwise find the statement in Performance Insights, or choose a larger instance.',
      },
    },
    addMaxConnectionCountAlarm: {
      Warning: {
        maxConnectionCount: size.connectionAlarm,
        alarmDescriptionOverride:
          'The number of connections is close to the limit of the instance. Check whether tasks were added or leak connections; a larger instance allows more.',
      },
    },
  };
  if (size.kind === 'instance') {
    facade.monitorRdsInstance({
      ...common,
      instance: resource as DatabaseInstance,
      addFreeStorageSpaceAlarm: {
        Warning: {
          // RDS extends the storage when a tenth is free; less means that the maximum is reached.
          minCount: 0.08 * size.storageGiB * 1024 ** 3,
          alarmDescriptionOverride:
            'The storage is nearly full. It grows automatically up to maximumStorageGiB of the stage: raise that and deploy.',
        },
      },
    });
    return;
  }
  const cluster = resource as DatabaseCluster;
  facade.monitorAuroraCluster({
    ...common,
    cluster,
    addMaxServerlessDatabaseCapacityAlarm: {
      Warning: {
        // The mean of writer and readers, in capacity units.
        maxUsageCount: 0.9 * size.maximumCapacity,
        evaluationPeriods: 3,
        datapointsToAlarm: 3,
        alarmDescriptionOverride:
          'The cluster has been at its maximum capacity for 15 minutes. A running import explains it; otherwise raise maximumCapacity of the stage.',
      },
    },
  });
  facade.monitorCustom({
    humanReadableName: 'Readers',
    alarmFriendlyName: 'Readers',
    metricGroups: [
      alarmed('Behind the writer', cluster.metric('AuroraReplicaLagMaximum', { label: 'ms' }), 'Lag', {
        ...above(1000),
        alarmDescriptionOverride:
          'A reader is more than one second behind the writer, so reporting reads from the writer. A long query delays the reader, or it is too small: see Performance Insights of the reader.',
      }),
    ],
  });
}

function alarmed(
  title: string,
  metric: Metric | MathExpression,
  alarmFriendlyName: string,
  threshold: CustomThreshold,
): CustomMetricGroup {
  return { title, metrics: [{ metric, alarmFriendlyName, addAlarm: { Warning: threshold } }] };
}

/** No data means no requests, which is no alarm. */
function above(threshold: number) {
  return {
    threshold,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    treatMissingDataOverride: TreatMissingData.NOT_BREACHING,
  };
}

import type { Duration, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ServiceName } from './stages.ts';

/** The metrics that both services publish every minute, in addition to those that AWS measures. */
const ofEveryService = [
  'ReplicaVersionsBehind',
  'ReplicaSecondsBehind',
  'MarketsUnavailable',
  'CatchUpTime',
  'CacheHits',
  'CacheMisses',
  'QuestionTime',
] as const;
const ofImports = ['ImportsFinished', 'ImportsFailed', 'ImportsCancelled', 'ImportRows'] as const;

const ofReports = ['ReportJobsFinished', 'ReportJobsFailed', 'ReportJobsSecondsWaiting'] as const;

export type ServiceMetricName = (typeof ofEveryService | typeof ofImports | typeof ofReports)[number];

export const serviceMetrics: Record<ServiceName, readonly ServiceMetricName[]> = {
  analytical: [...ofEveryService, ...ofImports],
  reporting: [...ofEveryService, ...ofReports],
};

/** A namespace for each stack, so that metrics of different stacks are kept apart. */
export function metricsNamespace({ stackName }: Stack): string {
  return stackName;
}

/**
 * A metric that a service publishes itself. Its label is for people.
 * @throws if the service does not publish it.
 */
export function serviceMetric(
  stack: Stack,
  service: ServiceName,
  metricName: ServiceMetricName,
  options: { statistic: string; label: string; period?: Duration },
): Metric {
  if (!serviceMetrics[service].includes(metricName)) throw new Error(`${service} publishes no metric ${metricName}.`);
  return new Metric({ namespace: metricsNamespace(stack), metricName, dimensionsMap: { service }, ...options });
}

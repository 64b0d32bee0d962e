import type { Duration, Stack } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ServiceProps } from './service.ts';

/** What both services tell of themselves once a minute, beside what AWS sees of them. */
const ofEveryService = [
  'ReplicaVersionsBehind',
  'ReplicaSecondsBehind',
  'CatchUpTime',
  'CacheHits',
  'CacheMisses',
  'QuestionTime',
] as const;
const ofImports = ['ImportsFinished', 'ImportsFailed', 'ImportsCancelled', 'ImportRows'] as const;

export type FigureName = (typeof ofEveryService | typeof ofImports)[number];

/** By service. */
export const figures: Record<ServiceProps['name'], readonly FigureName[]> = {
  analytical: [...ofEveryService, ...ofImports],
  reporting: ofEveryService,
};

/** Figures of different stacks don't mix. */
export function namespace({ stackName }: Stack): string {
  return stackName;
}

/** A figure as a metric. Its labels are for people. */
export function figure(
  stack: Stack,
  service: ServiceProps['name'],
  metricName: FigureName,
  options: { statistic: string; label: string; period?: Duration },
): Metric {
  if (!figures[service].includes(metricName)) throw new Error(`${service} tells no figure ${metricName}.`);
  return new Metric({ namespace: namespace(stack), metricName, dimensionsMap: { service }, ...options });
}

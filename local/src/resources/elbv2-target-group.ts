import type { ResourceHandler } from './handler.ts';
import { attributes, object } from './properties.ts';

/** CloudFormation's defaults for HTTP targets with an IP address. */
const defaults = { interval: 30, timeout: 5, healthyThreshold: 5, unhealthyThreshold: 2, deregistrationDelay: 300 };

export const targetGroup: ResourceHandler = {
  type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
  make({ logicalId, properties, stack }, context) {
    const { Protocol, TargetGroupAttributes, HealthCheckPath } = properties;
    if (Protocol !== 'HTTP')
      throw new Error(`The local run supports target groups with HTTP only, not with ${Protocol}.`);
    const {
      'deregistration_delay.timeout_seconds': deregistrationDelay = defaults.deregistrationDelay,
      'load_balancing.algorithm.type': algorithm = 'round_robin',
      'stickiness.enabled': stickiness = 'false',
    } = attributes(TargetGroupAttributes);
    if (stickiness === 'true') throw new Error('The local run does not support sticky sessions.');
    if (algorithm !== 'round_robin' && algorithm !== 'least_outstanding_requests') {
      throw new Error(
        `The local run does not support the algorithm ${algorithm}. It supports round_robin and least_outstanding_requests.`,
      );
    }
    const fullName = `targetgroup/${logicalId}/local`;
    const arn = `arn:aws:elasticloadbalancing:${stack.region}:${stack.account}:${fullName}`;
    context.balancer.addTargetGroup(arn, {
      healthCheck: {
        path: String(HealthCheckPath ?? '/'),
        interval: Number(properties.HealthCheckIntervalSeconds ?? defaults.interval),
        timeout: Number(properties.HealthCheckTimeoutSeconds ?? defaults.timeout),
        healthyThreshold: Number(properties.HealthyThresholdCount ?? defaults.healthyThreshold),
        unhealthyThreshold: Number(properties.UnhealthyThresholdCount ?? defaults.unhealthyThreshold),
        matcher: object<{ HttpCode?: string }>(properties.Matcher).HttpCode ?? '200',
      },
      deregistrationDelay: Number(deregistrationDelay),
      algorithm,
    });
    return { ref: arn, attributes: { TargetGroupArn: arn, TargetGroupName: logicalId, TargetGroupFullName: fullName } };
  },
};

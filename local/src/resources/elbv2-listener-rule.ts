import type { Condition } from '../load-balancer/listener.ts';
import type { ResourceRequest } from '../template/resource.ts';
import { readAction } from './elbv2-actions.ts';
import type { ResourceHandler } from './handler.ts';
import { list } from './properties.ts';

interface ConditionProperties {
  Field: string;
  Values?: string[];
  PathPatternConfig?: { Values: string[] };
  HostHeaderConfig?: { Values: string[] };
  HttpRequestMethodConfig?: { Values: string[] };
}

function ruleArn(logicalId: string, { region, account }: ResourceRequest['stack']): string {
  return `arn:aws:elasticloadbalancing:${region}:${account}:listener-rule/app/${logicalId}/local`;
}

export const listenerRule: ResourceHandler = {
  type: 'AWS::ElasticLoadBalancingV2::ListenerRule',
  make({ logicalId, properties, stack }, context) {
    const arn = ruleArn(logicalId, stack);
    context.balancer.addRule(String(properties.ListenerArn), arn, {
      priority: Number(properties.Priority),
      conditions: list<ConditionProperties>(properties.Conditions).map(readCondition),
      action: readAction(properties.Actions),
    });
    return { ref: arn, attributes: { RuleArn: arn } };
  },
  remove({ logicalId, stack }, context) {
    context.balancer.removeRule(ruleArn(logicalId, stack));
  },
};

function readCondition(condition: ConditionProperties): Condition {
  switch (condition.Field) {
    case 'path-pattern':
      return { field: 'path-pattern', values: condition.PathPatternConfig?.Values ?? condition.Values ?? [] };
    case 'host-header':
      return { field: 'host-header', values: condition.HostHeaderConfig?.Values ?? condition.Values ?? [] };
    case 'http-request-method':
      return { field: 'http-request-method', values: condition.HttpRequestMethodConfig?.Values ?? [] };
    default:
      throw new Error(
        `The local run does not support the rule condition ${condition.Field}. It supports path-pattern, host-header and http-request-method.`,
      );
  }
}

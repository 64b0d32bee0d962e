import type { ResourceHandler } from '../template/execute.ts';
import { readAction } from './elbv2-actions.ts';

export const listener: ResourceHandler = {
  type: 'AWS::ElasticLoadBalancingV2::Listener',
  make({ logicalId, properties, stack }, machine) {
    if (properties.Protocol !== 'HTTP') {
      throw new Error(`Listeners are run locally with HTTP only, not with ${properties.Protocol}.`);
    }
    const arn = `arn:aws:elasticloadbalancing:${stack.region}:${stack.account}:listener/app/${logicalId}/local`;
    machine.balancer.addListener(arn, readAction(properties.DefaultActions));
    return { ref: arn, attributes: { ListenerArn: arn } };
  },
};

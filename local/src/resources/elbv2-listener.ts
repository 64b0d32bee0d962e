import type { ResourceHandler } from '../template/execute.ts';
import { readAction } from './elbv2-actions.ts';

export const listener: ResourceHandler = {
  type: 'AWS::ElasticLoadBalancingV2::Listener',
  make({ logicalId, properties, stack }, machine) {
    const loadBalancer = String(properties.LoadBalancerArn).split(':loadbalancer/').at(-1);
    const arn = `arn:aws:elasticloadbalancing:${stack.region}:${stack.account}:listener/${loadBalancer}/${logicalId}`;
    machine.balancer.addListener(arn, readAction(properties.DefaultActions));
    return { ref: arn, attributes: { ListenerArn: arn } };
  },
};

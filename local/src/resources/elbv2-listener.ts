import type { Machine } from '../machine.ts';
import type { MadeResource, ResourceHandler, ResourceRequest } from '../template/execute.ts';
import { readAction } from './elbv2-actions.ts';

export const listener: ResourceHandler = {
  type: 'AWS::ElasticLoadBalancingV2::Listener',
  make,
  async update(request, machine) {
    return make(request, machine); // it keeps its rules
  },
  remove(request, machine) {
    machine.balancer.removeListener(listenerArn(request));
  },
};

function make(request: ResourceRequest, machine: Machine): MadeResource {
  const arn = listenerArn(request);
  machine.balancer.addListener(arn, readAction(request.properties.DefaultActions));
  return { ref: arn, attributes: { ListenerArn: arn } };
}

function listenerArn({ logicalId, properties, stack }: ResourceRequest): string {
  const loadBalancer = String(properties.LoadBalancerArn).split(':loadbalancer/').at(-1);
  return `arn:aws:elasticloadbalancing:${stack.region}:${stack.account}:listener/${loadBalancer}/${logicalId}`;
}

import type { ExecutionContext } from '../execution-context.ts';
import type { MadeResource, ResourceRequest } from '../template/resource.ts';
import { readAction } from './elbv2-actions.ts';
import type { ResourceHandler } from './handler.ts';

export const listener: ResourceHandler = {
  type: 'AWS::ElasticLoadBalancingV2::Listener',
  make,
  async update(request, context) {
    return make(request, context); // it keeps its rules
  },
  remove(request, context) {
    context.balancer.removeListener(listenerArn(request));
  },
};

function make(request: ResourceRequest, context: ExecutionContext): MadeResource {
  const arn = listenerArn(request);
  context.balancer.addListener(arn, readAction(request.properties.DefaultActions));
  return { ref: arn, attributes: { ListenerArn: arn } };
}

function listenerArn({ logicalId, properties, stack }: ResourceRequest): string {
  const loadBalancer = String(properties.LoadBalancerArn).split(':loadbalancer/').at(-1);
  return `arn:aws:elasticloadbalancing:${stack.region}:${stack.account}:listener/${loadBalancer}/${logicalId}`;
}

import type { ResourceHandler } from './handler.ts';

/** Only provides its name; the listener is executed separately. */
export const loadBalancer: ResourceHandler = {
  type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
  make({ logicalId, properties, stack }, context) {
    const { Type = 'application' } = properties;
    if (Type !== 'application')
      throw new Error(`The local run supports only application load balancers, not ${Type} load balancers.`);
    const fullName = `app/${logicalId}/local`;
    return {
      ref: `arn:aws:elasticloadbalancing:${stack.region}:${stack.account}:loadbalancer/${fullName}`,
      attributes: { DNSName: `localhost:${context.port}`, LoadBalancerName: logicalId, LoadBalancerFullName: fullName },
    };
  },
};

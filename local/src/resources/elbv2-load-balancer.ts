import type { ResourceHandler } from './handler.ts';

/** Its listener is what listens; the load balancer itself only lends its name. */
export const loadBalancer: ResourceHandler = {
  type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
  make({ logicalId, properties, stack }, context) {
    const { Type = 'application' } = properties;
    if (Type !== 'application') throw new Error(`Only application load balancers are run locally, not ${Type} ones.`);
    const fullName = `app/${logicalId}/local`;
    return {
      ref: `arn:aws:elasticloadbalancing:${stack.region}:${stack.account}:loadbalancer/${fullName}`,
      attributes: { DNSName: `localhost:${context.port}`, LoadBalancerName: logicalId, LoadBalancerFullName: fullName },
    };
  },
};

import { Validations } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import type { Network } from './network.ts';
import type { Stage } from './stages.ts';

/** The ECS cluster that both services run in, on Fargate. */
export class Cluster extends Construct {
  readonly cluster: ecs.Cluster;
  readonly capacityProvider: 'FARGATE' | 'FARGATE_SPOT';

  constructor(scope: Construct, id: string, { stage, network }: { stage: Stage; network: Network }) {
    super(scope, id);
    this.cluster = new ecs.Cluster(this, 'Cluster', {
      vpc: network.vpc,
      containerInsightsV2: stage.containerInsights ? ecs.ContainerInsights.ENABLED : ecs.ContainerInsights.DISABLED,
    });
    if (!stage.containerInsights) {
      Validations.of(this).acknowledge({
        id: 'AwsSolutions-ECS4',
        reason:
          'The stage omits them for their price; ECS and the load balancer still report CPU, memory and healthy tasks.',
      });
    }
    this.capacityProvider = stage.spot ? 'FARGATE_SPOT' : 'FARGATE';
    // Not by `enableFargateCapacityProviders`, so that services can depend on it: otherwise CloudFormation removes the capacity provider
    // while services still use it, and the deletion of the stack fails.
    new ecs.CfnClusterCapacityProviderAssociations(this, 'CapacityProviders', {
      cluster: this.cluster.clusterName,
      capacityProviders: ['FARGATE', 'FARGATE_SPOT'],
      defaultCapacityProviderStrategy: [{ capacityProvider: this.capacityProvider, weight: 1 }],
    });
  }
}

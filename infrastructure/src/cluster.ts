import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import type { Network } from './network.ts';
import type { Stage } from './stages.ts';

/** The ECS cluster that both services run in. */
export class Cluster extends Construct {
  readonly cluster: ecs.Cluster;
  readonly capacityProvider: 'FARGATE' | 'FARGATE_SPOT';

  constructor(scope: Construct, id: string, { stage, network }: { stage: Stage; network: Network }) {
    super(scope, id);
    this.cluster = new ecs.Cluster(this, 'Cluster', { vpc: network.vpc, enableFargateCapacityProviders: true });
    this.capacityProvider = stage.spot ? 'FARGATE_SPOT' : 'FARGATE';
  }
}

import type { ResourceHandler } from './handler.ts';

/** A service that scales with its load has its minimum number of tasks locally. */
export const scalableTarget: ResourceHandler = {
  type: 'AWS::ApplicationAutoScaling::ScalableTarget',
  make({ logicalId, properties }, context) {
    const { ResourceId, ScalableDimension, MinCapacity } = properties;
    // service/CLUSTER/NAME
    const name = String(ResourceId).split('/').at(-1) as string;
    const service = [...context.services.values()].find((each) => each.name === name);
    if (ScalableDimension !== 'ecs:service:DesiredCount' || !service) {
      throw new Error(
        `The local run scales only the number of tasks of a service, not ${ScalableDimension} of ${ResourceId}.`,
      );
    }
    if (context.taskCounts[name] === undefined) service.scaleUpTo(Number(MinCapacity));
    return { ref: logicalId };
  },
};

import { Service } from '../tasks.ts';
import type { ResourceHandler } from '../template/execute.ts';
import { list } from './properties.ts';

export const service: ResourceHandler = {
  type: 'AWS::ECS::Service',
  make({ logicalId, properties, stack }, machine) {
    const container = machine.taskDefinitions.get(String(properties.TaskDefinition));
    if (!container) throw new Error(`There is no task definition ${properties.TaskDefinition}.`);
    const targets = list<{ ContainerName: string; ContainerPort: number; TargetGroupArn: string }>(
      properties.LoadBalancers,
    );
    for (const { ContainerName, ContainerPort } of targets) {
      if (ContainerName !== container.name) throw new Error(`The task has no container ${ContainerName}.`);
      if (container.environment.PORT !== String(ContainerPort)) {
        throw new Error(
          `The load balancer sends to port ${ContainerPort} of ${ContainerName}, whose environment says PORT=${container.environment.PORT}.`,
        );
      }
    }
    machine.services.push(
      new Service({
        container,
        count: machine.taskCounts[container.name] ?? Number(properties.DesiredCount ?? 1),
        targetGroupArns: targets.map(({ TargetGroupArn }) => TargetGroupArn),
        startTimeoutSeconds: Number(properties.HealthCheckGracePeriodSeconds ?? 60),
        run: machine.run,
        logs: machine.logs,
        balancer: machine.balancer,
      }),
    );
    const arn = `arn:aws:ecs:${stack.region}:${stack.account}:service/${logicalId}`;
    return { ref: arn, attributes: { Name: container.name, ServiceArn: arn } };
  },
};

import type { ExecutionContext } from '../execution-context.ts';
import { Service, type ServiceSettings } from '../service.ts';
import type { MadeResource, ResourceRequest } from '../template/resource.ts';
import type { ResourceHandler } from './handler.ts';
import { list, object } from './properties.ts';

/** The defaults of ECS. */
const defaults = { minimumHealthyPercent: 100, maximumPercent: 200, startTimeoutSeconds: 60 };

interface DeploymentConfiguration {
  MinimumHealthyPercent?: number;
  MaximumPercent?: number;
  DeploymentCircuitBreaker?: { Enable: boolean; Rollback: boolean };
}

export const service: ResourceHandler = {
  type: 'AWS::ECS::Service',
  make(request, context) {
    const settings = readSettings(request, context);
    context.services.set(arnOf(request), new Service(settings, context));
    return made(request, settings);
  },
  async update(request, context) {
    const service = context.services.get(arnOf(request));
    const settings = readSettings(request, context, service?.count);
    await service?.update(settings);
    return made(request, settings);
  },
  async remove(request, context) {
    const arn = arnOf(request);
    await context.services.get(arn)?.stop();
    context.services.delete(arn);
  },
};

function arnOf({ logicalId, stack }: ResourceRequest): string {
  return `arn:aws:ecs:${stack.region}:${stack.account}:service/${logicalId}`;
}

function made(request: ResourceRequest, { tasks }: ServiceSettings): MadeResource {
  const arn = arnOf(request);
  return { ref: arn, attributes: { Name: tasks.container.name, ServiceArn: arn } };
}

/** @param presentCount the number of tasks if the template states none, as for a service that scales. */
function readSettings({ properties }: ResourceRequest, context: ExecutionContext, presentCount = 1): ServiceSettings {
  const container = context.taskDefinitions.get(String(properties.TaskDefinition));
  if (!container) throw new Error(`There is no task definition ${properties.TaskDefinition}.`);
  const targets = list<{ ContainerName: string; ContainerPort: number; TargetGroupArn: string }>(
    properties.LoadBalancers,
  );
  for (const { ContainerName, ContainerPort } of targets) {
    if (ContainerName !== container.name) throw new Error(`The task has no container ${ContainerName}.`);
    if (container.environment.PORT !== String(ContainerPort)) {
      throw new Error(
        `The load balancer uses port ${ContainerPort} of ${ContainerName}, but its environment has PORT=${container.environment.PORT}.`,
      );
    }
  }
  const {
    MinimumHealthyPercent: minimumHealthyPercent = defaults.minimumHealthyPercent,
    MaximumPercent: maximumPercent = defaults.maximumPercent,
    DeploymentCircuitBreaker: circuitBreaker,
  } = object<DeploymentConfiguration>(properties.DeploymentConfiguration);
  if (!circuitBreaker?.Enable || !circuitBreaker.Rollback) {
    throw new Error(
      `Without a circuit breaker, a deployment of ${container.name} with tasks that never become healthy continues for hours: enable DeploymentCircuitBreaker with Rollback.`,
    );
  }
  const count = context.taskCounts[container.name] ?? Number(properties.DesiredCount ?? presentCount);
  const [minTasks, maxTasks] = [
    Math.ceil((count * minimumHealthyPercent) / 100),
    Math.floor((count * maximumPercent) / 100),
  ];
  if (count > 0 && minTasks >= maxTasks) {
    throw new Error(
      `No task of ${container.name} can be replaced: of ${count}, at least ${minTasks} must be healthy (MinimumHealthyPercent ${minimumHealthyPercent}) and at most ${maxTasks} may run (MaximumPercent ${maximumPercent}).`,
    );
  }
  return {
    tasks: {
      container,
      targetGroupArns: targets.map(({ TargetGroupArn }) => TargetGroupArn),
      startTimeoutSeconds: Number(properties.HealthCheckGracePeriodSeconds ?? defaults.startTimeoutSeconds),
    },
    count,
    minimumHealthyPercent,
    maximumPercent,
  };
}

import { Duration, Stack, Validations } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import { type Connections, type IConnectable, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { ApplicationTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Cluster } from './cluster.ts';
import type { ReadAccess } from './configuration.ts';
import type { Database } from './database.ts';
import type { DatabaseLogin } from './database-login.ts';

import { logGroup } from './logs.ts';
import type { Network } from './network.ts';
import { projectRoot } from './project.ts';
import { metricsNamespace } from './service-metrics.ts';
import type { ServiceName, ServiceSize, Stage } from './stages.ts';

export interface ServiceProps {
  stage: Stage;
  network: Network;
  cluster: Cluster;
  database: Database;
  readAccess: ReadAccess;
  login: DatabaseLogin;
  /** A service that writes nothing reads from the database's readers, where it has some. */
  readsOnly: boolean;
  /** Whether it tells X-Ray of its requests. */
  tracing: boolean;
  /** Names the folder in `apps/` that holds the Dockerfile. */
  name: ServiceName;
  /** The port that the container listens on. */
  port: number;
  size: ServiceSize;
  /** What the image isn't built from: a change there must not replace the running tasks. */
  notInImage: string[];
}

/** Of all requests: enough to see what is slow, at a twentieth of the price. */
export const TRACED_SHARE = 0.05;

const DATA_VOLUME = 'data';
const DATA_DIRECTORY = '/data';

/** A minute's requests for one task: 100 a second, of which a task answers several times as many from its cache. */
const REQUESTS_PER_TASK = 6000;

/** Quick to add, since people wait; slow to remove, since a new task has to fill its replica first. */
const COOLDOWNS = { scaleOutCooldown: Duration.minutes(1), scaleInCooldown: Duration.minutes(10) };

/** One service of the system: its image, its tasks, and what they may reach. */
export class Service extends Construct implements IConnectable {
  readonly fargateService: ecs.FargateService;
  readonly port: number;
  readonly connections: Connections;
  readonly name: ServiceName;
  readonly size: ServiceSize;

  constructor(scope: Construct, id: string, props: ServiceProps) {
    super(scope, id);
    const { stage, network, cluster, database, readAccess, login, readsOnly, tracing, name, port, size, notInImage } =
      props;
    this.name = name;
    this.port = port;
    this.size = size;
    const scales = size.maximumTasks > size.minimumTasks;

    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: `Property Insights ${name} service`,
      allowAllOutbound: false,
    });
    this.connections = securityGroup.connections;
    network.allowToAws(this);
    database.allowFrom(this);

    const task = new ecs.FargateTaskDefinition(this, 'Task', {
      cpu: size.cpu,
      memoryLimitMiB: size.memoryMiB,
      runtimePlatform: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
      },
      // On the task's own disk (20 GiB come with it): the replica and uploads, both of which can be made anew.
      volumes: [{ name: DATA_VOLUME }],
    });
    login.secret.grantRead(task.taskRole);
    if (tracing) {
      task.addToTaskRolePolicy(
        new PolicyStatement({ actions: ['xray:PutSpans', 'xray:PutSpansForIndexing'], resources: ['*'] }),
      );
      Validations.of(task.taskRole).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'Spans belong to no resource: these two actions know none.',
      });
    }

    // Nothing that a container's processes could do beyond any user's: not even what Docker leaves them.
    const linuxParameters = new ecs.LinuxParameters(this, 'LinuxParameters');
    linuxParameters.dropCapabilities(ecs.Capability.ALL);

    const container = task.addContainer('Container', {
      containerName: name,
      image: ecs.ContainerImage.fromAsset(projectRoot, {
        file: `apps/${name}/Dockerfile`,
        platform: Platform.LINUX_ARM64,
        exclude: notInImage,
      }),
      user: 'node',
      readonlyRootFilesystem: true,
      linuxParameters,
      portMappings: [{ containerPort: port }],
      environment: {
        PORT: String(port),
        ...database.environment,
        ...(readsOnly && database.readerEnvironment),
        DATABASE_SECRET_ARN: login.secret.secretArn,
        DATA_DIRECTORY,
        READ_ACCESS: readAccess,
        LOG_LEVEL: 'info',
        METRICS_NAMESPACE: metricsNamespace(Stack.of(this)),
        ...(tracing && {
          OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `https://xray.${Stack.of(this).region}.amazonaws.com/v1/traces`,
          OTEL_TRACES_SAMPLER_ARG: String(TRACED_SHARE),
        }),
      },
      logging: ecs.LogDrivers.awsLogs({
        logGroup: logGroup(this, 'Logs', stage),
        streamPrefix: name,
        // Losing log lines is better than answers that wait for CloudWatch.
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
      }),
    });
    container.addMountPoints({ sourceVolume: DATA_VOLUME, containerPath: DATA_DIRECTORY, readOnly: false });

    Validations.of(task).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason: 'The environment names where things are; the one secret is read at run time from Secrets Manager.',
    });
    Validations.of(task.obtainExecutionRole()).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'ecr:GetAuthorizationToken knows no resource; what may be pulled and written is named.',
    });

    this.fargateService = new ecs.FargateService(this, 'Service', {
      cluster: cluster.cluster,
      taskDefinition: task,
      capacityProviderStrategies: [{ capacityProvider: cluster.capacityProvider, weight: 1 }],
      // Left out where it scales: a deployment would set the number back.
      desiredCount: scales ? undefined : size.minimumTasks,
      // A deployment starts the new tasks before it stops the old, and goes back if they don't become healthy.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      // A first start fills the replica from the database before it answers quickly.
      healthCheckGracePeriod: Duration.minutes(2),
      vpcSubnets: network.privateSubnets,
      securityGroups: [securityGroup],
      assignPublicIp: false,
    });
    this.fargateService.node.addDependency(cluster, securityGroup);
  }

  /** During a deployment the alarm `name` takes the service back to the version before. */
  goBackOn(alarm: Alarm, name: string): void {
    this.fargateService.enableDeploymentAlarms([name], { behavior: ecs.AlarmBehavior.ROLLBACK_ON_ALARM });
    this.fargateService.node.addDependency(alarm);
  }

  /** Adds and removes tasks as the load asks for, where the stage leaves room for it. */
  scale(targets: ApplicationTargetGroup): void {
    const { minimumTasks, maximumTasks } = this.size;
    if (maximumTasks === minimumTasks) return;
    const tasks = this.fargateService.autoScaleTaskCount({ minCapacity: minimumTasks, maxCapacity: maximumTasks });
    tasks.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 60, ...COOLDOWNS });
    tasks.scaleOnMemoryUtilization('Memory', { targetUtilizationPercent: 75, ...COOLDOWNS });
    tasks.scaleOnRequestCount('Requests', { targetGroup: targets, requestsPerTarget: REQUESTS_PER_TASK, ...COOLDOWNS });
  }
}

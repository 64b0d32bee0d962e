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
  /** The host name by which clients reach the system; other names are refused. */
  host: string;
  /** The header with the client's address, if CloudFront sets it. */
  clientAddressHeader: string | undefined;
  /** Seconds of processor time that one caller may use in 20 s, if it is not the services' default. */
  callerBudget: number | undefined;
  login: DatabaseLogin;
  /** A service that only reads uses the database's readers, if there are any. */
  readsOnly: boolean;
  /** Whether it sends traces to X-Ray. */
  tracing: boolean;
  /** Names the folder in `apps/` that holds the Dockerfile. */
  name: ServiceName;
  /** The port that the container listens on. */
  port: number;
  size: ServiceSize;
  /** Folders that the image is not built from: a change there must not replace the running tasks. */
  notInImage: string[];
}

/** The share of requests that are traced: enough to find slow ones, at a twentieth of the price. */
const TRACED_SHARE = 0.05;

const DATA_VOLUME = 'data';
const DATA_DIRECTORY = '/data';

/** Requests a minute for one task: 100 a second. From its cache, a task answers several times as many. */
const REQUESTS_PER_TASK = 6000;

/** Tasks are added quickly, since users wait, and removed slowly, since a new task must load its replica first. */
const COOLDOWNS = { scaleOutCooldown: Duration.minutes(1), scaleInCooldown: Duration.minutes(10) };

/** One service of the system: its image, its tasks, and their permissions. */
export class Service extends Construct implements IConnectable {
  readonly fargateService: ecs.FargateService;
  readonly port: number;
  readonly connections: Connections;
  readonly name: ServiceName;
  readonly size: ServiceSize;
  private readonly container: ecs.ContainerDefinition;

  constructor(scope: Construct, id: string, props: ServiceProps) {
    super(scope, id);
    const { stage, network, cluster, database, login, readsOnly, tracing, name, port, size, notInImage } = props;
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
      // The replica and uploads, on the task's own disk (20 GiB are included). Both can be restored.
      volumes: [{ name: DATA_VOLUME }],
    });
    login.secret.grantRead(task.taskRole);
    if (tracing) {
      task.addToTaskRolePolicy(
        new PolicyStatement({ actions: ['xray:PutSpans', 'xray:PutSpansForIndexing'], resources: ['*'] }),
      );
      Validations.of(task.taskRole).acknowledge({
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason: 'These two actions do not support resources.',
      });
    }

    // No capabilities beyond those of an ordinary user, not even Docker's defaults.
    const linuxParameters = new ecs.LinuxParameters(this, 'LinuxParameters');
    linuxParameters.dropCapabilities(ecs.Capability.ALL);

    this.container = task.addContainer('Container', {
      containerName: name,
      image: ecs.ContainerImage.fromAsset(projectRoot, {
        file: `apps/${name}/Dockerfile`,
        platform: Platform.LINUX_ARM64,
        exclude: notInImage,
      }),
      // Without it, the container sees the memory of its host, about twice that of the task.
      memoryLimitMiB: size.memoryMiB,
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
        READ_ACCESS: props.readAccess,
        ALLOWED_HOSTS: props.host,
        ...(props.clientAddressHeader && { CLIENT_ADDRESS_HEADER: props.clientAddressHeader }),
        ...(props.callerBudget && { CALLER_BUDGET: String(props.callerBudget) }),
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
        // Log lines may be lost, but requests never wait for CloudWatch.
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
      }),
    });
    this.container.addMountPoints({ sourceVolume: DATA_VOLUME, containerPath: DATA_DIRECTORY, readOnly: false });

    Validations.of(task).acknowledge({
      id: 'AwsSolutions-ECS2',
      reason: 'The environment contains addresses and names; the one secret is read from Secrets Manager at run time.',
    });
    Validations.of(task.obtainExecutionRole()).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'ecr:GetAuthorizationToken does not support resources; the other permissions name theirs.',
    });

    this.fargateService = new ecs.FargateService(this, 'Service', {
      cluster: cluster.cluster,
      taskDefinition: task,
      capacityProviderStrategies: [{ capacityProvider: cluster.capacityProvider, weight: 1 }],
      // Omitted for a service that scales: otherwise a deployment resets the number.
      desiredCount: scales ? undefined : size.minimumTasks,
      // A deployment starts the new tasks before it stops the old ones, and is rolled back if they do not become healthy.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      // The first start loads the replica from the database.
      healthCheckGracePeriod: Duration.minutes(2),
      vpcSubnets: network.privateSubnets,
      securityGroups: [securityGroup],
      assignPublicIp: false,
    });
    this.fargateService.node.addDependency(cluster, securityGroup);
  }

  /** Gives the tasks a right on one resource. */
  allow(actions: string[], resource: string): void {
    this.fargateService.taskDefinition.addToTaskRolePolicy(new PolicyStatement({ actions, resources: [resource] }));
  }

  /** Sets a variable of the environment of the tasks. */
  setVariable(name: string, value: string): void {
    this.container.addEnvironment(name, value);
  }

  /** During a deployment, the alarm `name` rolls the service back to its former version. */
  rollBackOn(alarm: Alarm, name: string): void {
    this.fargateService.enableDeploymentAlarms([name], { behavior: ecs.AlarmBehavior.ROLLBACK_ON_ALARM });
    this.fargateService.node.addDependency(alarm);
  }

  /** Scales the number of tasks with the load, if the stage has a range of tasks. */
  scale(targets: ApplicationTargetGroup): void {
    const { minimumTasks, maximumTasks } = this.size;
    if (maximumTasks === minimumTasks) return;
    const tasks = this.fargateService.autoScaleTaskCount({ minCapacity: minimumTasks, maxCapacity: maximumTasks });
    tasks.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 60, ...COOLDOWNS });
    tasks.scaleOnMemoryUtilization('Memory', { targetUtilizationPercent: 75, ...COOLDOWNS });
    tasks.scaleOnRequestCount('Requests', { targetGroup: targets, requestsPerTarget: REQUESTS_PER_TASK, ...COOLDOWNS });
  }
}

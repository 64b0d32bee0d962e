import { Duration } from 'aws-cdk-lib';
import { type Connections, type IConnectable, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import type { Cluster } from './cluster.ts';
import type { Database } from './database.ts';
import type { DatabaseLogin } from './database-login.ts';
import { logGroup } from './logs.ts';
import { projectRoot } from './project.ts';
import type { Stage, TaskSize } from './stages.ts';

export interface ServiceProps {
  stage: Stage;
  cluster: Cluster;
  database: Database;
  login: DatabaseLogin;
  /** Names the folder in `apps/` that holds the Dockerfile. */
  name: 'analytical' | 'reporting';
  /** The port that the container listens on. */
  port: number;
  size: TaskSize;
  /** What the image isn't built from: a change there must not replace the running tasks. */
  notInImage: string[];
}

const DATA_VOLUME = 'data';
const DATA_DIRECTORY = '/data';

/** One service of the system: its image, its tasks, and what they may reach. */
export class Service extends Construct implements IConnectable {
  readonly fargateService: ecs.FargateService;
  readonly port: number;
  readonly connections: Connections;

  constructor(scope: Construct, id: string, props: ServiceProps) {
    super(scope, id);
    const { stage, cluster, database, login, name, port, size, notInImage } = props;
    this.port = port;

    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: cluster.cluster.vpc,
      description: `Property Insights ${name} service`,
      allowAllOutbound: false,
    });
    securityGroup.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'AWS: images, secrets, logs');
    this.connections = securityGroup.connections;
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

    const container = task.addContainer('Container', {
      containerName: name,
      image: ecs.ContainerImage.fromAsset(projectRoot, {
        file: `apps/${name}/Dockerfile`,
        platform: Platform.LINUX_ARM64,
        exclude: notInImage,
      }),
      user: 'node',
      readonlyRootFilesystem: true,
      portMappings: [{ containerPort: port }],
      environment: {
        PORT: String(port),
        ...database.environment,
        DATABASE_SECRET_ARN: login.secret.secretArn,
        DATA_DIRECTORY,
        LOG_LEVEL: 'info',
      },
      logging: ecs.LogDrivers.awsLogs({
        logGroup: logGroup(this, 'Logs', stage),
        streamPrefix: name,
        // Losing log lines is better than answers that wait for CloudWatch.
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
      }),
    });
    container.addMountPoints({ sourceVolume: DATA_VOLUME, containerPath: DATA_DIRECTORY, readOnly: false });

    this.fargateService = new ecs.FargateService(this, 'Service', {
      cluster: cluster.cluster,
      taskDefinition: task,
      capacityProviderStrategies: [{ capacityProvider: cluster.capacityProvider, weight: 1 }],
      desiredCount: size.desiredCount,
      // A deployment starts the new tasks before it stops the old, and goes back if they don't become healthy.
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      // A first start fills the replica from the database before it answers quickly.
      healthCheckGracePeriod: Duration.minutes(2),
      securityGroups: [securityGroup],
      assignPublicIp: false,
    });
    this.fargateService.node.addDependency(cluster, securityGroup);
  }
}

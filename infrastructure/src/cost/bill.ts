import { serviceMetrics } from '../service-metrics.ts';
import { HOURS_A_MONTH, prices } from './prices.ts';
import type { Usage } from './usage.ts';

/** A template's resource, as CloudFormation's JSON has it. */
export interface TemplateResource {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation allows any value in a property
  Properties?: any;
}

export type Resources = Record<string, TemplateResource>;

/** The metrics of a service are billed with the service, and listed apart. */
export const METRICS_POSITION = 'its own metrics';

/** A position of the bill: a quantity, and a price for each in US dollars. */
export interface Item {
  what: string;
  quantity: number;
  price: number;
}

export interface Position extends Item {
  resource: string;
  amount: number;
}

interface Circumstances {
  id: string;
  resources: Resources;
  usage: Usage;
}

type Rule = (properties: NonNullable<TemplateResource['Properties']>, circumstances: Circumstances) => Item[];

/** The resource types that cost money, with the items of a month. */
export const billed: Record<string, Rule> = {
  'AWS::ApplicationAutoScaling::ScalingPolicy': () => [
    // Target tracking creates two alarms, to add and to remove tasks.
    { what: 'its two alarms', quantity: 2, price: prices.cloudWatch.alarmedMetricMonth },
  ],
  'AWS::CloudFront::Distribution': (_, { usage }) => [
    {
      what: 'GB to the internet beyond the free ones',
      quantity: beyond(answersGb(usage), prices.cloudFront.freeGb),
      price: prices.cloudFront.gb,
    },
    {
      what: 'requests beyond the free ones',
      quantity: beyond(usage.requests, prices.cloudFront.freeRequests),
      price: prices.cloudFront.request,
    },
  ],
  'AWS::CloudFront::Function': (_, { usage }) => [
    {
      what: 'calls beyond the free ones',
      quantity: beyond(usage.requests, prices.cloudFront.freeFunctionCalls),
      price: prices.cloudFront.functionCall,
    },
  ],
  'AWS::CloudWatch::Alarm': ({ Metrics }) => [
    {
      what: 'alarmed metrics',
      quantity: Metrics ? Metrics.filter((metric: { MetricStat?: object }) => metric.MetricStat).length : 1,
      price: prices.cloudWatch.alarmedMetricMonth,
    },
  ],
  'AWS::CloudWatch::Dashboard': () => [{ what: 'dashboard', quantity: 1, price: prices.cloudWatch.dashboardMonth }],
  'AWS::EC2::EIP': () => [hours('public address', 1, prices.network.publicAddressHour)],
  'AWS::EC2::Instance': ({ InstanceType }) => {
    const hour = prices.instance.hour[InstanceType];
    if (hour === undefined) {
      throw new Error(`The price of ${InstanceType} is unknown: add it to infrastructure/src/cost/prices.ts.`);
    }
    return [
      hours(InstanceType, 1, hour),
      hours('public address', 1, prices.network.publicAddressHour),
      // The size of Amazon Linux's image.
      { what: 'GiB of storage', quantity: 8, price: prices.instance.volumeGibMonth },
    ];
  },
  'AWS::EC2::NatGateway': (_, { usage }) => [
    hours('gateway', 1, prices.network.natGatewayHour),
    { what: 'GB', quantity: usage.awsGb + serviceLogGb(usage), price: prices.network.natGatewayGb },
  ],
  'AWS::EC2::VPCEndpoint': ({ VpcEndpointType, SubnetIds, ServiceName }, { usage }) => {
    if (VpcEndpointType === 'Gateway') return [];
    // The traffic of logs is known for each endpoint; the rest is manifests of images and secrets.
    const gb = JSON.stringify(ServiceName).includes('.logs') ? serviceLogGb(usage) : usage.awsGb / 3;
    return [
      hours('zones', SubnetIds.length, prices.network.interfaceEndpointHour),
      { what: 'GB', quantity: gb, price: prices.network.interfaceEndpointGb },
    ];
  },
  'AWS::ECS::Cluster': ({ ClusterSettings }, { resources }) => {
    const insights = ClusterSettings?.some((setting: { Value: string }) => setting.Value !== 'disabled');
    const services = ofType(resources, 'AWS::ECS::Service').length;
    // Container Insights count about 10 metrics a cluster, 14 a service and 9 a task definition.
    return insights
      ? [{ what: 'Container Insights metrics', quantity: 10 + 23 * services, price: prices.cloudWatch.metricMonth }]
      : [];
  },
  'AWS::ECS::Service': ({ TaskDefinition, DesiredCount, CapacityProviderStrategy }, { id, resources, usage }) => {
    const { Cpu, Memory } = resources[TaskDefinition.Ref]?.Properties ?? {};
    const [{ CapacityProvider }] = CapacityProviderStrategy;
    const { cpuHour, gibHour } = prices.fargate[CapacityProvider as keyof typeof prices.fargate];
    const target = ofType(resources, 'AWS::ApplicationAutoScaling::ScalableTarget').find(({ Properties }) =>
      JSON.stringify(Properties.ResourceId).includes(`"${id}"`),
    )?.Properties;
    const tasks = target
      ? target.MinCapacity + usage.scaling * (target.MaxCapacity - target.MinCapacity)
      : DesiredCount;
    const kind = CapacityProvider === 'FARGATE_SPOT' ? ' (Spot)' : '';
    const name = id.startsWith('Analytical') ? 'analytical' : 'reporting';
    return [
      { what: METRICS_POSITION, quantity: serviceMetrics[name].length, price: prices.cloudWatch.metricMonth },
      hours(`virtual CPUs${kind}`, (tasks * Number(Cpu)) / 1024, cpuHour),
      hours(`GiB of memory${kind}`, (tasks * Number(Memory)) / 1024, gibHour),
    ];
  },
  'AWS::ECS::TaskDefinition': ({ ContainerDefinitions }, { resources, usage }) => {
    const { Value: share = 0 } =
      ContainerDefinitions[0].Environment.find(({ Name }: { Name: string }) => Name === 'OTEL_TRACES_SAMPLER_ARG') ??
      {};
    const requests = usage.requests / ofType(resources, 'AWS::ECS::TaskDefinition').length;
    // X-Ray stores them as a log, and indexes one in a hundred, which is free.
    return [
      {
        what: 'GB of spans',
        quantity: (Number(share) * requests * usage.spanKbPerRequest) / 1e6,
        price: prices.cloudWatch.logGb,
      },
    ];
  },
  'AWS::ElasticLoadBalancingV2::LoadBalancer': ({ Scheme, Subnets }, { usage }) => {
    const gb = answersGb(usage);
    const perSecond = usage.requests / HOURS_A_MONTH / 3600;
    // A unit is 25 new connections a second or 1 GB an hour, whichever is more; at worst each request is a new connection.
    const units = Math.max(perSecond / 25, gb / HOURS_A_MONTH);
    const standing = [
      hours('load balancer', 1, prices.loadBalancer.hour),
      hours('capacity units', units, prices.loadBalancer.capacityUnitHour),
    ];
    if (Scheme === 'internal') return standing;
    return [
      ...standing,
      hours('public addresses', Subnets.length, prices.network.publicAddressHour),
      { what: 'GB to the internet', quantity: gb, price: prices.transfer.internetGb },
    ];
  },
  'AWS::Lambda::Function': ({ MemorySize = 128, Architectures = ['x86_64'] }, { id, usage }) => [
    {
      // The rotator takes four steps a login, of a few seconds each.
      what: `GiB-seconds, half a minute a ${id.startsWith('Rotation') ? 'month' : 'deployment'}`,
      quantity: ((id.startsWith('Rotation') ? 1 : usage.deployments) * 30 * MemorySize) / 1024,
      price: Architectures[0] === 'arm64' ? prices.lambda.arm64GibSecond : prices.lambda.x86GibSecond,
    },
  ],
  'AWS::Logs::LogGroup': ({ RetentionInDays }, { id, usage, resources }) => {
    const gb = logGb(id, usage, resources);
    return [
      { what: 'GB of log', quantity: gb, price: prices.cloudWatch.logGb },
      { what: 'GB of log kept', quantity: (gb * RetentionInDays) / 30, price: prices.cloudWatch.keptLogGbMonth },
    ];
  },
  'AWS::RDS::DBCluster': (_, { usage }) => [
    { what: 'GiB stored', quantity: usage.storedGib, price: prices.aurora.gibMonth },
    { what: 'million reads and writes', quantity: usage.millionDatabaseIos, price: prices.aurora.millionIos },
    { what: 'GiB of backups beyond', quantity: usage.extraBackupGib, price: prices.aurora.backupGibMonth },
    ...databaseSurroundings(usage),
  ],
  'AWS::RDS::DBInstance': (
    { DBInstanceClass, DBClusterIdentifier, MultiAZ, AllocatedStorage },
    { resources, usage },
  ) => {
    if (DBClusterIdentifier) {
      const { MinCapacity, MaxCapacity } =
        resources[DBClusterIdentifier.Ref]?.Properties.ServerlessV2ScalingConfiguration ?? {};
      const units = MinCapacity + usage.scaling * (MaxCapacity - MinCapacity);
      return [hours('capacity units', units, prices.aurora.capacityUnitHour)];
    }
    const zones = MultiAZ ? 2 : 1;
    const instanceHour = prices.rds.instanceHour[DBInstanceClass];
    if (instanceHour === undefined) {
      throw new Error(`The price of ${DBInstanceClass} is unknown: add it to infrastructure/src/cost/prices.ts.`);
    }
    return [
      hours(DBInstanceClass, zones, instanceHour),
      { what: 'GiB of storage', quantity: zones * Number(AllocatedStorage), price: prices.rds.gp3GibMonth },
      { what: 'GiB of backups beyond', quantity: usage.extraBackupGib, price: prices.rds.backupGibMonth },
      ...databaseSurroundings(usage),
    ];
  },
  'AWS::S3::Bucket': ({ LifecycleConfiguration }, { id, usage }) => {
    if (id.startsWith('ReportStorage')) {
      return [{ what: 'GB of reports stored', quantity: usage.reportsGb, price: prices.s3.gbMonth }];
    }
    const [{ ExpirationInDays }] = LifecycleConfiguration.Rules;
    return [
      // About 0.5 kB a request in compressed access logs.
      { what: 'GB stored', quantity: (usage.requests * 0.5e-6 * ExpirationInDays) / 30, price: prices.s3.gbMonth },
      { what: 'files, one in 5 minutes', quantity: HOURS_A_MONTH * 12, price: prices.s3.put },
    ];
  },
  'AWS::SES::EmailIdentity': (_, { usage }) => [
    { what: 'e-mails with reports', quantity: usage.reportMails, price: prices.mail.message },
    { what: 'GB attached', quantity: usage.reportMails * 5e-4, price: prices.mail.attachmentGb },
  ],
  'AWS::SNS::Topic': (_, { usage }) => [{ what: 'mails', quantity: usage.mails, price: prices.notification.email }],
  'AWS::SecretsManager::Secret': (_, { usage }) => [
    { what: 'secret', quantity: 1, price: prices.secrets.month },
    // Read when a task starts, by the migrator, and in a rotation.
    { what: 'calls', quantity: usage.deployments * 10, price: prices.secrets.call },
  ],
  'AWS::WAFv2::WebACL': ({ Rules }, { usage }) => [
    { what: 'web ACL', quantity: 1, price: prices.firewall.aclMonth },
    { what: 'rules and groups', quantity: Rules.length, price: prices.firewall.ruleMonth },
    { what: 'requests', quantity: usage.requests, price: prices.firewall.request },
  ],
};

/** The resource types that are free, with the reason. */
export const free: Record<string, string> = {
  'AWS::ApplicationAutoScaling::ScalableTarget': 'the tasks are billed with their service',
  'AWS::Budgets::Budget': 'free without actions',
  'AWS::CertificateManager::Certificate': 'public certificates are free',
  'AWS::CloudFront::VpcOrigin': 'included in CloudFront',
  'AWS::EC2::FlowLog': 'its lines are billed with the log group',
  'AWS::EC2::InternetGateway': 'free; traffic is billed with what sends it',
  'AWS::EC2::Route': 'free',
  'AWS::EC2::RouteTable': 'free',
  'AWS::EC2::SecurityGroup': 'free',
  'AWS::EC2::SecurityGroupEgress': 'free',
  'AWS::EC2::SecurityGroupIngress': 'free',
  'AWS::EC2::Subnet': 'free',
  'AWS::EC2::SubnetRouteTableAssociation': 'free',
  'AWS::EC2::VPC': 'free',
  'AWS::EC2::VPCGatewayAttachment': 'free',
  'AWS::ECS::ClusterCapacityProviderAssociations': 'free',
  'AWS::ElasticLoadBalancingV2::Listener': 'billed with the load balancer',
  'AWS::ElasticLoadBalancingV2::ListenerRule': 'billed with the load balancer, whose units allow for ten rules',
  'AWS::ElasticLoadBalancingV2::TargetGroup': 'billed with the load balancer',
  'AWS::IAM::InstanceProfile': 'free',
  'AWS::IAM::Policy': 'free',
  'AWS::IAM::Role': 'free',
  'AWS::Lambda::Permission': 'free',
  'AWS::Lambda::Version': 'billed with its function',
  'AWS::RDS::DBClusterParameterGroup': 'free',
  'AWS::RDS::DBParameterGroup': 'free',
  'AWS::RDS::DBSubnetGroup': 'free',
  'AWS::Route53::RecordSet': 'an alias is free; its hosted zone was there before',
  'AWS::S3::BucketPolicy': 'free',
  'AWS::SNS::Subscription': 'mails are billed with the topic',
  'AWS::SNS::TopicPolicy': 'free',
  'AWS::SecretsManager::RotationSchedule': 'its calls are billed with the secret',
  'AWS::WAFv2::IPSet': 'billed with the rule of the web ACL',
  'AWS::WAFv2::LoggingConfiguration': 'its lines are billed with the log group',
  'AWS::WAFv2::WebACLAssociation': 'billed with the web ACL',
  'Custom::Trigger': 'calls a function that is billed',
};

/**
 * The monthly bill of a template's resources and of the CDK's images, in US dollars.
 * @throws if a resource type is neither priced nor named as free.
 */
export function monthlyBill(resources: Resources, usage: Usage): Position[] {
  const positions = Object.entries(resources).flatMap(([id, { Type, Properties = {} }]) => {
    const rule = billed[Type];
    if (rule) return rule(Properties, { id, resources, usage }).map((item) => position(id, item));
    if (Type in free) return [];
    throw new Error(
      `The price of ${id} (${Type}) is unknown: add its type to \`billed\` or \`free\` in infrastructure/src/cost/bill.ts.`,
    );
  });
  positions.push(
    position('(images, beside the template)', {
      what: 'GB stored',
      quantity: usage.imageGb,
      price: prices.ecr.gbMonth,
    }),
  );
  return positions.filter(({ quantity }) => quantity > 0);
}

function position(resource: string, item: Item): Position {
  return { resource, ...item, amount: item.quantity * item.price };
}

function hours(what: string, number: number, price: number): Item {
  return { what: `${what} × hours`, quantity: number * HOURS_A_MONTH, price };
}

/** The items of a database of either kind. */
function databaseSurroundings(usage: Usage): Item[] {
  return [
    { what: 'secret of the master user', quantity: 1, price: prices.secrets.month },
    { what: 'GB between zones', quantity: usage.betweenZonesGb, price: prices.transfer.betweenZonesGb },
  ];
}

function beyond(quantity: number, free: number): number {
  return Math.max(quantity - free, 0);
}

function ofType(resources: Resources, type: string): TemplateResource[] {
  return Object.values(resources).filter(({ Type }) => Type === type);
}

function answersGb({ requests, answerKb }: Usage): number {
  return (requests * answerKb) / 1e6;
}

/** The logs of both services together. */
function serviceLogGb({ requests, logKbPerRequest }: Usage): number {
  return (requests * logKbPerRequest) / 1e6;
}

/** The size of a log group in GB, by its writer. */
function logGb(id: string, usage: Usage, resources: Resources): number {
  if (id.startsWith('NetworkFlowLogs')) return usage.flowLogGb;
  // A few hundred lines for each deployment.
  if (id.startsWith('Migrations')) return usage.deployments * 1e-4;
  // A checkpoint every five minutes, and slow statements.
  if (id.startsWith('Database')) return 2e-3;
  // A few lines for each step.
  if (id.startsWith('Rotation')) return 1e-5;
  // Blocked requests only: assumed to be one in a hundred, at 2 kB.
  if (id.startsWith('WebAcl')) return usage.requests * 0.01 * 2e-6;
  if (/^(Analytical|Reporting)/.test(id)) return serviceLogGb(usage) / ofType(resources, 'AWS::ECS::Service').length;
  throw new Error(`The size of the log group ${id} is unknown: add it to logGb in infrastructure/src/cost/bill.ts.`);
}

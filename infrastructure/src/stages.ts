/** Each names its folder in `apps/`. */
export type ServiceName = 'analytical' | 'reporting';

/** The number of tasks of a service, and the resources of each. */
export interface ServiceSize {
  /** 1024 units are one virtual CPU; Fargate offers 256, 512, 1024, 2048, … */
  cpu: number;
  memoryMiB: number;
  /** The number of tasks scales with CPU, memory and requests from the minimum to the maximum; if both are equal, it is fixed. */
  minimumTasks: number;
  maximumTasks: number;
}

/** PostgreSQL on one RDS instance, optionally with a standby in another zone. */
export interface InstanceDatabase {
  kind: 'instance';
  /** RDS instance type without its `db.` */
  instanceType: string;
  storageGiB: number;
  /** Storage grows automatically up to this. */
  maximumStorageGiB: number;
  multiZone: boolean;
  /** The number of connections that triggers an alarm: about 80 % of what PostgreSQL allows in the instance's memory. */
  connectionAlarm: number;
  backupDays: number;
}

/** Aurora PostgreSQL Serverless v2: a writer, and readers in other zones, one of which replaces a failed writer. Storage grows automatically. */
export interface AuroraDatabase {
  kind: 'aurora-serverless';
  /** Of each instance, in Aurora capacity units of about 2 GiB of memory, in steps of 0.5. Performance Insights requires at least 2. */
  minimumCapacity: number;
  maximumCapacity: number;
  readers: number;
  connectionAlarm: number;
  backupDays: number;
}

/** The configuration of a deployment. Add your own to `stages` below. */
export interface Stage {
  /** Whether HTTP without TLS is allowed. */
  plainHttp: boolean;
  /** The number of availability zones of the network. */
  zones: 2 | 3;
  /**
   * How tasks reach AWS (images, secrets, logs): one NAT gateway; one for each zone, which survives the loss of a zone; or an interface
   * endpoint for each AWS service and zone, without any connection to the internet. Monthly prices in us-east-1 (November 2026; 730 hours; a
   * gateway $0.045 an hour, its public address $0.005, an endpoint $0.01), plus $0.045 or $0.01 a GB:
   * one gateway $36.50; one gateway in each of three zones $109.50; four endpoints in two zones $58.40, in three zones $87.60.
   * One gateway is the cheapest; if a zone may fail, endpoints are.
   */
  egress: 'nat-gateway' | 'nat-gateway-per-zone' | 'interface-endpoints';
  /** Whether data and logs are deleted with the stack. */
  onRemoval: 'delete' | 'keep';
  logRetentionDays: 7 | 90;
  /** Whether CloudWatch has metrics of every task and container, at about $0.30 a metric. */
  containerInsights: boolean;
  database: InstanceDatabase | AuroraDatabase;
  /** The database with the option `-c database=aurora-serverless`. */
  auroraServerless?: AuroraDatabase;
  /** US dollars. A notification is sent when the actual or forecast cost of the account in a month exceeds it. */
  monthlyBudget: number;
  /** Fargate Spot costs about a third, and AWS may stop a task with two minutes' notice. */
  spot: boolean;
  analytical: ServiceSize;
  reporting: ServiceSize;
}

/** For a trial: everything is deleted with the stack. */
const demo: Stage = {
  plainHttp: true,
  zones: 2,
  egress: 'nat-gateway',
  onRemoval: 'delete',
  logRetentionDays: 7,
  containerInsights: false,
  database: {
    kind: 'instance',
    instanceType: 't4g.micro',
    storageGiB: 20,
    maximumStorageGiB: 40,
    multiZone: false,
    connectionAlarm: 65,
    backupDays: 1,
  },
  monthlyBudget: 150,
  spot: true,
  // It uses up to 600 MB when it imports a year of New South Wales (docs/decisions/0016).
  analytical: { cpu: 512, memoryMiB: 2048, minimumTasks: 1, maximumTasks: 1 },
  reporting: { cpu: 256, memoryMiB: 1024, minimumTasks: 1, maximumTasks: 1 },
};

/** For real users. */
const production: Stage = {
  plainHttp: false,
  zones: 3,
  egress: 'interface-endpoints',
  onRemoval: 'keep',
  logRetentionDays: 90,
  containerInsights: true,
  database: {
    kind: 'instance',
    // Not m8g: it costs the same, but eight of the supported regions lack it.
    instanceType: 'm7g.large',
    storageGiB: 100,
    maximumStorageGiB: 1000,
    multiZone: true,
    connectionAlarm: 650,
    backupDays: 14,
  },
  // Allows about 1,800 connections, according to the maximum memory of an instance.
  auroraServerless: {
    kind: 'aurora-serverless',
    minimumCapacity: 2,
    maximumCapacity: 8,
    readers: 1,
    connectionAlarm: 1400,
    backupDays: 14,
  },
  monthlyBudget: 1200,
  spot: false,
  analytical: { cpu: 2048, memoryMiB: 8192, minimumTasks: 2, maximumTasks: 8 },
  reporting: { cpu: 1024, memoryMiB: 4096, minimumTasks: 2, maximumTasks: 6 },
};

export const stages: Record<string, Stage> = { demo, production };

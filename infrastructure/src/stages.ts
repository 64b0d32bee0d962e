/** Each names its folder in `apps/`. */
export type ServiceName = 'analytical' | 'reporting';

/** How many tasks of a service there are, and what each of them gets. */
export interface ServiceSize {
  /** 1024 units are one virtual CPU; Fargate offers 256, 512, 1024, 2048, … */
  cpu: number;
  memoryMiB: number;
  /** Between these, the number follows CPU, memory and requests; where both are equal it stays. */
  minimumTasks: number;
  maximumTasks: number;
}

/** PostgreSQL on one RDS instance, with a standby in another zone where that is wanted. */
export interface InstanceDatabase {
  kind: 'instance';
  /** RDS instance type without its `db.` */
  instanceType: string;
  storageGiB: number;
  /** Storage grows by itself up to this. */
  maximumStorageGiB: number;
  multiZone: boolean;
  /** So many connections are worth an alarm: about 80 % of what PostgreSQL allows in the instance's memory. */
  connectionAlarm: number;
  backupDays: number;
}

/** Aurora PostgreSQL Serverless v2: a writer, and readers in other zones, one of which takes over when it fails. Storage grows by itself. */
export interface AuroraDatabase {
  kind: 'aurora-serverless';
  /** Of each instance, in Aurora capacity units of about 2 GiB of memory, in halves. Performance Insights wants two at least. */
  minimumCapacity: number;
  maximumCapacity: number;
  readers: number;
  connectionAlarm: number;
  backupDays: number;
}

/** Everything in which one deployment of the system differs from another. Add your own to `stages` below. */
export interface Stage {
  /** Whether it may be reached without TLS. */
  plainHttp: boolean;
  /** Availability zones that the network spans. */
  zones: 2 | 3;
  /**
   * How tasks reach AWS (images, secrets, logs): one NAT gateway, one a zone (which survives the loss of a zone), or an interface
   * endpoint a service and zone, with no way to the internet at all. Per month in us-east-1 (November 2026; 730 hours; a gateway
   * $0.045 an hour, its public address $0.005, an endpoint $0.01), before $0.045 and $0.01 a GB:
   * one gateway $36.50; three zones with a gateway each $109.50; four endpoints in two zones $58.40, in three zones $87.60.
   * So one gateway is the cheapest, and wherever a zone may fail endpoints are.
   */
  egress: 'nat-gateway' | 'nat-gateway-per-zone' | 'interface-endpoints';
  /** Whether data and logs go with the stack, or outlive it. */
  onRemoval: 'delete' | 'keep';
  logRetentionDays: 7 | 90;
  /** CloudWatch's figures for every task and container, at about $0.30 a figure. */
  containerInsights: boolean;
  database: InstanceDatabase | AuroraDatabase;
  /** What `-c database=aurora-serverless` takes in its place. */
  auroraServerless?: AuroraDatabase;
  /** US dollars: when the account's month costs more, or is going to, that is told as alarms are. */
  monthlyBudget: number;
  /** Fargate Spot costs about a third, and AWS may stop a task with two minutes' notice. */
  spot: boolean;
  analytical: ServiceSize;
  reporting: ServiceSize;
}

/** To try it and tear it down without a trace. */
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
  // It comes to 600 MB when it imports a year of New South Wales (docs/decisions/0016).
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
    instanceType: 'm8g.large',
    storageGiB: 100,
    maximumStorageGiB: 1000,
    multiZone: true,
    connectionAlarm: 650,
    backupDays: 14,
  },
  // Allows about 1,800 connections, by the most memory that an instance may have.
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

import type { OptionalEndpoint } from './endpoints.ts';

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

export const egresses = ['nat-instance', 'nat-gateway', 'nat-gateway-per-zone', 'interface-endpoints'] as const;

export type Egress = (typeof egresses)[number];

/** The configuration of a deployment. Add your own to `stages` below. */
export interface Stage {
  /** Whether HTTP without TLS is allowed. */
  plainHttp: boolean;
  /** The number of availability zones of the network. */
  zones: 2 | 3;
  /**
   * How tasks reach AWS, and what else they reach. Monthly prices in us-east-1 (November 2026; 730 hours), without traffic:
   * - `nat-instance`: everything, by one small instance: $7.36. Its failure or replacement interrupts the way out.
   * - `nat-gateway`: everything, by one gateway ($32.85) with an address ($3.65): $36.50. The loss of its zone interrupts the way out.
   * - `nat-gateway-per-zone`: everything, also if a zone is lost: $109.50 in three zones.
   * - `interface-endpoints`: only the AWS services that have an endpoint, also if a zone is lost, at $7.30 a service and zone: $87.60 for the
   *   four that every task calls, in three zones.
   */
  egress: Egress;
  /** With `interface-endpoints`: the endpoints in addition to those that every task needs. */
  endpoints: OptionalEndpoint[];
  /** Whether data and logs are deleted with the stack. */
  onRemoval: 'delete' | 'keep';
  /**
   * Whether the stack, the database and the load balancer refuse to be deleted. A first deployment that fails cannot be rolled back with it, so
   * it is switched on by the second.
   */
  deletionProtection: boolean;
  logRetentionDays: 7 | 90;
  /** Whether CloudWatch has metrics of every task and container, at about $0.30 a metric. */
  containerInsights: boolean;
  database: InstanceDatabase | AuroraDatabase;
  /** The database with the option `-c database=aurora-serverless`. */
  auroraServerless?: AuroraDatabase;
  /** US dollars. A notification is sent when the actual or forecast cost of the account in a month exceeds it. */
  monthlyBudget: number;
  /** Fargate Spot costs about a third. AWS may stop a task with two minutes' notice, and starts none while it is short of capacity. */
  spot: boolean;
  analytical: ServiceSize;
  reporting: ServiceSize;
}

/** For a trial: everything is deleted with the stack. */
const demo: Stage = {
  plainHttp: true,
  zones: 2,
  egress: 'nat-instance',
  endpoints: [],
  onRemoval: 'delete',
  deletionProtection: false,
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
  monthlyBudget: 100,
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
  endpoints: [],
  onRemoval: 'keep',
  deletionProtection: true,
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

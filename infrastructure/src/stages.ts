/** What a task of a service gets, and how many there are. */
export interface TaskSize {
  /** 1024 units are one virtual CPU; Fargate offers 256, 512, 1024, 2048, … */
  cpu: number;
  memoryMiB: number;
  desiredCount: number;
}

/** Everything in which one deployment of the system differs from another. */
export interface Stage {
  /** Availability zones that the network spans. */
  zones: number;
  /** NAT gateways: one is the cheapest, one a zone survives the loss of a zone. */
  natGateways: number;
  /** Data and logs outlive the stack (`keep`) or go with it (`delete`). */
  onRemoval: 'keep' | 'delete';
  logRetentionDays: 7 | 90;
  database: {
    /** RDS instance type without its `db.` */
    instanceType: string;
    storageGiB: number;
    multiZone: boolean;
    backupDays: number;
  };
  /** Fargate Spot costs about a third, and AWS may stop a task with two minutes' notice. */
  spot: boolean;
  analytical: TaskSize;
  reporting: TaskSize;
}

const demo: Stage = {
  zones: 2,
  natGateways: 1,
  onRemoval: 'delete',
  logRetentionDays: 7,
  database: { instanceType: 't4g.micro', storageGiB: 20, multiZone: false, backupDays: 1 },
  spot: true,
  // An import of a year of New South Wales needs up to 700 MB beside the replica.
  analytical: { cpu: 512, memoryMiB: 2048, desiredCount: 1 },
  reporting: { cpu: 256, memoryMiB: 1024, desiredCount: 1 },
};

const production: Stage = {
  zones: 3,
  natGateways: 3,
  onRemoval: 'keep',
  logRetentionDays: 90,
  database: { instanceType: 'm8g.large', storageGiB: 100, multiZone: true, backupDays: 14 },
  spot: false,
  analytical: { cpu: 2048, memoryMiB: 8192, desiredCount: 2 },
  reporting: { cpu: 1024, memoryMiB: 4096, desiredCount: 2 },
};

export const stages: Record<string, Stage> = { demo, production };

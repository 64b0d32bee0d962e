/** The monthly usage that a bill depends on, in addition to the template. Each is an option of `npm run cost`, such as `--requests 2000000`. */
export interface Usage {
  /** HTTP requests. */
  requests: number;
  /** Mean size of an answer, in kB (of the network's thousand bytes). */
  answerKb: number;
  /** How far services and a serverless database scale on average: from 0 (minimum) to 1 (maximum). */
  scaling: number;
  /** Log lines of the services, in kB a request. */
  logKbPerRequest: number;
  /** Spans of a request that is traced, in kB. */
  spanKbPerRequest: number;
  /** The network's flow logs, in GB. */
  flowLogGb: number;
  /** Traffic of tasks with AWS by the NAT gateway or the interface endpoints, in GB, except logs. */
  awsGb: number;
  /** Traffic of replicas with a database in another zone, in GB. */
  betweenZonesGb: number;
  /** The size of a database whose storage grows automatically, in GiB. */
  storedGib: number;
  /** Pages that such a database reads from its storage and writes to it, in millions. */
  millionDatabaseIos: number;
  /** Backups beyond the size of the database's storage, in GiB; smaller ones are free. */
  extraBackupGib: number;
  /** Deployments: each runs the migrator and restarts all tasks. */
  deployments: number;
  /** Mails about alarms. */
  mails: number;
  /** E-mails with reports. */
  reportMails: number;
  /** Reports that are stored: results of jobs, and those that schedules write, in GB. */
  reportsGb: number;
  /** Images in the bootstrap's repository, in GB. */
  imageGb: number;
}

const demo: Usage = {
  requests: 100_000,
  answerKb: 20,
  scaling: 0,
  logKbPerRequest: 1,
  spanKbPerRequest: 3,
  flowLogGb: 0.5,
  awsGb: 2,
  betweenZonesGb: 0.5,
  storedGib: 5,
  millionDatabaseIos: 1,
  extraBackupGib: 0,
  deployments: 10,
  mails: 20,
  reportMails: 100,
  reportsGb: 1,
  imageGb: 2,
};

const production: Usage = {
  requests: 10_000_000,
  answerKb: 20,
  scaling: 0.1,
  logKbPerRequest: 1,
  spanKbPerRequest: 3,
  flowLogGb: 5,
  awsGb: 5,
  betweenZonesGb: 20,
  storedGib: 50,
  millionDatabaseIos: 20,
  extraBackupGib: 0,
  deployments: 20,
  mails: 20,
  reportMails: 10_000,
  reportsGb: 20,
  imageGb: 5,
};

/** The default usage of a stage. Stages other than the demo have that of production. */
export function usualUsage(stageName: string): Usage {
  return stageName === 'demo' ? demo : production;
}

import type { Option } from './app.ts';
import { type AuroraDatabase, type InstanceDatabase, type Stage, stages } from './stages.ts';

/** The public address of the system. */
export type Entry =
  /** The name of the load balancer, without TLS. */
  | { kind: 'http' }
  /** A name in a hosted zone of the same account; the certificate, the DNS record and a redirect to HTTPS are made. */
  | { kind: 'domain'; domainName: string; hostedZoneId: string; hostedZoneName: string }
  /** CloudFront, with its own name and certificate, in front of a private load balancer. */
  | { kind: 'cloudfront' };

/** Who may read: everyone, or only clients with a token. */
export type ReadAccess = 'open' | 'token';

/** The configuration from the options of `cdk synth -c name=value …`. */
export interface Configuration {
  stageName: string;
  stage: Stage;
  entry: Entry;
  readAccess: ReadAccess;
  /** The e-mail address for alarms. */
  alarmEmail?: string;
  /** Whether services send traces to X-Ray. */
  tracing: boolean;
}

const domainOptions = ['domainName', 'hostedZoneId', 'hostedZoneName'] as const;

/**
 * Reads the options `stage`, `database`, `entry`, `domainName`, `hostedZoneId`, `hostedZoneName`, `readAccess`, `alarmEmail` and `tracing`.
 * @throws if an option is wrong; the message states what it must be.
 */
export function readConfiguration(option: Option): Configuration {
  const stageName = option('stage') ?? 'demo';
  const known = stages[stageName];
  if (!known) throw new Error(`There is no stage "${stageName}": choose one of ${Object.keys(stages).join(', ')}.`);
  const stage = { ...known, database: readDatabase(option, stageName, known) };
  checkStage(stageName, stage);
  const entry = readEntry(option);
  if (entry.kind === 'http' && !stage.plainHttp) {
    throw new Error(
      `The stage "${stageName}" requires HTTPS: give -c domainName=… with its hosted zone, or -c entry=cloudfront.`,
    );
  }
  const alarmEmail = option('alarmEmail');
  if (alarmEmail !== undefined && !/^[^@\s]+@[^@\s]+$/.test(alarmEmail)) {
    throw new Error(`"${alarmEmail}" is not an e-mail address: give -c alarmEmail=name@example.com.`);
  }
  const readAccess = option('readAccess') ?? 'open';
  if (readAccess !== 'open' && readAccess !== 'token') {
    throw new Error(
      `There is no read access "${readAccess}": give -c readAccess=token, or omit the option so that everyone may read.`,
    );
  }
  const tracing = option('tracing');
  if (tracing !== undefined && tracing !== 'xray') {
    throw new Error(`Traces can be sent to X-Ray only, not to "${tracing}": give -c tracing=xray, or omit the option.`);
  }
  return { stageName, stage, entry, readAccess, alarmEmail, tracing: tracing !== undefined };
}

/** @throws if the values of a stage are invalid or contradict each other. */
export function checkStage(name: string, stage: Stage): void {
  for (const service of ['analytical', 'reporting'] as const) {
    const { minimumTasks, maximumTasks } = stage[service];
    if (minimumTasks < 1 || maximumTasks < minimumTasks) {
      throw new Error(
        `The stage "${name}" has ${minimumTasks} to ${maximumTasks} tasks of ${service}: the minimum must be at least 1, and the maximum no less than the minimum.`,
      );
    }
  }
  const { database } = stage;
  if (database.kind === 'instance') checkInstance(name, database);
  else checkAurora(name, database, stage.zones);
  const { backupDays } = database;
  if (stage.onRemoval === 'keep' && backupDays < 7) {
    throw new Error(
      `The stage "${name}" keeps its data, but its backups for only ${backupDays} days: it must be at least 7.`,
    );
  }
}

function checkInstance(name: string, { storageGiB, maximumStorageGiB }: InstanceDatabase): void {
  // RDS requires a maximum at least 10 % above the initial storage.
  if (maximumStorageGiB < storageGiB * 1.1) {
    throw new Error(
      `The stage "${name}" lets its database grow from ${storageGiB} to ${maximumStorageGiB} GiB: the maximum must be at least 10 % higher.`,
    );
  }
}

function checkAurora(name: string, { minimumCapacity, maximumCapacity, readers }: AuroraDatabase, zones: number): void {
  const inHalves = Number.isInteger(minimumCapacity * 2) && Number.isInteger(maximumCapacity * 2);
  // With a minimum of 0 the database pauses without connections, but the services always hold some.
  if (!inHalves || minimumCapacity < 0.5 || maximumCapacity < Math.max(minimumCapacity, 1) || maximumCapacity > 256) {
    throw new Error(
      `The stage "${name}" has ${minimumCapacity} to ${maximumCapacity} capacity units of Aurora: both must be multiples of 0.5, the minimum at least 0.5, the maximum from 1 to 256.`,
    );
  }
  if (!Number.isInteger(readers) || readers < 1 || readers > zones - 1) {
    throw new Error(
      `The stage "${name}" has ${readers} readers of Aurora in ${zones} zones: there must be at least 1, and at most one fewer than zones.`,
    );
  }
}

function readDatabase(option: Option, stageName: string, { database, auroraServerless }: Stage): Stage['database'] {
  const kind = option('database') ?? database.kind;
  if (kind === database.kind) return database;
  if (kind !== 'aurora-serverless') {
    throw new Error(
      `The stage "${stageName}" has no database "${kind}": omit the option, or give -c database=aurora-serverless.`,
    );
  }
  if (auroraServerless) return auroraServerless;
  throw new Error(
    `The stage "${stageName}" states no capacity for aurora-serverless: give -c stage=production, or add \`auroraServerless\` to the stage.`,
  );
}

function readEntry(option: Option): Entry {
  const entry = option('entry');
  if (entry !== undefined && entry !== 'cloudfront') {
    throw new Error(
      `There is no entry "${entry}": give -c entry=cloudfront or -c domainName=…, or omit both for HTTP.`,
    );
  }
  const given = domainOptions.filter((name) => option(name) !== undefined);
  if (entry === 'cloudfront') {
    if (given.length > 0) {
      throw new Error(`With -c entry=cloudfront the name is that of CloudFront: omit ${given.join(', ')}.`);
    }
    return { kind: 'cloudfront' };
  }
  if (given.length === 0) return { kind: 'http' };
  const [domainName, hostedZoneId, hostedZoneName] = domainOptions.map(option);
  if (domainName === undefined || hostedZoneId === undefined || hostedZoneName === undefined) {
    const missing = domainOptions.filter((name) => option(name) === undefined);
    throw new Error(`A domain requires ${domainOptions.join(', ')}: give ${missing.join(', ')} too.`);
  }
  if (domainName !== hostedZoneName && !domainName.endsWith(`.${hostedZoneName}`)) {
    throw new Error(
      `"${domainName}" is not in the hosted zone "${hostedZoneName}": its name must end in .${hostedZoneName}.`,
    );
  }
  return { kind: 'domain', domainName, hostedZoneId, hostedZoneName };
}

import type { Option } from './app.ts';
import { type AuroraDatabase, type InstanceDatabase, type Stage, stages } from './stages.ts';

/** How the system is reached from outside. */
export type Entry =
  /** The load balancer's own name, without TLS. */
  | { kind: 'http' }
  /** A name of one's own, in a hosted zone of the same account: certificate, DNS record and redirect are made. */
  | { kind: 'domain'; domainName: string; hostedZoneId: string; hostedZoneName: string }
  /** CloudFront, with its own name and certificate, before a load balancer that isn't on the internet. */
  | { kind: 'cloudfront' };

/** Who may read: whoever reaches the address, or bearers of a token only. */
export type ReadAccess = 'open' | 'token';

/** What `cdk synth -c name=value …` asks for. */
export interface Configuration {
  stageName: string;
  stage: Stage;
  entry: Entry;
  readAccess: ReadAccess;
  /** Where alarms are mailed to. */
  alarmEmail?: string;
}

const domainOptions = ['domainName', 'hostedZoneId', 'hostedZoneName'] as const;

/**
 * Reads the options `stage`, `database`, `entry`, `domainName`, `hostedZoneId`, `hostedZoneName`, `readAccess` and `alarmEmail`.
 * @throws Error that says in a sentence what cannot be, and what can.
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
      `The stage "${stageName}" is reached by HTTPS only: give -c domainName=… with its hosted zone, or -c entry=cloudfront.`,
    );
  }
  const alarmEmail = option('alarmEmail');
  if (alarmEmail !== undefined && !/^[^@\s]+@[^@\s]+$/.test(alarmEmail)) {
    throw new Error(`"${alarmEmail}" is not an e-mail address: give -c alarmEmail=name@example.com.`);
  }
  const readAccess = option('readAccess') ?? 'open';
  if (readAccess !== 'open' && readAccess !== 'token') {
    throw new Error(
      `There is no read access "${readAccess}": give -c readAccess=token, or leave it out for all to read.`,
    );
  }
  return { stageName, stage, entry, readAccess, alarmEmail };
}

/** @throws Error where a stage contradicts itself. */
export function checkStage(name: string, stage: Stage): void {
  for (const service of ['analytical', 'reporting'] as const) {
    const { minimumTasks, maximumTasks } = stage[service];
    if (minimumTasks < 1 || maximumTasks < minimumTasks) {
      throw new Error(
        `The stage "${name}" wants ${minimumTasks} to ${maximumTasks} tasks of ${service}: at least one, and no fewer at most than at least.`,
      );
    }
  }
  const { database } = stage;
  if (database.kind === 'instance') checkInstance(name, database);
  else checkAurora(name, database, stage.zones);
  const { backupDays } = database;
  if (stage.onRemoval === 'keep' && backupDays < 7) {
    throw new Error(`The stage "${name}" keeps its data, but its backups only ${backupDays} days: a week at least.`);
  }
}

function checkInstance(name: string, { storageGiB, maximumStorageGiB }: InstanceDatabase): void {
  // RDS counts this as growth only from a tenth on.
  if (maximumStorageGiB < storageGiB * 1.1) {
    throw new Error(
      `The stage "${name}" lets its database grow from ${storageGiB} to ${maximumStorageGiB} GiB: it must be 10 % more at least.`,
    );
  }
}

function checkAurora(name: string, { minimumCapacity, maximumCapacity, readers }: AuroraDatabase, zones: number): void {
  const inHalves = Number.isInteger(minimumCapacity * 2) && Number.isInteger(maximumCapacity * 2);
  // At 0 it would pause when nobody connects; but the services always hold connections.
  if (!inHalves || minimumCapacity < 0.5 || maximumCapacity < Math.max(minimumCapacity, 1) || maximumCapacity > 256) {
    throw new Error(
      `The stage "${name}" wants ${minimumCapacity} to ${maximumCapacity} capacity units of Aurora: in halves, 0.5 at least, 1 to 256 at most.`,
    );
  }
  if (!Number.isInteger(readers) || readers < 1 || readers > zones - 1) {
    throw new Error(
      `The stage "${name}" wants ${readers} readers of Aurora in ${zones} zones: one at least, and no more than there are zones beside the writer's.`,
    );
  }
}

function readDatabase(option: Option, stageName: string, { database, auroraServerless }: Stage): Stage['database'] {
  const kind = option('database') ?? database.kind;
  if (kind === database.kind) return database;
  if (kind !== 'aurora-serverless') {
    throw new Error(
      `The stage "${stageName}" has no database "${kind}": leave the option out, or give -c database=aurora-serverless.`,
    );
  }
  if (auroraServerless) return auroraServerless;
  throw new Error(
    `The stage "${stageName}" says no capacity for aurora-serverless: give -c stage=production, or add \`auroraServerless\` to the stage.`,
  );
}

function readEntry(option: Option): Entry {
  const entry = option('entry');
  if (entry !== undefined && entry !== 'cloudfront') {
    throw new Error(`There is no entry "${entry}": give -c entry=cloudfront, or -c domainName=…, or neither for HTTP.`);
  }
  const given = domainOptions.filter((name) => option(name) !== undefined);
  if (entry === 'cloudfront') {
    if (given.length > 0) {
      throw new Error(`With -c entry=cloudfront the name is CloudFront's own: leave out ${given.join(', ')}.`);
    }
    return { kind: 'cloudfront' };
  }
  if (given.length === 0) return { kind: 'http' };
  const [domainName, hostedZoneId, hostedZoneName] = domainOptions.map(option);
  if (domainName === undefined || hostedZoneId === undefined || hostedZoneName === undefined) {
    const missing = domainOptions.filter((name) => option(name) === undefined);
    throw new Error(`A domain needs ${domainOptions.join(', ')}: give ${missing.join(', ')} too.`);
  }
  if (domainName !== hostedZoneName && !domainName.endsWith(`.${hostedZoneName}`)) {
    throw new Error(
      `"${domainName}" is not in the hosted zone "${hostedZoneName}": its name must end in .${hostedZoneName}.`,
    );
  }
  return { kind: 'domain', domainName, hostedZoneId, hostedZoneName };
}

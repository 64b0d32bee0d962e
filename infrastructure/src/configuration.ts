import type { Option } from './app.ts';
import { type Stage, stages } from './stages.ts';

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
 * Reads the options `stage`, `entry`, `domainName`, `hostedZoneId`, `hostedZoneName`, `readAccess` and `alarmEmail`.
 * @throws Error that says in a sentence what cannot be, and what can.
 */
export function readConfiguration(option: Option): Configuration {
  const stageName = option('stage') ?? 'demo';
  const stage = stages[stageName];
  if (!stage) throw new Error(`There is no stage "${stageName}": choose one of ${Object.keys(stages).join(', ')}.`);
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
  const { storageGiB, maximumStorageGiB, backupDays } = stage.database;
  // RDS counts this as growth only from a tenth on.
  if (maximumStorageGiB < storageGiB * 1.1) {
    throw new Error(
      `The stage "${name}" lets its database grow from ${storageGiB} to ${maximumStorageGiB} GiB: it must be 10 % more at least.`,
    );
  }
  if (stage.onRemoval === 'keep' && backupDays < 7) {
    throw new Error(`The stage "${name}" keeps its data, but its backups only ${backupDays} days: a week at least.`);
  }
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

import { isIP } from 'node:net';
import { type OptionalEndpoint, optionalEndpoints } from './endpoints.ts';
import type { Option } from './options.ts';
import { type AuroraDatabase, egresses, type InstanceDatabase, type Stage, stages } from './stages.ts';

/** A name in a hosted zone of the same account. */
export interface DomainName {
  domainName: string;
  hostedZoneId: string;
  hostedZoneName: string;
}

/** The public address of the system. */
export type Entry =
  /** CloudFront in front of a private load balancer, with CloudFront's name and certificate, or with a name whose certificate is in us-east-1. */
  | { kind: 'cloudfront'; domain?: DomainName & { certificateArn: string } }
  /** A name for the load balancer; the certificate, the DNS record and a redirect to HTTPS are made. */
  | ({ kind: 'domain' } & DomainName)
  /** The name of the load balancer, without TLS. */
  | { kind: 'http' };

/** Who may read: everyone, or only clients with a token. */
export type ReadAccess = 'open' | 'token';

/** E-mail with reports. */
export interface MailConfiguration {
  /** The address that it is sent from. */
  from: string;
  /** The domains whose addresses get it without confirming first. */
  domains: string[];
}

/** The configuration from the options of `cdk synth -c name=value …`. */
export interface Configuration {
  stageName: string;
  stage: Stage;
  entry: Entry;
  /** The networks that may send requests, in CIDR notation; empty for everyone. */
  allowedNetworks: string[];
  readAccess: ReadAccess;
  /** The e-mail address for alarms. */
  alarmEmail?: string;
  /** Whether services send traces to X-Ray. */
  tracing: boolean;
  /** Seconds of processor time that one caller may use in 20 s; by default those of a quarter of a task's processors. */
  callerBudget?: number | undefined;
  /** The address of a style that the dashboard's maps are drawn on; without it they have coast lines only. */
  mapStyle?: string | undefined;
  /** Without it, no e-mail is sent. */
  mail?: MailConfiguration | undefined;
}

const domainOptions = ['domainName', 'hostedZoneId', 'hostedZoneName'] as const;

/**
 * Reads the options `stage`, `database`, `egress`, `endpoints`, `spot`, `deletionProtection`, `entry`, `domainName`, `hostedZoneId`,
 * `hostedZoneName`, `certificateArn`, `allowFrom`, `readAccess`, `alarmEmail`, `tracing`, `callerBudget`, `mapStyle`, `mailFrom` and `mailDomains`.
 * @throws if an option is wrong; the message states what it must be.
 */
export function readConfiguration(option: Option): Configuration {
  const stageName = option('stage') ?? 'demo';
  const known = stages[stageName];
  if (!known) throw new Error(`There is no stage "${stageName}": choose one of ${Object.keys(stages).join(', ')}.`);
  const stage = {
    ...known,
    database: readDatabase(option, stageName, known),
    egress: readChoice(option, 'egress', egresses) ?? known.egress,
    endpoints: option('endpoints')?.split(',').map(readEndpoint) ?? known.endpoints,
    spot: readChoice(option, 'spot', ['off']) === undefined && known.spot,
    deletionProtection: readChoice(option, 'deletionProtection', ['off']) === undefined && known.deletionProtection,
  };
  checkStage(stageName, stage);
  const entry = readEntry(option);
  if (entry.kind === 'http' && !stage.plainHttp) {
    throw new Error(
      `The stage "${stageName}" requires HTTPS: omit -c entry=http, or give -c domainName=… with its hosted zone.`,
    );
  }
  const alarmEmail = option('alarmEmail');
  if (alarmEmail !== undefined && !/^[^@\s]+@[^@\s]+$/.test(alarmEmail)) {
    throw new Error(`"${alarmEmail}" is not an e-mail address: give -c alarmEmail=name@example.com.`);
  }
  const allowedNetworks = option('allowFrom')?.split(',').map(readNetwork) ?? [];
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
  if (tracing !== undefined) requireWayOut(stageName, stage, 'Tracing', 'xray');
  const mail = readMail(option);
  if (mail) requireWayOut(stageName, stage, 'E-mail', 'ses');
  const callerBudget = readSeconds(option, 'callerBudget');
  const mapStyle = option('mapStyle');
  if (mapStyle !== undefined && !isMapStyle(mapStyle)) {
    throw new Error(`"${mapStyle}" is not the address of a style: give -c mapStyle=https://…, or omit the option.`);
  }
  const isTraced = tracing !== undefined;
  return {
    stageName,
    stage,
    entry,
    allowedNetworks,
    readAccess,
    alarmEmail,
    tracing: isTraced,
    callerBudget,
    mapStyle,
    mail,
  };
}

/** The page is on HTTPS, or on this machine. */
function isMapStyle(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && url.hostname === 'localhost');
}

function readMail(option: Option): MailConfiguration | undefined {
  const [from, domains] = [option('mailFrom'), option('mailDomains')?.split(',') ?? []];
  if (from === undefined) {
    if (domains.length > 0) throw new Error('mailDomains is for e-mail: give -c mailFrom=reports@example.com too.');
    return undefined;
  }
  if (!/^[^@\s]+@[^@\s]+$/.test(from)) {
    throw new Error(`"${from}" is not an e-mail address: give -c mailFrom=reports@example.com.`);
  }
  const wrong = domains.find((domain) => !/^[a-z0-9.-]+$/.test(domain));
  if (wrong !== undefined) throw new Error(`"${wrong}" is not a domain: give -c mailDomains=example.com,example.org.`);
  return { from, domains };
}

/** @throws if a feature calls an AWS service that the stage's tasks cannot reach. */
function requireWayOut(stageName: string, stage: Stage, feature: string, service: OptionalEndpoint): void {
  if (stage.egress !== 'interface-endpoints' || stage.endpoints.includes(service)) return;
  throw new Error(
    `${feature} needs a way to ${optionalEndpoints[service].title}, which the stage "${stageName}" lacks: give -c endpoints=${service}, or -c egress=nat-gateway-per-zone. docs/deployment.md states the prices.`,
  );
}

function readEndpoint(name: string): OptionalEndpoint {
  if (name in optionalEndpoints) return name as OptionalEndpoint;
  throw new Error(
    `There is no endpoint "${name}": give one or several of ${Object.keys(optionalEndpoints).join(', ')}, separated by commas.`,
  );
}

function readChoice<T extends string>(option: Option, name: string, choices: readonly T[]): T | undefined {
  const value = option(name);
  if (value === undefined || (choices as readonly string[]).includes(value)) return value as T | undefined;
  throw new Error(
    `The option ${name} cannot be "${value}": give ${choices.map((choice) => `-c ${name}=${choice}`).join(' or ')}, or omit it.`,
  );
}

function readNetwork(network: string): string {
  const [address = '', length = ''] = network.split('/');
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  if (/^\d+$/.test(length) && Number(length) >= 1 && Number(length) <= bits) return network;
  throw new Error(
    `"${network}" is not a network: give -c allowFrom=203.0.113.0/24 or several, separated by commas; /32 is one address.`,
  );
}

function readSeconds(option: Option, name: string): number | undefined {
  const seconds = option(name);
  if (seconds === undefined || Number(seconds) > 0) return seconds === undefined ? undefined : Number(seconds);
  throw new Error(`"${seconds}" is not a number of seconds above 0: give -c ${name}=10, or omit the option.`);
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
  const domain = readDomain(option);
  const certificateArn = option('certificateArn');
  const kind = readChoice(option, 'entry', ['cloudfront', 'http']) ?? (domain ? 'domain' : 'cloudfront');
  if (kind === 'http' && domain) throw new Error('HTTP has no domain: omit -c entry=http, or domainName.');
  if (certificateArn === undefined) {
    if (kind === 'cloudfront' && domain) {
      throw new Error(
        'A domain for CloudFront needs a certificate in us-east-1: make it with npm run certificate, and give -c certificateArn=…',
      );
    }
  } else if (kind !== 'cloudfront' || !domain) {
    throw new Error('A certificateArn is for -c entry=cloudfront with a domainName: give both, or omit it.');
  } else if (!/^arn:aws:acm:us-east-1:\d{12}:certificate\/[\w-]+$/.test(certificateArn)) {
    throw new Error(`"${certificateArn}" is not the ARN of a certificate in us-east-1, where CloudFront requires it.`);
  }
  if (kind === 'cloudfront') {
    return domain && certificateArn ? { kind, domain: { ...domain, certificateArn } } : { kind };
  }
  return domain ? { kind: 'domain', ...domain } : { kind: 'http' };
}

/** @throws if one of the three options is missing, or the name is not in the zone. */
export function readDomain(option: Option): DomainName | undefined {
  const given = domainOptions.filter((name) => option(name) !== undefined);
  if (given.length === 0) return undefined;
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
  return { domainName, hostedZoneId, hostedZoneName };
}

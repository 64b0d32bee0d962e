import type { Configuration } from '../configuration.ts';
import { regions } from '../regions.ts';
import type { ServiceName, Stage } from '../stages.ts';
import { type Aws, AwsError } from './aws.ts';

/** A result of a check. */
export interface Finding {
  /** `missing` makes a deployment fail; `note` is worth knowing. */
  kind: 'ok' | 'note' | 'missing';
  text: string;
  /** What corrects it. */
  command?: string;
}

export interface Account {
  aws: Aws;
  region: string;
  configuration: Configuration;
}

type Check = (account: Account) => Promise<Finding[]>;

/** The version of the bootstrap that the templates require. */
const BOOTSTRAP_VERSION = 6;

const ok = (text: string): Finding => ({ kind: 'ok', text });
const note = (text: string, command?: string): Finding => ({ kind: 'note', text, command });
const missing = (text: string, command?: string): Finding => ({ kind: 'missing', text, command });

/** The answer, or undefined if AWS answers with this error. */
async function unless(code: string, answer: ReturnType<Aws>): Promise<Record<string, unknown> | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof AwsError && error.code === code) return undefined;
    throw error;
  }
}

/** Virtual CPUs: those that a deployment starts, beside the tasks that it replaces, and those of all tasks at full scale. */
export function virtualCpus(stage: Stage): { deployment: number; fullScale: number } {
  const sum = (tasks: 'minimumTasks' | 'maximumTasks') =>
    (['analytical', 'reporting'] satisfies ServiceName[]).reduce(
      (total, name) => total + (stage[name].cpu / 1024) * stage[name][tasks],
      0,
    );
  return { deployment: 2 * sum('minimumTasks'), fullScale: Math.max(2 * sum('minimumTasks'), sum('maximumTasks')) };
}

const zones: Check = async ({ aws, region, configuration: { stage } }) => {
  const answer = await aws('ec2', 'describe-availability-zones');
  const available = (answer.AvailabilityZones as { ZoneId: string; State: string }[])
    .filter(({ State }) => State === 'available')
    .map(({ ZoneId }) => ZoneId);
  const needed = regions[region]?.zones.slice(0, stage.zones) ?? [];
  const absent = needed.filter((zone) => !available.includes(zone));
  if (absent.length === 0) return [ok(`The zones ${needed.join(', ')} are available`)];
  return [
    missing(
      `The account has no zone ${absent.join(', ')}: replace it in infrastructure/src/regions.ts by one of ${available.join(', ')}`,
    ),
  ];
};

const bootstrap: Check = async ({ aws, region }) => {
  const name = '/cdk-bootstrap/hnb659fds/version';
  const answer = await unless('ParameterNotFound', aws('ssm', 'get-parameter', '--name', name));
  const version = Number((answer?.Parameter as { Value: string } | undefined)?.Value ?? 0);
  if (version >= BOOTSTRAP_VERSION) return [ok(`The bootstrap has version ${version}`)];
  const state =
    version === 0 ? 'is not bootstrapped' : `has the bootstrap in version ${version}, not ${BOOTSTRAP_VERSION}`;
  return [missing(`${region} ${state}`, 'npm run bootstrap')];
};

const fargate: Check = async ({ aws, configuration: { stage } }) => {
  const [quotaCode, title] = stage.spot ? ['L-36FBB829', 'Fargate Spot'] : ['L-3032A538', 'Fargate'];
  const options = ['--service-code', 'fargate', '--quota-code', quotaCode];
  // A quota that was never changed may have only the default of AWS.
  const answer =
    (await unless('NoSuchResourceException', aws('service-quotas', 'get-service-quota', ...options))) ??
    (await aws('service-quotas', 'get-aws-default-service-quota', ...options));
  const { Value: quota } = answer.Quota as { Value: number };
  const { deployment, fullScale } = virtualCpus(stage);
  const command = `aws service-quotas request-service-quota-increase ${options.join(' ')} --desired-value ${Math.ceil(fullScale)}`;
  const text = `${title} may use ${quota} virtual CPUs; a deployment of the stage uses up to ${deployment}, full scale ${fullScale}`;
  if (quota < deployment) return [missing(text, command)];
  return [quota < fullScale ? note(text, command) : ok(text)];
};

const databaseClass: Check = async ({ aws, region, configuration: { stage } }) => {
  if (stage.database.kind !== 'instance') return [];
  const name = `db.${stage.database.instanceType}`;
  const options = ['--engine', 'postgres', '--db-instance-class', name, '--max-items', '1'];
  const answer = await aws('rds', 'describe-orderable-db-instance-options', ...options);
  if ((answer.OrderableDBInstanceOptions as unknown[]).length > 0) return [ok(`RDS offers ${name}`)];
  return [missing(`RDS does not offer ${name} in ${region}: set another instanceType in infrastructure/src/stages.ts`)];
};

const serviceLinkedRoles: Check = async ({ aws }) => {
  const roles = {
    AWSServiceRoleForECS: 'ecs.amazonaws.com',
    AWSServiceRoleForElasticLoadBalancing: 'elasticloadbalancing.amazonaws.com',
    AWSServiceRoleForRDS: 'rds.amazonaws.com',
  };
  return Promise.all(
    Object.entries(roles).map(async ([role, service]) => {
      if (await unless('NoSuchEntity', aws('iam', 'get-role', '--role-name', role)))
        return ok(`The role ${role} exists`);
      const command = `aws iam create-service-linked-role --aws-service-name ${service}`;
      return missing(`The role ${role} does not exist; AWS creates it too late for some first deployments`, command);
    }),
  );
};

const hostedZone: Check = async ({ aws, configuration: { entry } }) => {
  const domain = entry.kind === 'domain' ? entry : entry.kind === 'cloudfront' ? entry.domain : undefined;
  if (!domain) return [];
  const { hostedZoneId, hostedZoneName } = domain;
  const answer = await unless('NoSuchHostedZone', aws('route53', 'get-hosted-zone', '--id', hostedZoneId));
  if (!answer) return [missing(`The account has no hosted zone ${hostedZoneId}`, 'aws route53 list-hosted-zones')];
  const { Name, Config } = answer.HostedZone as { Name: string; Config?: { PrivateZone?: boolean } };
  if (Name !== `${hostedZoneName}.`) {
    return [
      missing(`The hosted zone ${hostedZoneId} is ${Name}, not ${hostedZoneName}.`, 'aws route53 list-hosted-zones'),
    ];
  }
  if (Config?.PrivateZone) {
    return [missing(`The hosted zone ${hostedZoneId} is private: a certificate needs a public one`)];
  }
  return [ok(`The hosted zone ${hostedZoneId} is ${hostedZoneName}`)];
};

const identityProvider: Check = async ({ aws }) => {
  const answer = await aws('iam', 'list-open-id-connect-providers');
  const exists = (answer.OpenIDConnectProviderList as { Arn: string }[]).some(({ Arn }) =>
    Arn.endsWith(':oidc-provider/token.actions.githubusercontent.com'),
  );
  return [
    exists
      ? note(
          'The account has GitHub’s identity provider',
          'npm run delivery -- deploy -c oidcProvider=existing -c repository=…',
        )
      : note(
          'The account has no identity provider for GitHub, which only deliveries need',
          'npm run delivery -- deploy -c repository=…',
        ),
  ];
};

const email: Check = async ({ aws }) => {
  const { ProductionAccessEnabled } = await aws('sesv2', 'get-account');
  if (ProductionAccessEnabled) return [ok('SES may send to any address')];
  return [
    note(
      'SES is in its sandbox and sends to verified addresses only; alarms do not use it',
      'aws sesv2 put-account-details --production-access-enabled --mail-type TRANSACTIONAL --website-url …',
    ),
  ];
};

const checks = { zones, bootstrap, fargate, databaseClass, serviceLinkedRoles, hostedZone, identityProvider, email };

/**
 * Checks whether the stage can be deployed to the account in the region. A check that AWS does not permit is a note.
 * @param region of the environment, which may not be set
 */
export async function preflight(
  aws: Aws,
  region: string | undefined,
  configuration: Configuration,
): Promise<Finding[]> {
  if (region === undefined || !(region in regions)) {
    const text = region === undefined ? 'AWS_REGION is not set' : `The region ${region} is not supported`;
    return [missing(`${text}: choose one of ${Object.keys(regions).join(', ')}`, 'export AWS_REGION=…')];
  }
  let account: unknown;
  try {
    account = (await aws('sts', 'get-caller-identity')).Account;
  } catch (error) {
    return [missing((error as Error).message, 'aws sts get-caller-identity')];
  }
  const findings = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        return await check({ aws, region, configuration });
      } catch (error) {
        return [note(`The check ${name} could not be made: ${(error as Error).message}`)];
      }
    }),
  );
  return [ok(`The account is ${account}, the region ${region}`), ...findings.flat()];
}

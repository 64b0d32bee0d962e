import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, Duration, Stack, Validations } from 'aws-cdk-lib';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { buildSync } from 'esbuild';
import type { Database } from './database.ts';
import type { DatabaseLogin } from './database-login.ts';
import { logGroup } from './logs.ts';
import type { Network } from './network.ts';
import { projectRoot } from './project.ts';
import type { Service } from './service.ts';
import type { Stage } from './stages.ts';

/** A migration that rewrites a table of ten million sales takes minutes; one over this should be split. */
export const MIGRATION_TIMEOUT = Duration.minutes(12);

/** Longer than the migration's own, so that its error is what the deployment reports; below the 15 minutes of any Lambda. */
export const TRIGGER_TIMEOUT = Duration.minutes(14);

const databasePackage = join(projectRoot, 'packages', 'database');

export interface MigrationsProps {
  stage: Stage;
  network: Network;
  database: Database;
  /** By the name of the role that the migrator creates for each. */
  logins: Record<string, DatabaseLogin>;
}

/**
 * Migrates the database during a deployment, whenever the migrator's code or its SQL files have changed.
 * A failing migration stops the deployment before any service is touched.
 */
export class Migrations extends Construct {
  private readonly trigger: Trigger;

  constructor(scope: Construct, id: string, { stage, network, database, logins }: MigrationsProps) {
    super(scope, id);
    const securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: 'Property Insights migrator',
      allowAllOutbound: false,
    });
    network.allowToAws(securityGroup);
    database.allowFrom(securityGroup);

    const logs = logGroup(this, 'Logs', stage);
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logs.grantWrite(role);
    role.addToPolicy(
      new PolicyStatement({
        actions: [
          'ec2:CreateNetworkInterface',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DeleteNetworkInterface',
          'ec2:AssignPrivateIpAddresses',
          'ec2:UnassignPrivateIpAddresses',
        ],
        resources: ['*'],
      }),
    );
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'Lambda makes the network interfaces by which the function stands in the network, and checks for just these rights on all.',
    });

    const runtime = Runtime.NODEJS_24_X;
    const migrator = new LambdaFunction(this, 'Migrator', {
      description: 'Brings the Property Insights database to the schema of this deployment',
      code: Code.fromAsset(databasePackage, {
        // Of what is uploaded: a changed SQL file, dependency or line of code makes another version, which the trigger runs.
        assetHashType: AssetHashType.OUTPUT,
        bundling: { local: { tryBundle: bundleMigrator }, image: runtime.bundlingImage },
      }),
      handler: 'index.handler',
      runtime,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: MIGRATION_TIMEOUT,
      vpc: network.vpc,
      vpcSubnets: network.privateSubnets,
      securityGroups: [securityGroup],
      role,
      logGroup: logs,
      environment: {
        ...database.environment,
        MASTER_SECRET_ARN: database.masterSecret.secretArn,
        SERVICE_SECRET_ARNS: Stack.of(this).toJsonString(
          Object.fromEntries(Object.entries(logins).map(([name, login]) => [name, login.secret.secretArn])),
        ),
      },
    });
    database.masterSecret.grantRead(migrator);
    for (const login of Object.values(logins)) login.secret.grantRead(migrator);

    this.trigger = new Trigger(this, 'Trigger', {
      handler: migrator,
      timeout: TRIGGER_TIMEOUT,
      executeAfter: [network, database, securityGroup],
    });
  }

  /** Services are created and updated only after the database has the schema they expect. */
  runBefore(...services: Service[]): void {
    this.trigger.executeBefore(...services.map((service) => service.fargateService));
  }
}

/** Puts the migrator into `output` as one file, and its SQL files beside it, without Docker and without leaving the process. */
export function bundleMigrator(output: string): boolean {
  buildSync({
    // Paths go into the bundle's comments: wherever it is made from, the same code must have the same hash.
    absWorkingDir: projectRoot,
    entryPoints: [join(databasePackage, 'src', 'migrate-handler.ts')],
    outfile: join(output, 'index.mjs'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // CommonJS dependencies within an ES module still call `require`.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    // Optional parts of pg, which it looks for and does without.
    external: ['pg-native'],
    logLevel: 'warning',
  });
  cpSync(join(databasePackage, 'migrations'), join(output, 'migrations'), { recursive: true });
  return true;
}

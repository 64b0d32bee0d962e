import { join } from 'node:path';
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
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

    const packageFolder = join(projectRoot, 'packages', 'database');
    const migrator = new NodejsFunction(this, 'Migrator', {
      description: 'Brings the Property Insights database to the schema of this deployment',
      entry: join(packageFolder, 'src', 'migrate-handler.ts'),
      projectRoot,
      depsLockFilePath: join(projectRoot, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
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
      bundling: {
        format: OutputFormat.ESM,
        // CommonJS dependencies within an ES module still call `require`.
        banner:
          "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
        externalModules: ['pg-native'],
        bundleAwsSDK: true,
        logLevel: LogLevel.ERROR,
        commandHooks: {
          beforeBundling: () => [],
          beforeInstall: () => [],
          afterBundling: (_input, output) => [`cp -R "${join(packageFolder, 'migrations')}" "${output}/migrations"`],
        },
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

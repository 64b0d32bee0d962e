import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, type Duration, Stack, Validations } from 'aws-cdk-lib';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { buildSync } from 'esbuild';
import type { Database } from './database.ts';
import type { DatabaseLogin } from './database-login.ts';
import { logGroup } from './logs.ts';
import type { Network } from './network.ts';
import { projectRoot } from './project.ts';
import type { Stage } from './stages.ts';

const databasePackage = join(projectRoot, 'packages', 'database');

export interface DatabaseFunctionProps {
  stage: Stage;
  network: Network;
  database: Database;
  /** By service. */
  logins: Record<string, DatabaseLogin>;
  /** The module of packages/database whose `handler` is run. */
  module: 'migrate-handler' | 'rotate-handler';
  description: string;
  timeout: Duration;
}

export interface DatabaseFunction {
  lambda: LambdaFunction;
  securityGroup: SecurityGroup;
}

/**
 * A function in the network that administers the database with the master secret. The caller grants it access to the secrets of the logins. There
 * can be one in each scope.
 */
export function databaseFunction(scope: Construct, id: string, props: DatabaseFunctionProps): DatabaseFunction {
  const { stage, network, database, logins, module, description, timeout } = props;
  const securityGroup = new SecurityGroup(scope, 'SecurityGroup', {
    vpc: network.vpc,
    description: `Property Insights ${id.toLowerCase()}`,
    allowAllOutbound: false,
  });
  network.allowToAws(securityGroup);
  database.allowFrom(securityGroup);

  const logs = logGroup(scope, 'Logs', stage);
  const role = new Role(scope, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  logs.grantWrite(role);
  role.addToPolicy(
    new PolicyStatement({
      actions: [
        'ec2:CreateNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:DeleteNetworkInterface',
        'ec2:AssignPrivateIpAddresses',
        'ec2:UnassignPrivateIpAddresses',
      ],
      resources: ['*'],
    }),
  );
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'Lambda creates the network interfaces of the function, and requires these permissions on all resources.',
  });

  const runtime = Runtime.NODEJS_24_X;
  const lambda = new LambdaFunction(scope, id, {
    description,
    code: Code.fromAsset(databasePackage, {
      // The hash of the bundle: a changed SQL file, dependency or line of code makes another version.
      assetHashType: AssetHashType.OUTPUT,
      bundling: {
        local: { tryBundle: (output) => bundleHandler(module, output) },
        image: runtime.bundlingImage,
        // Never run. It distinguishes the bundles: the library compares all options except functions.
        command: [module],
      },
    }),
    handler: 'index.handler',
    runtime,
    architecture: Architecture.ARM_64,
    memorySize: 512,
    timeout,
    vpc: network.vpc,
    vpcSubnets: network.privateSubnets,
    securityGroups: [securityGroup],
    role,
    logGroup: logs,
    environment: {
      ...database.environment,
      MASTER_SECRET_ARN: database.masterSecret.secretArn,
      SERVICE_SECRET_ARNS: Stack.of(scope).toJsonString(
        Object.fromEntries(Object.entries(logins).map(([name, login]) => [name, login.secret.secretArn])),
      ),
    },
  });
  database.masterSecret.grantRead(lambda);
  // Lambda deletes the function's network interfaces with this role, after the function. The group cannot be deleted before them, so the role and its
  // policy must be deleted after the group (github.com/aws/aws-cdk/issues/6701).
  securityGroup.node.addDependency(role);
  return { lambda, securityGroup };
}

/**
 * Bundles a function into `output` as one file, without Docker and in this process. The SQL files are added to the migrator.
 * @returns true, so that CDK does no other bundling.
 */
export function bundleHandler(module: DatabaseFunctionProps['module'], output: string): boolean {
  buildSync({
    // The bundle's comments contain paths; relative to the project, they give the same hash in every working directory.
    absWorkingDir: projectRoot,
    entryPoints: [join(databasePackage, 'src', `${module}.ts`)],
    outfile: join(output, 'index.mjs'),
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // CommonJS dependencies within an ES module still call `require`.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    // Optional dependencies of pg.
    external: ['pg-native'],
    logLevel: 'warning',
  });
  if (module === 'migrate-handler') {
    cpSync(join(databasePackage, 'migrations'), join(output, 'migrations'), { recursive: true });
  }
  return true;
}

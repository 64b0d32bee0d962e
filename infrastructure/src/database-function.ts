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
  /** By the name of the service that each is for. */
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
 * A function that stands in the network and administers the database with the master secret. What it may do with the logins' secrets, beyond
 * knowing of them, is for the caller to grant. One in a scope.
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
    reason:
      'Lambda makes the network interfaces by which the function stands in the network, and checks for just these rights on all.',
  });

  const runtime = Runtime.NODEJS_24_X;
  const lambda = new LambdaFunction(scope, id, {
    description,
    code: Code.fromAsset(databasePackage, {
      // Of what is uploaded: a changed SQL file, dependency or line of code makes another version.
      assetHashType: AssetHashType.OUTPUT,
      bundling: {
        local: { tryBundle: (output) => bundleHandler(module, output) },
        image: runtime.bundlingImage,
        // Never run. The library takes bundles of one folder for the same unless something but their functions differs.
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
  return { lambda, securityGroup };
}

/**
 * Puts a function into `output` as one file, without Docker and without leaving the process; beside the one that migrates its SQL files.
 * @returns true, as CDK wants to hear.
 */
export function bundleHandler(module: DatabaseFunctionProps['module'], output: string): boolean {
  buildSync({
    // Paths go into the bundle's comments: wherever it is made from, the same code must have the same hash.
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
    // Optional parts of pg, which it looks for and does without.
    external: ['pg-native'],
    logLevel: 'warning',
  });
  if (module === 'migrate-handler') {
    cpSync(join(databasePackage, 'migrations'), join(output, 'migrations'), { recursive: true });
  }
  return true;
}

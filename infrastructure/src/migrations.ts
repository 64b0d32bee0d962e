import { type CfnResource, type CustomResourceProviderBase, Duration, Stack } from 'aws-cdk-lib';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import type { AdminToken } from './admin-token.ts';
import type { Database } from './database.ts';
import { databaseFunction } from './database-function.ts';
import type { DatabaseLogin } from './database-login.ts';
import { logGroup } from './logs.ts';
import type { Network } from './network.ts';
import type { Stage } from './stages.ts';

/** Rewriting a table of ten million sales takes minutes; a migration that takes longer than this should be split. */
export const MIGRATION_TIMEOUT = Duration.minutes(12);

/** Longer than the migration's own timeout, so that the deployment reports its error; below Lambda's limit of 15 minutes. */
export const TRIGGER_TIMEOUT = Duration.minutes(14);

export interface MigrationsProps {
  stage: Stage;
  network: Network;
  database: Database;
  /** By the name of the database role that the migrator creates for each. */
  logins: Record<string, DatabaseLogin>;
  adminToken: AdminToken;
}

/**
 * Migrates the database during a deployment, whenever the migrator's code or its SQL files have changed.
 * A failing migration stops the deployment before any service is touched.
 */
export class Migrations extends Construct {
  private readonly trigger: Trigger;

  constructor(scope: Construct, id: string, { stage, network, database, logins, adminToken }: MigrationsProps) {
    super(scope, id);
    const { lambda, securityGroup } = databaseFunction(this, 'Migrator', {
      stage,
      network,
      database,
      logins,
      module: 'migrate-handler',
      description: 'Brings the Property Insights database to the schema of this deployment',
      timeout: MIGRATION_TIMEOUT,
    });
    for (const login of Object.values(logins)) login.secret.grantRead(lambda);
    lambda.addEnvironment('ADMIN_TOKEN_SECRET_ARN', adminToken.secret.secretArn);
    adminToken.secret.grantRead(lambda);

    this.trigger = new Trigger(this, 'Trigger', {
      handler: lambda,
      timeout: TRIGGER_TIMEOUT,
      executeAfter: [network, database, securityGroup],
    });
    this.narrowCaller(stage);
  }

  /** Restricts the library's function that calls the migrator. By default it may write any log group, and its own outlives the stack without a retention period. */
  private narrowCaller(stage: Stage): void {
    const logs = logGroup(this, 'CallerLogs', stage);
    const id = 'AWSCDK.TriggerCustomResourceProviderCustomResourceProvider';
    const provider = Stack.of(this).node.findChild(id) as CustomResourceProviderBase;
    const [caller, role] = ['Handler', 'Role'].map((part) => provider.node.findChild(part)) as [
      CfnResource,
      CfnResource,
    ];
    caller.addPropertyOverride('LoggingConfig', { LogGroup: logs.logGroupName });
    role.addPropertyDeletionOverride('ManagedPolicyArns');
    provider.addToRolePolicy({
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: logs.logGroupArn,
    });
  }

  /** Constructs that depend on the schema or the users are created and updated after the migration. */
  runBefore(...constructs: Construct[]): void {
    this.trigger.executeBefore(...constructs);
  }
}

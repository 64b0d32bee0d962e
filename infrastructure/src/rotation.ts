import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnRotationSchedule } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Database } from './database.ts';
import { databaseFunction } from './database-function.ts';
import type { DatabaseLogin } from './database-login.ts';
import type { Network } from './network.ts';
import type { Stage } from './stages.ts';

/** A password is used for this time, and still works for as long again. */
const ROTATION_DAYS = 30;

export interface RotationProps {
  stage: Stage;
  network: Network;
  database: Database;
  /** By service. */
  logins: Record<string, DatabaseLogin>;
}

/** Rotates the services' logins regularly. Each alternates between two users, so that a service always has a working login. */
export class Rotation extends Construct {
  readonly rotator: LambdaFunction;
  /** Created after the users: Secrets Manager invokes the rotator at once to test the login. */
  readonly schedules: Construct[];

  constructor(scope: Construct, id: string, { stage, network, database, logins }: RotationProps) {
    super(scope, id);
    const { lambda, securityGroup } = databaseFunction(this, 'Rotator', {
      stage,
      network,
      database,
      logins,
      module: 'rotate-handler',
      description: 'Gives the services of Property Insights new logins to their database',
      // A step is a few calls and one connection: seconds, even if a deployment changes the same users.
      timeout: Duration.minutes(1),
    });
    this.rotator = lambda;
    lambda.addToRolePolicy(
      new PolicyStatement({
        actions: [
          'secretsmanager:DescribeSecret',
          'secretsmanager:GetSecretValue',
          'secretsmanager:PutSecretValue',
          'secretsmanager:UpdateSecretVersionStage',
        ],
        resources: Object.values(logins).map(({ secret }) => secret.secretArn),
      }),
    );
    for (const [name, { secret }] of Object.entries(logins)) {
      lambda.addPermission(`${name}-secret`, {
        principal: new ServicePrincipal('secretsmanager.amazonaws.com'),
        sourceAccount: Stack.of(this).account,
        sourceArn: secret.secretArn,
      });
    }
    // Not the library's RotationSchedule, which permits the rotator to call GetRandomPassword on all resources.
    this.schedules = Object.entries(logins).map(([name, { secret }]) => {
      const schedule = new CfnRotationSchedule(this, `${name}-schedule`, {
        secretId: secret.secretArn,
        rotationLambdaArn: lambda.functionArn,
        rotationRules: { automaticallyAfterDays: ROTATION_DAYS },
        // A deployment must not rotate logins.
        rotateImmediatelyOnUpdate: false,
      });
      schedule.node.addDependency(network, database, securityGroup, lambda);
      return schedule;
    });
  }
}

import { invoke } from '../lambda.ts';
import type { ResourceHandler } from './handler.ts';
import { runnableFunction } from './lambda-function.ts';

/** The schedule itself is not executed: the local run rotates a secret only on request. */
export const rotationSchedule: ResourceHandler = {
  type: 'AWS::SecretsManager::RotationSchedule',
  make({ properties }, context) {
    const { SecretId, RotationLambdaARN, RotateImmediatelyOnUpdate } = properties;
    if (RotateImmediatelyOnUpdate !== false) {
      throw new Error(
        'The local run requires RotateImmediatelyOnUpdate to be false: it does not rotate secrets during a deployment.',
      );
    }
    const arn = String(RotationLambdaARN);
    const lambda = runnableFunction(context, arn);
    const service = 'secretsmanager.amazonaws.com';
    if (!context.functions.get(arn)?.invokers.has(service)) {
      throw new Error(
        `${service} may not invoke the function ${lambda.name}. Add the permission, and let the schedule depend on it.`,
      );
    }
    context.identities.setUpRotation(String(SecretId), (event) =>
      invoke(runnableFunction(context, arn), event, context.run, context.logs.source(lambda.name)),
    );
    return { ref: String(SecretId) };
  },
};

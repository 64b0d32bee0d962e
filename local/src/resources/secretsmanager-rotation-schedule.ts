import { invoke } from '../lambda.ts';
import type { ResourceHandler } from './handler.ts';
import { runnableFunction } from './lambda-function.ts';

/** Set up, but never due: a local run is rotated when it is asked to. */
export const rotationSchedule: ResourceHandler = {
  type: 'AWS::SecretsManager::RotationSchedule',
  make({ properties }, context) {
    const { SecretId, RotationLambdaARN, RotateImmediatelyOnUpdate } = properties;
    if (RotateImmediatelyOnUpdate !== false) {
      throw new Error(
        'A deployment must not rotate, which the local run would not do: RotateImmediatelyOnUpdate is to be false.',
      );
    }
    const arn = String(RotationLambdaARN);
    const lambda = runnableFunction(context, arn);
    const service = 'secretsmanager.amazonaws.com';
    if (!context.functions.get(arn)?.invokers.has(service)) {
      throw new Error(`${service} may not invoke the function ${lambda.name}: permit it, before its schedule is made.`);
    }
    context.identities.setUpRotation(String(SecretId), (event) =>
      invoke(runnableFunction(context, arn), event, context.run, context.logs.source(lambda.name)),
    );
    return { ref: String(SecretId) };
  },
};

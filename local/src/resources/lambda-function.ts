import type { ExecutionContext } from '../execution-context.ts';
import type { LambdaFunction } from '../lambda.ts';
import type { ResourceHandler } from './handler.ts';
import { object } from './properties.ts';

/** Records the function. It runs when a trigger or a rotation invokes it. */
export const lambdaFunction: ResourceHandler = {
  type: 'AWS::Lambda::Function',
  make({ logicalId, properties, stack, constructName }, context) {
    const arn = `arn:aws:lambda:${stack.region}:${stack.account}:function:${logicalId}`;
    const { S3Key = '' } = object<{ S3Key?: string }>(properties.Code);
    const { Variables = {} } = object<{ Variables?: Record<string, string> }>(properties.Environment);
    context.functions.set(arn, {
      name: constructName,
      directory: context.assembly.files.get(S3Key),
      handler: String(properties.Handler),
      environment: { ...Variables, ...context.identities.environment(String(properties.Role)) },
      timeoutSeconds: Number(properties.Timeout ?? 3),
      invokers: context.functions.get(arn)?.invokers ?? new Set(),
    });
    return { ref: logicalId, attributes: { Arn: arn } };
  },
};

/** The function with this ARN, which may have a version. @throws if there is none, or its code is not in the assembly. */
export function runnableFunction(context: ExecutionContext, arn: string): LambdaFunction {
  const lambda = context.functions.get(arn.split(':').slice(0, 7).join(':'));
  if (!lambda) throw new Error(`There is no function ${arn} to invoke.`);
  const { directory } = lambda;
  if (!directory) throw new Error(`The code of the function ${lambda.name} is not in the cloud assembly.`);
  return { ...lambda, directory };
}

import type { ResourceHandler } from '../template/execute.ts';
import { object } from './properties.ts';

/** Only noted down: a function runs when it is invoked, as by a trigger. */
export const lambdaFunction: ResourceHandler = {
  type: 'AWS::Lambda::Function',
  make({ logicalId, properties, stack, constructName }, machine) {
    const arn = `arn:aws:lambda:${stack.region}:${stack.account}:function:${logicalId}`;
    const { S3Key = '' } = object<{ S3Key?: string }>(properties.Code);
    const { Variables = {} } = object<{ Variables?: Record<string, string> }>(properties.Environment);
    machine.functions.set(arn, {
      name: constructName,
      directory: machine.assembly.files.get(S3Key),
      handler: String(properties.Handler),
      environment: { ...Variables, ...machine.identities.environment(String(properties.Role)) },
      timeoutSeconds: Number(properties.Timeout ?? 3),
    });
    return { ref: logicalId, attributes: { Arn: arn } };
  },
};

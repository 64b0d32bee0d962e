import type { ResourceHandler } from './handler.ts';

/** Locally a function has only its current version. Its logical id contains a hash of the function, which distinguishes it from former versions. */
export const lambdaVersion: ResourceHandler = {
  type: 'AWS::Lambda::Version',
  make({ logicalId, properties, stack }) {
    const { FunctionName } = properties;
    const arn = `arn:aws:lambda:${stack.region}:${stack.account}:function:${FunctionName}:${logicalId}`;
    return { ref: arn, attributes: { FunctionArn: arn, Version: logicalId } };
  },
};

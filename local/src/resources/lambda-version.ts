import type { ResourceHandler } from './handler.ts';

/** There is but one version of a function here: the present one. CDK names it by what the function is, which tells it from former ones. */
export const lambdaVersion: ResourceHandler = {
  type: 'AWS::Lambda::Version',
  make({ logicalId, properties, stack }) {
    const { FunctionName } = properties;
    const arn = `arn:aws:lambda:${stack.region}:${stack.account}:function:${FunctionName}:${logicalId}`;
    return { ref: arn, attributes: { FunctionArn: arn, Version: logicalId } };
  },
};

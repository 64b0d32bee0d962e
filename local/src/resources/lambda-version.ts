import type { ResourceHandler } from '../template/execute.ts';

/** There is but one version of a function here: the present one. */
export const lambdaVersion: ResourceHandler = {
  type: 'AWS::Lambda::Version',
  make({ properties, stack }) {
    const { FunctionName } = properties;
    const arn = `arn:aws:lambda:${stack.region}:${stack.account}:function:${FunctionName}:1`;
    return { ref: arn, attributes: { FunctionArn: arn, Version: '1' } };
  },
};

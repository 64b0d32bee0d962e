import type { ResourceHandler } from './handler.ts';

/** Lets a service of AWS invoke a function. */
export const lambdaPermission: ResourceHandler = {
  type: 'AWS::Lambda::Permission',
  make({ logicalId, properties }, context) {
    const { Action, FunctionName, Principal } = properties;
    const lambda = context.functions.get(String(FunctionName));
    if (!lambda) throw new Error(`There is no function ${FunctionName} to give a permission to.`);
    if (Action === 'lambda:InvokeFunction') lambda.invokers.add(String(Principal));
    return { ref: logicalId };
  },
  remove({ properties: { FunctionName, Principal } }, context) {
    context.functions.get(String(FunctionName))?.invokers.delete(String(Principal));
  },
};

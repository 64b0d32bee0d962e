import { invoke } from '../lambda.ts';
import { writeMigrator } from '../migrator.ts';
import type { ResourceHandler } from './handler.ts';
import { runnableFunction } from './lambda-function.ts';

/** CDK's Trigger: a function that a deployment invokes and waits for. Locally every start invokes it. */
export const trigger: ResourceHandler = {
  type: 'Custom::Trigger',
  async make({ logicalId, properties }, context) {
    const { HandlerArn, Timeout } = properties;
    const lambda = runnableFunction(context, String(HandlerArn));
    const timeoutSeconds = Math.min(lambda.timeoutSeconds, Number(Timeout ?? 120_000) / 1000);
    await invoke({ ...lambda, timeoutSeconds }, context.triggerEvent, context.run, context.logs.source(lambda.name));
    await writeMigrator(context.run.directory, lambda);
    return { ref: logicalId };
  },
};

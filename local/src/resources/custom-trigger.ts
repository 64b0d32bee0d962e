import { invoke } from '../lambda.ts';
import type { ResourceHandler } from '../template/execute.ts';
import { runnableFunction } from './lambda-function.ts';

/** CDK's Trigger: a function that a deployment runs, and waits for. It is run at every start, as at a deployment that changed its code. */
export const trigger: ResourceHandler = {
  type: 'Custom::Trigger',
  async make({ logicalId, properties }, machine) {
    const { HandlerArn, Timeout } = properties;
    const lambda = runnableFunction(machine, String(HandlerArn));
    const timeoutSeconds = Math.min(lambda.timeoutSeconds, Number(Timeout ?? 120_000) / 1000);
    await invoke({ ...lambda, timeoutSeconds }, {}, machine.run, machine.logs.source(lambda.name));
    return { ref: logicalId };
  },
};

import { invoke } from '../lambda.ts';
import type { ResourceHandler } from '../template/execute.ts';

/** CDK's Trigger: a function that a deployment runs, and waits for. It is run at every start, as at a deployment that changed its code. */
export const trigger: ResourceHandler = {
  type: 'Custom::Trigger',
  async make({ logicalId, properties }, machine) {
    const { HandlerArn, Timeout } = properties;
    const functionArn = String(HandlerArn).split(':').slice(0, 7).join(':'); // without the version
    const lambda = machine.functions.get(functionArn);
    if (!lambda) throw new Error(`There is no function ${HandlerArn} to invoke.`);
    const { directory } = lambda;
    if (!directory) throw new Error(`The code of the function ${lambda.name} is not in the cloud assembly.`);
    const timeoutSeconds = Math.min(lambda.timeoutSeconds, Number(Timeout ?? 120_000) / 1000);
    await invoke({ ...lambda, directory, timeoutSeconds }, machine.run, machine.logs.source(lambda.name));
    return { ref: logicalId };
  },
};

/** Lambda functions: each invocation is a process of its own, with the function's environment, role and timeout. */
import { join } from 'node:path';
import { Child, describeExit, type ProcessOwner } from './child.ts';
import type { Log } from './logs.ts';

export interface LambdaFunction {
  name: string;
  /** The folder with its code. */
  directory: string;
  /** Module and export, such as `index.handler`. */
  handler: string;
  environment: Record<string, string>;
  timeoutSeconds: number;
}

/**
 * Invokes a function.
 * @returns the result of its handler
 * @throws if its handler throws, it ends without a result, or it exceeds its timeout.
 */
export async function invoke(lambda: LambdaFunction, event: object, owner: ProcessOwner, log: Log): Promise<unknown> {
  const child = new Child(owner, {
    command: process.execPath,
    arguments: [join(import.meta.dirname, 'lambda-runtime.ts')],
    workingDirectory: lambda.directory,
    environment: {
      ...lambda.environment,
      AWS_LAMBDA_FUNCTION_NAME: lambda.name,
      LAMBDA_TASK_ROOT: lambda.directory,
      LAMBDA_EVENT: JSON.stringify(event),
      _HANDLER: lambda.handler,
    },
    log,
    report: true,
  });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, lambda.timeoutSeconds * 1000);
  const exit = await child.closed.finally(() => clearTimeout(timer));
  if (timedOut) throw new Error(`${lambda.name} exceeded its timeout of ${lambda.timeoutSeconds} s.`);
  const { result, error } = JSON.parse(child.reported || '{}') as { result?: unknown; error?: string };
  if (error !== undefined) throw new Error(`${lambda.name} failed: ${error}`);
  if (exit.code !== 0) throw new Error(`${lambda.name} ${describeExit(exit)} without a result.`);
  return result;
}

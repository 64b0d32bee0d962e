/** Lambda functions: each invocation is a process of its own, with the function's environment, role and timeout. */
import { join } from 'node:path';
import { Child, describeExit } from './child.ts';
import type { Log } from './logs.ts';
import type { Run } from './run.ts';

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
 * @throws if its handler throws, it ends without a result, or it exceeds its timeout.
 */
export async function invoke(lambda: LambdaFunction, event: object, run: Run, log: Log): Promise<void> {
  const child = new Child(run, {
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
  const { error } = JSON.parse(child.reported || '{}') as { error?: string };
  if (error !== undefined) throw new Error(`${lambda.name} failed: ${error}`);
  if (exit.code !== 0) throw new Error(`${lambda.name} ${describeExit(exit)} without a result.`);
}

import { delimiter, join } from 'node:path';
import { Child, describeExit } from './child.ts';
import { silentLog } from './logs.ts';
import type { Run } from './run.ts';

/**
 * Runs a build step of the project with Node to its end, quietly.
 * @throws when it fails; the message carries what it wrote last.
 */
export async function runTool(
  title: string,
  workingDirectory: string,
  run: Run,
  nodeArguments: string[],
  environment: Record<string, string> = {},
): Promise<void> {
  const commands = join(import.meta.dirname, '..', '..', 'node_modules', '.bin');
  const child = new Child(run, {
    command: process.execPath,
    arguments: nodeArguments,
    workingDirectory,
    environment: { PATH: `${commands}${delimiter}${process.env.PATH}`, ...environment },
    log: silentLog,
  });
  const exit = await child.closed;
  if (exit.code !== 0) throw new Error(`${title} ${describeExit(exit)}:\n${child.lastLines.join('\n')}`);
}

import { delimiter, join } from 'node:path';
import { Child, describeExit } from './child.ts';
import { type Log, silentLog } from './logs.ts';
import type { Run } from './run.ts';

export interface ScriptOptions {
  /** Names it in an error. */
  title: string;
  projectRoot: string;
  /** The script, relative to the project's root, and its arguments. */
  arguments: string[];
  environment?: Record<string, string>;
  /** Receives the output; by default it is shown only if the script fails. */
  log?: Log;
  /** Ends the script. */
  signal?: AbortSignal | undefined;
}

/** A script ended with another exit code than 0, or by a signal. */
export class ScriptFailed extends Error {
  override readonly name = 'ScriptFailed';
  readonly exitCode: number | null;

  constructor(message: string, exitCode: number | null) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Runs a Node script of the project to its end.
 * @throws ScriptFailed, whose message contains the last lines of its output
 */
export async function runScript(run: Run, options: ScriptOptions): Promise<void> {
  const { title, projectRoot, environment, log = silentLog, signal } = options;
  const commands = join(projectRoot, 'node_modules', '.bin');
  const child = new Child(run, {
    command: process.execPath,
    arguments: options.arguments,
    workingDirectory: projectRoot,
    environment: { PATH: `${commands}${delimiter}${process.env.PATH}`, ...environment },
    log,
  });
  const end = () => child.kill('SIGTERM');
  signal?.addEventListener('abort', end, { once: true });
  const exit = await child.closed.finally(() => signal?.removeEventListener('abort', end));
  if (exit.code !== 0) {
    throw new ScriptFailed(`${title} ${describeExit(exit)}:\n${child.lastLines.join('\n')}`, exit.code);
  }
}

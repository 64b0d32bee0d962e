/** Starts the processes that a run consists of, with their output going into the one stream of logs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Log } from './logs.ts';
import type { Run } from './run.ts';

export interface ChildOptions {
  command: string;
  arguments: string[];
  workingDirectory: string;
  /** The whole environment: nothing is inherited, but for what a system needs to run any program. */
  environment: Record<string, string>;
  log: Log;
  /** Gives the process a file descriptor 3, and keeps what it writes there in `reported`. */
  report?: boolean;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export class Child {
  /** Settles as soon as the process has ended; what it wrote last may still be on its way. */
  readonly exited: Promise<Exit>;
  /** Settles when it has ended and all of its output is read; rejects when it could not be started. */
  readonly closed: Promise<Exit>;
  readonly #process: ChildProcess;
  /** The last lines it wrote, for the error when it fails. */
  readonly #lastLines: string[] = [];
  #running = true;
  /** What the process wrote to file descriptor 3. */
  reported = '';

  /** @throws when the run is ending. */
  constructor(run: Run, options: ChildOptions) {
    run.assertOpen();
    this.#process = spawn(options.command, options.arguments, {
      cwd: options.workingDirectory,
      // Compiled code kept from the last start spares each service 0.5 s of 1.3 s. That of an image is in a folder which only the image has.
      env: { ...systemEnvironment(), ...options.environment, NODE_COMPILE_CACHE: join(run.directory, 'compiled') },
      stdio: ['ignore', 'pipe', 'pipe', options.report ? 'pipe' : 'ignore'],
      // A process group of its own: Ctrl-C in the terminal reaches only us, who then stop everything in order.
      detached: true,
    });
    run.guard(this.#process, 'task');
    for (const output of [this.#process.stdout, this.#process.stderr]) {
      if (!output) continue;
      createInterface({ input: output }).on('line', (line) => {
        if (this.#lastLines.push(line) > 20) this.#lastLines.shift();
        options.log.line(line);
      });
    }
    if (options.report) {
      this.#process.stdio[3]?.on('data', (text) => {
        this.reported += text;
      });
    }
    // A command that cannot be started gives an 'error' instead of these, at which `once` rejects.
    this.exited = once(this.#process, 'exit').then(([code, signal]) => ({ code, signal }));
    this.closed = once(this.#process, 'close').then(([code, signal]) => ({ code, signal }));
    const end = () => {
      this.#running = false;
    };
    this.exited.then(end, end);
    this.closed.catch(() => {}); // not everyone waits for it
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#running;
  }

  get lastLines(): readonly string[] {
    return this.#lastLines;
  }

  kill(signal: NodeJS.Signals): void {
    if (!this.#running || this.#process.pid === undefined) return;
    try {
      process.kill(-this.#process.pid, signal);
    } catch {
      // It has ended in the meantime.
    }
  }

  /** SIGTERM, and SIGKILL after the grace period. */
  async stop(graceMs: number): Promise<void> {
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), graceMs);
    await this.exited.catch(() => {});
    clearTimeout(timer);
  }
}

/** What every program may need of the surroundings: where commands and temporary files are, and the time zone and language. */
function systemEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'TZ'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name] as string]] : [])));
}

/** How a process ended, as a person would say it. */
export function describeExit({ code, signal }: Exit): string {
  return signal ? `ended by ${signal}` : `ended with exit code ${code}`;
}

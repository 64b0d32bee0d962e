/** Processes of this machine, told apart from later ones that were given the same number. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface SystemProcess {
  pid: number;
  /** When it started, in whatever form the system tells it: a number used again has another start. */
  started: string;
  /** A database is asked to end by SIGINT (its own fast shutdown), and last; everything else by SIGTERM. */
  kind: 'task' | 'database';
}

const hasProcFileSystem = existsSync('/proc/self/stat');

/** When the process with this number started; undefined when there is none, or only its exit status is left (a zombie). */
export function startOf(pid: number): string | undefined {
  try {
    if (hasProcFileSystem) {
      // The second field, the command in parentheses, may hold spaces; state is the third field and the start the 22nd.
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
      return fields[0] === 'Z' ? undefined : fields[19];
    }
    const output = execFileSync('ps', ['-o', 'state=', '-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      // It words the start in the language and time zone of its caller, who may be another next time.
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    }).trim();
    return output.startsWith('Z') ? undefined : output.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}

export function isRunning(process: SystemProcess): boolean {
  return startOf(process.pid) === process.started;
}

/**
 * Ends processes that are not ours to wait for: tasks first, then the database that they use. At most 8 s, so that it fits into the 10 s in
 * which everything must be gone.
 */
export async function endProcesses(processes: SystemProcess[]): Promise<void> {
  const [tasks, databases] = (['task', 'database'] as const).map((kind) =>
    processes.filter((each) => each.kind === kind),
  );
  await end(tasks as SystemProcess[], [
    ['SIGTERM', 4000],
    ['SIGKILL', 500],
  ]);
  await end(databases as SystemProcess[], [
    ['SIGINT', 2500],
    ['SIGQUIT', 500],
    ['SIGKILL', 500],
  ]);
}

async function end(processes: SystemProcess[], steps: [signal: NodeJS.Signals, waitMs: number][]): Promise<void> {
  for (const [signal, waitMs] of steps) {
    for (const each of processes) if (isRunning(each)) send(signal, each);
    const deadline = Date.now() + waitMs;
    while (processes.some(isRunning) && Date.now() < deadline) await delay(50);
  }
}

/** To a task's whole process group, since it may have started others; the database ends its own. */
function send(signal: NodeJS.Signals, { pid, kind }: SystemProcess): void {
  try {
    process.kill(kind === 'task' ? -pid : pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}

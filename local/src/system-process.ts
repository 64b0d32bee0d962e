/** Processes of this machine, told apart from later ones that were given the same number. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface SystemProcess {
  pid: number;
  /** When it started, in whatever form the system tells it: a number used again has another start. */
  started: string;
  /** A database is asked to end by SIGINT (its own fast shutdown), and last; everything else by SIGTERM. */
  kind: 'task' | 'database';
}

const hasProcFileSystem = existsSync('/proc/self/stat');

interface Status {
  parent: number;
  /** The name of its program, such as `sh`. */
  command: string;
  started: string;
}

/** What the system knows of the process with this number; undefined when there is none, or only its exit status is left (a zombie). */
export function statusOf(pid: number): Status | undefined {
  try {
    return hasProcFileSystem ? statusFromProc(pid) : statusFromPs(pid);
  } catch {
    return undefined;
  }
}

function statusFromProc(pid: number): Status | undefined {
  // `pid (command) state parent …`, the start being the 22nd field; the command may hold spaces and parentheses.
  const [, command, rest] = readFileSync(`/proc/${pid}/stat`, 'latin1').match(/^\d+ \((.*)\) (.*)$/s) ?? [];
  const fields = rest?.split(' ') ?? [];
  if (fields[0] === 'Z') return undefined;
  return { parent: Number(fields[1]), command: command as string, started: fields[19] as string };
}

function statusFromPs(pid: number): Status | undefined {
  const columns = ['state', 'ppid', 'lstart', 'comm'].flatMap((name) => ['-o', `${name}=`]);
  const line = execFileSync('ps', [...columns, '-p', String(pid)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    // It words the start in the language and time zone of its caller, who may be another next time.
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  });
  // The start is five words: Mon Nov 23 18:00:00 2026.
  const [, state, parent, started, command] = line.trim().match(/^(\S+)\s+(\d+)\s+((?:\S+\s+){5})(.*)$/) ?? [];
  if (!state || state.startsWith('Z')) return undefined;
  return { parent: Number(parent), command: basename(command as string), started: (started as string).trim() };
}

export function isRunning(process: Pick<SystemProcess, 'pid' | 'started'>): boolean {
  return statusOf(process.pid)?.started === process.started;
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

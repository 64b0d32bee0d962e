/** Processes of the operating system, identified by number and start: a number may be used again. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface SystemProcess {
  pid: number;
  /** When it started, in the format of the operating system. */
  started: string;
  /** A database is ended last, by SIGINT (its fast shutdown); everything else by SIGTERM. */
  kind: 'task' | 'database';
}

const hasProcFileSystem = existsSync('/proc/self/stat');

interface Status {
  parent: number;
  /** The name of its program, such as `sh`. */
  command: string;
  started: string;
}

/** The status of a process; undefined if it does not exist, or is a zombie. */
export function statusOf(pid: number): Status | undefined {
  try {
    return hasProcFileSystem ? statusFromProc(pid) : statusFromPs(pid);
  } catch {
    return undefined;
  }
}

function statusFromProc(pid: number): Status | undefined {
  // `pid (command) state parent …`; the start is the 22nd field. The command may contain spaces and parentheses.
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
    // ps writes the start in the language and time zone of its caller, which may change.
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
 * Ends processes that are not children of this one: tasks first, then the database that they use. Takes at most 8 s, to fit into the 10 s in
 * which the system must stop.
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

/** A task's whole process group gets the signal, since it may have started others; the database ends its own processes. */
function send(signal: NodeJS.Signals, { pid, kind }: SystemProcess): void {
  try {
    process.kill(kind === 'task' ? -pid : pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}

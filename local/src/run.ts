/** One run at a time uses a data directory, and no process of a run outlives it, however it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Writable } from 'node:stream';
import { endProcesses, isRunning, type SystemProcess, statusOf } from './system-process.ts';

/** What a run notes down for whoever comes next. */
interface RunRecord {
  pid: number;
  url: string;
  processes: SystemProcess[];
}

export class Run {
  readonly directory: string;
  readonly #url: string;
  readonly #lock: DatabaseSync;
  readonly #processes = new Set<SystemProcess>();
  #watchdog: ChildProcess;
  #closing = false;
  #released = false;

  /**
   * Takes the data directory for this run, and ends what a killed run before it may have left running.
   * @throws when another run uses the directory; the message names both.
   */
  static async claim(directory: string, url: string): Promise<Run> {
    await mkdir(directory, { recursive: true });
    const lock = lockFile(join(directory, 'lock'));
    const previous = readRecord(directory);
    if (!lock) {
      const holder = previous ? ` (process ${previous.pid}, ${previous.url})` : '';
      throw new Error(
        `${directory} is in use by another Property Insights${holder}. Stop it first, or choose another folder with --data-dir.`,
      );
    }
    const leftovers = previous?.processes.filter(isRunning) ?? [];
    await endProcesses(leftovers);
    return new Run(directory, url, lock);
  }

  private constructor(directory: string, url: string, lock: DatabaseSync) {
    this.directory = directory;
    this.#url = url;
    this.#lock = lock;
    this.#watchdog = this.#startWatchdog();
    this.#note();
  }

  /** To be called before a process or anything like it is started. @throws when the run is ending. */
  assertOpen(): void {
    if (this.#closing) throw new Error('The run is ending: nothing more is started.');
  }

  /** From now on no process can be started. */
  refuseProcesses(): void {
    this.#closing = true;
  }

  /** Ends what still runs, but for the database. */
  async endTasks(): Promise<void> {
    await endProcesses([...this.#processes].filter(({ kind }) => kind === 'task'));
  }

  /** Has the process end with this run. To be called in the same turn as the process is spawned, so that none is ever unknown. */
  guard(child: ChildProcess, kind: SystemProcess['kind']): void {
    const started = child.pid === undefined ? undefined : statusOf(child.pid)?.started;
    if (child.pid === undefined || started === undefined) return;
    const guarded: SystemProcess = { pid: child.pid, started, kind };
    this.#processes.add(guarded);
    this.#note();
    child.once('exit', () => {
      this.#processes.delete(guarded);
      this.#note();
    });
  }

  /** To be called when all processes have ended; then the directory is free for another run. */
  async release(): Promise<void> {
    this.#released = true;
    this.#watchdog.ref();
    const ended = once(this.#watchdog, 'exit');
    this.#watchdog.stdin?.end('[]\n');
    await ended;
    rmSync(recordPath(this.directory), { force: true });
    this.#lock.close();
  }

  #note(): void {
    if (this.#released) return;
    const processes = [...this.#processes];
    // A write to a pipe with room in it is done at once, so the watchdog knows of a process as soon as it runs.
    this.#watchdog.stdin?.write(`${JSON.stringify(processes)}\n`);
    const record: RunRecord = { pid: process.pid, url: this.#url, processes };
    const path = recordPath(this.directory);
    writeFileSync(`${path}.new`, JSON.stringify(record));
    renameSync(`${path}.new`, path);
  }

  /** Detached, so that neither Ctrl-C in the terminal nor its closing reaches it. */
  #startWatchdog(): ChildProcess {
    const watchdog = spawn(process.execPath, [join(import.meta.dirname, 'watchdog.ts')], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    watchdog.unref();
    const input = watchdog.stdin as Writable & { unref(): void };
    input.unref();
    input.on('error', () => {}); // it has ended; its exit is handled below
    watchdog.once('exit', () => {
      if (this.#released) return;
      this.#watchdog = this.#startWatchdog();
      this.#note();
    });
    return watchdog;
  }
}

/** The system itself lets go of this lock when its holder dies, so that there is no stale one; undefined when another has it. */
function lockFile(path: string): DatabaseSync | undefined {
  const lock = new DatabaseSync(path);
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    const databaseIsLocked = 5;
    if ((error as { errcode?: number }).errcode === databaseIsLocked) return undefined;
    throw error;
  }
}

function recordPath(directory: string): string {
  return join(directory, 'run.json');
}

function readRecord(directory: string): RunRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordPath(directory), 'utf8')) as RunRecord;
  } catch {
    return undefined;
  }
}

/** Only one run at a time uses a data directory. All processes of a run end with it, even if it is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Writable } from 'node:stream';
import { makePrivateFolder } from './private-files.ts';
import { endProcesses, isRunning, type SystemProcess, statusOf } from './system-process.ts';

/** The record of a run, for the next run of the directory. */
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
   * Locks the data directory for this run, and ends processes that a killed run may have left. From now on this process and those that it
   * starts create files for their owner only.
   * @throws if another run or another user has the directory; the message names them.
   */
  static async claim(directory: string, url: string): Promise<Run> {
    process.umask(0o077);
    const { wasOpen } = await makePrivateFolder(directory);
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
    if (wasOpen) await removeCode(directory);
    return new Run(directory, url, lock);
  }

  private constructor(directory: string, url: string, lock: DatabaseSync) {
    this.directory = directory;
    this.#url = url;
    this.#lock = lock;
    this.#watchdog = this.#startWatchdog();
    this.#writeRecord();
  }

  /** Call this before starting a process. @throws if the run is ending. */
  assertOpen(): void {
    if (this.#closing) throw new Error('The run is ending; no more processes are started.');
  }

  /** Makes `assertOpen` throw from now on. */
  preventProcesses(): void {
    this.#closing = true;
  }

  /** Ends all processes except the database. */
  async endTasks(): Promise<void> {
    await endProcesses([...this.#processes].filter(({ kind }) => kind === 'task'));
  }

  /** Ends the process with this run. Call this synchronously after spawning the process, so that every process is known. */
  guard(child: ChildProcess, kind: SystemProcess['kind']): void {
    const started = child.pid === undefined ? undefined : statusOf(child.pid)?.started;
    if (child.pid === undefined || started === undefined) return;
    const guarded: SystemProcess = { pid: child.pid, started, kind };
    this.#processes.add(guarded);
    this.#writeRecord();
    child.once('exit', () => {
      this.#processes.delete(guarded);
      // Without the directory there is no next run to record it for, and an error here would end this process.
      if (existsSync(this.directory)) this.#writeRecord();
    });
  }

  /** Unlocks the directory for another run. Call this when all processes have ended. */
  async release(): Promise<void> {
    this.#released = true;
    this.#watchdog.ref();
    const ended = once(this.#watchdog, 'exit');
    this.#watchdog.stdin?.end('[]\n');
    await ended;
    rmSync(recordPath(this.directory), { force: true });
    this.#lock.close();
  }

  #writeRecord(): void {
    if (this.#released) return;
    const processes = [...this.#processes];
    // A write to a pipe that has room is synchronous, so the watchdog knows every process from its start.
    this.#watchdog.stdin?.write(`${JSON.stringify(processes)}\n`);
    const record: RunRecord = { pid: process.pid, url: this.#url, processes };
    const path = recordPath(this.directory);
    writeFileSync(`${path}.new`, JSON.stringify(record));
    renameSync(`${path}.new`, path);
  }

  /** Detached, so that it receives neither Ctrl-C nor the closing of the terminal. */
  #startWatchdog(): ChildProcess {
    const watchdog = spawn(process.execPath, [join(import.meta.dirname, 'watchdog.ts')], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    watchdog.unref();
    const input = watchdog.stdin as Writable & { unref(): void };
    input.unref();
    input.on('error', () => {}); // it has ended; the exit handler below starts another
    watchdog.once('exit', () => {
      if (this.#released) return;
      this.#watchdog = this.#startWatchdog();
      this.#writeRecord();
    });
    return watchdog;
  }
}

/** Removes what a run executes from the directory, because others could have changed it. It is made again. */
async function removeCode(directory: string): Promise<void> {
  const code = (await readdir(directory)).filter((name) => name.startsWith('cdk.out') || name === 'compiled');
  await Promise.all(code.map((name) => rm(join(directory, name), { recursive: true })));
}

/**
 * Undefined if another process has the lock. The operating system releases the lock when its holder dies, so it is never stale.
 * @throws naming the file if it is damaged
 */
function lockFile(path: string): DatabaseSync | undefined {
  const lock = new DatabaseSync(path);
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    const databaseIsLocked = 5;
    if ((error as { errcode?: number }).errcode === databaseIsLocked) return undefined;
    throw new Error(`${path} is damaged (${(error as Error).message}). It contains no data: delete it.`);
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

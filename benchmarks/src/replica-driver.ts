/** Drives a replica in a process of its own. */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What the process is asked: one question about one market, a number of times. */
export interface Asked {
  /** The name of a question, or `market` for the market alone. */
  what: string;
  market: string;
  times: number;
}

/** What that took. */
export interface Took {
  /** Of one time, in milliseconds. */
  milliseconds: number;
  /** Of one time: milliseconds of processor time of the process, all threads. */
  processor: number;
  /** The number of answers that were computed. */
  computed: number;
}

/** A replica in a separate process, whose memory contains nothing else. */
export class ReplicaProcess {
  readonly milliseconds: number;
  readonly #child: ReturnType<typeof fork>;

  static async open(directory: string, login: object): Promise<ReplicaProcess> {
    const child = fork(join(import.meta.dirname, 'replica-process.ts'), [directory, JSON.stringify(login)], {
      env: { ...process.env, UV_THREADPOOL_SIZE: '10' },
    });
    const [milliseconds] = (await once(child, 'message')) as [number];
    return new ReplicaProcess(child, milliseconds);
  }

  private constructor(child: ReturnType<typeof fork>, milliseconds: number) {
    this.#child = child;
    this.milliseconds = milliseconds;
  }

  async repeat(asked: Asked): Promise<Took> {
    this.#child.send(asked);
    const [took] = (await once(this.#child, 'message')) as [Took];
    return took;
  }

  /** The time of one answer, in milliseconds. */
  async ask(what: string, market: string): Promise<number> {
    return (await this.repeat({ what, market, times: 1 })).milliseconds;
  }

  /** Resident memory, in bytes. */
  memory(): number {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(this.#child.pid)])) * 1024;
  }

  async close(): Promise<void> {
    this.#child.send('close');
    await once(this.#child, 'exit');
  }
}

/** The bytes of a directory. */
export async function sizeOf(directory: string): Promise<number> {
  const sizes = (await readdir(directory, { recursive: true })).map(
    async (name) => (await stat(join(directory, name))).size,
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

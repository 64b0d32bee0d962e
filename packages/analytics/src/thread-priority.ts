import { readdir, readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';

/** The name of libuv's threads, and of those that DuckDB creates on one of them. */
const threadName = 'libuv-worker';

/**
 * A third of the weight of JavaScript when both always want the same processor. With less, statements would hardly advance on one processor while
 * JavaScript fits a model; cached answers are hardly faster.
 */
export const statementPriority = 5;

/**
 * Lowers the priority of the threads that execute statements below that of JavaScript, which answers requests: where processors are few, a cached
 * answer would wait for statements. Only Linux has priorities of threads.
 */
export async function lowerStatementThreads(): Promise<void> {
  if (process.platform !== 'linux') return;
  for (const id of await readdir('/proc/self/task')) {
    try {
      const name = await readFile(`/proc/self/task/${id}/comm`, 'utf8');
      if (name.trim() === threadName) setPriority(Number(id), statementPriority);
    } catch {
      // The thread has ended, or its priority is lower already.
    }
  }
}

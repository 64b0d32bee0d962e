/** Threads that read files. A thread is ended at a limit of memory or time, even if it is busy, so that no file can disable the service. */
import { Worker } from 'node:worker_threads';

/** In MB. An import reads in constant memory. One that does not has a bug, and must not exhaust the memory of the service. */
const maxHeap = 384;
/** In MB, for short-lived objects. Rows become garbage at once; more room makes an import hardly faster (docs/decisions/0016). */
const maxYoungHeap = 24;
/** In bytes, of buffers, which are outside the heap. */
const maxBuffers = 192 * 2 ** 20;

/** Milliseconds between two checks of the limits. */
const checkInterval = 200;
/** Milliseconds from a cancellation until a thread that has not ended is ended. */
const cancellationTime = 1_000;

/** A thread reached a limit. The message is a sentence without a full stop. */
export class LimitReached extends Error {
  override name = 'LimitReached';
}

const memoryReached = () =>
  new LimitReached(
    `reading the files took more than ${maxHeap} MB of memory, which files of sales do not; split or convert them`,
  );

export interface LimitedThread<ToThread, FromThread> {
  /** The data that the thread starts with. */
  data: unknown;
  /** Milliseconds in which the thread must end, if there is a limit. */
  maxTime?: number;
  /** Milliseconds without a message after which the thread is ended, if there is a limit. */
  maxSilence?: number;
  /** Cancels the thread: it receives the message `cancel`, and is ended if it does not end soon. */
  signal?: AbortSignal;
  cancel?: ToThread;
  /** If it throws, the thread is ended. */
  onMessage(message: FromThread, send: (message: ToThread) => void): void | Promise<void>;
  /** Called before the thread is ended at a limit. */
  onLimit?(limit: LimitReached): Promise<void>;
}

/**
 * Runs a module in a thread until it ends.
 * @throws LimitReached, the reason of the signal, the error of `onMessage`, or the error by which the thread died
 */
export async function runLimited<ToThread, FromThread>(
  module: URL,
  { data, maxTime, maxSilence, signal, cancel, onMessage, onLimit }: LimitedThread<ToThread, FromThread>,
): Promise<void> {
  const worker = new Worker(module, {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: maxHeap, maxYoungGenerationSizeMb: maxYoungHeap },
  });
  const started = Date.now();
  let heard = started;
  let ended: unknown;
  const end = async (reason: unknown) => {
    if (ended) return;
    ended = reason;
    try {
      if (reason instanceof LimitReached) await onLimit?.(reason);
    } finally {
      await worker.terminate();
    }
  };
  const check = async () => {
    const now = Date.now();
    if (maxTime && now - started > maxTime) {
      await end(new LimitReached(`reading the files took more than ${maxTime / 1000} s`));
    } else if (maxSilence && now - heard > maxSilence) {
      await end(new LimitReached(`reading the files did not advance for ${maxSilence / 1000} s`));
    } else {
      // Rejects when the thread has ended.
      const heap = await worker.getHeapStatistics().catch(() => undefined);
      if (heap && heap.external_memory > maxBuffers) await end(memoryReached());
    }
  };
  const timer = setInterval(() => check().catch(() => undefined), checkInterval);
  let cancelling: NodeJS.Timeout | undefined;
  const abort = () => {
    worker.postMessage(cancel);
    cancelling = setTimeout(() => end(signal?.reason).catch(() => undefined), cancellationTime);
  };
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on('message', async (message: FromThread) => {
        heard = Date.now();
        try {
          await onMessage(message, (answer) => worker.postMessage(answer));
        } catch (error) {
          await end(error).catch(() => undefined);
        }
      });
      worker.on('error', (error: NodeJS.ErrnoException) => {
        ended ??= error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? memoryReached() : error;
      });
      worker.on('exit', () => (ended ? reject(ended) : resolve()));
    });
  } finally {
    clearInterval(timer);
    clearTimeout(cancelling);
    signal?.removeEventListener('abort', abort);
  }
}

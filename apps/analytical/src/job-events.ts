/** The progress of jobs as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { hasEnded, type Job, type JobProgress, type JobQueue } from '@property-insights/imports';
import { problems } from '@property-insights/service';
import type { FastifyBaseLogger } from 'fastify';

/** The data of an event `progress`. */
interface ProgressEvent extends JobProgress {
  /** While files are read, or an undo writes, as soon as there is something to measure. */
  rows_per_second: number | null;
  bytes_per_second: number | null;
  /** Until all files are read, or the undo is written. */
  seconds_left: number | null;
}

/** Milliseconds between two polls for the progress of jobs. Their rows are updated as often. */
const pollInterval = 500;
/** Milliseconds. Proxies close a connection that is idle for a minute. */
const heartbeatInterval = 15_000;
/** Milliseconds over which speed is measured. */
const speedWindow = 5_000;
/** Listeners of one task. Each holds a connection. */
const maxListeners = 200;

interface FollowedJob {
  listeners: Set<Readable>;
  /** From the last seconds of reading, or of an undo's writing. */
  samples: { at: number; rows: number; bytes: number }[];
  lastEvent: string;
}

/** All streams of one task, whichever tasks run the jobs. One query serves all listeners, and none is made while there are none. */
export class JobEvents {
  readonly #jobs: JobQueue;
  readonly #log: FastifyBaseLogger;
  readonly #followed = new Map<string, FollowedJob>();
  #listeners = 0;
  #polling: Promise<void> | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(jobs: JobQueue, log: FastifyBaseLogger) {
    this.#jobs = jobs;
    this.#log = log;
  }

  /**
   * The events of a job: `progress` now and at every change, then `end` with the job as it ended. Destroy the stream to stop listening.
   * @throws a 503 problem when there are too many listeners
   */
  listen(job: Job): Readable {
    if (hasEnded(job)) return Readable.from([event('end', job)]);
    if (this.#closed) throw problems.unavailable('stopping', 'The service is about to stop. Retry the request.', 1);
    if (this.#listeners >= maxListeners) {
      throw problems.unavailable(
        'overloaded',
        `${maxListeners} clients follow imports already. Poll GET /api/imports/${job.id}, or retry later.`,
        5,
      );
    }
    const stream = new Readable({ read() {} });
    const followed = this.#follow(job);
    followed.listeners.add(stream);
    stream.push(`retry: 1000\n${followed.lastEvent}`);
    this.#listeners++;
    this.#heartbeat ??= setInterval(() => this.#sendHeartbeats(), heartbeatInterval);
    this.#polling ??= this.#poll();
    return stream.once('close', () => {
      followed.listeners.delete(stream);
      if (followed.listeners.size === 0 && this.#followed.get(job.id) === followed) this.#followed.delete(job.id);
      if (--this.#listeners > 0) return;
      clearInterval(this.#heartbeat);
      this.#heartbeat = undefined;
    });
  }

  /** Ends every stream without an event `end`, so that clients reconnect, to another task. */
  close(): void {
    this.#closed = true;
    for (const id of this.#followed.keys()) this.#end(id);
  }

  #follow(job: Job): FollowedJob {
    const known = this.#followed.get(job.id);
    if (known) return known;
    const followed: FollowedJob = { listeners: new Set(), samples: [], lastEvent: '' };
    followed.lastEvent = event('progress', progressEvent(followed, job));
    this.#followed.set(job.id, followed);
    void this.#pollSoon(job.id);
    return followed;
  }

  /** An undo may take only milliseconds. So a new listener's job is polled after 10 ms, then 20 ms, and so on up to the interval. */
  async #pollSoon(id: string): Promise<void> {
    for (let pause = 10; pause < pollInterval; pause *= 2) {
      await delay(pause);
      if (!this.#followed.has(id)) return;
      await this.#update([id]);
    }
  }

  async #poll(): Promise<void> {
    for (;;) {
      await delay(pollInterval);
      if (this.#followed.size === 0) break;
      await this.#update([...this.#followed.keys()]);
    }
    this.#polling = undefined;
  }

  /** Sends the changes of these jobs to their listeners. */
  async #update(ids: string[]): Promise<void> {
    try {
      const found = new Map((await this.#jobs.progress(ids)).map((progress) => [progress.id, progress]));
      for (const id of ids) {
        const progress = found.get(id);
        if (progress && !hasEnded(progress)) {
          this.#sendProgress(progress);
        } else {
          // A job that is not found was deleted with its market.
          const job = await this.#jobs.find(id);
          this.#end(id, job && event('end', job));
        }
      }
    } catch (error) {
      // The next poll may succeed.
      this.#log.warn({ err: error }, 'could not read the progress of imports');
    }
  }

  #sendProgress(progress: JobProgress): void {
    const followed = this.#followed.get(progress.id);
    if (!followed) return;
    const text = event('progress', progressEvent(followed, progress));
    if (text === followed.lastEvent) return;
    for (const stream of followed.listeners) pushUnlessFull(stream, text);
    followed.lastEvent = text;
  }

  #end(id: string, lastEvent?: string): void {
    const listeners = this.#followed.get(id)?.listeners ?? [];
    this.#followed.delete(id);
    for (const stream of listeners) {
      if (lastEvent) stream.push(lastEvent);
      stream.push(null);
    }
  }

  #sendHeartbeats(): void {
    for (const { listeners } of this.#followed.values()) {
      for (const stream of listeners) pushUnlessFull(stream, ':\n\n');
    }
  }
}

function event(name: 'progress' | 'end', data: ProgressEvent | Job): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** A client that has not read the event before misses this one. The next event contains everything. */
function pushUnlessFull(stream: Readable, text: string): void {
  if (stream.readableLength === 0) stream.push(text);
}

function progressEvent({ samples }: FollowedJob, progress: JobProgress): ProgressEvent {
  const { id, state, stage, bytes_total, bytes_read, rows_read, rows_total, rejected } = progress;
  const now = { at: performance.now(), rows: rows_read, bytes: bytes_read };
  // An import spends its time reading, and its bytes are known; an undo spends it writing, and its rows are known.
  if (stage === (rows_total === null ? 'reading' : 'writing')) samples.push(now);
  else samples.length = 0;
  while (samples.length > 2 && now.at - (samples[1] as typeof now).at >= speedWindow) samples.shift();
  const since = samples[0] ?? now;
  const seconds = (now.at - since.at) / 1000;
  const perSecond = (amount: number) => (seconds > 0 ? Math.round(amount / seconds) : null);
  const rowsPerSecond = perSecond(now.rows - since.rows);
  const bytesPerSecond = perSecond(now.bytes - since.bytes);
  const secondsFor = (amount: number, perSecond: number | null) => (perSecond ? Math.ceil(amount / perSecond) : null);
  return {
    id,
    state,
    stage,
    bytes_total,
    bytes_read,
    rows_read,
    rows_total,
    rejected,
    rows_per_second: rowsPerSecond,
    bytes_per_second: bytesPerSecond,
    seconds_left:
      rows_total === null
        ? secondsFor(bytes_total - bytes_read, bytesPerSecond)
        : secondsFor(rows_total - rows_read, rowsPerSecond),
  };
}

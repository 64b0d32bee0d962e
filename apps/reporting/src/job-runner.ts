/**
 * Runs jobs, one at a time on each task. Tasks know nothing of each other: a job is a row that one of them takes. A task extends its lease of the row while
 * it works; the job of a task that ended is taken by another when the lease has run out (docs/decisions/0029).
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '@property-insights/database';
import type { Measure } from '@property-insights/service';
import type { Logger } from 'pino';
import {
  failJob,
  finishJob,
  holdJob,
  maxAttempts,
  type ReportJob,
  removeOldJobs,
  returnJob,
  takeJob,
} from './data/jobs.ts';

/** What the work on a job states of its progress. */
export interface Progress {
  stage: 'questions' | 'storage';
  storedBytes: number;
}

/** What is known of an error: whether the next attempt may succeed, and a sentence for people. */
export interface Failure {
  reason: string;
  /** Seconds until the next attempt; undefined if that would fail too. */
  retryAfter?: number;
  /** Whether the work was only postponed. */
  isPostponed?: boolean;
}

export interface JobRunnerOptions {
  database: Database;
  log: Logger;
  /** Makes the report of a job and stores it. @returns the name of its file */
  work: (job: ReportJob, signal: AbortSignal, progress: Progress) => Promise<string>;
  failureOf: (error: unknown) => Failure;
  /** Called for a job that has failed for good. */
  onFailure?: (job: ReportJob, reason: string) => Promise<void>;
  measure?: Measure<'ReportJobsFinished' | 'ReportJobsFailed'>;
  /** Seconds for which a job is a task's without a sign of life. */
  lease?: number;
  /** Milliseconds between two checks for jobs. */
  interval?: number;
}

/** Milliseconds that a job may take. */
const timeout = 30 * 60_000;
/** Milliseconds between two removals of old jobs. */
const cleaningInterval = 60 * 60_000;

const stopping = new Error('The task is stopping.');
const lost = new Error('The job was cancelled, or another task has taken it.');
const late = new Error(`The report took over ${timeout / 60_000} minutes.`);

export class JobRunner {
  readonly #options: Required<Omit<JobRunnerOptions, 'measure'>> & Pick<JobRunnerOptions, 'measure'>;
  readonly #stop = new AbortController();
  #woken = Promise.withResolvers<void>();
  #cleaned = 0;
  readonly #ended: Promise<void>;

  constructor(options: JobRunnerOptions) {
    this.#options = { lease: 30, interval: 5_000, onFailure: async () => {}, ...options };
    this.#ended = this.#run();
  }

  /** Checks for jobs at once. */
  wake(): void {
    this.#woken.resolve();
  }

  /** Returns the job that it works on, and stops. */
  async close(): Promise<void> {
    this.#stop.abort(stopping);
    this.wake();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { database, log, lease, interval } = this.#options;
    while (!this.#stop.signal.aborted) {
      const woken = this.#woken.promise;
      try {
        if (performance.now() - this.#cleaned > cleaningInterval) {
          await removeOldJobs(database);
          this.#cleaned = performance.now();
        }
        const job = await takeJob(database, lease);
        if (job) {
          if (job.state === 'running') await this.#perform(job);
          else await this.#failed(job, job.reason ?? '', true);
          continue;
        }
      } catch (error) {
        log.warn({ err: error }, 'the jobs cannot be read');
      }
      await Promise.race([
        woken,
        delay(interval, undefined, { signal: this.#stop.signal, ref: false }).catch(() => {}),
      ]);
      this.#woken = Promise.withResolvers();
    }
  }

  async #perform(job: ReportJob): Promise<void> {
    const { database, log, work, failureOf, lease, measure } = this.#options;
    const abort = new AbortController();
    const signal = AbortSignal.any([abort.signal, this.#stop.signal]);
    const progress: Progress = { stage: 'questions', storedBytes: 0 };
    const timer = setTimeout(() => abort.abort(late), timeout);
    // The database may be unreachable for a moment; the lease is extended by the next attempt.
    const hold = () => holdJob(database, job, lease, progress).catch(() => true);
    const heartbeat = setInterval(
      async () => {
        if (!(await hold())) abort.abort(lost);
      },
      (lease * 1000) / 3,
    );
    try {
      const name = await withSignal(work(job, signal, progress), signal);
      if (await finishJob(database, job, name, progress.storedBytes)) measure?.('ReportJobsFinished', 1);
    } catch (error) {
      if (error === lost) return;
      if (error === stopping) return await returnJob(database, job, { seconds: 0, reason: job.reason, counts: false });
      const { reason, retryAfter, isPostponed = false } = error === late ? { reason: late.message } : failureOf(error);
      if (retryAfter === undefined || (job.attempts >= maxAttempts && !isPostponed)) {
        if (await failJob(database, job, reason)) await this.#failed(job, reason, retryAfter !== undefined, error);
        return;
      }
      const seconds = isPostponed ? retryAfter : Math.max(retryAfter, 5 * 4 ** (job.attempts - 1));
      log.warn({ err: error, job: job.id, attempt: job.attempts, seconds }, 'a job is tried again');
      await returnJob(database, job, { seconds, reason, counts: !isPostponed });
    } finally {
      clearTimeout(timer);
      clearInterval(heartbeat);
    }
  }

  /**
   * @param isFault whether the installation failed, and not the report that was asked for
   * @param error of the last attempt; undefined if its task ended
   */
  async #failed(job: ReportJob, reason: string, isFault: boolean, error?: unknown): Promise<void> {
    const { log, measure, onFailure } = this.#options;
    log[isFault ? 'error' : 'warn']({ err: error, job: job.id, report: job.report, reason }, 'a job failed');
    if (isFault) measure?.('ReportJobsFailed', 1);
    await onFailure(job, reason).catch((error) => log.warn({ err: error, job: job.id }, 'a failure was not reported'));
  }
}

/** Rejects as soon as the signal aborts: not all work notices it at once. */
async function withSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
    work.catch(() => {}); // its error is that of the signal, or comes too late
  }
}

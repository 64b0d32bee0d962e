/** The imports and undos of a service. They run in the background; the files of an import are kept until it has ended. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CannotUndo, type Database, type Log, planUndo } from '@property-insights/database';
import type { ImportFile } from '../files.ts';
import type { ImportOptions } from './import.ts';
import { runImportInThread } from './import-thread.ts';
import type { JobContext } from './job.ts';
import type { JobReport } from './job-record.ts';
import {
  cancelJob,
  failInterruptedJobs,
  failUnendedJobs,
  findCancelled,
  findJob,
  findProgress,
  insertImport,
  insertUndo,
  type Job,
  type JobProgress,
  listJobs,
} from './job-table.ts';
import { Turns } from './turns.ts';
import { runUndo } from './undo.ts';

const endMetrics = { finished: 'ImportsFinished', failed: 'ImportsFailed', cancelled: 'ImportsCancelled' } as const;

export interface JobQueueOptions {
  /** For received files, and for nothing else. Files that an earlier process left there are removed. */
  directory: string;
  database: Database;
  log: Log;
  /** Receives the metrics: how jobs ended, and the rows that finished imports read. */
  measure?: (metric: 'ImportRows' | (typeof endMetrics)[keyof typeof endMetrics], value: number) => void;
}

export interface NewImport
  extends Pick<ImportOptions, 'marketId' | 'author' | 'format' | 'mapping' | 'edition' | 'maxRejects'> {
  id: string;
  /** In the directory of the import. */
  files: (ImportFile & { bytes: number })[];
}

/** Milliseconds between two polls for jobs that another task has cancelled. */
const pollInterval = 1_000;

export class JobQueue {
  readonly #options: JobQueueOptions;
  /** The jobs of this task that have not ended. */
  readonly #controllers = new Map<string, AbortController>();
  /** Jobs that no process runs, but that may still be recorded as received or running because the database was away. */
  readonly #abandoned = new Set<string>();
  readonly #imports = new Turns();
  readonly #undos = new Turns();
  readonly #recovered: Promise<void>;
  /** Resolves when the jobs of this task have ended. */
  #ended: Promise<void>;
  readonly #timer: NodeJS.Timeout;

  constructor(options: JobQueueOptions) {
    this.#options = options;
    // Read before anything is received, so that only files of earlier processes are found.
    mkdirSync(options.directory, { recursive: true });
    for (const id of readdirSync(options.directory)) this.#abandoned.add(id);
    this.#recovered = this.#recover();
    this.#ended = this.#recovered;
    this.#timer = setInterval(() => this.#poll(), pollInterval);
  }

  /** The directory for the files of an import. It is removed when the import has ended. */
  directoryOf(id: string): string {
    return join(this.#options.directory, id);
  }

  /** Removes the directory of an import. */
  async removeDirectory(id: string): Promise<void> {
    await rm(this.directoryOf(id), { recursive: true, force: true });
  }

  /**
   * Records an import and runs it in its turn, which authors take. Two at a time would need the memory of two.
   * @returns the import as recorded
   */
  async addImport({ id, ...received }: NewImport): Promise<Job> {
    await this.#abandonOnError(id, () => insertImport(this.#options.database, { id, ...received }));
    this.#start(this.#imports, received.author, id, async (context) => {
      const report = await runImportInThread({ ...received, ...context });
      if (report.state === 'finished') this.#options.measure?.('ImportRows', report.rows_read);
      return report;
    });
    return (await this.find(id)) as Job;
  }

  /**
   * Records an undo and runs it in its turn among the undos. It does not wait for imports, because the database does its work.
   * @returns the undo as recorded, or undefined if there is no such revision
   * @throws CannotUndo, MarketGone
   */
  async addUndo(revision: number, author: string): Promise<Job | undefined> {
    const { database } = this.#options;
    const undo = await planUndo(database, revision);
    if (!undo) return undefined;
    const id = randomUUID();
    // An undo has no files, but its directory makes it known to the next process if this one dies.
    await mkdir(this.directoryOf(id));
    await this.#abandonOnError(id, async () => {
      if (await insertUndo(database, { id, ...undo, author })) return;
      throw new CannotUndo(`Revision ${undo.undoes} is being undone already. GET /api/imports shows the progress.`);
    });
    this.#start(this.#undos, author, id, (context) => runUndo({ undo, author, ...context }));
    return (await this.find(id)) as Job;
  }

  /** Whether this task runs the job, or will. */
  has(id: string): boolean {
    return this.#controllers.has(id);
  }

  async find(id: string): Promise<Job | undefined> {
    const [job] = await this.#readCurrent(async () => {
      const found = await findJob(this.#options.database, id);
      return found ? [found] : [];
    });
    return job;
  }

  /** One page of the jobs of all tasks, the latest first, that follow the job `after`. */
  list(after: string | undefined, limit: number): Promise<Job[]> {
    return this.#readCurrent(() => listJobs(this.#options.database, after, limit));
  }

  /** The progress of the given jobs. */
  progress(ids: string[]): Promise<JobProgress[]> {
    return this.#readCurrent(() => findProgress(this.#options.database, ids));
  }

  /** Cancels a job, whichever task runs it. @returns false if it has ended */
  async cancel(id: string): Promise<boolean> {
    const cancelled = await cancelJob(this.#options.database, id);
    if (cancelled) this.#controllers.get(id)?.abort();
    return cancelled;
  }

  /** Removes the files of an import that will not run, and marks it as failed if it was recorded. */
  async abandon(id: string): Promise<void> {
    this.#abandoned.add(id);
    await this.removeDirectory(id);
  }

  /** Cancels the jobs of this task; they write nothing. Resolves when they have ended. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const controller of this.#controllers.values()) controller.abort();
    await this.#ended;
  }

  async #abandonOnError(id: string, record: () => Promise<void>): Promise<void> {
    try {
      await record();
    } catch (error) {
      await this.abandon(id);
      throw error;
    }
  }

  /** Reads jobs. If one of them runs elsewhere, its process may have died, so interrupted jobs are marked and the jobs are read again. */
  async #readCurrent<T extends Pick<Job, 'id' | 'state'>>(read: () => Promise<T[]>): Promise<T[]> {
    const jobs = await read();
    if (!jobs.some(({ id, state }) => state === 'running' && !this.has(id))) return jobs;
    await failInterruptedJobs(this.#options.database);
    return read();
  }

  #start(turns: Turns, author: string, id: string, run: (context: JobContext) => Promise<JobReport>): void {
    const controller = new AbortController();
    this.#controllers.set(id, controller);
    const ended = turns.do(author, async () => {
      await this.#recovered;
      await this.#run(id, controller.signal, run);
      this.#controllers.delete(id);
      await this.removeDirectory(id);
    });
    this.#ended = Promise.all([this.#ended, ended]).then(() => undefined);
  }

  async #run(id: string, signal: AbortSignal, run: (context: JobContext) => Promise<JobReport>): Promise<void> {
    const { database, log, measure } = this.#options;
    try {
      const [cancelled] = await findCancelled(database, [id]);
      const { state } = cancelled
        ? { state: 'cancelled' as const }
        : await run({ importId: id, database, signal, log });
      measure?.(endMetrics[state], 1);
    } catch (error) {
      this.#abandoned.add(id);
      log.error({ err: error, importId: id }, 'could not record the end of an import; the service retries');
    }
  }

  async #poll(): Promise<void> {
    try {
      await this.#failAbandoned();
      const ids = [...this.#controllers.keys()];
      if (ids.length === 0) return;
      for (const id of await findCancelled(this.#options.database, ids)) this.#controllers.get(id)?.abort();
    } catch (error) {
      this.#options.log.warn({ err: error }, 'could not check whether imports were cancelled; the service retries');
    }
  }

  async #failAbandoned(): Promise<void> {
    const ids = [...this.#abandoned];
    if (ids.length === 0) return;
    const failed = await failUnendedJobs(this.#options.database, ids);
    if (failed > 0) this.#options.measure?.('ImportsFailed', failed);
    for (const id of ids) {
      await this.removeDirectory(id);
      this.#abandoned.delete(id);
    }
  }

  /** Marks the jobs of a process that died as failed, and removes their files. */
  async #recover(): Promise<void> {
    const { database, log } = this.#options;
    try {
      await this.#failAbandoned();
      await failInterruptedJobs(database);
    } catch (error) {
      log.warn({ err: error }, 'could not mark interrupted imports as failed; the service retries');
    }
  }
}

/** Runs imports and undos in the background, and keeps the received files until they are done. */
import { mkdirSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '@property-insights/database';
import {
  failInterruptedImports,
  type ImportFile,
  type ImportOptions,
  type ImportReport,
  type Recorded,
  runUndo,
  startImport,
  type UndoOptions,
} from '@property-insights/imports';
import type { Measure } from '@property-insights/service';
import type { Logger } from 'pino';
import { cancelledAmong, failUnfinished } from './imports.ts';

export interface ImportRunnerOptions {
  /** For received files; its own. What a process before this one left there is of no use, and removed. */
  directory: string;
  database: Database;
  log: Logger;
  measure?: Measure;
}

export interface ReceivedImport extends Pick<ImportOptions, 'format' | 'mapping' | 'maxRejects'> {
  importId: string;
  marketId: number;
  author: string;
  files: ImportFile[];
}

export type RequestedUndo = Omit<UndoOptions, Exclude<keyof Recorded, 'importId'>>;

/** How long a cancellation that another task took may go unnoticed, in milliseconds. */
const noticeWithin = 1_000;

const outcomes = { finished: 'ImportsFinished', failed: 'ImportsFailed', cancelled: 'ImportsCancelled' } as const;

export class ImportRunner {
  readonly #options: ImportRunnerOptions;
  /** Those running or waiting. */
  readonly #underWay = new Map<string, AbortController>();
  /** Those that nobody works on any more and that may still be recorded as received or running, because the database was away. */
  readonly #abandoned = new Set<string>();
  #lastImport: Promise<void>;
  #lastUndo: Promise<void>;
  readonly #watch: NodeJS.Timeout;

  constructor(options: ImportRunnerOptions) {
    this.#options = options;
    // Looked through before anything is received, which would be taken for what was left.
    mkdirSync(options.directory, { recursive: true });
    for (const id of readdirSync(options.directory)) this.#abandoned.add(id);
    this.#lastImport = this.#tidy();
    this.#lastUndo = this.#lastImport;
    this.#watch = setInterval(() => this.#look(), noticeWithin);
  }

  /** Where the files of an import are to be put. */
  directoryOf(importId: string): string {
    return join(this.#options.directory, importId);
  }

  /** Runs an import as soon as those before it have ended: two at a time would need the memory of two, and wait for each other's market. */
  add(received: ReceivedImport): void {
    this.#lastImport = this.#runAfter(this.#lastImport, received.importId, async (recorded) => {
      const report = await startImport({ ...received, ...recorded });
      if (report.state === 'finished') this.#measure('ImportRows', report.rows_read);
      return report;
    });
  }

  /** Runs an undo as soon as those before it have ended. It doesn't wait for imports: the work is the database's. */
  addUndo(requested: RequestedUndo): void {
    this.#lastUndo = this.#runAfter(this.#lastUndo, requested.importId, (recorded) =>
      runUndo({ ...requested, ...recorded }),
    );
  }

  /** Whether this task runs the import, or will. */
  isUnderWay(importId: string): boolean {
    return this.#underWay.has(importId);
  }

  /** Stops work on an import that has been cancelled. */
  abort(importId: string): void {
    this.#underWay.get(importId)?.abort();
  }

  /** Removes the files of an import. */
  async discard(importId: string): Promise<void> {
    await rm(this.directoryOf(importId), { recursive: true, force: true });
  }

  /** Removes the files of an import that will not be run, and has it fail if it was recorded all the same. */
  async giveUp(importId: string): Promise<void> {
    this.#abandoned.add(importId);
    await this.discard(importId);
  }

  /** Cancels what is under way; nothing of it is written. */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    for (const controller of this.#underWay.values()) controller.abort();
    await Promise.all([this.#lastImport, this.#lastUndo]);
  }

  async #runAfter(
    before: Promise<void>,
    importId: string,
    work: (recorded: Recorded) => Promise<ImportReport>,
  ): Promise<void> {
    const controller = new AbortController();
    this.#underWay.set(importId, controller);
    await before;
    await this.#run(importId, controller.signal, work);
    this.#underWay.delete(importId);
    await this.discard(importId);
  }

  async #run(
    importId: string,
    signal: AbortSignal,
    work: (recorded: Recorded) => Promise<ImportReport>,
  ): Promise<void> {
    const { database, log } = this.#options;
    try {
      const [cancelled] = await cancelledAmong(database, [importId]);
      const { state } = cancelled ? { state: 'cancelled' as const } : await work({ importId, database, signal, log });
      this.#measure(outcomes[state], 1);
    } catch (error) {
      this.#abandoned.add(importId);
      log.error({ err: error, importId }, 'an import ended without a record of it; that will be tried again');
    }
  }

  #measure(...[name, value]: Parameters<Measure>): void {
    this.#options.measure?.(name, value);
  }

  async #look(): Promise<void> {
    try {
      await this.#failAbandoned();
      await this.#abortCancelled();
    } catch (error) {
      this.#options.log.warn({ err: error }, 'it could not be seen whether imports were cancelled or given up');
    }
  }

  async #failAbandoned(): Promise<void> {
    const ids = [...this.#abandoned];
    if (ids.length === 0) return;
    const unfinished = await failUnfinished(this.#options.database, ids);
    if (unfinished > 0) this.#measure('ImportsFailed', unfinished);
    for (const id of ids) {
      await this.discard(id);
      this.#abandoned.delete(id);
    }
  }

  async #abortCancelled(): Promise<void> {
    const ids = [...this.#underWay.keys()];
    if (ids.length === 0) return;
    for (const id of await cancelledAmong(this.#options.database, ids)) this.abort(id);
  }

  /** Puts in order what a process that ended without warning has left. */
  async #tidy(): Promise<void> {
    const { database, log } = this.#options;
    try {
      await this.#failAbandoned();
      await failInterruptedImports(database);
    } catch (error) {
      log.warn({ err: error }, 'interrupted imports could not be recorded as such; that will be tried again');
    }
  }
}

/** Runs imports in the background, one after the other, and keeps the received files until they are done. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Database } from '@property-insights/database';
import { failInterruptedImports, type ImportFile, type ImportOptions, startImport } from '@property-insights/imports';
import type { Logger } from 'pino';
import { cancelledAmong, failUnfinished } from './imports.ts';

export interface ImportRunnerOptions {
  /** For received files; its own. What a process before this one left there is of no use, and removed. */
  directory: string;
  database: Database;
  log: Logger;
}

export interface ReceivedImport extends Pick<ImportOptions, 'format' | 'maxRejects'> {
  importId: string;
  marketId: number;
  author: string;
  files: ImportFile[];
}

/** How long a cancellation that another task took may go unnoticed, in milliseconds. */
const noticeWithin = 1_000;

export class ImportRunner {
  readonly #options: ImportRunnerOptions;
  /** Those running or waiting. */
  readonly #underWay = new Map<string, AbortController>();
  #last: Promise<void>;
  #watch: NodeJS.Timeout | undefined;

  constructor(options: ImportRunnerOptions) {
    this.#options = options;
    this.#last = this.#tidy();
  }

  /** Where the files of an import are to be put. */
  directoryOf(importId: string): string {
    return join(this.#options.directory, importId);
  }

  /** Runs an import as soon as those before it have ended: two at a time would need the memory of two, and wait for each other's market. */
  add(received: ReceivedImport): void {
    const { importId } = received;
    const controller = new AbortController();
    this.#underWay.set(importId, controller);
    this.#last = this.#last.then(async () => {
      await this.#run(received, controller.signal);
      this.#underWay.delete(importId);
      await this.discard(importId);
    });
    this.#watch ??= setInterval(() => this.#abortCancelled(), noticeWithin);
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

  /** Cancels what is under way; nothing of it is written. */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    for (const controller of this.#underWay.values()) controller.abort();
    await this.#last;
  }

  async #run(received: ReceivedImport, signal: AbortSignal): Promise<void> {
    const { database, log } = this.#options;
    const { importId } = received;
    try {
      const [cancelled] = await cancelledAmong(database, [importId]);
      if (!cancelled) await startImport({ ...received, database, signal, log });
    } catch (error) {
      // The import's row still says that it runs; `failInterruptedImports` will find that nobody works on it.
      log.error({ err: error, importId }, 'an import ended without a record of it');
    }
  }

  async #abortCancelled(): Promise<void> {
    const ids = [...this.#underWay.keys()];
    if (ids.length === 0) return;
    try {
      for (const id of await cancelledAmong(this.#options.database, ids)) this.abort(id);
    } catch (error) {
      this.#options.log.warn({ err: error }, 'it could not be seen whether imports were cancelled');
    }
  }

  /** Puts in order what a process that ended without warning has left. */
  async #tidy(): Promise<void> {
    const { directory, database, log } = this.#options;
    try {
      await mkdir(directory, { recursive: true });
      const left = await readdir(directory);
      await failUnfinished(database, left);
      await failInterruptedImports(database);
      for (const id of left) await this.discard(id);
    } catch (error) {
      log.warn({ err: error }, 'interrupted imports could not be recorded as such; the next start will try again');
    }
  }
}

/** Empties the markets that were deleted, in the background. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Database, emptyMarket, findDeletedMarket } from '@property-insights/database';
import { awaitJobs } from '@property-insights/imports';
import type { FastifyBaseLogger } from 'fastify';

/** Milliseconds until what failed is tried again. */
const pause = 5_000;

export class DeletedMarkets {
  readonly #database: Database;
  readonly #log: FastifyBaseLogger;
  readonly #closing = new AbortController();
  #last: Promise<void> = Promise.resolve();

  constructor(database: Database, log: FastifyBaseLogger) {
    this.#database = database;
    this.#log = log;
  }

  /**
   * Empties all that there are. To be called at a service's start, which goes on with what a process before it has left, and after a deletion. Several tasks
   * may do so at a time.
   */
  empty(): void {
    this.#last = this.#last.then(() => this.#emptyAll());
  }

  /** Leaves the rest to another task, or to the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#last;
  }

  async #emptyAll(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const marketId = await findDeletedMarket(this.#database);
        if (marketId === undefined) return;
        // They were cancelled, but may reject rows until they have noticed.
        await awaitJobs(this.#database, marketId);
        await emptyMarket(this.#database, marketId, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#log.warn({ err: error }, 'a deleted market could not be emptied; that will be tried again');
        await delay(pause, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}

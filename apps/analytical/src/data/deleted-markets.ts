/** Removes the rows of deleted markets, in the background. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Database, emptyMarket, findDeletedMarket } from '@property-insights/database';
import { awaitJobs } from '@property-insights/imports';
import type { FastifyBaseLogger } from 'fastify';

/** Milliseconds before a failed attempt is repeated. */
const retryDelay = 5_000;

export class DeletedMarkets {
  readonly #database: Database;
  readonly #log: FastifyBaseLogger;
  readonly #closing = new AbortController();
  #last: Promise<void> = Promise.resolve();

  constructor(database: Database, log: FastifyBaseLogger) {
    this.#database = database;
    this.#log = log;
  }

  /** Starts emptying all deleted markets. Called when the service starts and after a deletion. Several tasks may do so at the same time. */
  empty(): void {
    this.#last = this.#last.then(() => this.#emptyAll());
  }

  /** Stops. Another task, or the next start, continues. */
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
        // Its jobs were cancelled, but may write rejects until they stop.
        await awaitJobs(this.#database, marketId);
        await emptyMarket(this.#database, marketId, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#log.warn({ err: error }, 'could not empty a deleted market; the service retries');
        await delay(retryDelay, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}

/** Chooses the default method of price indices for each market that has changed, and fits its valuation, in the background. */
import { setTimeout as delay } from 'node:timers/promises';
import { chooseMethod, estimate, InvalidQuestion, type Replica } from '@property-insights/analytics';
import { claimUnchosen, type Database, recordChoice } from '@property-insights/database';
import type { FastifyBaseLogger } from 'fastify';

/** Milliseconds between two checks for markets that have changed. Loads of several files are often a few seconds apart. */
const interval = 60_000;

/** A choice takes at most this share of the time, so that frequent changes of a large market do not keep a processor busy. */
const maxShare = 0.05;

export class IndexMethods {
  readonly #database: Database;
  readonly #replica: Promise<Replica>;
  readonly #log: FastifyBaseLogger;
  readonly #closing = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(database: Database, replica: Promise<Replica>, log: FastifyBaseLogger) {
    this.#database = database;
    this.#replica = replica;
    this.#log = log;
  }

  /** Starts. Several tasks may do so: they take turns. */
  start(): void {
    this.#running = this.#run();
  }

  /** Stops. Another task, or the next start, continues. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  /** Chooses the method of one market that has changed. Returns false if there is none. */
  async chooseNext(): Promise<boolean> {
    const market = await claimUnchosen(this.#database);
    if (!market) return false;
    const { version, result } = await (await this.#replica).compute(
      market.code,
      (db, { index_method = null }) => chooseMethod(db, index_method),
      this.#closing.signal,
    );
    await recordChoice(this.#database, market, version, result);
    // Otherwise the first estimate would wait for it. A market without dated sales has none.
    await (await this.#replica)
      .prepare(estimate, { market: market.code }, this.#closing.signal)
      .catch((error: unknown) => {
        if (!(error instanceof InvalidQuestion)) throw error;
      });
    return true;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let wait = interval;
    while (!signal.aborted) {
      await delay(wait, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      const started = performance.now();
      let chosen = false;
      try {
        chosen = await this.chooseNext();
      } catch (error) {
        if (signal.aborted) return;
        this.#log.warn({ err: error }, 'could not choose the index method of a market; the former one stays');
      }
      wait = chosen ? (performance.now() - started) / maxShare : interval;
    }
  }
}

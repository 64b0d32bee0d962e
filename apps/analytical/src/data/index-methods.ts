/** Chooses the default method of price indices for each market that has changed, and fits its valuation, in the background. */
import { setTimeout as delay } from 'node:timers/promises';
import { chooseMethod, estimate, InvalidQuestion, type Replica } from '@property-insights/analytics';
import {
  claimUnchosen,
  type Database,
  recordChoice,
  releaseUnchosen,
  remainsQuiet,
  type Unchosen,
} from '@property-insights/database';
import type { FastifyBaseLogger } from 'fastify';

/** Milliseconds between two checks for markets that have changed. */
const interval = 60_000;

/** Milliseconds between two checks whether the market of a choice is still quiet. */
const quietInterval = 1_000;

/** A choice takes at most this share of the time, so that frequent changes of a large market do not keep a processor busy. */
const maxShare = 0.05;

export class IndexMethods {
  readonly #database: Database;
  readonly #replica: Promise<Replica>;
  readonly #log: FastifyBaseLogger;
  readonly #quiet: string | undefined;
  readonly #closing = new AbortController();
  #running: Promise<void> = Promise.resolve();

  /** @param quiet how long a market must be unchanged, as an interval of PostgreSQL; a minute by default */
  constructor(database: Database, replica: Promise<Replica>, log: FastifyBaseLogger, quiet?: string) {
    this.#database = database;
    this.#replica = replica;
    this.#log = log;
    this.#quiet = quiet;
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

  /**
   * Chooses the method of one market that has changed and is quiet. Returns false if there is none. The choice is cancelled, and made again later,
   * if the market changes or a job starts: it would slow the job and requests.
   */
  async chooseNext(): Promise<boolean> {
    const market = await claimUnchosen(this.#database, this.#quiet);
    if (!market) return false;
    const replica = await this.#replica;
    const disturbed = new AbortController();
    const timer = setInterval(() => void this.#check(market, disturbed), quietInterval);
    try {
      const { version, result } = await replica.compute(
        market.code,
        (db, { index_method = null }) => chooseMethod(db, index_method),
        AbortSignal.any([this.#closing.signal, disturbed.signal]),
      );
      await recordChoice(this.#database, market, version, result);
    } catch (error) {
      if (!disturbed.signal.aborted) throw error;
      await releaseUnchosen(this.#database, market);
      return true;
    } finally {
      clearInterval(timer);
    }
    // Otherwise the first estimate would wait for it. A market without dated sales has none.
    await replica.prepare(estimate, { market: market.code }, this.#closing.signal).catch((error: unknown) => {
      if (!(error instanceof InvalidQuestion)) throw error;
    });
    return true;
  }

  async #check(market: Unchosen, disturbed: AbortController): Promise<void> {
    // If the database cannot be reached, the choice fails when it is recorded.
    const isQuiet = await remainsQuiet(this.#database, market, this.#quiet).catch(() => true);
    if (!isQuiet) disturbed.abort();
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

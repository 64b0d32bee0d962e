/** Fits what questions of a changed market need, in the background: the default method of its price indices, and its valuation. */
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

/** The fits of one market take at most this share of the time, so that frequent changes of a large market do not keep a processor busy. */
const maxShareOfMarket = 0.05;

/** All fits take at most this share of the time. */
const maxShare = 0.5;

export class BackgroundFits {
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
   * Fits one market that has changed and is quiet. The choice of the method is cancelled, and made again later, if the market changes or a job starts: it would
   * slow the job and requests. A valuation runs to its end, because questions may wait for it.
   * @param except the ids of markets that are not fitted
   * @returns the id of the market, or undefined if there is none
   */
  async fitNext(except: readonly number[] = []): Promise<number | undefined> {
    const market = await claimUnchosen(this.#database, except, this.#quiet);
    if (!market) return undefined;
    const replica = await this.#replica;
    if (await this.#chooseMethod(replica, market)) await this.#fitValuation(replica, market);
    return market.id;
  }

  /** Returns false if the choice was cancelled. */
  async #chooseMethod(replica: Replica, market: Unchosen): Promise<boolean> {
    const disturbed = new AbortController();
    const timer = setInterval(() => void this.#check(market, disturbed), quietInterval);
    try {
      const { version, result } = await replica.compute(
        market.code,
        (db, { index_method = null }) => chooseMethod(db, index_method),
        AbortSignal.any([this.#closing.signal, disturbed.signal]),
      );
      await recordChoice(this.#database, market, version, result);
      return true;
    } catch (error) {
      if (!disturbed.signal.aborted) throw error;
      await releaseUnchosen(this.#database, market);
      return false;
    } finally {
      clearInterval(timer);
    }
  }

  /** Otherwise the first estimate would wait for it. */
  async #fitValuation(replica: Replica, { code: market }: Unchosen): Promise<void> {
    await replica.prepare(estimate, { market }, this.#closing.signal).catch((error: unknown) => {
      // A market without dated sales has no valuation.
      if (!(error instanceof InvalidQuestion)) throw error;
    });
  }

  async #check(market: Unchosen, disturbed: AbortController): Promise<void> {
    // If the database cannot be reached, the choice fails when it is recorded.
    const isQuiet = await remainsQuiet(this.#database, market, this.#quiet).catch(() => true);
    if (!isQuiet) disturbed.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const pausedUntil = new Map<number, number>();
    let wait = interval;
    while (!signal.aborted) {
      await delay(wait, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      wait = interval;
      const started = performance.now();
      for (const [id, until] of pausedUntil) if (until <= started) pausedUntil.delete(id);
      try {
        const fitted = await this.fitNext([...pausedUntil.keys()]);
        if (fitted === undefined) continue;
        const ended = performance.now();
        pausedUntil.set(fitted, ended + (ended - started) / maxShareOfMarket);
        wait = (ended - started) / maxShare;
      } catch (error) {
        if (signal.aborted) return;
        this.#log.warn(
          { err: error },
          'could not fit the index method and the valuation of a market; the former ones stay',
        );
      }
    }
  }
}

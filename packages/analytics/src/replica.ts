import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Database,
  DatabaseUnavailable,
  type DataVersion,
  exportChanges,
  type Log,
  type Progress,
  traced,
} from '@property-insights/database';
import type { Static, TObject, TSchema } from 'typebox';
import { type Answer, Answers, questionKey } from './answers.ts';
import { ask, position } from './ask.ts';
import type { Connection } from './connection.ts';
import { TimedOut } from './errors.ts';
import { copySales, type ExportFormat } from './export.ts';
import { type Filters, filtersOnly } from './filters.ts';
import { Freshness } from './freshness.ts';
import type { Market } from './market.ts';
import { Memo } from './memo.ts';
import type { Question } from './question.ts';
import { Store } from './store.ts';
import { validate } from './validate.ts';

/** Metrics of a replica: the number of versions that a check found it behind, numbers of answers, and times in milliseconds. */
export type ReplicaMetric = 'ReplicaVersionsBehind' | 'CatchUpTime' | 'CacheHits' | 'CacheMisses' | 'QuestionTime';
type Measure = (metric: ReplicaMetric, value: number) => void;

export interface ReplicaOptions {
  /** The replica's own directory, created if it is missing. */
  directory: string;
  database: Database;
  log: Log;
  /** The maximum number of bytes of cached answers; 64 MiB by default. */
  cacheBytes?: number;
  /** The time limit of a question, in milliseconds; 30 s by default, half of the load balancer's. */
  queryTimeout?: number | undefined;
  measure?: Measure | undefined;
}

/** Every sale that matches some filters, as a file. The file has no name any more: it is deleted when the stream ends. */
export interface Export {
  version: number;
  market: Market;
  bytes: number;
  stream: Readable;
}

/** The coordinates of a sale that states none of its own: those of its locality or postcode. WGS 84. */
export interface Placement {
  latitude: number;
  longitude: number;
  /** Whose middle the coordinates are. */
  approximate: 'locality' | 'postcode';
}

/**
 * A columnar copy of the sales in force, in DuckDB, that answers questions.
 *
 * Before it answers, it checks the database's version (see `Freshness`) and catches up if it is behind. So an answer reflects every write that was
 * committed before the question was asked.
 */
export class Replica {
  readonly #directory: string;
  readonly #database: Database;
  readonly #log: Log;
  readonly #answers: Answers;
  readonly #queryTimeout: number;
  readonly #measure: Measure;
  /** Kept when the store is replaced. */
  readonly #memo: Memo;
  readonly #freshness = new Freshness(() => this.#readProgress());
  #store: Store;
  /** The current store if it must be replaced: it is damaged, or holds sales of another database. */
  #invalidStore: Store | undefined;
  /** The catch-up that is running. */
  #catchingUp: Promise<DataVersion> | undefined;
  /** When the replica was last known to be up to date, or else was opened. */
  #upToDateAt = performance.now();

  /**
   * Opens the store in the directory and catches up. Without a database it opens all the same, and catches up when the database is back.
   * @throws if another process uses the directory
   */
  static async open(options: ReplicaOptions): Promise<Replica> {
    const memo = new Memo();
    const replica = new Replica(options, await Store.open(options.directory, options.log, memo), memo);
    try {
      await replica.#catchUp();
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
      options.log.warn({ err: error }, 'there is no database to catch up with yet');
    }
    return replica;
  }

  private constructor(
    { directory, database, log, cacheBytes = 64 * 2 ** 20, queryTimeout = 30_000, measure = () => {} }: ReplicaOptions,
    store: Store,
    memo: Memo,
  ) {
    this.#directory = directory;
    this.#database = database;
    this.#log = log;
    this.#answers = new Answers(cacheBytes);
    this.#queryTimeout = queryTimeout;
    this.#measure = measure;
    this.#store = store;
    this.#memo = memo;
  }

  /**
   * Answers a question from data no older than what was committed when it was asked.
   * @param caller returns a signal that aborts when the caller no longer waits; called only if the answer is not cached
   * @throws InvalidQuestion, UnknownMarket, Overloaded, TimedOut, DatabaseUnavailable, and the reason of the caller's signal
   */
  async answer<P extends TObject, R extends TSchema>(
    question: Question<P, R>,
    parameters: Static<P>,
    caller?: () => AbortSignal,
  ): Promise<Answer> {
    const reached = await this.#catchUpFor((parameters as { market?: string }).market);
    let cached = true;
    const compute = (signal: AbortSignal) => {
      cached = false;
      return traced(`question ${question.name}`, {}, () => this.#ask(question, parameters, signal));
    };
    const answer = this.#answers.answer(reached, questionKey(question.name, parameters), compute, caller);
    this.#measure(cached ? 'CacheHits' : 'CacheMisses', 1);
    return answer;
  }

  /** Brings the replica up to date. Returns 0 if that succeeds within five seconds, otherwise for how many seconds it has been behind. */
  async secondsBehind(): Promise<number> {
    const upToDate = this.#catchUp().then(
      () => true,
      () => false,
    );
    if (await Promise.race([upToDate, delay(5_000, false, { ref: false })])) return 0;
    return (performance.now() - this.#upToDateAt) / 1000;
  }

  /**
   * Exports every sale that matches the filters, as one file. It is written to the replica's disk first, so that a slow client does not keep a
   * transaction open. Exports run one at a time and have no time limit.
   * @param signal cancels the export
   * @throws InvalidQuestion, UnknownMarket, Overloaded, DatabaseUnavailable, and the signal's reason
   */
  async export(format: ExportFormat, filters: Filters, signal: AbortSignal): Promise<Export> {
    validate(filtersOnly, filters);
    await this.#catchUpFor(filters.market);
    const path = join(this.#directory, `export-${randomUUID()}.${format}`);
    try {
      const copy = async (db: Connection) => {
        const { reached, market } = await position(db, filters.market);
        await copySales(db, filters, market, format, path);
        return { version: reached.version, market };
      };
      const written = await this.#use((store) => store.read(copy, signal, store.exports));
      const file = await open(path);
      const { size } = await file.stat();
      return { ...written, bytes: size, stream: file.createReadStream() };
    } finally {
      // A deleted file can be read to its end while it is open.
      await rm(path, { force: true });
    }
  }

  /**
   * The market with a code, or the default market.
   * @throws UnknownMarket, Overloaded, DatabaseUnavailable
   */
  async market(code?: string): Promise<Market> {
    await this.#catchUpFor(code);
    return this.#use((store) => store.read(async (db) => (await position(db, code)).market));
  }

  /**
   * The placements of sales, by sale id. Sales that state their own coordinates, and sales that no gazetteer places, have none.
   * @throws Overloaded, DatabaseUnavailable
   */
  async placements(market: string, saleIds: number[]): Promise<Map<number, Placement>> {
    await this.#catchUpFor(market);
    const read = (db: Connection) =>
      db.rows<Placement & { id: number }>(
        `SELECT id, latitude, longitude, approximate FROM sale
         WHERE approximate IS NOT NULL AND id IN (SELECT unnest(from_json($ids::VARCHAR, '["BIGINT"]')))`,
        { ids: JSON.stringify(saleIds) },
      );
    const rows = await this.#use((store) => store.read(read));
    return new Map(rows.map(({ id, ...placement }) => [id, placement]));
  }

  close(): void {
    this.#store.close();
  }

  async #ask<P extends TObject, R extends TSchema>(
    question: Question<P, R>,
    parameters: Static<P>,
    signal: AbortSignal,
  ) {
    const started = performance.now();
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new TimedOut(this.#queryTimeout)), this.#queryTimeout);
    try {
      return await this.#use((store) => ask(store, question, parameters, AbortSignal.any([signal, limit.signal])));
    } finally {
      clearTimeout(timer);
      this.#measure('QuestionTime', performance.now() - started);
    }
  }

  /** Does work on the store. If that shows the file to be damaged, replaces the store and does the work once more. */
  async #use<T>(work: (store: Store) => Promise<T>): Promise<T> {
    const store = this.#store;
    try {
      return await work(store);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#log.error({ err: error }, damaged);
      this.#invalidStore = store;
      await this.#catchUp();
      return work(this.#store);
    }
  }

  /** Brings the replica to at least the version that was committed at the call, and returns the version reached. */
  async #catchUp(): Promise<DataVersion> {
    return this.#catchUpTo(await this.#freshness.check());
  }

  /**
   * The same for one market, or the default market. If only other markets have changed, the catch-up starts but is not waited for: after a large
   * import it takes seconds.
   */
  async #catchUpFor(market: string | undefined): Promise<DataVersion> {
    const progress = await this.#freshness.check();
    const caughtUp = this.#catchUpTo(progress);
    const current = this.#version;
    const id = this.#store.market(market)?.id;
    const unchanged =
      current?.lineage === progress.lineage && id !== undefined && progress.changed?.includes(id) === false;
    if (!unchanged) return caughtUp;
    caughtUp.catch(() => {}); // `#startCatchUp` logs the error.
    return current;
  }

  /** The version that the replica has reached; undefined if it is empty or its store is invalid. */
  get #version(): DataVersion | undefined {
    return this.#store === this.#invalidStore ? undefined : this.#store.version;
  }

  /** Reads the database's version, and what has changed since the replica's. This is the freshness check. */
  async #readProgress(): Promise<Progress> {
    const [store, current] = [this.#store, this.#version];
    const progress = await this.#database.progress(current?.version ?? 0);
    const follows = current?.lineage === progress.lineage && current.version <= progress.version;
    // The store holds sales of another database, or the database is an older copy of the one that filled it.
    if (current && !follows) this.#invalidStore = store;
    this.#measure('ReplicaVersionsBehind', progress.version - (follows ? current.version : 0));
    return progress;
  }

  async #catchUpTo(target: DataVersion): Promise<DataVersion> {
    let current = this.#version;
    // A catch-up that was already running may end before the target; the one after it does not.
    for (let n = 0; n < 2 && !(current?.lineage === target.lineage && current.version >= target.version); n++) {
      this.#catchingUp ??= this.#startCatchUp(target);
      current = await this.#catchingUp;
    }
    this.#upToDateAt = performance.now();
    return current as DataVersion;
  }

  async #startCatchUp(target: DataVersion): Promise<DataVersion> {
    try {
      return await traced('catch up', {}, () => this.#replaceAndPull(target));
    } catch (error) {
      this.#log.warn({ err: error }, 'the replica could not catch up; it will try again');
      throw error;
    } finally {
      this.#catchingUp = undefined;
    }
  }

  /** Pulls the changes, into a new store if the current one is invalid or turns out to be damaged. */
  async #replaceAndPull(target: DataVersion): Promise<DataVersion> {
    if (this.#store === this.#invalidStore) await this.#replaceStore();
    try {
      return await this.#pull(target);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#log.error({ err: error }, damaged);
      await this.#replaceStore();
      return this.#pull(target);
    }
  }

  /** Reads the changes since the store's version in one snapshot of the database, and applies them. */
  async #pull(target: DataVersion): Promise<DataVersion> {
    const started = performance.now();
    const store = this.#store;
    const download = await this.#database.read(async (client) => {
      let since = store.version?.version ?? 0;
      let changes = await exportChanges(client, since);
      if (store.version && changes.lineage !== store.version.lineage) {
        // The database was replaced after the check.
        since = 0;
        changes = await exportChanges(client, since);
      }
      return store.download(since, changes);
    }, target);
    await store.apply(download);
    const milliseconds = Math.round(performance.now() - started);
    this.#measure('CatchUpTime', milliseconds);
    this.#log.info({ from: download.since, to: download.to.version, milliseconds }, 'the replica caught up');
    return download.to;
  }

  /**
   * Replaces the store by an empty one. The old store stays open for the questions that still use it. Its file has been deleted, so the operating
   * system frees its memory and disk space after the last of them.
   */
  async #replaceStore(): Promise<void> {
    this.#store = await Store.create(this.#directory, this.#memo);
    this.#invalidStore = undefined;
  }
}

const damaged = 'the replica on disk is damaged; loading it again';

/** Whether DuckDB reports that its file is damaged, as opposed to an invalid statement. */
function isDamage(error: unknown): boolean {
  return error instanceof Error && /corrupt|checksum|database has been invalidated/i.test(error.message);
}

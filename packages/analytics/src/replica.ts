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

/** What a replica tells of its work: how many versions a check found it behind, and times in milliseconds. */
export type ReplicaFigure = 'ReplicaVersionsBehind' | 'CatchUpTime' | 'CacheHits' | 'CacheMisses' | 'QuestionTime';
type Measure = (figure: ReplicaFigure, value: number) => void;

export interface ReplicaOptions {
  /** Its own; made if missing. */
  directory: string;
  database: Database;
  log: Log;
  /** How many bytes of answers to keep; 64 MiB unless said. */
  cacheBytes?: number;
  /** How long a question may take, in milliseconds; 30 s unless said, half of what the balancer waits. */
  queryTimeout?: number | undefined;
  measure?: Measure | undefined;
}

/** All sales that fit, as a file that is no longer anywhere else: it is gone when the stream ends. */
export interface Export {
  version: number;
  market: Market;
  bytes: number;
  stream: Readable;
}

/** A sale's place for want of coordinates of its own. WGS 84. */
export interface Placement {
  latitude: number;
  longitude: number;
  /** What it is the middle of. */
  approximate: 'locality' | 'postcode';
}

/**
 * A columnar copy of the sales in force, in DuckDB, that answers questions. Nothing it answers is older than what the database had committed when
 * the question was asked: see `Freshness`.
 */
export class Replica {
  readonly #directory: string;
  readonly #database: Database;
  readonly #log: Log;
  readonly #answers: Answers;
  readonly #queryTimeout: number;
  readonly #measure: Measure;
  /** Survives a store that has to be replaced. */
  readonly #memo: Memo;
  readonly #freshness = new Freshness(() => this.#look());
  #store: Store;
  /** A store that has to be replaced. */
  #unfit: Store | undefined;
  /** The catch-up under way. */
  #catchingUp: Promise<DataVersion> | undefined;
  /** When it was last known to have everything, or else was opened. */
  #levelAt = performance.now();

  /**
   * Opens what is on disk and catches up. Without a database it opens all the same, and catches up when there is one.
   * @throws if another process uses the directory
   */
  static async open(options: ReplicaOptions): Promise<Replica> {
    const memo = new Memo();
    const replica = new Replica(options, await Store.open(options.directory, options.log, memo), memo);
    try {
      await replica.#reached();
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
   * Answers a question from sales no older than what was committed when it was asked.
   * @param caller made only if the answer is not at hand: its signal tells that the caller no longer waits, so that the question is stopped
   * @throws InvalidQuestion, UnknownMarket, Overloaded, TimedOut, DatabaseUnavailable, and the reason of the caller's signal
   */
  async answer<P extends TObject, R extends TSchema>(
    question: Question<P, R>,
    parameters: Static<P>,
    caller?: () => AbortSignal,
  ): Promise<Answer> {
    const reached = await this.#reachedFor((parameters as { market?: string }).market);
    let kept = true;
    const compute = (signal: AbortSignal) => {
      kept = false;
      return traced(`question ${question.name}`, {}, () => this.#ask(question, parameters, signal));
    };
    const answer = this.#answers.answer(reached, questionKey(question.name, parameters), compute, caller);
    this.#measure(kept ? 'CacheHits' : 'CacheMisses', 1);
    return answer;
  }

  /** Brings the replica up to date, and tells for how many seconds it has not been: 0 if it is within five seconds. */
  async secondsBehind(): Promise<number> {
    const level = this.#reached().then(
      () => true,
      () => false,
    );
    if (await Promise.race([level, delay(5_000, false, { ref: false })])) return 0;
    return (performance.now() - this.#levelAt) / 1000;
  }

  /**
   * Every sale that fits, in one file: first written to the replica's disk, so that a slow reader holds no statement up. As long as it takes
   * is allowed, one at a time.
   * @param signal stops the writing
   * @throws InvalidQuestion, UnknownMarket, Overloaded, DatabaseUnavailable, and the signal's reason
   */
  async export(format: ExportFormat, filters: Filters, signal: AbortSignal): Promise<Export> {
    validate(filtersOnly, filters);
    await this.#reachedFor(filters.market);
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
      // An open file can be read to its end after it was deleted.
      await rm(path, { force: true });
    }
  }

  /**
   * The market of a code, or the default market.
   * @throws UnknownMarket, Overloaded, DatabaseUnavailable
   */
  async market(code?: string): Promise<Market> {
    await this.#reachedFor(code);
    return this.#use((store) => store.read(async (db) => (await position(db, code)).market));
  }

  /**
   * Where sales in force of a market lie that only their locality or postcode places, by their ids.
   * @throws Overloaded, DatabaseUnavailable
   */
  async placements(market: string, saleIds: number[]): Promise<Map<number, Placement>> {
    await this.#reachedFor(market);
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

  /** Does work on the store, and once again on a new one if the file turns out to be damaged. */
  async #use<T>(work: (store: Store) => Promise<T>): Promise<T> {
    const store = this.#store;
    try {
      return await work(store);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#log.error({ err: error }, 'the replica on disk is damaged; starting afresh');
      this.#unfit = store;
      await this.#reached();
      return work(this.#store);
    }
  }

  /** Brings the replica to what was committed at the call, and tells what it came to. */
  async #reached(): Promise<DataVersion> {
    return this.#catchUp(await this.#freshness.reached());
  }

  /**
   * The same as far as one market goes, or the default one. Changes of others are caught up with, but not waited for: after a large import that
   * takes seconds.
   */
  async #reachedFor(market: string | undefined): Promise<DataVersion> {
    const progress = await this.#freshness.reached();
    const caughtUp = this.#catchUp(progress);
    const own = this.#own;
    const id = this.#store.market(market)?.id;
    const concerned = own?.lineage !== progress.lineage || id === undefined || progress.changed?.includes(id) !== false;
    if (concerned) return caughtUp;
    caughtUp.catch(() => {}); // It is told where it fails.
    return own;
  }

  /** What the replica has come to; undefined if it has to start afresh. */
  get #own(): DataVersion | undefined {
    return this.#store === this.#unfit ? undefined : this.#store.version;
  }

  /** How far the database has come, and what of it the replica has not. */
  async #look(): Promise<Progress> {
    const [store, own] = [this.#store, this.#own];
    const progress = await this.#database.progress(own?.version ?? 0);
    const follows = own?.lineage === progress.lineage && own.version <= progress.version;
    // It was filled from another database, or this one is an older copy of it.
    if (own && !follows) this.#unfit = store;
    this.#measure('ReplicaVersionsBehind', progress.version - (follows ? own.version : 0));
    return progress;
  }

  async #catchUp(progress: DataVersion): Promise<DataVersion> {
    let own = this.#own;
    // A catch-up that was under way may have begun too soon; the next has not.
    for (let n = 0; n < 2 && !(own?.lineage === progress.lineage && own.version >= progress.version); n++) {
      this.#catchingUp ??= this.#beginCatchUp(progress);
      own = await this.#catchingUp;
    }
    this.#levelAt = performance.now();
    return own as DataVersion;
  }

  async #beginCatchUp(current: DataVersion): Promise<DataVersion> {
    try {
      return await traced('catch up', {}, () => this.#pullOrStartAfresh(current));
    } catch (error) {
      this.#log.warn({ err: error }, 'the replica could not catch up; that will be tried again');
      throw error;
    } finally {
      this.#catchingUp = undefined;
    }
  }

  async #pullOrStartAfresh(current: DataVersion): Promise<DataVersion> {
    if (this.#store === this.#unfit) await this.#startAfresh();
    try {
      return await this.#pull(current);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#log.error({ err: error }, 'the replica on disk is damaged; starting afresh');
      await this.#startAfresh();
      return this.#pull(current);
    }
  }

  async #pull(current: DataVersion): Promise<DataVersion> {
    const started = performance.now();
    const store = this.#store;
    const download = await this.#database.read(async (client) => {
      let since = store.version?.version ?? 0;
      let changes = await exportChanges(client, since);
      if (store.version && changes.lineage !== store.version.lineage) {
        // The database was replaced since it was looked at.
        since = 0;
        changes = await exportChanges(client, since);
      }
      return store.download(since, changes);
    }, current);
    await store.apply(download);
    const milliseconds = Math.round(performance.now() - started);
    this.#measure('CatchUpTime', milliseconds);
    this.#log.info({ from: download.since, to: download.to.version, milliseconds }, 'the replica caught up');
    return download.to;
  }

  /**
   * The unfit store is left open for the questions that still use it: its file is gone from the directory, and its memory and disk space go
   * with the last of them.
   */
  async #startAfresh(): Promise<void> {
    this.#store = await Store.create(this.#directory, this.#memo);
    this.#unfit = undefined;
  }
}

/** Whether DuckDB says that its file cannot be trusted, and not that the question was wrong. */
function isDamage(error: unknown): boolean {
  return error instanceof Error && /corrupt|checksum|database has been invalidated/i.test(error.message);
}

import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type CurrentMarket,
  type Database,
  type Log,
  type MarketVersion,
  traced,
  VersionGone,
} from '@property-insights/database';
import { LRUCache } from 'lru-cache';
import type { Static, TObject, TSchema } from 'typebox';
import { type Answer, Answers, questionKey } from './answers.ts';
import { ask } from './ask.ts';
import { type Budget, Budgets, ProcessorTime, unlimited } from './budgets.ts';
import { cite } from './citation.ts';
import type { Connection } from './connection.ts';
import { type CoveredDays, readCoverage } from './coverage.ts';
import { Engine } from './engine.ts';
import { Loading, TimedOut, UnknownMarket, VersionAhead } from './errors.ts';
import { copySales, copySheet, type ExportFormat, type ExportLimits, OpenExports, type OpenFile } from './export.ts';
import { type Filters, filtersOnly } from './filters.ts';
import { Freshness } from './freshness.ts';
import { type Market, position } from './market.ts';
import type { MarketReplica } from './market-replica.ts';
import { MarketReplicas, type ReplicaLimits } from './market-replicas.ts';
import { Memo } from './memo.ts';
import type { Question } from './question.ts';
import { untilAborted } from './shared-work.ts';
import type { SheetRows } from './sheet-rows.ts';
import { validate } from './validate.ts';

/** The metrics of a replica: the number of versions that a catch-up had to cover, the number of markets that cannot be loaded, and milliseconds. */
export type ReplicaMetric =
  | 'ReplicaVersionsBehind'
  | 'MarketsUnavailable'
  | 'CatchUpTime'
  | 'CacheHits'
  | 'CacheMisses'
  | 'QuestionTime';
type Measure = (metric: ReplicaMetric, value: number) => void;

export interface ReplicaOptions extends ReplicaLimits {
  /** Its own; created if missing. */
  directory: string;
  database: Database;
  log: Log;
  /** Bytes of answers to keep; 64 MiB by default. */
  cacheBytes?: number;
  /** Milliseconds that a question may take; by default 30 s, half of what the load balancer waits. */
  queryTimeout?: number | undefined;
  /** Milliseconds that a question waits for a market to be loaded; 30 s by default. */
  loadTimeout?: number | undefined;
  measure?: Measure | undefined;
  /** Called once, after an error after which no question can be answered until the process is started again. */
  onFatal?: (error: unknown) => void;
  /** Seconds of processor time that one caller may use in 20 s; by default those of a quarter of the processors. */
  callerBudget?: number | undefined;
  /** Other limits of exports than the defaults. */
  exportLimits?: Partial<ExportLimits> | undefined;
}

/** How to answer a question. */
export interface AnswerOptions {
  /** The address of the question, for citations. */
  address: string;
  /** The version of the market to answer from; the current one by default. */
  asOf?: number | undefined;
  /** The digest of an answer that was cited before. */
  cited?: string | undefined;
  /** Called only if the answer is not cached; its signal aborts when the caller no longer waits. */
  caller?: () => AbortSignal;
  /** Of the caller; unlimited by default. Called only if the answer is not cached. */
  budget?: () => Budget;
}

/** All sales that fit, as a file that has been deleted already: it is gone when the stream ends. */
export interface Export {
  version: number;
  market: Market;
  covered: CoveredDays;
  /** As that of an answer. */
  placing: number | undefined;
  bytes: number;
  stream: Readable;
}

/** The coordinates that a sale takes from its place because it states none. WGS 84. */
export interface Placement {
  latitude: number;
  longitude: number;
  /** The kind of place whose middle it is. */
  approximate: 'locality' | 'postcode';
}

/** The number of preparations that are known to have been made. */
const maxPrepared = 1_000;

/**
 * A columnar copy of the sales in force, in DuckDB, that answers questions: a file for each market, opened when a question needs it. No answer is
 * older than what the database had committed when the question was asked: see `Freshness`.
 */
export class Replica {
  /** What each caller may use. */
  readonly budgets: Budgets;
  readonly #directory: string;
  readonly #database: Database;
  readonly #log: Log;
  readonly #engine: Engine;
  readonly #answers: Answers;
  readonly #exports: OpenExports;
  readonly #queryTimeout: number;
  readonly #loadTimeout: number;
  readonly #measure: Measure;
  readonly #markets: MarketReplicas;
  readonly #freshness: Freshness<CurrentMarket[]>;
  /** Preparations that are being made, and those that have been. */
  readonly #preparing = new Map<string, Promise<void>>();
  readonly #prepared = new LRUCache<string, true>({ max: maxPrepared });

  /**
   * Opens the directory. Its files are opened when they are needed.
   * @throws if another process uses the directory
   */
  static async open(options: ReplicaOptions): Promise<Replica> {
    const budgets = new Budgets(options.callerBudget);
    const engine = await Engine.open(options.directory, new Memo(), new ProcessorTime(budgets.quota), options.onFatal);
    const replica = new Replica(options, engine, budgets);
    await replica.#markets.adoptFiles();
    return replica;
  }

  private constructor(options: ReplicaOptions, engine: Engine, budgets: Budgets) {
    const { directory, database, log, cacheBytes = 64 * 2 ** 20, measure = () => {} } = options;
    const { queryTimeout = 30_000, loadTimeout = 30_000 } = options;
    this.#directory = directory;
    this.#database = database;
    this.#log = log;
    this.#engine = engine;
    this.budgets = budgets;
    this.#answers = new Answers(cacheBytes);
    this.#exports = new OpenExports(options.exportLimits);
    this.#queryTimeout = queryTimeout;
    this.#loadTimeout = loadTimeout;
    this.#measure = measure;
    this.#markets = new MarketReplicas({ engine, database, log, measure }, options);
    this.#freshness = new Freshness((codes) => database.markets(codes));
  }

  /**
   * Answers a question from sales no older than what was committed when it was asked, or from those of an earlier version of the market.
   * @throws InvalidQuestion, UnknownMarket, VersionAhead, VersionGone, Overloaded, OverBudget, TimedOut, Loading, MarketUnavailable, DatabaseUnavailable, and the
   * reason of the caller's signal
   */
  async answer<P extends TObject, R extends TSchema>(
    question: Question<P, R>,
    parameters: Static<P>,
    options: AnswerOptions,
  ): Promise<Answer> {
    const { address, asOf, cited, caller } = options;
    const { market, target } = await this.#reach((parameters as { market?: string }).market, asOf);
    let cached = true;
    const compute = async (signal: AbortSignal, budget: Budget) => {
      cached = false;
      this.#engine.processor.assertLeft(budget);
      if (market.asOf !== undefined) await this.#engine.processor.spend(budget, () => this.#load(market, target));
      const asked = await traced(`question ${question.name}`, {}, () =>
        this.#ask(market, question, parameters, signal, budget),
      );
      const writtenAt = await market.writtenAt(asked.reached.version);
      const about = { question, address, parameters, writtenAt, cited, market: asked.market, reached: asked.reached };
      return { ...asked, cite: (hash: string) => cite({ ...about, hash }) };
    };
    const key = `${market.id} ${address} ${cited} ${questionKey(question.name, parameters)}`;
    const answer = this.#answers.answer(target, key, compute, caller, options.budget);
    this.#measure(cached ? 'CacheHits' : 'CacheMisses', 1);
    if (asOf === undefined && market.placing === undefined) return answer;
    if (asOf === undefined) return { ...(await answer), placing: market.placing };
    // While the version is the current one, the market may go on to the next before the question is asked.
    return (await answer).version === asOf ? answer : this.answer(question, parameters, options);
  }

  /** Brings the open markets up to date. Returns for how many seconds the one furthest behind has not been: 0 if all are within five seconds. */
  async secondsBehind(): Promise<number> {
    const markets = this.#markets.following().filter(({ isOpen, isFailing }) => isOpen || isFailing);
    const late = new Set(markets);
    const caughtUp = this.#freshness.check(markets.map(({ code }) => code)).then((current) =>
      Promise.all(
        markets.map(async (market) => {
          const now = current.find(({ id }) => id === market.id);
          if (now) await market.reach(now).catch(() => undefined);
          if (!market.isFailing) late.delete(market);
        }),
      ),
    );
    await Promise.race([caughtUp.catch(() => undefined), delay(5_000, undefined, { ref: false })]);
    this.#measure('MarketsUnavailable', markets.filter(({ isFailing }) => isFailing).length);
    return Math.max(0, ...[...late].map(({ secondsBehind }) => secondsBehind));
  }

  /** The codes of the markets that cannot be loaded at the moment. */
  get unavailableMarkets(): string[] {
    return this.#markets.following().flatMap(({ isFailing, code }) => (isFailing ? [code] : []));
  }

  /**
   * Every sale that fits, in one file. It is written to the replica's disk first, so that a slow reader blocks no statement. Writing may take as long as
   * it needs, one at a time. The file has to be read within 15 minutes.
   * @param signal cancels the writing
   * @param budget of the caller
   * @param asOf the version of the market; the current one by default
   * @throws InvalidQuestion, UnknownMarket, VersionAhead, VersionGone, Overloaded, OverBudget, Loading, MarketUnavailable, DatabaseUnavailable, and the signal's
   * reason
   */
  async export(
    format: ExportFormat,
    filters: Filters,
    signal: AbortSignal,
    asOf?: number,
    budget = unlimited,
  ): Promise<Export> {
    validate(filtersOnly, filters);
    this.#engine.processor.assertLeft(budget);
    const { market, target } = await this.#reach(filters.market, asOf);
    if (market.asOf !== undefined) await this.#engine.processor.spend(budget, () => this.#load(market, target));
    const path = join(this.#directory, `export-${randomUUID()}`);
    const copy = async (db: Connection) => {
      this.#exports.assertRoom(budget);
      const { reached, market } = await position(db);
      await copySales(db, filters, market, format, path);
      return { version: reached.version, market, covered: await readCoverage(db) };
    };
    try {
      const written = await market.use((store) => store.read(copy, signal, budget, this.#engine.exports), signal);
      if (asOf !== undefined && written.version !== asOf)
        return await this.export(format, filters, signal, asOf, budget);
      const file = await open(path);
      const { size } = await file.stat();
      const stream = this.#exports.read(file, size, budget);
      return { ...written, placing: market.placing, bytes: size, stream };
    } finally {
      // An open file can be read to its end after it was deleted.
      await rm(path, { force: true });
    }
  }

  /**
   * Every sale that fits, as the rows of a sheet, sorted. The first rows are returned while others are written, so that the memory and the time until
   * then do not grow with their number. As an export, they are written to disk, and have to be read within 15 minutes.
   * @throws what `export` throws; an error while rows are written is one of the stream
   */
  async sheet(
    rows: SheetRows,
    filters: Filters,
    signal: AbortSignal,
    asOf?: number,
    budget = unlimited,
  ): Promise<Pick<Export, 'version' | 'market' | 'stream'>> {
    validate(filtersOnly, filters);
    this.#engine.processor.assertLeft(budget);
    const { market, target } = await this.#reach(filters.market, asOf);
    if (market.asOf !== undefined) await this.#engine.processor.spend(budget, () => this.#load(market, target));
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const begun = Promise.withResolvers<{ version: number; market: Market }>();
    const parts: PromiseWithResolvers<OpenFile>[] = [];
    const copy = async (db: Connection) => {
      this.#exports.assertRoom(budget);
      const { reached, market } = await position(db);
      let written = 0;
      await copySheet(db, filters, market, rows, {
        path: join(this.#directory, `export-${randomUUID()}`),
        onFiles: (count) => {
          for (let i = 0; i < count; i++) {
            parts.push(Promise.withResolvers());
            parts[i]?.promise.catch(() => {}); // until it is read
          }
          begun.resolve({ version: reached.version, market });
        },
        onFile: async (path) => {
          const file = await open(path);
          parts[written++]?.resolve({ file, bytes: (await file.stat()).size });
        },
      });
    };
    const fail = (error: unknown) => {
      begun.reject(error);
      for (const part of parts) part.reject(error);
    };
    market.use((store) => store.read(copy, either, budget, this.#engine.exports), either).catch(fail);
    const found = await begun.promise;
    const stream = this.#exports.readParts(
      parts.map(({ promise }) => promise),
      budget,
    );
    stream.once('close', () => stop.abort(new Error('Nobody reads the rows any more.')));
    if (asOf === undefined || found.version === asOf) return { ...found, stream };
    stream.destroy();
    return this.sheet(rows, filters, signal, asOf, budget);
  }

  /**
   * Does work on one state of a market, which may take as long as it needs, one at a time.
   * @throws UnknownMarket, Overloaded, MarketUnavailable, DatabaseUnavailable, and the signal's reason
   */
  async compute<T>(
    code: string,
    work: (db: Connection, market: Market) => Promise<T>,
    signal: AbortSignal,
  ): Promise<{ version: number; result: T }> {
    const { market } = await this.#reach(code);
    const onState = async (db: Connection) => {
      const { reached, market } = await position(db);
      return { version: reached.version, result: await work(db, market) };
    };
    return market.use((store) => store.read(onState, signal, unlimited, this.#engine.exports), signal);
  }

  /**
   * Makes the preparation of a question before anybody asks it.
   * @param signal ends the wait, and not the preparation
   * @throws InvalidQuestion, UnknownMarket, Overloaded, MarketUnavailable, DatabaseUnavailable, and the signal's reason
   */
  async prepare<P extends TObject, R extends TSchema>(
    question: Question<P, R>,
    parameters: Static<P>,
    signal: AbortSignal,
  ): Promise<void> {
    const { market } = await this.#reach((parameters as { market?: string }).market);
    await this.#prepare(market, question, parameters, signal, unlimited);
  }

  /** Loads the default market, so that the first questions after a start do not wait for it. Failures are logged: the questions report them. */
  async warm(): Promise<void> {
    await this.market().catch((error: unknown) => this.#log.warn({ err: error }, 'the default market is not loaded'));
  }

  /**
   * The market with a code, or the default market.
   * @throws UnknownMarket, Overloaded, MarketUnavailable, DatabaseUnavailable
   */
  async market(code?: string): Promise<Market> {
    const { market } = await this.#reach(code);
    return market.use((store) => store.read(async (db) => (await position(db)).market));
  }

  /**
   * Does other work of a caller, such as drawing a report, at the expense of the caller's budget.
   * @throws OverBudget before the work begins, if nothing is left
   */
  spend<T>(budget: Budget, work: () => Promise<T>): Promise<T> {
    return this.#engine.processor.spend(budget, work);
  }

  /**
   * A market, or the default one, as it is at a version: the current one by default.
   * @param budget of the caller
   * @throws UnknownMarket, VersionAhead, VersionGone, Overloaded, OverBudget, Loading, MarketUnavailable, DatabaseUnavailable
   */
  async describe(
    code: string | undefined,
    asOf: number | undefined,
    budget: Budget,
  ): Promise<{ market: Market; reached: MarketVersion; writtenAt: Date }> {
    const { market, target } = await this.#reach(code, asOf);
    if (market.asOf !== undefined) await this.spend(budget, () => this.#load(market, target));
    const described = await market.use((store) => store.read(position));
    if (asOf !== undefined && described.reached.version !== asOf) return this.describe(code, asOf, budget);
    return { ...described, writtenAt: await market.writtenAt(described.reached.version) };
  }

  /**
   * The placements of sales in force of a market, by their ids.
   * @throws Overloaded, MarketUnavailable, DatabaseUnavailable
   */
  async placements(code: string, saleIds: number[]): Promise<Map<number, Placement>> {
    const { market } = await this.#reach(code);
    const read = (db: Connection) =>
      db.rows<Placement & { id: number }>(
        `SELECT id, latitude, longitude, approximate FROM sale
         WHERE approximate IS NOT NULL AND id IN (SELECT unnest(from_json($ids::VARCHAR, '["BIGINT"]')))`,
        { ids: JSON.stringify(saleIds) },
      );
    const rows = await market.use((store) => store.read(read));
    return new Map(rows.map(({ id, ...placement }) => [id, placement]));
  }

  close(): void {
    this.#engine.close();
  }

  async #ask<P extends TObject, R extends TSchema>(
    market: MarketReplica,
    question: Question<P, R>,
    parameters: Static<P>,
    signal: AbortSignal,
    budget: Budget,
  ) {
    const started = performance.now();
    const limit = new AbortController();
    let preparing = question.preparation?.name;
    const timer = setTimeout(() => limit.abort(new TimedOut(this.#queryTimeout, preparing)), this.#queryTimeout);
    const either = AbortSignal.any([signal, limit.signal]);
    try {
      await this.#prepare(market, question, parameters, either, budget, question.preparation?.check);
      preparing = undefined;
      return await market.use((store) => ask(store, question, parameters, either, budget), either);
    } finally {
      clearTimeout(timer);
      this.#measure('QuestionTime', performance.now() - started);
    }
  }

  /**
   * Waits for the preparation of a question, which other questions may have begun.
   * @param signal ends the wait, and not the preparation
   * @param check is done before
   * @throws the signal's reason, and what `check` throws
   */
  async #prepare<P extends TObject, R extends TSchema>(
    market: MarketReplica,
    { preparation, parameters: schema }: Question<P, R>,
    parameters: Static<P>,
    signal: AbortSignal,
    budget: Budget,
    check?: NonNullable<typeof preparation>['check'],
  ): Promise<void> {
    if (!preparation) return;
    validate(schema, parameters);
    const { lineage, version } = market.version ?? {};
    const key = JSON.stringify([market.id, lineage, version, preparation.key(parameters)]);
    if (check && !this.#prepared.has(key)) {
      const checked = async (db: Connection) => check(db, parameters, (await position(db)).market);
      await market.use((store) => store.read(checked, signal, budget), signal);
    }
    if (this.#prepared.has(key)) return;
    let work = this.#preparing.get(key);
    if (!work) {
      const prepare = async (db: Connection) => preparation.do(db, parameters, (await position(db)).market);
      const payer = preparation.isCommon(parameters) ? unlimited : budget;
      work = market
        .use((store) => store.read(prepare, undefined, payer, this.#engine.preparations))
        .then(() => void this.#prepared.set(key, true))
        .finally(() => this.#preparing.delete(key));
      this.#preparing.set(key, work);
    }
    await untilAborted(work, signal);
  }

  /**
   * Brings a market, or the default one, to the version that was committed at the call, or a later one. For an earlier version, returns the replica
   * that `#load` brings to it.
   */
  async #reach(code: string | undefined, asOf?: number): Promise<{ market: MarketReplica; target: MarketVersion }> {
    const known = code === undefined ? undefined : this.#markets.find(code);
    const before = known?.version;
    const markets = await this.#freshness.check([code]);
    const current = markets.find((market) => (code === undefined ? market.is_default : market.code === code));
    if (known && known.id !== current?.id) await this.#markets.forget(known.id);
    if (!current) throw await this.#unknownMarket(code, asOf);
    const { lineage, version } = current;
    if (asOf !== undefined && asOf > version) throw new VersionAhead(current.code, asOf, version);
    if (asOf !== undefined && asOf < version)
      return { market: this.#markets.use(current, asOf), target: { version: asOf, lineage } };
    // The database has been replaced by an older copy of itself.
    if (before?.lineage === lineage && before.version > version) await known?.delete();
    const market = this.#markets.use(current);
    return { market, target: market.reached(current) ?? (await this.#load(market, current, asOf !== undefined)) };
  }

  /**
   * Brings a replica to a version. Callers wait for a limited time; the load goes on.
   * @param whole whether to wait until sales are placed
   * @returns the version that it has then
   */
  async #load(market: MarketReplica, target: MarketVersion, whole = false): Promise<MarketVersion> {
    const wasOpen = market.isOpen;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Loading(market.code, target.version)), this.#loadTimeout).unref();
    try {
      return await Promise.race([market.reach(target, whole), late.promise]);
    } finally {
      clearTimeout(timer);
      if (!wasOpen) await this.#markets.closeUnused(market);
    }
  }

  async #unknownMarket(code: string | undefined, asOf: number | undefined): Promise<UnknownMarket | VersionGone> {
    if (code === undefined) return new UnknownMarket('There is no default market; name one with market=.');
    const markets = this.#database.kysely.selectFrom('market').select('code');
    if (asOf !== undefined && (await markets.where('code', '=', code).limit(1).executeTakeFirst())) {
      return new VersionGone(asOf);
    }
    const known = markets.where('deleted_at', 'is', null);
    const codes = (await known.orderBy('code').limit(20).execute()).map((row) => row.code);
    return new UnknownMarket(`There is no market "${code}"; there are ${codes.join(', ')}.`);
  }
}

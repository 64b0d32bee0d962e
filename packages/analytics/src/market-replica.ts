/**
 * The replica of one market: a store that follows PostgreSQL, and is filled again when it cannot. Or the replica of one earlier version of a market:
 * a store that is filled once.
 */
import { rm } from 'node:fs/promises';
import {
  type Database,
  DatabaseUnavailable,
  exportChanges,
  exportVersion,
  type Log,
  type MarketVersion,
  readWrittenAt,
  traced,
  VersionGone,
} from '@property-insights/database';
import type { Engine } from './engine.ts';
import { InvalidQuestion, MarketUnavailable, OverBudget, Overloaded, TimedOut, UnknownMarket } from './errors.ts';
import type { Received } from './received.ts';
import { CannotApply, type Download, Store } from './store.ts';

export interface MarketReplicaOptions {
  id: number;
  code: string;
  /** The earlier version; undefined for a replica that follows the market. */
  asOf: number | undefined;
  engine: Engine;
  database: Database;
  log: Log;
  /** With more sales than this, they are placed in the background when the gazetteers of the market change. */
  placeAtOnce: number;
  /** Names a file that no store has had. */
  newPath(): string;
  /** A file of an earlier process, or of this one before the market was closed. */
  path?: string | undefined;
  measure(metric: 'ReplicaVersionsBehind' | 'CatchUpTime', value: number): void;
}

/** Why the store could not reach a version, and when to try again. */
interface Failure {
  version: number;
  attempts: number;
  retryAt: number;
  error: unknown;
}

/** Sales that are being placed by other gazetteers, in another file. */
interface Placement {
  /** The version that has the gazetteers. */
  version: number;
  /** Resolves when it has ended, in whatever way. */
  ended: Promise<void>;
  controller: AbortController;
}

/** Milliseconds between attempts to reach a version that could not be reached: at first, doubled after each, and at most. */
const firstRetry = 5_000;
const maxRetry = 300_000;

/** Milliseconds between two checks of a file that is suspected of being damaged. */
const verifyInterval = 60_000;

export class MarketReplica {
  readonly id: number;
  readonly code: string;
  readonly asOf: number | undefined;
  readonly #options: MarketReplicaOptions;
  #path: string | undefined;
  /** undefined while the file is closed. */
  #store: Store | undefined;
  #version: MarketVersion | undefined;
  /** The last version that a caller needed. */
  #target: MarketVersion | undefined;
  #catchingUp: Promise<void> | undefined;
  #placement: Placement | undefined;
  #failure: Failure | undefined;
  #written: { version: number; at: Date } | undefined;
  #verifiedAt = Number.NEGATIVE_INFINITY;
  /** When the store was last known to have everything. */
  #currentAt = performance.now();
  /** Work under way. */
  #users = 0;

  constructor(options: MarketReplicaOptions) {
    this.id = options.id;
    this.code = options.code;
    this.asOf = options.asOf;
    this.#options = options;
    this.#path = options.path;
  }

  /** Of the file, also while it is closed; undefined before it is first opened, and while it is empty. */
  get version(): MarketVersion | undefined {
    return this.#version;
  }

  /** The file; undefined before the first catch-up. */
  get path(): string | undefined {
    return this.#path;
  }

  get isOpen(): boolean {
    return this.#store !== undefined;
  }

  get isBusy(): boolean {
    return this.#users > 0 || this.#catchingUp !== undefined || this.#placement !== undefined;
  }

  /** The version whose gazetteers place the sales at the moment. Until that has ended, the store has the version before. */
  get placing(): number | undefined {
    return this.#placement?.version;
  }

  get isFailing(): boolean {
    return this.#failure !== undefined;
  }

  /** For how many seconds the store has not been known to have everything. */
  get secondsBehind(): number {
    return (performance.now() - this.#currentAt) / 1000;
  }

  /** The version of the store, if it is open and has this version or a later one: `reach` without a wait. */
  reached(current: MarketVersion): MarketVersion | undefined {
    if (!this.isOpen || !isAsFar(this.#version, current)) return undefined;
    this.#target = current;
    this.#measureBehind(0);
    this.#currentAt = performance.now();
    return this.#version;
  }

  /**
   * Brings the store to a version, or a later one; while sales are placed in the background, to the version before.
   * @param whole whether to wait for the placement
   * @returns the version that it has then
   * @throws MarketUnavailable, DatabaseUnavailable, UnknownMarket if the market has been deleted, VersionGone and Overloaded for an earlier version
   */
  async reach(current: MarketVersion, whole = false): Promise<MarketVersion> {
    this.#target = current;
    if (isAsFar(this.#version, current)) this.#measureBehind(0);
    // A catch-up that was under way may have begun too early; the next one has not.
    for (let n = 0; n < 2 && !isAsFar(this.#version, current); n++) {
      if (!this.#placement) await this.#catchUpOnce(current);
      if (this.#placement && !whole) break;
      await this.#placement?.ended;
    }
    this.#currentAt = performance.now();
    return this.#version as MarketVersion;
  }

  /**
   * Does work on the store, and once more on a new one if the work failed and the file turns out to be damaged.
   * @param signal by which the work was cancelled, if it failed for that reason
   * @throws the work's error
   */
  async use<T>(work: (store: Store) => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.#users += 1;
    try {
      const store = await this.#reopened();
      try {
        return await work(store);
      } catch (error) {
        if (signal?.aborted || isExpected(error) || this.#options.engine.isFatal(error)) throw error;
        if (!(await this.#isDamaged(store))) throw error;
        if (this.#store === store) {
          this.#options.log.error(
            { err: error, market: this.code },
            'the file of the market is damaged; filling it again',
          );
          await this.#discard();
        }
        await this.reach(store.version as MarketVersion);
        return await work(await this.#reopened());
      }
    } finally {
      this.#users -= 1;
    }
  }

  /** When a version of the market was written. */
  async writtenAt(version: number): Promise<Date> {
    if (this.#written?.version !== version) {
      const at = await this.#options.database.read((client) => readWrittenAt(client, this.id, version));
      this.#written = { version, at };
    }
    return this.#written.at;
  }

  /** Writes and closes the file, which the next catch-up opens again. */
  async close(): Promise<void> {
    this.#placement?.controller.abort();
    const store = this.#store;
    this.#store = undefined;
    await store?.close();
  }

  /** Closes and deletes the file. */
  async delete(): Promise<void> {
    await this.#discard();
  }

  /** Shares a catch-up that is under way. */
  #catchUpOnce(current: MarketVersion): Promise<void> {
    this.#catchingUp ??= this.#catchUp(current).finally(() => {
      this.#catchingUp = undefined;
    });
    return this.#catchingUp;
  }

  /** The store, opened again if it was closed since the version was reached. */
  async #reopened(): Promise<Store> {
    if (!this.#store) await this.#catchUpOnce(this.#target as MarketVersion);
    return this.#store as Store;
  }

  async #catchUp(current: MarketVersion): Promise<void> {
    const { log } = this.#options;
    const failure = this.#failure;
    if (failure?.version === current.version && performance.now() < failure.retryAt) throw this.#unavailable(failure);
    try {
      await traced('catch up', { attributes: { market: this.code } }, () => this.#pullOrRefill(current));
      this.#failure = undefined;
    } catch (error) {
      if (isTransient(error)) throw error;
      this.#options.engine.isFatal(error instanceof CannotApply ? error.cause : error);
      const attempts = failure?.version === current.version ? failure.attempts + 1 : 1;
      const retryAt = performance.now() + Math.min(firstRetry * 2 ** (attempts - 1), maxRetry);
      this.#failure = { version: current.version, attempts, retryAt, error };
      log.error(
        { err: error, market: this.code, version: current.version, attempts },
        'the replica of the market cannot follow it',
      );
      throw this.#unavailable(this.#failure);
    }
  }

  #unavailable({ retryAt, error }: Failure): MarketUnavailable {
    return new MarketUnavailable(this.code, Math.max(1, Math.ceil((retryAt - performance.now()) / 1000)), error);
  }

  /** Pulls what the store lacks. If that cannot be applied, an empty store pulls everything, once. */
  async #pullOrRefill(current: MarketVersion): Promise<void> {
    const { log } = this.#options;
    const store = await this.#opened(current);
    const wasEmpty = store.version === undefined;
    if (isAsFar(store.version, current)) return this.#measureBehind(0);
    try {
      return await this.#pull(store, current);
    } catch (error) {
      if (!(error instanceof CannotApply)) throw error;
      await this.#discard();
      if (wasEmpty) throw error;
      log.error(
        { err: error, market: this.code },
        'the changes of the market cannot be applied; filling its file again',
      );
    }
    await this.#pull(await this.#opened(current), current);
  }

  async #opened(current: MarketVersion): Promise<Store> {
    if (this.#store) return this.#store;
    const { engine, log, newPath } = this.#options;
    if (this.#path) {
      try {
        const store = await Store.open(engine, this.#path);
        if (this.#fits(store, current)) return this.#keep(store);
        await store.close();
        throw new Error('The file is of another market or version, or ahead of the database.');
      } catch (error) {
        log.warn({ err: error, market: this.code }, 'the file of the market cannot be used; filling it again');
        await rm(this.#path, { force: true });
      }
    }
    this.#path = newPath();
    return this.#keep(await Store.open(engine, this.#path));
  }

  /** Whether a file that was found has what it should. */
  #fits({ marketId, version }: Store, current: MarketVersion): boolean {
    if (!version) return true;
    if (marketId !== this.id || (this.asOf !== undefined && version.version !== this.asOf)) return false;
    // A file of an earlier process that is ahead shows that the database has been replaced by an older copy of itself.
    return this.#version !== undefined || !isAhead(version, current);
  }

  #keep(store: Store): Store {
    this.#store = store;
    this.#version = store.version;
    return store;
  }

  async #pull(store: Store, current: MarketVersion): Promise<void> {
    const { id, asOf, engine, database, log, measure } = this.#options;
    const started = performance.now();
    const download = await database.read(
      async (client) => {
        const changes = await (asOf === undefined
          ? exportChanges(client, id, store.version)
          : exportVersion(client, id, asOf));
        return changes && store.download(changes);
      },
      { marketId: id, ...current },
    );
    if (!download) throw new UnknownMarket(`There is no market "${this.code}".`);
    const { since, version } = download;
    this.#measureBehind(version - since);
    const later = asOf === undefined && (await this.#placedLater(store, download));
    if (later) await this.#placeLater(store, download, later);
    else await store.apply(download, asOf === undefined ? engine.loads : engine.pastLoads);
    this.#version = store.version;
    const milliseconds = Math.round(performance.now() - started);
    if (asOf === undefined) measure('CatchUpTime', milliseconds);
    log.info({ market: this.code, from: since, to: version, milliseconds }, 'the replica caught up');
  }

  /** The version of the gazetteers that are to place the sales in the background; undefined if the changes are to be applied at once. */
  async #placedLater(store: Store, { since, version, placed }: Download): Promise<number | undefined> {
    // Between other changes, the version before would have to be pulled alone.
    const isAlone = placed?.first === placed?.last && (placed?.last === version || placed?.last === since + 1);
    if (!placed || !isAlone) return undefined;
    return (await store.countSales()) > this.#options.placeAtOnce ? placed.last : undefined;
  }

  /** Applies the changes before the gazetteers, and begins to place the sales in a new file. Later changes are pulled when that has ended. */
  async #placeLater(store: Store, download: Download, version: number): Promise<void> {
    const { engine, log, newPath } = this.#options;
    const { places, placed: _, ...before } = download;
    if (download.version === version && download.since < version - 1) {
      await store.apply({ ...before, places: undefined, version: version - 1 }, engine.loads);
    } else {
      await Promise.all([download.added, download.retired, download.setAside].map((part) => part?.discard()));
    }
    const controller = new AbortController();
    const started = performance.now();
    const path = newPath();
    const place = async () => {
      const at = { version, lineage: download.lineage };
      const copy = await store.placed(path, places as Received, at, controller.signal);
      if (this.#store !== store) return copy.close().then(() => rm(path, { force: true }));
      const former = this.#path as string;
      this.#keep(copy);
      this.#path = path;
      await store.close();
      await rm(former, { force: true });
      log.info({ market: this.code, version, milliseconds: Math.round(performance.now() - started) }, 'sales placed');
    };
    const ended = place()
      .catch(async (error: unknown) => {
        await rm(path, { force: true });
        if (controller.signal.aborted) return;
        engine.isFatal(error);
        log.error(
          { err: error, market: this.code },
          'the sales of the market cannot be placed; filling its file again',
        );
        if (this.#store === store) await this.#discard().catch(() => {});
      })
      .finally(() => {
        this.#placement = undefined;
      });
    this.#placement = { version, ended, controller };
  }

  #measureBehind(versions: number): void {
    if (this.asOf === undefined) this.#options.measure('ReplicaVersionsBehind', versions);
  }

  async #isDamaged(store: Store): Promise<boolean> {
    if (this.#store !== store) return true;
    if (performance.now() - this.#verifiedAt < verifyInterval) return false;
    this.#verifiedAt = performance.now();
    return store.verify().then(
      () => false,
      () => true,
    );
  }

  /** The file is deleted at once; reading that is under way continues with what it has opened. */
  async #discard(): Promise<void> {
    const path = this.#path;
    await this.close();
    this.#path = undefined;
    this.#version = undefined;
    if (path) await rm(path, { force: true });
  }
}

function isAsFar(own: MarketVersion | undefined, current: MarketVersion): boolean {
  return own?.lineage === current.lineage && own.version >= current.version;
}

function isAhead(own: MarketVersion | undefined, current: MarketVersion): boolean {
  return own?.lineage === current.lineage && own.version > current.version;
}

/** Whether an error of a catch-up says nothing about the changes or the store. */
function isTransient(error: unknown): boolean {
  return [DatabaseUnavailable, UnknownMarket, VersionGone, Overloaded].some((type) => error instanceof type);
}

/** Whether an error follows from the question or from the load, and not from the state of the store. */
function isExpected(error: unknown): boolean {
  return [InvalidQuestion, OverBudget, Overloaded, TimedOut].some((kind) => error instanceof kind);
}

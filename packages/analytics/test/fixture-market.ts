/** A market of sales in memory, and stores filled from it by the code that fills the stores of replicas: for tests that need no database. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  type Changes,
  type MarketState,
  placeColumns,
  type SaleRow,
  saleColumns,
  setAsideColumns,
} from '@property-insights/database';
import type { Static, TObject, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { afterAll, expect, onTestFinished } from 'vitest';
import { ask } from '../src/ask.ts';
import type { Connection } from '../src/connection.ts';
import { Engine } from '../src/engine.ts';
import { Memo, type Question } from '../src/index.ts';
import { Store } from '../src/store.ts';
import type { PlaceInput, SaleInput } from './sales.ts';

/** Columns that are left out are null. */
export type SaleFixture = Pick<SaleInput, 'property' | 'price' | 'address'> & Partial<SaleInput>;

type Sale = Omit<SaleRow, 'fingerprint' | 'market_id' | 'issued_at'> & { issued_at: string | null };
/** What sales and places have alike. */
type Revised = Pick<Sale, 'id' | 'added_by' | 'retired_by'>;
type Place = PlaceInput & Revised;

const market: MarketState = {
  id: 2,
  code: 'test',
  name: 'Test Market',
  currency: 'AUD',
  time_zone: 'UTC',
  is_synthetic: false,
  attribution: null,
  licence: null,
  index_method: null,
  covered_from: null,
  covered_to: null,
};

/** The day on which every revision of a fixture is written. */
const writtenOn = '2026-06-30';

const emptySale = Object.fromEntries(saleColumns.map(({ name }) => [name, null])) as Record<keyof Sale, null>;

export class FixtureMarket {
  readonly id = 2;
  /** Each revision has the number of its version. The first one created the market. */
  #version = 1;
  readonly #lineage = randomUUID();
  readonly #sales: Sale[] = [];
  readonly #places: Place[] = [];
  #indexMethod: string | null = null;
  #setAside = { version: 0, reasons: {} as Record<string, string> };
  readonly #directories: string[] = [];
  readonly #stores: FixtureStore[] = [];

  /** For one test. */
  static create(): FixtureMarket {
    const market = new FixtureMarket();
    onTestFinished(() => market.drop());
    return market;
  }

  get version(): number {
    return this.#version;
  }

  /** The sales in force. */
  get sales(): Sale[] {
    return this.#sales.filter(({ retired_by }) => retired_by === null);
  }

  /** Adds sales and retires others, as one revision. Returns the ids of those added. */
  write(added: readonly SaleFixture[], retired: readonly number[] = []): number[] {
    return this.#revise(this.#sales, retired, added, ({ property, ...sale }, revised) => ({
      ...emptySale,
      ...sale,
      ...revised,
      property_id: property,
      key: sale.key ?? String(revised.id),
    }));
  }

  /** Adds places to the gazetteer and retires others, as one revision. Returns the ids of those added. */
  writePlaces(added: readonly PlaceInput[], retired: readonly number[] = []): number[] {
    return this.#revise(this.#places, retired, added, (place, revised) => ({ ...place, ...revised }));
  }

  /** Makes a method of price indices the market's default, as one revision. */
  chooseIndexMethod(method: string): void {
    this.#version += 1;
    this.#indexMethod = method;
  }

  /** Sets the sales with these keys aside, and no others, as one revision. */
  setAside(reasons: Record<string, string>): void {
    this.#version += 1;
    this.#setAside = { version: this.#version, reasons };
  }

  /**
   * @param rows to which the added ones are appended
   * @param row makes a row of what is added
   */
  #revise<Added, Row extends Revised>(
    rows: Row[],
    retired: readonly number[],
    added: readonly Added[],
    row: (added: Added, revised: Revised) => Row,
  ): number[] {
    this.#version += 1;
    const leaving = new Set(retired);
    for (const one of rows) if (leaving.has(one.id)) one.retired_by = this.#version;
    const revised = { added_by: this.#version, retired_by: null };
    const first = rows.length + 1;
    for (const [i, one] of added.entries()) rows.push(row(one, { ...revised, id: first + i }));
    return rows.slice(first - 1).map(({ id }) => id);
  }

  /** The changes since a version, as PostgreSQL exports them. */
  changes(since: number): Changes {
    const added = this.sales.filter(({ added_by }) => added_by > since);
    const retired = this.#sales.filter(({ added_by, retired_by }) => added_by <= since && (retired_by ?? 0) > since);
    const places = this.#places.filter(({ retired_by }) => retired_by === null);
    const changed = this.#places.some(({ added_by, retired_by }) => Math.max(added_by, retired_by ?? 0) > since);
    const aside = Object.entries(this.#setAside.reasons).map(([key, reason]) => ({ key, reason }));
    return {
      version: this.#version,
      lineage: this.#lineage,
      since,
      market: { ...market, index_method: this.#indexMethod },
      revisions: Array.from({ length: this.#version - since }, (_, i) => ({ id: since + i + 1, day: writtenOn })),
      added: () => csv(added, saleColumns),
      retired: retired.length > 0 ? () => csv(retired, saleColumns.slice(0, 1)) : undefined,
      places: changed || since === 0 ? () => csv(places, placeColumns) : undefined,
      setAside: this.#setAside.version > since || since === 0 ? () => csv(aside, setAsideColumns) : undefined,
    };
  }

  /** An empty directory for a store. */
  async directory(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'property-insights-store-'));
    this.#directories.push(directory);
    return directory;
  }

  /** Opens a store, which follows the market. */
  async store(directory?: string): Promise<FixtureStore> {
    const folder = directory ?? (await this.directory());
    const engine = await Engine.open(folder, new Memo());
    const opened = await Store.open(engine, join(folder, 'market.duckdb'));
    // For a few thousand sales, a second thread costs half as much again, and has to be waited for where all processors are busy.
    await opened.read((db) => db.run('SET threads = 1'));
    const store = new FixtureStore(this, engine, opened);
    this.#stores.push(store);
    return store;
  }

  /** Closes a store before the end of the test. */
  close(store: FixtureStore): void {
    this.#stores.splice(this.#stores.indexOf(store), 1);
    store.close();
  }

  async drop(): Promise<void> {
    for (const store of this.#stores.splice(0)) store.close();
    await Promise.all(this.#directories.splice(0).map((directory) => rm(directory, { recursive: true, force: true })));
  }
}

export class FixtureStore {
  readonly #market: FixtureMarket;
  readonly #engine: Engine;
  readonly #store: Store;
  #caughtUp: Promise<void> = Promise.resolve();

  constructor(market: FixtureMarket, engine: Engine, store: Store) {
    this.#market = market;
    this.#engine = engine;
    this.#store = store;
  }

  /** Asks a question about the test market, as a replica does. Returns the answer as JSON, which has to be as the question describes it. */
  async ask<P extends TObject, R extends TSchema>(question: Question<P, R>, parameters: Static<P>): Promise<Static<R>> {
    await this.#catchUp();
    const { result } = await ask(this.#store, question, { market: 'test', ...(parameters as object) } as Static<P>);
    const answer = JSON.parse(JSON.stringify(result));
    expect(Value.Errors(question.result, answer)).toEqual([]);
    return answer;
  }

  /** Reads the tables of the store. */
  async read<T>(work: (db: Connection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#catchUp();
    return this.#store.read(work, signal);
  }

  close(): void {
    this.#engine.close();
  }

  /** Applies what was written to the market before the call. */
  #catchUp(): Promise<void> {
    this.#caughtUp = this.#caughtUp.then(async () => {
      const since = this.#store.version?.version ?? 0;
      if (since === this.#market.version) return;
      await this.#store.apply(await this.#store.download(this.#market.changes(since)));
    });
    return this.#caughtUp;
  }
}

/** A market for the tests of a file. */
export function fixtureMarket(): FixtureMarket {
  const market = new FixtureMarket();
  afterAll(() => market.drop());
  return market;
}

/** A store of a market with these sales, for one test. */
export function storeOf(sales: readonly SaleFixture[]): Promise<FixtureStore> {
  const market = FixtureMarket.create();
  market.write(sales);
  return market.store();
}

/** Rows as `COPY … (FORMAT csv)` of PostgreSQL writes them. */
function csv(rows: readonly object[], columns: readonly { name: string }[]): Readable {
  const cell = (value: unknown) => {
    if (value === null || value === undefined) return '';
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return /^$|^\\\.$|[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = rows.map(
    (row) => `${columns.map(({ name }) => cell((row as Record<string, unknown>)[name])).join(',')}\n`,
  );
  return Readable.from([Buffer.from(lines.join(''))]);
}

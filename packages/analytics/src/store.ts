/** The replica's DuckDB file: opened or made anew, and brought from one version to the next. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Changes, DataVersion, Log } from '@property-insights/database';
import { Connection, type Values } from './connection.ts';
import { Lanes } from './lanes.ts';
import {
  counted,
  entriesOf,
  gazetteerPlace,
  type Ledger,
  layout,
  ledgers,
  marketColumns,
  reachedVersion,
  saleTable,
  uncounted,
} from './layout.ts';
import type { Market } from './market.ts';
import { Memo } from './memo.ts';
import { gazetteerRows, positions, sameNames } from './placement.ts';
import { Pool } from './pool.ts';
import { bound, type Received, receive } from './received.ts';

/** What changed, read out of one snapshot of the database. */
export interface Download {
  /** The version that the changes follow; 0 means that they are everything. */
  since: number;
  to: DataVersion;
  markets: Market[];
  /** By which the sales were added. */
  revisions: number[];
  added: Received;
  retired: Received;
  /** All places of gazetteers, if they are others. */
  places: Received | undefined;
}

/**
 * Statements run on libuv's threads, of which a process has four: as many as there are questions at a time, and a catch-up. More would not be faster,
 * since DuckDB spreads one question over all processors.
 */
const quickQuestions = 2;
const slowQuestions = 1;
const maxWaitingQuestions = 100;

/** From when on a question is slow, in milliseconds. */
const patience = 1_000;

/** An export may take minutes, so it has a connection of its own: the questions keep theirs. */
const maxWaitingExports = 10;

/** Of what the container grants, DuckDB has this; the rest is the process's around it (docs/decisions/0016). */
const memoryShare = 0.25;
const minMemory = 256 * 2 ** 20;
const maxMemory = 4 * 2 ** 30;

/** Of the replica, in its directory. */
export const fileName = 'sales.duckdb';

/**
 * Half a million sales at a time are laid down by where they are. What a question gathers by area then lies together, which takes a fifth to a third
 * off its time, and sales of one time or of nearby ids are still not far from one another.
 */
const byPlace = 'ORDER BY added.id // 500_000, added.market_id, added.region, added.locality';

/** By what a file was made, which is kept in it: another release may lay it out, or place sales, otherwise. */
const maker = [layout, byPlace, gazetteerRows('place'), positions('place')].join(';\n');

/** How many sales the ledgers may leave uncounted: whoever reads one counts them. */
const mostUncounted = 1_000;

/** Which column of a sale names the instrument that conveyed it. */
const dealing = saleTable.findIndex(({ name }) => name === 'dealing');

/** Rows that are compressed and written together, and until then kept in memory as they came: half of DuckDB's own choice (docs/decisions/0016). */
const rowGroup = 61_440;

/**
 * Opened without a write-ahead log: DuckDB writes the file when enough has changed, and when it is closed. What a crash loses is pulled from PostgreSQL
 * again, and a catch-up takes half the time without a wait for the disk.
 */
const attach = (path: string) =>
  `ATTACH '${path.replaceAll("'", "''")}' AS disk (RECOVERY_MODE no_wal_writes, ROW_GROUP_SIZE ${rowGroup});`;

/** A file and the connections to it. */
interface OpenFile {
  directory: string;
  instance: DuckDBInstance;
  writer: Connection;
  readers: Connection[];
  exporter: Connection;
}

export class Store {
  readonly questions: Lanes<Connection>;
  readonly exports: Pool<Connection>;
  readonly #directory: string;
  readonly #instance: DuckDBInstance;
  readonly #writer: Connection;
  readonly #readers: Connection[];
  readonly #exporter: Connection;
  #version: DataVersion | undefined;
  /** As last written; empty until the first catch-up. */
  #markets: Market[] = [];
  /** Whether there is any gazetteer to place sales by. */
  #hasGazetteer = false;
  /** How many sales are in no ledger yet. */
  #uncounted = 0;

  /**
   * Opens the file in the directory, or an empty one where there is none, or none that this release can use.
   * @throws if another process uses it
   */
  static async open(directory: string, log: Log, memo = new Memo()): Promise<Store> {
    await mkdir(directory, { recursive: true });
    for (const name of await readdir(directory)) {
      if (/\.(csv|parquet)$/.test(name)) await rm(join(directory, name));
    }
    try {
      return await Store.#openFile(directory, memo);
    } catch (error) {
      if (/could not set lock/i.test(String(error))) {
        throw new Error(`The replica in ${directory} is in use by another process.`, { cause: error });
      }
      log.warn({ err: error }, 'the replica on disk cannot be used; starting afresh');
    }
    return Store.create(directory, memo);
  }

  /** Opens an empty file, whatever was there. */
  static async create(directory: string, memo: Memo): Promise<Store> {
    for (const name of [fileName, `${fileName}.wal`]) await rm(join(directory, name), { force: true });
    return Store.#openFile(directory, memo);
  }

  static async #openFile(directory: string, memo: Memo): Promise<Store> {
    const instance = await DuckDBInstance.create(':memory:', settings(directory));
    try {
      const connect = async (sql = '') => {
        const connection = new Connection(await instance.connect(), memo);
        await connection.run(`${sql} USE disk`);
        return connection;
      };
      const writer = await connect(attach(join(directory, fileName)));
      const readers = await Promise.all(Array.from({ length: quickQuestions + slowQuestions }, connect));
      const store = new Store({ directory, instance, writer, readers, exporter: await connect() });
      await store.#readVersion();
      return store;
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  }

  private constructor({ directory, instance, writer, readers, exporter }: OpenFile) {
    this.#directory = directory;
    this.#instance = instance;
    this.#writer = writer;
    this.#readers = readers;
    this.#exporter = exporter;
    this.questions = new Lanes(
      new Pool(readers.slice(slowQuestions), maxWaitingQuestions),
      new Pool(readers.slice(0, slowQuestions), maxWaitingQuestions),
      patience,
    );
    this.exports = new Pool([exporter], maxWaitingExports);
  }

  /** What the replica has come to; undefined while it is empty. */
  get version(): DataVersion | undefined {
    return this.#version;
  }

  /** The market of a code, or the default one, as of that version; undefined also before the first catch-up. */
  market(code: string | undefined): Market | undefined {
    return this.#markets.find((market) => (code === undefined ? market.is_default : market.code === code));
  }

  /**
   * Reads one state of the store.
   * @param signal cancels the reading
   * @param connections those of the questions by default
   * @throws Overloaded, and the signal's reason
   */
  read<T>(
    work: (db: Connection) => Promise<T>,
    signal: AbortSignal = never,
    connections: Pick<Pool<Connection>, 'use'> = this.questions,
  ): Promise<T> {
    return connections.use((db, signal) => db.until(signal, () => db.transaction('READ ONLY', () => work(db))), signal);
  }

  /** Reads the changes into memory or, if they are many, onto disk. To be called within `Database.read`. */
  async download(since: number, changes: Changes): Promise<Download> {
    // Not into the file of another download: a failed one may still be writing.
    const file = (name: string) => join(this.#directory, `${name}-${changes.toVersion}-${Date.now()}.csv`);
    const nothing: Received = { table: '', values: {}, few: [], discard: async () => {} };
    const retired = since === 0 ? nothing : await receive(changes.retired(), saleTable.slice(0, 1), file('retired'));
    const added = await receive(changes.added(), saleTable, file('added'));
    const places = changes.places && (await receive(changes.places(), gazetteerPlace, file('places')));
    const to = { version: changes.toVersion, lineage: changes.lineage };
    return { since, to, markets: changes.markets, revisions: changes.revisions, added, retired, places };
  }

  /** Applies the changes, all or none. Questions under way go on with what they see. */
  async apply(download: Download): Promise<void> {
    const { since, to, markets, added, retired, places } = download;
    const hasGazetteer = places ? places.few?.length !== 0 : since !== 0 && this.#hasGazetteer;
    try {
      const few = this.#fewSales(download);
      if (few) await this.#addFew(few, to.version, hasGazetteer);
      else await this.#writer.transaction('READ WRITE', () => this.#applyAny(download, hasGazetteer));
      this.#uncounted = few ? this.#uncounted + few.length : 0;
    } finally {
      await Promise.all([added, retired, places].map((received) => received?.discard()));
    }
    this.#version = to;
    this.#markets = markets;
    this.#hasGazetteer = hasGazetteer;
    // What a load has written on the way does not count as a change that DuckDB would by itself write the file for.
    if (!added.few) await this.#writer.run('CHECKPOINT disk');
  }

  /** The sales to add, if they are few and there is nothing else to do. */
  #fewSales({ since, markets, added, retired, places }: Download): Received['few'] {
    const alone = since !== 0 && isDeepStrictEqual(markets, this.#markets) && retired.few?.length === 0 && !places;
    // Without a dealing, as those entered by hand, they cannot share one.
    const unshared = added.few?.length !== 0 && added.few?.every((row) => row[dealing] === null);
    return alone && unshared && this.#uncounted < mostUncounted ? added.few : undefined;
  }

  /** One statement, planned once; a parameter for the version would have it planned each time. */
  async #addFew(few: (string | null)[][], version: number, hasGazetteer: boolean): Promise<void> {
    const rows = few.map((row) => [...row, String(version)]);
    const { table, values } = bound(rows, [...saleTable, { name: 'version', type: 'BIGINT' }]);
    await this.#writer.runAgain(insertSales(table, hasGazetteer, 'added.version'), values);
  }

  async #applyAny(download: Download, hasGazetteer: boolean): Promise<void> {
    const { since, to, markets, added, retired, places } = download;
    if (since === 0) {
      await this.#writer.run(layout);
      await this.#writer.run('INSERT INTO replica VALUES ($maker, $lineage, $version)', { maker, ...to });
    } else {
      if (this.#uncounted > 0) await this.#countAll();
      await this.#writer.run('UPDATE replica SET version = $version::BIGINT', { version: to.version });
    }
    if (since === 0 || !isDeepStrictEqual(markets, this.#markets)) await this.#renewMarkets(markets);
    if (places) await this.#renewGazetteer(places);
    const changed: string[] = [];
    if (retired.few?.length !== 0) changed.push(await this.#retire(retired));
    if (added.few?.length !== 0) changed.push(await this.#add(download, hasGazetteer));
    if (places && since !== 0) await this.#placeAnew();
    if (changed.length > 0) await this.#markSharedDealings(changed, since === 0);
  }

  close(): void {
    for (const connection of [this.#writer, ...this.#readers, this.#exporter]) connection.close();
    this.#instance.closeSync();
  }

  async #readVersion(): Promise<void> {
    const { count } = await this.#writer.row<{ count: number }>(
      `SELECT count(*) AS count FROM duckdb_tables() WHERE table_name = 'replica'`,
    );
    if (count === 0) return;
    const { maker: by } = await this.#writer.row<{ maker: string }>('SELECT maker FROM replica');
    if (by !== maker) throw new Error('It was made by another release.');
    this.#version = await this.#writer.row<DataVersion>(`SELECT ${reachedVersion} AS version, lineage FROM replica`);
    const counts = await this.#writer.row<{ sales: number; places: number }>(
      `SELECT (SELECT count(*) FROM sale WHERE ${uncounted}) AS sales, (SELECT count(*) FROM gazetteer) AS places`,
    );
    this.#uncounted = counts.sales;
    this.#hasGazetteer = counts.places > 0;
  }

  async #renewMarkets(markets: Market[]): Promise<void> {
    const gone = `SELECT id FROM market WHERE id NOT IN (SELECT unnest(from_json($ids::VARCHAR, '["INTEGER"]')))`;
    const ids = JSON.stringify(markets.map(({ id }) => id));
    for (const { id } of await this.#writer.rows<{ id: number }>(gone, { ids })) {
      // Its places, if it had any, are not among those that come.
      for (const table of ['sale', ...ledgers.map(entriesOf)]) {
        await this.#writer.run(`DELETE FROM ${table} WHERE market_id = ${id}`);
      }
    }
    await this.#writer.run('DELETE FROM market');
    const parameters = marketColumns.map((name) => `$${name}`).join(', ');
    for (const market of markets) {
      const values = Object.fromEntries(marketColumns.map((name) => [name, market[name as keyof Market]]));
      await this.#writer.run(`INSERT INTO market VALUES (${parameters})`, values as Values);
    }
  }

  /** Gives a table with those that left. */
  async #retire(retired: Received): Promise<string> {
    await this.#writer.run(
      `CREATE OR REPLACE TEMPORARY TABLE leaving AS SELECT * FROM sale WHERE id IN (SELECT id FROM ${retired.table})`,
      retired.values,
    );
    for (const ledger of ledgers) await this.#writer.run(`${entries(ledger, 'leaving', '-count(*)')} GROUP BY ALL`);
    await this.#writer.run('DELETE FROM sale WHERE id IN (SELECT id FROM leaving)');
    return 'leaving';
  }

  /** Gives a table with those that were added. */
  async #add({ since, added, revisions }: Download, hasGazetteer: boolean): Promise<string> {
    const all = since === 0;
    // Read from the table they are found sooner than in the file they came in.
    const sales = all ? 'sale' : `(SELECT * FROM sale WHERE added_by IN (${revisions.join(', ')}))`;
    const [place, ...others] = ledgers as [Ledger, ...Ledger[]];
    const enter = (ledger: Ledger, table: string, values?: Values) =>
      this.#writer.run(`${entries(ledger, table, 'count(*)')} GROUP BY ALL ORDER BY 1, 2`, values);
    // Of all sales the names are in the ledger first, where the gazetteers find them sooner.
    if (all) await enter(place, added.table, added.values);
    const insert = insertSales(added.table, hasGazetteer, 'NULL', all ? place.name : undefined);
    await this.#writer.run(`${insert} ${byPlace}`, added.values);
    for (const ledger of all ? others : ledgers) await enter(ledger, sales);
    return sales;
  }

  /** Makes entries in the ledgers of the sales that have none. */
  async #countAll(): Promise<void> {
    for (const ledger of ledgers) {
      await this.#writer.run(`${entries(ledger, 'sale', 'count(*)')} WHERE ${uncounted} GROUP BY ALL`);
    }
    await this.#writer.run(`UPDATE sale SET uncounted = NULL WHERE ${uncounted}`);
  }

  async #renewGazetteer(places: Received): Promise<void> {
    await this.#writer.run('DELETE FROM gazetteer');
    await this.#writer.run(`INSERT INTO gazetteer ${gazetteerRows(places.table)}`, places.values);
  }

  /** Moves the sales without coordinates of their own to where the gazetteers now say. */
  async #placeAnew(): Promise<void> {
    const changed = ['latitude', 'longitude', 'approximate'];
    await this.#writer.run(
      `UPDATE sale SET ${changed.map((name) => `${name} = position.${name}`).join(', ')} FROM (${positions('place')}) AS position
       WHERE ${sameNames('sale', 'position')} AND (sale.approximate IS NOT NULL OR (sale.latitude IS NULL AND sale.longitude IS NULL))
         AND (${changed.map((name) => `sale.${name} IS DISTINCT FROM position.${name}`).join(' OR ')})`,
    );
  }

  /**
   * Several sales of one dealing state its whole price each, so that none of them is a sale of its own. Being a matter of several rows, that is
   * worked out here and not kept in PostgreSQL; a reason that a row has by itself goes first. Looked at are all dealings, or those of what changed:
   * of tables with the sales that were added and that left.
   */
  async #markSharedDealings(changed: string[], all: boolean): Promise<void> {
    const touched = changed.map((sales) => `SELECT market_id, dealing FROM ${sales}`).join(' UNION ALL ');
    await this.#writer.run(
      `CREATE OR REPLACE TEMPORARY TABLE touched AS SELECT DISTINCT market_id, dealing FROM (${touched}) WHERE dealing IS NOT NULL`,
    );
    await this.#writer.run(
      `CREATE OR REPLACE TEMPORARY TABLE dealing AS
       SELECT market_id, dealing, count(*) > 1 AS shared FROM sale JOIN touched USING (market_id, dealing) GROUP BY ALL`,
    );
    const mark = (from: string, to: string, shared: string) =>
      this.#writer.run(
        `UPDATE sale SET non_standard = ${to} FROM dealing
         WHERE sale.market_id = dealing.market_id AND sale.dealing = dealing.dealing AND ${shared} AND non_standard ${from}`,
      );
    await mark('IS NULL', `'shared dealing'`, 'shared');
    if (!all) await mark(`= 'shared dealing'`, 'NULL', 'NOT shared');
  }
}

/** The signal of those that never cancel. */
const never = new AbortController().signal;

/** How DuckDB is to behave for a replica in that directory. */
export function settings(directory: string): Record<string, string> {
  const memory = Math.min(Math.max(availableMemory() * memoryShare, minMemory), maxMemory);
  return {
    threads: String(availableParallelism()),
    memory_limit: `${Math.floor(memory / 2 ** 20)}MiB`,
    temp_directory: join(directory, 'temporary'),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // Loads need less memory when rows may be stored in any order; every question that needs an order asks for it.
    preserve_insertion_order: 'false',
    // Bits of numbers to group by, up to which groups are found by place and not by hash: enough for months times 256 bins, in two thirds of the time.
    perfect_ht_threshold: '17',
  };
}

/** SQL: adds what a table of sales makes of a ledger. */
function entries(ledger: Ledger, table: string, count: string): string {
  return `INSERT INTO ${entriesOf(ledger)} SELECT ${counted(ledger)}, ${count} FROM ${table}`;
}

/**
 * SQL: adds the sales of a table, placed by the gazetteers if there are any.
 * @param version for `uncounted`
 * @param names a table with the names of all their places, if there is a better one
 */
function insertSales(table: string, hasGazetteer: boolean, version: string, names = table): string {
  const columns = saleTable.map(({ name }) => `added.${name}`).join(', ');
  if (!hasGazetteer) return `INSERT INTO sale SELECT ${columns}, NULL, ${version} FROM ${table} AS added`;
  const stated = 'added.latitude IS NOT NULL OR added.longitude IS NOT NULL';
  const placed = columns.replace(
    /added\.((?:lat|long)itude)/g,
    `CASE WHEN ${stated} THEN added.$1 ELSE position.$1 END`,
  );
  return `INSERT INTO sale SELECT ${placed}, CASE WHEN NOT (${stated}) THEN approximate END, ${version}
    FROM ${table} AS added JOIN (${positions(names)}) AS position ON ${sameNames('added', 'position')}`;
}

/** Bytes: what the container grants, or the machine has. */
function availableMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}

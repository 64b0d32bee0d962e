/** The DuckDB file of a replica: opening and creating it, and bringing it from one version to the next. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Changes, DataVersion, Log } from '@property-insights/database';
import { Connection, type Values } from './connection.ts';
import { Lanes } from './lanes.ts';
import {
  type CountTable,
  countedColumns,
  countTables,
  entriesOf,
  isUncounted,
  layout,
  marketColumns,
  placeTable,
  reachedVersion,
  saleTable,
} from './layout.ts';
import type { Market } from './market.ts';
import { Memo } from './memo.ts';
import { gazetteerRows, positions, sameNames } from './placement.ts';
import { Pool } from './pool.ts';
import { bind, noRows, type Received, receive } from './received.ts';

/** Changes that were read in one snapshot of the database. */
export interface Download {
  /** The version that the changes follow. If it is 0, they are the whole content. */
  since: number;
  to: DataVersion;
  markets: Market[];
  /** The revisions that added the sales. */
  revisions: number[];
  added: Received;
  retired: Received;
  /** All places of all gazetteers; undefined if none has changed. */
  places: Received | undefined;
}

/**
 * The number of questions at a time in each lane. Statements run on libuv's threads, of which a process has four: one for each question, and one for the
 * catch-up. More would not be faster, because DuckDB uses all processors for one question.
 */
const fastQuestions = 2;
const slowQuestions = 1;
const maxWaitingQuestions = 100;

/** Milliseconds after which a question counts as slow. */
const slowThreshold = 1_000;

/** An export may take minutes, so exports have a connection of their own. */
const maxWaitingExports = 10;

/** DuckDB's share of the container's memory, within bounds in bytes. The rest is for the process around it (docs/decisions/0016). */
const memoryShare = 0.25;
const minMemory = 256 * 2 ** 20;
const maxMemory = 4 * 2 ** 30;

/** The name of the file in the replica's directory. */
export const fileName = 'sales.duckdb';

/**
 * The order in which a load writes sales: by place within each half million ids. Questions about areas then read adjacent rows, which makes them a fifth
 * to a third faster. Sales of the same time or with nearby ids are still close together.
 */
const loadOrder = 'ORDER BY added.id // 500_000, added.market_id, added.region, added.locality';

/** Identifies how a file was made, and is stored in it. A file of a release with other tables, or another placement of sales, is not used. */
const definition = [layout, loadOrder, gazetteerRows('place'), positions('place')].join(';\n');

/** The maximum number of uncounted sales. Every statement on a count table counts them again. */
const maxUncounted = 1_000;

/** The index of the column `dealing` in a row of a sale. */
const dealingIndex = saleTable.findIndex(({ name }) => name === 'dealing');

/** Rows that are compressed and written together, and are in memory until then; half of DuckDB's default (docs/decisions/0016). */
const rowGroup = 61_440;

/**
 * SQL: opens the file, without a write-ahead log. DuckDB writes the file when enough has changed, and when it is closed. What a crash loses is read from
 * PostgreSQL again. A catch-up that does not wait for the disk takes half the time.
 */
const attach = (path: string) =>
  `ATTACH '${path.replaceAll("'", "''")}' AS disk (RECOVERY_MODE no_wal_writes, ROW_GROUP_SIZE ${rowGroup});`;

/** An open file and the connections to it. */
interface OpenFile {
  directory: string;
  instance: DuckDBInstance;
  writer: Connection;
  readers: Connection[];
  exporter: Connection;
}

/** The tables that questions are answered from. Reads go through the connections of `questions` or `exports`; one more connection writes. */
export class Store {
  readonly questions: Lanes<Connection>;
  readonly exports: Pool<Connection>;
  readonly #directory: string;
  readonly #instance: DuckDBInstance;
  readonly #writer: Connection;
  readonly #readers: Connection[];
  readonly #exporter: Connection;
  #version: DataVersion | undefined;
  /** Those last written; empty until the first catch-up. */
  #markets: Market[] = [];
  /** Whether any market has a gazetteer. */
  #hasGazetteer = false;
  /** The number of sales without entries in the count tables. */
  #uncounted = 0;

  /**
   * Opens the file in the directory. Creates an empty one if there is none that this release can use.
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
      log.warn({ err: error }, 'the replica on disk cannot be used; loading it again');
    }
    return Store.create(directory, memo);
  }

  /** Creates an empty file, in place of an existing one. */
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
      const readers = await Promise.all(Array.from({ length: fastQuestions + slowQuestions }, connect));
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
      slowThreshold,
    );
    this.exports = new Pool([exporter], maxWaitingExports);
  }

  /** The version that the store has reached; undefined while it is empty. */
  get version(): DataVersion | undefined {
    return this.#version;
  }

  /** The market with a code, or the default market, at that version. Also undefined before the first catch-up. */
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

  /** Reads the changes into memory, or onto disk if they are many. Must be called within `Database.read`. */
  async download(since: number, changes: Changes): Promise<Download> {
    // A unique name, because a failed download may still be writing to its file.
    const file = (name: string) => join(this.#directory, `${name}-${changes.toVersion}-${Date.now()}.csv`);
    const retired = since === 0 ? noRows : await receive(changes.retired(), saleTable.slice(0, 1), file('retired'));
    const added = await receive(changes.added(), saleTable, file('added'));
    const places = changes.places && (await receive(changes.places(), placeTable, file('places')));
    const to = { version: changes.toVersion, lineage: changes.lineage };
    return { since, to, markets: changes.markets, revisions: changes.revisions, added, retired, places };
  }

  /** Applies the changes, all or none. Questions that are running continue with the state that they see. */
  async apply(download: Download): Promise<void> {
    const { since, to, markets, added, retired, places } = download;
    const hasGazetteer = places ? places.rows?.length !== 0 : since !== 0 && this.#hasGazetteer;
    try {
      const sales = this.#uncountable(download);
      if (sales) await this.#addUncounted(sales, to.version, hasGazetteer);
      else await this.#writer.transaction('READ WRITE', () => this.#applyAll(download, hasGazetteer));
      this.#uncounted = sales ? this.#uncounted + sales.length : 0;
    } finally {
      await Promise.all([added, retired, places].map((received) => received?.discard()));
    }
    this.#version = to;
    this.#markets = markets;
    this.#hasGazetteer = hasGazetteer;
    // DuckDB does not count the rows of a load as changes after which it writes the file by itself.
    if (!added.rows) await this.#writer.run('CHECKPOINT disk');
  }

  /** The sales to add, if the download is nothing but a few sales that can be added without entries in the count tables. */
  #uncountable({ since, markets, added, retired, places }: Download): Received['rows'] {
    const alone = since !== 0 && isDeepStrictEqual(markets, this.#markets) && retired.rows?.length === 0 && !places;
    // Sales without a dealing, such as those entered by hand, cannot share one.
    const unshared = added.rows?.length !== 0 && added.rows?.every((row) => row[dealingIndex] === null);
    return alone && unshared && this.#uncounted < maxUncounted ? added.rows : undefined;
  }

  /** Runs one statement, which is planned once. The version is a column of the rows, because with a parameter it would be planned each time. */
  async #addUncounted(sales: (string | null)[][], version: number, hasGazetteer: boolean): Promise<void> {
    const rows = sales.map((row) => [...row, String(version)]);
    const { table, values } = bind(rows, [...saleTable, { name: 'version', type: 'BIGINT' }]);
    await this.#writer.runAgain(insertSales(table, hasGazetteer, 'added.version'), values);
  }

  async #applyAll(download: Download, hasGazetteer: boolean): Promise<void> {
    const { since, to, markets, added, retired, places } = download;
    if (since === 0) {
      await this.#writer.run(layout);
      await this.#writer.run('INSERT INTO replica VALUES ($definition, $lineage, $version)', { definition, ...to });
    } else {
      if (this.#uncounted > 0) await this.#countAll();
      await this.#writer.run('UPDATE replica SET version = $version::BIGINT', { version: to.version });
    }
    if (since === 0 || !isDeepStrictEqual(markets, this.#markets)) await this.#replaceMarkets(markets);
    if (places) await this.#replaceGazetteer(places);
    const changed: string[] = [];
    if (retired.rows?.length !== 0) changed.push(await this.#retire(retired));
    if (added.rows?.length !== 0) changed.push(await this.#add(download, hasGazetteer));
    if (places && since !== 0) await this.#placeAgain();
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
    const file = await this.#writer.row<{ definition: string }>('SELECT definition FROM replica');
    if (file.definition !== definition) throw new Error('The file was made by another release.');
    this.#version = await this.#writer.row<DataVersion>(`SELECT ${reachedVersion} AS version, lineage FROM replica`);
    const counts = await this.#writer.row<{ sales: number; places: number }>(
      `SELECT (SELECT count(*) FROM sale WHERE ${isUncounted}) AS sales, (SELECT count(*) FROM gazetteer) AS places`,
    );
    this.#uncounted = counts.sales;
    this.#hasGazetteer = counts.places > 0;
  }

  async #replaceMarkets(markets: Market[]): Promise<void> {
    const deleted = `SELECT id FROM market WHERE id NOT IN (SELECT unnest(from_json($ids::VARCHAR, '["INTEGER"]')))`;
    const ids = JSON.stringify(markets.map(({ id }) => id));
    for (const { id } of await this.#writer.rows<{ id: number }>(deleted, { ids })) {
      // If the market had a gazetteer, the download has all places of the others.
      for (const table of ['sale', ...countTables.map(entriesOf)]) {
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

  /** Removes the retired sales. Returns the name of a table with them. */
  async #retire(retired: Received): Promise<string> {
    await this.#writer.run(
      `CREATE OR REPLACE TEMPORARY TABLE retired AS SELECT * FROM sale WHERE id IN (SELECT id FROM ${retired.table})`,
      retired.values,
    );
    for (const table of countTables)
      await this.#writer.run(`${addEntries(table, 'retired', '-count(*)')} GROUP BY ALL`);
    await this.#writer.run('DELETE FROM sale WHERE id IN (SELECT id FROM retired)');
    return 'retired';
  }

  /** Adds sales. Returns SQL for a table with them. */
  async #add({ since, added, revisions }: Download, hasGazetteer: boolean): Promise<string> {
    const all = since === 0;
    // Reading them from the table is faster than from the file.
    const sales = all ? 'sale' : `(SELECT * FROM sale WHERE added_by IN (${revisions.join(', ')}))`;
    const [place, ...others] = countTables as [CountTable, ...CountTable[]];
    const count = (table: CountTable, from: string, values?: Values) =>
      this.#writer.run(`${addEntries(table, from, 'count(*)')} GROUP BY ALL ORDER BY 1, 2`, values);
    // In a full load, places are counted first: the distinct names to place are found faster there than in the file.
    if (all) await count(place, added.table, added.values);
    const insert = insertSales(added.table, hasGazetteer, 'NULL', all ? place.name : undefined);
    await this.#writer.run(`${insert} ${loadOrder}`, added.values);
    for (const table of all ? others : countTables) await count(table, sales);
    return sales;
  }

  /** Adds the entries of the uncounted sales to the count tables. */
  async #countAll(): Promise<void> {
    for (const table of countTables) {
      await this.#writer.run(`${addEntries(table, 'sale', 'count(*)')} WHERE ${isUncounted} GROUP BY ALL`);
    }
    await this.#writer.run(`UPDATE sale SET uncounted = NULL WHERE ${isUncounted}`);
  }

  async #replaceGazetteer(places: Received): Promise<void> {
    await this.#writer.run('DELETE FROM gazetteer');
    await this.#writer.run(`INSERT INTO gazetteer ${gazetteerRows(places.table)}`, places.values);
  }

  /** Updates the placements after a gazetteer has changed. */
  async #placeAgain(): Promise<void> {
    const changed = ['latitude', 'longitude', 'approximate'];
    await this.#writer.run(
      `UPDATE sale SET ${changed.map((name) => `${name} = position.${name}`).join(', ')} FROM (${positions('place')}) AS position
       WHERE ${sameNames('sale', 'position')} AND (sale.approximate IS NOT NULL OR (sale.latitude IS NULL AND sale.longitude IS NULL))
         AND (${changed.map((name) => `sale.${name} IS DISTINCT FROM position.${name}`).join(' OR ')})`,
    );
  }

  /**
   * Marks the sales that share a dealing with others as non-standard, because each of them states the price of the whole dealing. It depends on several
   * rows, so it is computed here and not stored in PostgreSQL. A reason that a row states itself takes precedence.
   * @param changed SQL for tables with the sales added and retired, whose dealings are checked
   * @param all whether the store was empty before
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

/** DuckDB's settings for a replica in a directory. */
export function settings(directory: string): Record<string, string> {
  const memory = Math.min(Math.max(availableMemory() * memoryShare, minMemory), maxMemory);
  return {
    threads: String(availableParallelism()),
    memory_limit: `${Math.floor(memory / 2 ** 20)}MiB`,
    temp_directory: join(directory, 'temporary'),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // Loads take less memory if rows may be stored in any order. Questions that need an order have ORDER BY.
    preserve_insertion_order: 'false',
    // Groups are found by an array index instead of a hash up to so many bits: enough for months times 256 bins, and a third faster.
    perfect_ht_threshold: '17',
  };
}

/** SQL: adds the entries of a table of sales to a count table. */
function addEntries(table: CountTable, sales: string, count: string): string {
  return `INSERT INTO ${entriesOf(table)} SELECT ${countedColumns(table)}, ${count} FROM ${sales}`;
}

/**
 * SQL: adds the sales of a table, placed by the gazetteers if there are any.
 * @param version the value of the column `uncounted`
 * @param names a table with the names of their places, by default the same
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

/** Bytes: the limit of the container, or the memory of the machine. */
function availableMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 && constrained < totalmem() ? constrained : totalmem();
}

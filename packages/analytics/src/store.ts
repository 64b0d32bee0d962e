/** One market in a DuckDB file: its sales in force, and what the questions need beside them, at one version. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Changes, MarketState, MarketVersion, WrittenRevision } from '@property-insights/database';
import { type Budget, type Meter, unlimited } from './budgets.ts';
import type { Connection, Values } from './connection.ts';
import type { Engine } from './engine.ts';
import { Overloaded } from './errors.ts';
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
  setAsideTable,
} from './layout.ts';
import { gazetteerRows, positions, sameNames } from './placement.ts';
import type { Pool } from './pool.ts';
import { bind, type Received, receive } from './received.ts';
import {
  chooseSpellings,
  countSpellings,
  respelled,
  sameSpellings,
  spelledNames,
  spellingDefinition,
  statedName,
} from './spellings.ts';
import {
  leavesThresholds,
  markNominal,
  markSharedDealings,
  ownReason,
  readThresholds,
  setReason,
  standardDefinition,
  type Threshold,
  thresholdOf,
} from './standard.ts';

/** Changes that have been read out of one snapshot of the database. */
export interface Download extends MarketVersion {
  /** The version that the changes follow; 0 if they are the whole content. */
  since: number;
  market: MarketState;
  /** Those that added the sales, among others. */
  revisions: WrittenRevision[];
  added: Received;
  /** undefined if no sale was retired. */
  retired: Received | undefined;
  /** All places, if they have changed. */
  places: Received | undefined;
  placed?: Changes['placed'];
  /** All sales set aside, if they have changed. */
  setAside: Received | undefined;
}

/** The tables that a sale is joined with when it is added, if they have any rows. */
interface Joined {
  respelled: boolean;
  gazetteer: boolean;
  setAside: boolean;
}

/**
 * Half a million sales at a time are laid out by place. Rows that a question groups by area are then close together, which saves a fifth to a third
 * of its time, and sales of one time or of nearby ids are still not far from one another.
 */
const loadOrder = 'ORDER BY added.id // 500_000, added.region, added.locality';

/** The statements that fill a store are recorded in it: another release may lay it out, or place sales, differently. */
const definition = [
  layout,
  loadOrder,
  gazetteerRows('place'),
  positions('place'),
  spellingDefinition,
  standardDefinition,
].join(';\n');

/** Rows that a placement in the background copies at a time, in about 100 ms, between which as much time is left to questions. */
const placedAtOnce = 50_000;

/** The maximum number of uncounted sales. Every statement on a count table counts them again. */
const maxUncounted = 1_000;

/** The indexes of columns: the instrument by which a sale was conveyed, the revision that added it, its contract date. */
const columnsOf = (names: readonly string[]) =>
  names.map((wanted) => saleTable.findIndex(({ name }) => name === wanted));
const [dealing, addedBy, contractDate] = columnsOf(['dealing', 'added_by', 'contract_date']) as [
  number,
  number,
  number,
];
const nameColumns = columnsOf(spelledNames);

/** A change of a store failed, and nothing of it was kept. The store cannot follow its market any further. */
export class CannotApply extends Error {
  override readonly name = 'CannotApply';
}

export class Store {
  readonly path: string;
  readonly #engine: Engine;
  readonly #name: string;
  #version: MarketVersion | undefined;
  #market: MarketState | undefined;
  #has: Joined = { respelled: false, gazetteer: false, setAside: false };
  /** How many sales are in no count table yet. */
  #uncounted = 0;
  /** The names of sales, as JSON, that are known to be spelled as most sales spell them. */
  readonly #wellSpelled = new Set<string>();
  /** Of nominal prices. */
  #thresholds: Threshold[] = [];

  /**
   * Opens a file, or creates an empty one.
   * @throws if the file is damaged or no store of this release
   */
  static async open(engine: Engine, path: string): Promise<Store> {
    const store = new Store(engine, path, await engine.attach(path));
    try {
      await engine.updates.use((db) => db.use(store.#name).then(() => store.#readState(db)), never);
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  }

  private constructor(engine: Engine, path: string, name: string) {
    this.#engine = engine;
    this.path = path;
    this.#name = name;
  }

  /** The version that the store has; undefined while it is empty. */
  get version(): MarketVersion | undefined {
    return this.#version;
  }

  /** The id of the market that the store holds; undefined while it is empty. */
  get marketId(): number | undefined {
    return this.#market?.id;
  }

  /**
   * Reads one state of the store.
   * @param signal cancels the reading
   * @param budget pays for the reading
   * @param connections those of the questions by default
   * @throws Overloaded, OverBudget, and the signal's reason
   */
  read<T>(
    work: (db: Connection) => Promise<T>,
    signal: AbortSignal = never,
    budget: Budget = unlimited,
    connections: Pick<Pool<Connection>, 'use'> = this.#engine.questions,
  ): Promise<T> {
    const read = async (db: Connection, signal: AbortSignal, meter: Meter) => {
      await meter.elsewhere(() => db.use(this.#name));
      return db.transaction('READ ONLY', () => work(db), signal, meter);
    };
    const { processor } = this.#engine;
    return connections.use((db, signal) => processor.meter(budget, (meter) => read(db, signal, meter)), signal, budget);
  }

  /** Reads every value of every table. @throws if the file is damaged */
  async verify(): Promise<void> {
    const tables = ['replica', 'market', 'gazetteer', 'set_aside', 'respelled', 'sale', ...countTables.map(entriesOf)];
    await this.read(async (db) => {
      for (const table of tables) await db.rows(`SELECT bit_xor(hash(COLUMNS(*))) FROM ${table}`);
    });
  }

  /** Reads the changes into memory or, if they are many, onto disk. To be called within `Database.read`. */
  async download({ added, retired, places, setAside, ...changes }: Changes): Promise<Download> {
    // A failed download may still be writing its files, so each has files of its own.
    const file = (name: string) => join(this.#engine.directory, `${name}-${this.#name}-${Date.now()}.csv`);
    return {
      ...changes,
      retired: retired && (await receive(retired(), saleTable.slice(0, 1), file('retired'))),
      added: await receive(added(), saleTable, file('added')),
      places: places && (await receive(places(), placeTable, file('places'))),
      setAside: setAside && (await receive(setAside(), setAsideTable, file('set-aside'))),
    };
  }

  /**
   * Applies the changes, all or none. Questions under way continue with the state that they see.
   * @param loads the connections for large changes
   * @throws CannotApply, Overloaded
   */
  async apply(download: Download, loads: Pool<Connection> = this.#engine.loads): Promise<void> {
    const { since, version, lineage, market, added, retired, places, setAside } = download;
    const small = since !== 0 && [added, retired, places, setAside].every((rows) => !rows || rows.rows);
    const has = {
      respelled: this.#has.respelled,
      gazetteer: places ? !isEmpty(places) : since !== 0 && this.#has.gazetteer,
      setAside: setAside ? !isEmpty(setAside) : since !== 0 && this.#has.setAside,
    };
    try {
      const connections = small ? this.#engine.updates : loads;
      await connections.use(async (db) => {
        await db.use(this.#name);
        const few = this.#fewSales(download);
        if (few && (await this.#areWellSpelled(db, few))) {
          await addFew(db, few, download, { ...has, respelled: false }, this.#thresholds);
          this.#uncounted += few.length;
        } else {
          this.#wellSpelled.clear();
          this.#thresholds = await db.transaction('READ WRITE', () => this.#applyAny(db, download, has));
          this.#uncounted = 0;
        }
        // DuckDB does not count what a load has written on the way as a change after which to write the file by itself.
        if (!small) await db.run(`CHECKPOINT ${this.#name}`).catch(ignoreReaders);
      }, never);
    } catch (error) {
      if (error instanceof Overloaded) throw error;
      throw new CannotApply(`The changes up to version ${version} cannot be applied.`, { cause: error });
    } finally {
      await Promise.all([added, retired, places, setAside].map((part) => part?.discard()));
    }
    this.#version = { version, lineage };
    this.#market = market;
    this.#has = has;
  }

  /** The number of sales. */
  async countSales(): Promise<number> {
    return (await this.read((db) => db.row<{ count: number }>('SELECT count(*) AS count FROM sale'))).count;
  }

  /**
   * Fills a new store with the content of this one, its sales placed by other gazetteers. Questions continue to read this one, which must not change
   * meanwhile. An update of a million rows in this one would slow them down, since they would have to read the former values beside it.
   * @param path a file that does not exist
   * @param at the version of the new store
   * @param signal cancels the placement
   */
  async placed(path: string, places: Received, at: MarketVersion, signal: AbortSignal): Promise<Store> {
    const copy = await Store.open(this.#engine, path);
    try {
      await this.#engine.placements.use(async (db) => {
        await db.use(copy.#name);
        await db.run(layout);
        const copyRows = async (table: string, column: string, insert: (rows: string) => string) => {
          const source = `${this.#name}.${table}`;
          const { first, last } = await db.row<{ first: number; last: number }>(
            `SELECT coalesce(min(${column}), 0) AS first, coalesce(max(${column}), -1) AS last FROM ${source}`,
          );
          for (let from = first; from <= last; from += placedAtOnce) {
            const started = performance.now();
            await db.run(insert(`(FROM ${source} WHERE ${column} BETWEEN ${from} AND ${from + placedAtOnce - 1})`));
            await delay(performance.now() - started, undefined, { signal });
          }
        };
        for (const table of copiedTables) await copyRows(table, 'rowid', (rows) => `INSERT INTO ${table} FROM ${rows}`);
        await replaceGazetteer(db, places);
        await db.run(`CREATE OR REPLACE TEMPORARY TABLE position AS ${positions('place')}`);
        await copyRows('sale', 'id', copyPlaced);
        // Without this row, a file that a crash leaves behind is none of a store.
        await db.run('INSERT INTO replica VALUES ($definition, $lineage, $version)', { definition, ...at });
        await db.run(`CHECKPOINT ${copy.#name}`);
        await copy.#readState(db);
      }, signal);
      return copy;
    } catch (error) {
      await copy.close();
      throw error;
    } finally {
      await places.discard();
    }
  }

  /** Detaches the file. Reading that is under way continues. */
  close(): Promise<void> {
    return this.#engine.detach(this.#name);
  }

  async #readState(db: Connection): Promise<void> {
    const { count } = await db.row<{ count: number }>(
      `SELECT count(*) AS count FROM duckdb_tables() WHERE database_name = '${this.#name}' AND table_name = 'replica'`,
    );
    if (count === 0) return;
    const { definition: by } = await db.row<{ definition: string }>('SELECT definition FROM replica');
    if (by !== definition) throw new Error('The store was filled by another release.');
    this.#version = await db.row<MarketVersion>(`SELECT ${reachedVersion} AS version, lineage FROM replica`);
    this.#market = await db.row<MarketState>('SELECT * FROM market');
    const counts = await db.row<{ sales: number; respelled: number; places: number; aside: number }>(
      `SELECT (SELECT count(*) FROM sale WHERE ${isUncounted}) AS sales, (SELECT count(*) FROM gazetteer) AS places,
         (SELECT count(*) FROM respelled) AS respelled,
         (SELECT count(*) FROM set_aside) AS aside`,
    );
    this.#uncounted = counts.sales;
    this.#thresholds = await readThresholds(db);
    this.#has = { respelled: counts.respelled > 0, gazetteer: counts.places > 0, setAside: counts.aside > 0 };
  }

  /** The sales to add, if they are few and nothing else has changed. */
  #fewSales({ since, market, added, retired, places, setAside }: Download): Received['rows'] {
    const alone = since !== 0 && isDeepStrictEqual(market, this.#market) && !retired && !places && !setAside;
    const { rows } = added;
    if (!alone || !rows?.length || this.#uncounted >= maxUncounted) return undefined;
    // Sales without a dealing, as those entered by hand are, cannot share one.
    if (rows.some((row) => row[dealing] !== null)) return undefined;
    const thresholds = this.#thresholds.map((own) => ({ ...own, spare: own.spare - this.#uncounted }));
    return leavesThresholds(
      thresholds,
      rows.map((row) => row[contractDate] as string | null),
    )
      ? rows
      : undefined;
  }

  /** Whether other sales have the very names of these, so that no spelling changes. */
  async #areWellSpelled(db: Connection, rows: (string | null)[][]): Promise<boolean> {
    const names = new Map(
      rows.map((row) => nameColumns.map((i) => row[i] as string | null)).map((own) => [JSON.stringify(own), own]),
    );
    for (const [key, own] of names) {
      if (this.#wellSpelled.has(key)) continue;
      const values = Object.fromEntries(spelledNames.map((column, i) => [column, own[i] as string | null]));
      const known = await db.rows(
        `SELECT 1 FROM place WHERE ${spelledNames.map((column) => `${column} IS NOT DISTINCT FROM $${column}::VARCHAR`).join(' AND ')} HAVING sum(sales) > 0`,
        values,
      );
      if (known.length === 0) return false;
      this.#wellSpelled.add(key);
    }
    return true;
  }

  async #applyAny(db: Connection, download: Download, has: Joined): Promise<Threshold[]> {
    const { since, version, lineage, market, added, retired, places, setAside } = download;
    if (since === 0) {
      await db.run(layout);
      await db.run('INSERT INTO replica VALUES ($definition, $lineage, $version)', { definition, lineage, version });
    } else {
      if (this.#uncounted > 0) await countAll(db);
      await db.run('UPDATE replica SET version = $version::BIGINT', { version });
    }
    await replaceMarket(db, market);
    if (places) await replaceGazetteer(db, places);
    /** Tables with the sales that were added or retired, or whose dealing may now count as shared or not. */
    const changed: string[] = [];
    if (setAside) changed.push(await replaceSetAside(db, setAside));
    if (retired) changed.push(await retire(db, retired));
    if (!isEmpty(added)) await countSpellings(db, added.table, added.values);
    const isRespelled = (retired || !isEmpty(added)) && (await respell(db, has));
    if (!isEmpty(added)) changed.push(await add(db, download, has));
    if (since !== 0 && (places || (isRespelled && has.gazetteer))) await placeAgain(db);
    if (changed.length > 0) {
      await markSharedDealings(db, changed, since === 0);
      await markNominal(db);
    }
    return readThresholds(db);
  }
}

/**
 * DuckDB writes no file while a question reads rows that have just been updated. The changes are committed all the same, and are written later; a crash
 * before that only means that they are pulled again.
 */
function ignoreReaders(error: unknown): void {
  if (!(error instanceof Error && error.message.includes('Cannot CHECKPOINT'))) throw error;
}

/** The tables of a store that do not depend on its gazetteers. */
const copiedTables = ['market', 'set_aside', 'respelled', 'nominal', ...countTables.map(entriesOf)];

/** A signal that never aborts. */
const never = new AbortController().signal;

function isEmpty({ rows }: Received): boolean {
  return rows?.length === 0;
}

/** One statement, planned once. With a parameter for the version it would be planned each time. */
async function addFew(
  db: Connection,
  few: (string | null)[][],
  { version, revisions }: Download,
  has: Joined,
  thresholds: readonly Threshold[],
): Promise<void> {
  const days = new Map(revisions.map(({ id, day }) => [String(id), day]));
  const rows = few.map((row) => {
    const nominal = thresholdOf(thresholds, row[contractDate] as string | null);
    return [...row, String(version), days.get(row[addedBy] as string) as string, String(nominal?.below ?? 0)];
  });
  const { table, values } = bind(rows, [
    ...saleTable,
    { name: 'version', type: 'BIGINT' },
    { name: 'written_on', type: 'DATE' },
    { name: 'nominal_below', type: 'BIGINT' },
  ]);
  await db.runAgain(insertSales({ table, has, version: 'added.version', nominalBelow: 'added.nominal_below' }), values);
}

async function replaceMarket(db: Connection, market: MarketState): Promise<void> {
  const values = Object.fromEntries(marketColumns.map((name) => [name, market[name as keyof MarketState] ?? null]));
  await db.run('DELETE FROM market');
  await db.run(`INSERT INTO market VALUES (${marketColumns.map((name) => `$${name}`).join(', ')})`, values as Values);
}

async function replaceGazetteer(db: Connection, places: Received): Promise<void> {
  await db.run('DELETE FROM gazetteer');
  await db.run(`INSERT INTO gazetteer ${gazetteerRows(places.table)}`, places.values);
}

/**
 * Sets aside the sales that an analyst chose, and reinstates those that no longer are among them.
 * @returns a table with the sales that changed
 */
async function replaceSetAside(db: Connection, setAside: Received): Promise<string> {
  await db.run(
    `CREATE OR REPLACE TEMPORARY TABLE decided AS
     SELECT key, now.reason FROM (SELECT * FROM ${setAside.table}) AS now FULL JOIN set_aside AS before USING (key)
     WHERE now.reason IS DISTINCT FROM before.reason`,
    setAside.values,
  );
  await db.run('DELETE FROM set_aside WHERE key IN (SELECT key FROM decided)');
  await db.run('INSERT INTO set_aside SELECT key, reason FROM decided WHERE reason IS NOT NULL');
  await db.run(
    `UPDATE sale SET set_aside = reason, ${setReason(`CASE WHEN reason IS NULL THEN own_non_standard ELSE 'set aside' END`)}
     FROM decided WHERE sale.key = decided.key`,
  );
  return '(SELECT * FROM sale WHERE key IN (SELECT key FROM decided))';
}

/** Removes the retired sales. Returns the name of a table with them. */
async function retire(db: Connection, retired: Received): Promise<string> {
  // Bounds on the id let DuckDB skip the row groups of all other sales.
  await db.run(
    `CREATE OR REPLACE TEMPORARY TABLE retired AS
     WITH gone AS MATERIALIZED (SELECT id FROM ${retired.table})
     SELECT sale.* FROM sale JOIN gone USING (id)
     WHERE sale.id BETWEEN (SELECT min(id) FROM gone) AND (SELECT max(id) FROM gone)`,
    retired.values,
  );
  for (const table of countTables) await db.run(`${addEntries(table, 'retired', '-count(*)')} GROUP BY ALL`);
  await db.run(
    `DELETE FROM sale WHERE id BETWEEN (SELECT min(id) FROM retired) AND (SELECT max(id) FROM retired)
       AND id IN (SELECT id FROM retired)`,
  );
  return 'retired';
}

/** Chooses the spellings of names again, and respells the sales for which another one is chosen. Returns whether there are any. */
async function respell(db: Connection, has: Joined): Promise<boolean> {
  const respelling = await chooseSpellings(db);
  if (!respelling) return false;
  const named = `(${sameSpellings('sale', respelling, (column) => statedName(column, 'sale'))})`;
  await db.run(
    `CREATE OR REPLACE TEMPORARY TABLE respelled_sale AS SELECT sale.* FROM sale JOIN ${respelling} ON ${named}`,
  );
  const count = async (sales: string, count: string) => {
    for (const table of countTables) await db.run(`${addEntries(table, sales, count)} GROUP BY ALL`);
  };
  await count('respelled_sale', '-count(*)');
  const settings = spelledNames.flatMap((column) => [
    `${column} = as_${column}`,
    `stated_${column} = CASE WHEN as_${column} <> ${respelling}.${column} THEN ${respelling}.${column} END`,
  ]);
  await db.run(`UPDATE sale SET ${settings.join(', ')} FROM ${respelling} WHERE ${named}`);
  await count('(SELECT * FROM sale WHERE id IN (SELECT id FROM respelled_sale))', 'count(*)');
  has.respelled = true;
  return true;
}

/** Adds sales. Returns SQL for a table with them. */
async function add(db: Connection, { since, added, revisions }: Download, has: Joined): Promise<string> {
  const all = since === 0;
  // Reading them from the table is faster than from the file.
  const sales = all ? 'sale' : `(SELECT * FROM sale WHERE added_by IN (${revisions.map(({ id }) => id).join(', ')}))`;
  const [place, , ...others] = countTables as [CountTable, CountTable, ...CountTable[]];
  const count = (table: CountTable, from: string, count = 'count(*)') =>
    db.run(`${addEntries(table, from, count)} GROUP BY ALL ORDER BY 1, 2`);
  // In a full load, places are counted first: the distinct names to place are found faster there than in the file.
  if (all) await count(place, has.respelled ? respelled('spelling') : 'spelling', 'sum(sales)');
  await db.run(
    `CREATE OR REPLACE TEMPORARY TABLE written AS SELECT row.id, row.day AS written_on
     FROM (SELECT unnest(from_json($revisions::VARCHAR, '[{"id": "BIGINT", "day": "DATE"}]')) AS row)`,
    { revisions: JSON.stringify(revisions) },
  );
  const stated = `(SELECT row.*, written_on FROM ${added.table} AS row LEFT JOIN written ON written.id = row.added_by)`;
  const table = has.respelled ? respelled(stated) : stated;
  const insert = insertSales({ table, has, version: 'NULL', names: all ? place.name : table });
  await db.run(`${insert} ${loadOrder}`, added.values);
  for (const table of all ? others : [place, ...others]) await count(table, sales);
  return sales;
}

/** Adds the entries of the uncounted sales to the count tables. */
async function countAll(db: Connection): Promise<void> {
  for (const table of countTables) {
    await db.run(`${addEntries(table, 'sale', 'count(*)')} WHERE ${isUncounted} GROUP BY ALL`);
  }
  await db.run(`UPDATE sale SET uncounted = NULL WHERE ${isUncounted}`);
}

/** Moves the sales without coordinates of their own to where the gazetteer now has their place. */
async function placeAgain(db: Connection): Promise<void> {
  const changed = ['latitude', 'longitude', 'approximate'];
  await db.run(
    `UPDATE sale SET ${changed.map((name) => `${name} = position.${name}`).join(', ')} FROM (${positions('place')}) AS position
     WHERE ${sameNames('sale', 'position')} AND (sale.approximate IS NOT NULL OR (sale.latitude IS NULL AND sale.longitude IS NULL))
       AND (${changed.map((name) => `sale.${name} IS DISTINCT FROM position.${name}`).join(' OR ')})`,
  );
}

/** SQL: adds sales of another store, placed by the table `position`. */
function copyPlaced(sales: string): string {
  const isStated = 'sale.approximate IS NULL AND (sale.latitude IS NOT NULL OR sale.longitude IS NOT NULL)';
  const placed = ['latitude', 'longitude', 'approximate'].map(
    (name) => `CASE WHEN ${isStated} THEN sale.${name} ELSE position.${name} END AS ${name}`,
  );
  return `INSERT INTO sale SELECT sale.* REPLACE (${placed.join(', ')}) FROM ${sales} AS sale JOIN position ON ${sameNames('sale', 'position')}
    ORDER BY sale.id // 500_000, sale.region, sale.locality`;
}

/** SQL: adds the entries of a table of sales to a count table. */
function addEntries(table: CountTable, sales: string, count: string): string {
  return `INSERT INTO ${entriesOf(table)} SELECT ${countedColumns(table)}, ${count} FROM ${sales}`;
}

interface Insert {
  /** Has the sales, and the day on which each was written: `written_on`. */
  table: string;
  has: Joined;
  /** SQL for the column `uncounted`. */
  version: string;
  /** SQL: the threshold of nominal prices. Without it, `markNominal` has to follow. */
  nominalBelow?: string;
  /** A table with the names of all their places, if there is a quicker one than `table`. */
  names?: string | undefined;
}

/** SQL: adds sales, placed by the gazetteer and set aside where they have to be. */
function insertSales({ table, has, version, nominalBelow, names = table }: Insert): string {
  const stated = 'added.latitude IS NOT NULL OR added.longitude IS NOT NULL';
  const own = ownReason('added', 'added.written_on');
  const aside = has.setAside ? [`CASE WHEN aside.key IS NOT NULL THEN 'set aside' END`] : [];
  const nominal = nominalBelow ? [`CASE WHEN added.price < ${nominalBelow} THEN 'nominal price' END`] : [];
  const nonStandard = `coalesce(${[...aside, own, ...nominal].join(', ')})`;
  const columns = saleTable.map(({ name }) => {
    if (has.gazetteer && /^(lat|long)itude$/.test(name))
      return `CASE WHEN ${stated} THEN added.${name} ELSE position.${name} END`;
    return name === 'non_standard' ? nonStandard : `added.${name}`;
  });
  const approximate = has.gazetteer ? `CASE WHEN NOT (${stated}) THEN approximate END` : 'NULL';
  const reason = has.setAside ? 'aside.reason' : 'NULL';
  const otherNames = spelledNames.map((column) => (has.respelled ? `added.stated_${column}` : 'NULL'));
  return `INSERT INTO sale SELECT ${[...columns, approximate, `${nonStandard} IS NULL`, own, reason, ...otherNames, version].join(', ')} FROM ${table} AS added
    ${has.gazetteer ? `JOIN (${positions(names)}) AS position ON ${sameNames('added', 'position')}` : ''}
    ${has.setAside ? 'LEFT JOIN set_aside AS aside ON aside.key = added.key' : ''}`;
}

/**
 * The DuckDB instance of a replica. The stores of all its markets are attached to this one instance, so that they share its memory, threads and
 * connections: what a replica takes does not grow with the number of markets.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { availableMemory } from './available-memory.ts';
import { ProcessorTime } from './budgets.ts';
import { Connection } from './connection.ts';
import { Lanes } from './lanes.ts';
import type { Memo } from './memo.ts';
import { Pool } from './pool.ts';
import { lowerStatementThreads } from './thread-priority.ts';

/**
 * Statements run on libuv's threads. More questions at a time would not be faster, since DuckDB spreads one question over all processors.
 */
const fastQuestions = 2;
const slowQuestions = 1;
const maxWaitingQuestions = 100;

/** Milliseconds after which a question is slow. */
const slowThreshold = 1_000;

/** An export may take minutes, so it has a connection of its own and blocks no question. */
const maxWaitingExports = 10;

/** Loads of earlier versions; the number of callers that may wait for each is not bounded by this. */
const maxWaitingPastLoads = 10;

/** Catch-ups and placements wait for each other; their number is bounded by that of the markets in use. */
const maxWaitingCatchUps = 10_000;

/** The share of the container's memory that DuckDB takes; the rest is for the process around it (docs/decisions/0016). */
const memoryShare = 0.25;
const minMemory = 256 * 2 ** 20;
const maxMemory = 4 * 2 ** 30;

/** Rows that are compressed and written together, and kept in memory until then: half of DuckDB's default (docs/decisions/0016). */
const rowGroup = 61_440;

/** Bytes; a quarter of DuckDB's default (docs/decisions/0016). A file of a small market is a few blocks for each table, most of each empty. */
const blockSize = 65_536;

/** Attached for as long as the process runs, because DuckDB locks the file: no other process can use the directory. */
const lockFile = 'lock.duckdb';

/** The connections of an engine, by what they are for. */
interface Connections {
  /** Attaches and detaches. */
  administrator: Connection;
  readers: Connection[];
  exporter: Connection;
  loader: Connection;
  pastLoader: Connection;
  placer: Connection;
  updater: Connection;
  preparer: Connection;
}

export class Engine {
  readonly directory: string;
  readonly processor: ProcessorTime;
  readonly questions: Lanes<Connection>;
  readonly exports: Pool<Connection>;
  /** For large changes, which take seconds to minutes. */
  readonly loads: Pool<Connection>;
  /** For earlier versions, which current ones do not wait for. */
  readonly pastLoads: Pool<Connection>;
  /** For placements of many sales in the background, which no load waits for. */
  readonly placements: Pool<Connection>;
  /** For the preparations of questions, which no other question waits for. */
  readonly preparations: Pool<Connection>;
  /** For small changes, so that they do not wait for a load. */
  readonly updates: Pool<Connection>;
  readonly #instance: DuckDBInstance;
  readonly #connections: Connections;
  readonly #onFatal: (error: unknown) => void;
  #failed = false;
  #attached = 0;

  /**
   * @param directory its own; created if missing. Files that an earlier process left half-written are deleted.
   * @param memo shared by all connections
   * @param processor shared by all questions
   * @param onFatal called once, after an error after which DuckDB refuses all statements
   * @throws if another process uses the directory
   */
  static async open(
    directory: string,
    memo: Memo,
    processor = new ProcessorTime(),
    onFatal: (error: unknown) => void = () => {},
  ): Promise<Engine> {
    await mkdir(directory, { recursive: true });
    for (const name of await readdir(directory)) {
      if (/\.(csv|parquet)$/.test(name)) await rm(join(directory, name));
    }
    const instance = await DuckDBInstance.create(':memory:', settings(directory));
    try {
      const connect = async () => new Connection(await instance.connect(), memo);
      const administrator = await connect();
      await lock(administrator, directory);
      const readers = await Promise.all(Array.from({ length: fastQuestions + slowQuestions }, connect));
      const [exporter, loader, updater] = [await connect(), await connect(), await connect()];
      const [pastLoader, placer, preparer] = [await connect(), await connect(), await connect()];
      const connections = { administrator, readers, exporter, loader, pastLoader, placer, updater, preparer };
      await lowerStatementThreads();
      return new Engine(directory, processor, instance, connections, onFatal);
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  }

  private constructor(
    directory: string,
    processor: ProcessorTime,
    instance: DuckDBInstance,
    connections: Connections,
    onFatal: (error: unknown) => void,
  ) {
    this.directory = directory;
    this.processor = processor;
    this.#instance = instance;
    this.#connections = connections;
    this.#onFatal = onFatal;
    const { readers, exporter, loader, pastLoader, placer, updater, preparer } = connections;
    this.questions = new Lanes(
      new Pool(readers.slice(slowQuestions), maxWaitingQuestions),
      new Pool(readers.slice(0, slowQuestions), maxWaitingQuestions),
      slowThreshold,
    );
    this.exports = new Pool([exporter], maxWaitingExports);
    this.loads = new Pool([loader], maxWaitingCatchUps);
    this.pastLoads = new Pool([pastLoader], maxWaitingPastLoads);
    this.placements = new Pool([placer], maxWaitingCatchUps);
    this.preparations = new Pool([preparer], maxWaitingQuestions);
    this.updates = new Pool([updater], maxWaitingCatchUps);
  }

  /**
   * Attaches a file, which is created if missing. It has no write-ahead log: DuckDB writes the file when enough has changed, and when it is detached.
   * What a crash loses is pulled from PostgreSQL again, and a catch-up takes half the time without a wait for the disk.
   * @returns the name to `Connection.use` it by
   * @throws if the file is no DuckDB database, or is damaged
   */
  async attach(path: string): Promise<string> {
    this.#attached += 1;
    const name = `store_${this.#attached}`;
    await this.#connections.administrator.run(
      `ATTACH ${quoted(path)} AS ${name} (RECOVERY_MODE no_wal_writes, BLOCK_SIZE ${blockSize}, ROW_GROUP_SIZE ${rowGroup})`,
    );
    return name;
  }

  /** Writes a file and detaches it. Reading that is under way goes on. */
  async detach(name: string): Promise<void> {
    await this.#connections.administrator.run(`DETACH ${name}`);
  }

  /**
   * Whether an error is one after which DuckDB refuses all statements, on every file. DuckDB calls such errors internal (an assertion in it failed) or
   * fatal (one has failed before).
   */
  isFatal(error: unknown): boolean {
    if (!(error instanceof Error && /^(INTERNAL|FATAL) Error/.test(error.message))) return false;
    if (!this.#failed) this.#onFatal(error);
    this.#failed = true;
    return true;
  }

  close(): void {
    const { administrator, readers, ...others } = this.#connections;
    for (const connection of [administrator, ...readers, ...Object.values(others)]) connection.close();
    this.#instance.closeSync();
  }
}

/** DuckDB's settings for a replica in a directory. */
export function settings(directory: string): Record<string, string> {
  const memory = Math.min(Math.max(availableMemory() * memoryShare, minMemory), maxMemory);
  return {
    threads: String(availableParallelism()),
    memory_limit: `${Math.floor(memory / 2 ** 20)}MiB`,
    temp_directory: join(directory, 'temporary'),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // What a load or a question has freed returns to the system within a second (docs/decisions/0016).
    allocator_background_threads: 'true',
    // Loads need less memory when rows may be stored in any order; every question that needs an order asks for it.
    preserve_insertion_order: 'false',
    // Bits of numbers to group by, up to which groups are found by position and not by hash: enough for months times 256 bins, in two thirds of the time.
    perfect_ht_threshold: '17',
    // Rows of a sorted page, up to which only its columns are read of all rows and the others of the page: a page of `sales` in four fifths of the time.
    late_materialization_max_rows: '1001',
  };
}

/**
 * Attaches a file that no other process can attach meanwhile. A damaged one is made again, because it contains nothing.
 * @throws if another process uses the directory
 */
async function lock(connection: Connection, directory: string): Promise<void> {
  const path = join(directory, lockFile);
  const attach = () => connection.run(`ATTACH ${quoted(path)} AS directory_lock`);
  await attach()
    .catch(async (error: Error) => {
      if (error.message.includes('Could not set lock')) throw error;
      await rm(path, { force: true });
      await attach();
    })
    .catch((cause) => {
      throw new Error(`The directory ${directory} is in use by another process, or cannot be written.`, { cause });
    });
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

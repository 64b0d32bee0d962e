import { setImmediate } from 'node:timers/promises';
import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  type DuckDBValue,
} from '@duckdb/node-api';
import { LRUCache } from 'lru-cache';
import type { Meter } from './budgets.ts';
import { Memo } from './memo.ts';

/** The values of a statement's parameters, by name. A date is bound as text and cast in the SQL. */
export type Values = Record<string, string | number | boolean | null>;

/** SQL: a day that follows from the market, and not from a caller. @param day ISO, or null */
export function dayLiteral(day: string | null): string {
  if (day === null) return 'NULL::DATE';
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new Error(`${day} is no ISO date.`);
  return `DATE '${day}'`;
}

/** `Connection.pause`, for computations that need nothing else of a connection. */
export type Pause = () => Promise<void>;

/** The number of statements whose plans are kept. */
const maxPrepared = 50;

/** The number of sets of values that are kept as variables. */
const maxVariables = 4;

/** With more values than this, binding takes less time: a query takes every value of a variable from all of them. */
const maxMembers = 10;

/** Milliseconds that a computation may block the event loop. */
const maxBlocking = 10;

/** Of work that no budget pays for. */
const unmetered: Pick<Meter, 'elsewhere' | 'idle'> = { elsewhere: (work) => work(), idle: (wait) => wait() };

/** A connection to a store, as questions use it. It takes SQL with bound values, and returns rows of JSON values. */
export class Connection {
  /** Shared by all connections of a replica. */
  readonly memo: Memo;
  readonly #connection: DuckDBConnection;
  readonly #prepared = new LRUCache<string, DuckDBPreparedStatement>({
    max: maxPrepared,
    dispose: (statement) => statement.destroySync(),
  });
  /** The values of each variable, as JSON, and the number of queries that are about to read it. */
  readonly #variables: { json: string | undefined; readers: number }[] = Array.from({ length: maxVariables }, () => ({
    json: undefined,
    readers: 0,
  }));
  #lastVariable = 0;
  /** What the transaction has read. */
  readonly #read = new Map<string, Promise<unknown>>();
  #store: string | undefined;
  #signal: AbortSignal | undefined;
  #meter: Pick<Meter, 'elsewhere' | 'idle'> = unmetered;
  #lastYield = 0;

  constructor(connection: DuckDBConnection, memo = new Memo()) {
    this.#connection = connection;
    this.memo = memo;
  }

  /** Makes unqualified names in SQL those of a store. @param store its name in the engine */
  async use(store: string): Promise<void> {
    if (this.#store === store) return;
    this.#store = undefined;
    await this.#connection.run(`USE ${store}`);
    this.#store = store;
  }

  async run(sql: string, values?: Values): Promise<void> {
    await this.#meter.elsewhere(() => this.#connection.run(sql, values));
  }

  /**
   * Runs a statement that will be run again, and keeps its plan: planning takes longer than adding one sale. The values must not be null, because
   * that takes another plan.
   */
  async runAgain(sql: string, values?: Values): Promise<void> {
    const key = `${this.#store} ${sql}`;
    const statement = this.#prepared.get(key) ?? (await this.#meter.elsewhere(() => this.#connection.prepare(sql)));
    this.#prepared.set(key, statement);
    if (values) statement.bind(values);
    await this.#meter.elsewhere(() => statement.run());
  }

  /**
   * The rows of a query. Integers and decimals become numbers (beyond 2^53 the nearest), dates ISO text; other types stay DuckDB's own values. Rows are
   * read in chunks, between which the event loop runs. `Row` has to match the caller's SQL.
   */
  async rows<Row>(sql: string, values?: Values): Promise<Row[]> {
    this.#signal?.throwIfAborted();
    const result = await this.#withVariable(sql, values, (...query) => this.#connection.run(...query));
    const names = result.deduplicatedColumnNames();
    const rows: Record<string, unknown>[] = [];
    for await (const chunk of this.#chunks(result)) {
      for (let r = 0; r < chunk.rowCount; r++) {
        const row: Record<string, unknown> = {};
        chunk.visitRowValues(r, (value, _, column) => {
          row[names[column] as string] = toJson(value);
        });
        rows.push(row);
      }
    }
    return rows as Row[];
  }

  /** The columns of a query with very many rows and only numbers, read without making an object for each row. */
  async columns<Name extends string>(sql: string, values?: Values): Promise<Record<Name, Float64Array>> {
    this.#signal?.throwIfAborted();
    const result = await this.#withVariable(sql, values, (...query) => this.#connection.stream(...query));
    const chunks: Float64Array[][] = result.columnNames().map(() => []);
    for await (const chunk of this.#chunks(result)) {
      for (const [c, ofColumn] of chunks.entries()) {
        const vector = chunk.getColumnVector(c);
        const values = new Float64Array(chunk.rowCount);
        // Ten times as fast as `from` with a function.
        for (let row = 0; row < values.length; row++) values[row] = Number(vector.getItem(row));
        ofColumn.push(values);
      }
    }
    return Object.fromEntries(result.columnNames().map((name, c) => [name, concatenated(chunks[c] ?? [])])) as Record<
      Name,
      Float64Array
    >;
  }

  /** The first row of a query that has at least one. */
  async row<Row>(sql: string, values?: Values): Promise<Row> {
    return (await this.rows<Row>(sql, values))[0] as Row;
  }

  /** Reads a value that several parts of a question need once in a transaction. @param read must not depend on changes of the transaction */
  once<T>(name: string, read: () => Promise<T>): Promise<T> {
    const value = (this.#read.get(name) as Promise<T> | undefined) ?? read();
    this.#read.set(name, value);
    return value;
  }

  /**
   * Does work in a transaction: all of it sees one state of the store, and all of its changes are committed or none.
   * @param mode READ ONLY for questions
   * @param signal interrupts the running statement of the work, and prevents others
   * @param meter of the work
   * @throws the signal's reason
   */
  async transaction<R>(
    mode: 'READ ONLY' | 'READ WRITE',
    work: () => Promise<R>,
    signal?: AbortSignal,
    meter?: Meter,
  ): Promise<R> {
    this.#read.clear();
    this.#meter = meter ?? unmetered;
    try {
      await this.runAgain(`BEGIN TRANSACTION ${mode}`);
      const result = await (signal ? this.#until(signal, work) : work());
      await this.runAgain('COMMIT');
      return result;
    } catch (error) {
      // After some errors DuckDB has already ended the transaction. The first error is the one to report.
      await this.run('ROLLBACK').catch(() => {});
      throw error;
    } finally {
      this.#meter = unmetered;
    }
  }

  /**
   * Begins a query whose values are those of a variable. DuckDB plans a query with values twice: when it is prepared, and again when it runs
   * (duckdb/duckdb#20885). A variable is a constant when the query is planned. Most queries of a question have the same values.
   */
  async #withVariable<T>(
    sql: string,
    values: Values = {},
    begin: (sql: string, values?: Values) => Promise<T>,
  ): Promise<T> {
    const names = Object.keys(values);
    if (names.length === 0) return this.#meter.elsewhere(() => begin(sql));
    const json = JSON.stringify(values);
    const index = names.length > maxMembers ? -1 : this.#variableFor(json);
    const variable = this.#variables[index];
    if (!variable) return this.#meter.elsewhere(() => begin(sql, values));
    variable.readers++;
    try {
      if (variable.json === undefined) {
        const members = names.map((name) => `"${name}": $${name}`);
        await this.run(`SET VARIABLE values_${index} = {${members.join(', ')}}`, values);
        variable.json = json;
      }
      const read = sql.replace(/\$(\w+)/g, (parameter, name) =>
        Object.hasOwn(values, name) ? `getvariable('values_${index}')."${name}"` : parameter,
      );
      return await this.#meter.elsewhere(() => begin(read));
    } finally {
      variable.readers--;
    }
  }

  /** The index of a variable with these values, or of one that no query is about to read and that has none; -1 if all are in use. */
  #variableFor(json: string): number {
    const same = this.#variables.findIndex((variable) => variable.json === json);
    if (same >= 0) return same;
    for (let i = 1; i <= maxVariables; i++) {
      const index = (this.#lastVariable + i) % maxVariables;
      const variable = this.#variables[index];
      if (variable?.readers !== 0) continue;
      variable.json = undefined;
      this.#lastVariable = index;
      return index;
    }
    return -1;
  }

  async *#chunks(result: DuckDBResult): AsyncGenerator<DuckDBDataChunk> {
    for (;;) {
      const chunk = await this.#meter.elsewhere(() => result.fetchChunk());
      if (!chunk || chunk.rowCount === 0) return;
      yield chunk;
    }
  }

  /** The statements that begin and end a transaction are not interrupted: that would leave it open, and the connection could begin no other. */
  async #until<R>(signal: AbortSignal, work: () => Promise<R>): Promise<R> {
    signal.throwIfAborted();
    const interrupt = () => this.#connection.interrupt();
    signal.addEventListener('abort', interrupt);
    this.#signal = signal;
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      this.#signal = undefined;
      signal.removeEventListener('abort', interrupt);
    }
  }

  /**
   * Yields to the event loop if the last time was more than 10 ms ago. Long computations in JavaScript call it repeatedly.
   * @throws the reason of the transaction's signal, once it has aborted
   */
  async pause(): Promise<void> {
    if (performance.now() - this.#lastYield < maxBlocking) return;
    await this.#meter.idle(() => setImmediate());
    this.#signal?.throwIfAborted();
    this.#lastYield = performance.now();
  }

  close(): void {
    this.#connection.closeSync();
  }
}

function toJson(value: DuckDBValue): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  return value;
}

function concatenated(chunks: Float64Array[]): Float64Array {
  const all = new Float64Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let length = 0;
  for (const chunk of chunks) {
    all.set(chunk, length);
    length += chunk.length;
  }
  return all;
}

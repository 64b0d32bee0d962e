import { setImmediate } from 'node:timers/promises';
import {
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  type DuckDBPreparedStatement,
  type DuckDBValue,
} from '@duckdb/node-api';
import { Memo } from './memo.ts';

/** What a statement's `$name` stands for. Text and numbers only: a date is bound as text and cast in the SQL. */
export type Values = Record<string, string | number | boolean | null>;

/** `Connection.pause`, for computations that need nothing else of it. */
export type Pause = () => Promise<void>;

/** Milliseconds that a computation may keep all other work of its thread waiting. */
const longestTurn = 10;

/** A connection to the replica as questions see it: SQL with bound values in, rows of JSON values out. */
export class Connection {
  /** Shared by all connections of a replica. */
  readonly memo: Memo;
  readonly #connection: DuckDBConnection;
  readonly #prepared = new Map<string, DuckDBPreparedStatement>();
  #signal: AbortSignal | undefined;
  #turnBegan = 0;

  constructor(connection: DuckDBConnection, memo = new Memo()) {
    this.#connection = connection;
    this.memo = memo;
  }

  async run(sql: string, values?: Values): Promise<void> {
    await this.#connection.run(sql, values);
  }

  /**
   * Runs a statement that will be run again, and keeps its plan: planning takes longer than adding one sale. The values must not be null, which
   * would need another plan.
   */
  async runAgain(sql: string, values?: Values): Promise<void> {
    let statement = this.#prepared.get(sql);
    if (!statement) {
      statement = await this.#connection.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    if (values) statement.bind(values);
    await statement.run();
  }

  /**
   * Integers and decimals come as numbers (beyond 2^53 the nearest), dates as ISO text, the rest as DuckDB's own values. They are read piece by piece, so
   * that other work gets its turn in between. `Row` is what the caller's SQL makes.
   */
  async rows<Row>(sql: string, values?: Values): Promise<Row[]> {
    this.#signal?.throwIfAborted();
    const result = await this.#connection.run(sql, values);
    const rows: unknown[] = [];
    for await (const piece of result.yieldConvertedRowObjects(toJson)) rows.push(...piece);
    return rows as Row[];
  }

  /**
   * The columns of a result of very many rows, all of whose values are numbers: read without an object a row.
   */
  async columns<Name extends string>(sql: string, values?: Values): Promise<Record<Name, Float64Array>> {
    this.#signal?.throwIfAborted();
    const result = await this.#connection.stream(sql, values);
    const pieces: Float64Array[][] = result.columnNames().map(() => []);
    for await (const chunk of result) {
      for (const [c, ofColumn] of pieces.entries()) {
        const vector = chunk.getColumnVector(c);
        const piece = new Float64Array(chunk.rowCount);
        // Ten times as fast as `from` with a function.
        for (let row = 0; row < piece.length; row++) piece[row] = Number(vector.getItem(row));
        ofColumn.push(piece);
      }
    }
    return Object.fromEntries(result.columnNames().map((name, c) => [name, joined(pieces[c] ?? [])])) as Record<
      Name,
      Float64Array
    >;
  }

  async row<Row>(sql: string, values?: Values): Promise<Row> {
    return (await this.rows<Row>(sql, values))[0] as Row;
  }

  /**
   * Does work in a transaction of its own: all of it sees one state of the replica, and all that it changes is kept or none.
   * @param mode questions ask for READ ONLY
   */
  async transaction<R>(mode: 'READ ONLY' | 'READ WRITE', work: () => Promise<R>): Promise<R> {
    await this.runAgain(`BEGIN TRANSACTION ${mode}`);
    let result: R;
    try {
      result = await work();
    } catch (error) {
      // After some errors DuckDB has ended the transaction by itself; the first error is the one worth telling.
      await this.run('ROLLBACK').catch(() => {});
      throw error;
    }
    await this.runAgain('COMMIT');
    return result;
  }

  /**
   * Does work that ends early when the signal says so: a statement under way is interrupted, and no further one begun.
   * @throws the signal's reason
   */
  async until<R>(signal: AbortSignal, work: () => Promise<R>): Promise<R> {
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
   * Lets other work have its turn if this has gone on for a while: long computations beside the SQL call it again and again.
   * @throws the signal's reason, if work was to end early
   */
  async pause(): Promise<void> {
    if (performance.now() - this.#turnBegan < longestTurn) return;
    await setImmediate();
    this.#signal?.throwIfAborted();
    this.#turnBegan = performance.now();
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

function joined(pieces: Float64Array[]): Float64Array {
  const whole = new Float64Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let length = 0;
  for (const piece of pieces) {
    whole.set(piece, length);
    length += piece.length;
  }
  return whole;
}

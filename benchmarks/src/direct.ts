/** Runs questions without a service: their SQL, on a copy of the replica's file. */
import { cp, glob, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { Connection, type Market, Memo, type Question, replicaSettings } from '@property-insights/analytics';

/** One statement of a question, with its values. */
interface Statement {
  sql: string;
  values: Record<string, DuckDBValue> | undefined;
}

export class Direct {
  readonly #connection: DuckDBConnection;
  readonly #memo = new Memo();
  readonly market: Market;

  /**
   * Copies the file of a task that has nothing to do, and opens the copy as the service opens its own.
   * @param volumes the folder that has the task's volumes somewhere below
   */
  static async open(volumes: string, folder: string, code: string): Promise<Direct> {
    const directory = join(folder, `direct-${code}`);
    await mkdir(directory);
    for await (const file of glob(join(volumes, '**/*analytical*/**/[0-9]*-[0-9]*.duckdb'))) {
      const copy = join(directory, basename(file));
      await cp(file, copy);
      const instance = await DuckDBInstance.create(copy, replicaSettings(directory));
      const connection = await instance.connect();
      const reader = await connection.runAndReadAll('SELECT * FROM market');
      const [market] = reader.getRowObjectsJson();
      if (market?.code === code) return new Direct(connection, market as unknown as Market);
      connection.closeSync();
      instance.closeSync();
    }
    throw new Error(`There is no file of the market ${code} below ${volumes}.`);
  }

  private constructor(connection: DuckDBConnection, market: Market) {
    this.#connection = connection;
    this.market = market;
  }

  /** Answers the whole question, computations outside SQL included, and records its statements. */
  async ask(question: Question, parameters: Record<string, unknown>): Promise<Statement[]> {
    const statements: Statement[] = [];
    const noted = new Proxy(this.#connection, {
      get: (connection, name) => {
        if (name !== 'run' && name !== 'stream') return Reflect.get(connection, name, connection);
        return (sql: string, values?: Statement['values']) => {
          statements.push({ sql, values });
          return connection[name](sql, values);
        };
      },
    });
    await question.ask(new Connection(noted, this.#memo), parameters, this.market);
    return statements;
  }

  /** Runs statements in sequence, and reads every row. */
  async run(statements: Statement[]): Promise<void> {
    for (const { sql, values } of statements) {
      const reader = await this.#connection.runAndReadAll(sql, values);
      reader.getRowsJS();
    }
  }

  async row(sql: string, values?: Statement['values']): Promise<Record<string, unknown>> {
    const reader = await this.#connection.runAndReadAll(sql, values);
    return reader.getRowObjectsJS()[0] ?? {};
  }

  close(): void {
    this.#connection.closeSync();
  }
}

/** The connections to one server, each lent to one caller at a time. */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { connectionOptions, connectionTimeout, type DatabaseAddress, type Log } from './connection.ts';
import { DatabaseUnavailable, isDiskFull, isOutOfConnections, isSessionEnd } from './errors.ts';
import type { Login } from './login.ts';
import { versionTimeout } from './version.ts';

/** Milliseconds, in the server. The client's own limit, `queryTimeout`, is longer: it is for a server that no longer answers at all. */
const statementTimeout = 30_000;
export const queryTimeout = 35_000;

/** Milliseconds between attempts to connect to a server that has no connection left. */
const retryInterval = 100;

/** An import or the load of a whole replica is one statement, which takes as long as its stream. */
export const transactionSettings = `SET LOCAL statement_timeout = '1h'; SET LOCAL idle_in_transaction_session_timeout = '10min'`;

export interface PoolOptions {
  address: DatabaseAddress;
  login: Login;
  /** The name under which the server lists the connections. */
  applicationName: string;
  /** The maximum number of open connections. */
  size: number;
  log: Log;
}

/** Every method rejects with `DatabaseUnavailable` if the server cannot be reached, and works again as soon as it can. */
export class Pool {
  readonly #pool: pg.Pool;
  readonly #login: Login;

  constructor({ address, login, applicationName, size, log }: PoolOptions) {
    this.#login = login;
    this.#pool = new pg.Pool({
      ...connectionOptions(address),
      application_name: applicationName,
      statement_timeout: statementTimeout,
      max: size,
      idleTimeoutMillis: 60_000,
      Client: class extends pg.Client {
        constructor(options?: pg.ClientConfig) {
          super({ ...options, ...login.clientConfig });
        }
      },
    });
    // A server that is being killed may end a session as it begins. An error event without a listener would end the process.
    this.#pool.on('connect', (client) => client.on('error', () => lost.add(client)));
    // The pool has removed the connection already; this event needs a listener for the same reason.
    this.#pool.on('error', (error) => log.warn({ err: error }, 'an idle connection to the database was lost'));
  }

  /** Lends a connection until `Loan.end`. While the server has none left, waits for one for at most five seconds. */
  async lend(): Promise<Loan> {
    const deadline = performance.now() + connectionTimeout;
    for (;;) {
      try {
        return new Loan(await this.#login.connect(() => this.#pool.connect()));
      } catch (error) {
        if (!isOutOfConnections(error) || performance.now() > deadline) throw new DatabaseUnavailable(error);
      }
      // Random, so that those who wait do not all try at the same time.
      await delay(retryInterval * (0.5 + Math.random()));
    }
  }

  /** Lends a connection for the time of some work. */
  async use<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const loan = await this.lend();
    try {
      return await work(loan.client);
    } catch (error) {
      throw loan.explain(error);
    } finally {
      loan.end();
    }
  }

  /** Does work that only reads, all of it in one snapshot of the database. */
  async snapshot<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const loan = await this.lend();
    try {
      await loan.client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${transactionSettings}`);
      const result = await work(loan.client);
      // The result does not depend on how the transaction ends, so the caller does not wait for it.
      void rollBack(loan.client).finally(() => loan.end());
      return result;
    } catch (error) {
      loan.end();
      throw loan.explain(error);
    }
  }

  /** Closes the connections, waiting for work under way. */
  close(): Promise<void> {
    return this.#pool.end();
  }
}

/** Connections that can no longer be used. */
const lost = new WeakSet<pg.ClientBase>();

/** A connection lent to one caller. It returns to the pool only in a state in which the next caller can use it. */
export class Loan {
  readonly client: pg.PoolClient;

  constructor(client: pg.PoolClient) {
    this.client = client;
  }

  /** The error to throw for one that the work met: `DatabaseUnavailable` if the connection was lost or the disk is full, otherwise the same. */
  explain(error: unknown): unknown {
    if (isDiskFull(error)) return new DatabaseUnavailable(error, 'The database has no disk space left.');
    if (isSessionEnd(error) || isQueryTimeout(error)) lost.add(this.client);
    return lost.has(this.client) && !(error instanceof DatabaseUnavailable) ? new DatabaseUnavailable(error) : error;
  }

  end(): void {
    // If a transaction or a stream is still open, closing the connection ends it in the server too.
    const busy = this.client.getTransactionStatus() !== 'I';
    this.client.release(lost.has(this.client) || busy);
  }
}

/** Whether the server did not answer in time; `pg` has no code for that. A late answer would be taken for that of the next query. */
function isQueryTimeout(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}

/** Waited for, so that locks are free before the caller learns of a failure. If this fails too, `Loan.end` closes the connection. */
export async function rollBack(client: pg.PoolClient): Promise<void> {
  await client.query({ text: 'ROLLBACK', query_timeout: versionTimeout } as pg.QueryConfig).catch(() => undefined);
}

import type { Kysely } from 'kysely';
import type pg from 'pg';
import { type DatabaseAddress, databaseAddress, type Log, requiredVariable } from './connection.ts';
import { type CredentialSource, secretCredentials } from './credentials.ts';
import { createKysely } from './kysely.ts';
import { Login } from './login.ts';
import { Pool } from './pool.ts';
import { type AtLeast, readFromReader } from './readers.ts';
import type { Schema } from './schema.ts';
import { sqlSpan, traced } from './tracing.ts';
import { type CurrentMarket, readMarkets } from './version.ts';
import { type RevisionInput, type WriteTransaction, type Written, writeRevision } from './write.ts';

export interface DatabaseOptions extends DatabaseAddress {
  credentials: CredentialSource;
  /** The name under which the server lists the connections. */
  applicationName: string;
  log: Log;
  /** The maximum number of open connections; 10 by default. */
  poolSize?: number;
}

/**
 * The connections of one service to PostgreSQL.
 *
 * Every method rejects with `DatabaseUnavailable` if the database cannot be reached, and works again as soon as it can.
 */
export class Database {
  /** For small queries, each a transaction of its own. Sales are written by `write`. */
  readonly kysely: Kysely<Schema>;
  /** For a thread that has to open connections of its own. */
  readonly address: DatabaseAddress;
  readonly credentials: CredentialSource;
  readonly #pool: Pool;
  readonly #readers: Pool | undefined;
  readonly #log: Log;

  /**
   * Reads where the database is (see `databaseAddress`) and which secret to log in with
   * (`DATABASE_SECRET_ARN`: see `secretCredentials`).
   */
  static fromEnvironment(env: NodeJS.ProcessEnv, options: { applicationName: string; log: Log }): Database {
    const credentials = secretCredentials(requiredVariable(env, 'DATABASE_SECRET_ARN'));
    return new Database({ ...databaseAddress(env), credentials, ...options });
  }

  constructor({
    host,
    port,
    name,
    plainText,
    readers,
    credentials,
    applicationName,
    log,
    poolSize = 10,
  }: DatabaseOptions) {
    this.address = { host, port, name, plainText, readers };
    this.credentials = credentials;
    this.#log = log;
    const login = new Login(credentials, log);
    const openPool = (address: DatabaseAddress) => new Pool({ address, login, applicationName, size: poolSize, log });
    this.#pool = openPool(this.address);
    this.#readers = readers && openPool(readers);
    this.kysely = createKysely(this.#pool);
  }

  /** The markets with these codes, each with the version that is committed now; undefined for the default market. */
  markets(codes: readonly (string | undefined)[]): Promise<CurrentMarket[]> {
    return traced('postgresql versions', sqlSpan, () => this.#pool.use((client) => readMarkets(client, codes)));
  }

  /**
   * Does work that only reads, all of it in one snapshot of the database.
   * @param atLeast the version of a market that the snapshot has to show. If it is given and there are readers, one of them does the work as soon as it
   * has reached the version. If none does within a second, or the reader fails, the writer does the work, from the beginning.
   */
  read<T>(work: (client: pg.PoolClient) => Promise<T>, atLeast?: AtLeast): Promise<T> {
    return traced('postgresql read', sqlSpan, async () => {
      const read = this.#readers && atLeast && (await readFromReader(this.#readers, work, atLeast, this.#log));
      return read ? read.result : this.#pool.snapshot(work);
    });
  }

  /**
   * Does work that writes, as one revision of a market: all of it becomes visible together, under the market's next version, or none of it does.
   * @throws the work's own error, with everything rolled back; `Abandoned` if it called `abandon`; `CannotUndo` if another has undone the same
   * revision; `CommitUnknown` if the connection was lost during the commit, when it cannot be known whether the change was saved
   */
  write<T>(revision: RevisionInput, work: (transaction: WriteTransaction) => Promise<T>): Promise<Written<T>> {
    return traced('postgresql write', sqlSpan, () => this.#pool.use((client) => writeRevision(client, revision, work)));
  }

  /** Closes the connections, waiting for work under way. */
  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#readers?.close()]);
  }
}

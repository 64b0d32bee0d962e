import { setTimeout as delay } from 'node:timers/promises';
import { SpanKind, type SpanOptions } from '@opentelemetry/api';
import { Kysely, PostgresDialect, type PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { connectionOptions, type DatabaseAddress, databaseAddress, type Log, requiredVariable } from './connection.ts';
import { type CredentialSource, type Credentials, secretCredentials } from './credentials.ts';
import {
  Abandoned,
  CannotUndo,
  CommitUnknown,
  DatabaseUnavailable,
  isRecoveryConflict,
  isRefusedLogin,
  saysGoodbye,
} from './errors.ts';
import type { RevisionKind, Schema } from './schema.ts';
import { traced } from './tracing.ts';

export interface DatabaseOptions extends DatabaseAddress {
  credentials: CredentialSource;
  /** What the server shows the connections as. */
  applicationName: string;
  log: Log;
  /** The most connections open at a time; 10 unless said. */
  poolSize?: number;
}

/** How far the database's content has come. Versions of different lineages cannot be compared. */
export interface DataVersion {
  version: number;
  lineage: string;
}

/** What is committed now, as seen from an earlier version. */
export interface Progress extends DataVersion {
  /** The markets whose sales or gazetteers are others since; null where that may be any, or the markets themselves are. */
  changed: number[] | null;
}

export interface RevisionInput {
  /** null for what concerns no market, or one that is only being made. */
  marketId: number | null;
  kind: RevisionKind;
  author: string;
  note?: string;
  /** The revision that this one undoes. */
  undoes?: number;
}

/** What a writing piece of work is given. */
export interface WriteTransaction {
  readonly client: pg.PoolClient;
  /** For `added_by` and `retired_by` of the sales written. */
  readonly revisionId: number;
  /** Set by the work, for the history. */
  salesAdded: number;
  salesRetired: number;
  placesAdded: number;
  placesRetired: number;
  /** Leaves the work by a throw, rolls everything back, and makes `write` reject with `Abandoned`. */
  abandon(): never;
}

export interface Written<T> {
  result: T;
  revisionId: number;
  /** The first version that shows the change. */
  version: number;
}

const sqlSpan: SpanOptions = { kind: SpanKind.CLIENT, attributes: { 'db.system.name': 'postgresql' } };

/** A small query: what a request waits for. The client's limit is the longer one, for a server that no longer answers at all. */
const statementTimeout = 30_000;
const queryTimeout = 35_000;
/** Every question waits for the version, so an outage has to show sooner here. */
const versionTimeout = 5_000;
/** How many revisions are looked at for the markets they changed. */
const mostRevisions = 100;
/** How long a reader may take to come as far as it has to be, and how often that is looked at, in milliseconds. Aurora's take 10 to 30. */
const readerPatience = 1_000;
const readerPause = 10;
/** An import or a whole replica's load is one statement, and as long as its stream. */
const transactionSettings = `SET LOCAL statement_timeout = '1h'; SET LOCAL idle_in_transaction_session_timeout = '10min'`;

/**
 * The connections to PostgreSQL of one service. Credentials are asked of their source at each new connection, and fetched again once when the
 * server refuses them, so that a rotation needs no restart.
 *
 * Every method rejects with `DatabaseUnavailable` when there is no database to talk to; the pool recovers by itself when there is again.
 */
export class Database {
  /** For small queries, each a transaction of its own. Writes to sales go through `write`. */
  readonly kysely: Kysely<Schema>;
  /** Where it connects and as whom, for a thread that has to make connections of its own. */
  readonly address: DatabaseAddress;
  readonly credentials: CredentialSource;
  readonly #pool: pg.Pool;
  readonly #readers: pg.Pool | undefined;
  readonly #log: Log;
  /** What new connections log in with; the pool makes them without waiting, so that it has to be at hand. */
  #login: Credentials | undefined;

  /**
   * Reads where the database is (see `databaseAddress`) and which secret to log in with
   * (`DATABASE_SECRET_ARN`: see `secretCredentials`).
   */
  static fromEnvironment(env: NodeJS.ProcessEnv, options: { applicationName: string; log: Log }): Database {
    const credentials = secretCredentials(requiredVariable(env, 'DATABASE_SECRET_ARN'));
    return new Database({ ...databaseAddress(env), credentials, ...options });
  }

  constructor(options: DatabaseOptions) {
    const { credentials, applicationName, log, poolSize = 10, host, port, name, plainText, readers } = options;
    this.address = { host, port, name, ...(plainText && { plainText }), readers };
    this.credentials = credentials;
    this.#log = log;
    const login = () => ({ user: this.#login?.username, password: this.#login?.password });
    const openPool = (to: DatabaseAddress) => {
      const pool = new pg.Pool({
        ...connectionOptions(to),
        application_name: applicationName,
        statement_timeout: statementTimeout,
        max: poolSize,
        idleTimeoutMillis: 60_000,
        Client: class extends pg.Client {
          constructor(options?: pg.ClientConfig) {
            super({ ...options, ...login() });
          }
        },
      });
      // From its first moment on: a server that is killed may say goodbye along with its welcome. Unheard, the event would end the process.
      pool.on('connect', (client) => client.on('error', () => lost.add(client)));
      // The pool has dropped such a connection already; this event, too, has to be heard.
      pool.on('error', (error) => log.warn({ err: error }, 'an idle connection to the database was lost'));
      return pool;
    };
    this.#pool = openPool(this.address);
    this.#readers = readers && openPool(readers);
    this.kysely = new Kysely<Schema>({
      dialect: new PostgresDialect({
        pool: { connect: () => this.#kyselyClient(), end: () => this.close(), options: {} },
      }),
    });
  }

  /** The version and lineage of what is committed now. */
  version(): Promise<DataVersion> {
    return traced('postgresql version', sqlSpan, () => this.#withClient(this.#pool, readVersion));
  }

  /** The same, with what has changed since a version. */
  progress(since: number): Promise<Progress> {
    return traced('postgresql version', sqlSpan, () =>
      this.#withClient(this.#pool, async (client) => {
        const { rows } = await client.query<DataVersion & { changed: (number | null)[] }>({
          name: 'progress',
          // By its order, no plan but that by the index is in question.
          text: `SELECT version, lineage, ARRAY(
                   SELECT CASE WHEN kind <> 'market' THEN market_id END FROM revision WHERE version > $1
                   ORDER BY version DESC LIMIT ${mostRevisions}
                 ) AS changed
                 FROM data_version`,
          values: [since],
          query_timeout: versionTimeout,
        } as pg.QueryConfig);
        const { changed, ...reached } = rows[0] as (typeof rows)[number];
        const known = changed.length < mostRevisions && changed.every((id) => id !== null);
        return { ...reached, changed: known ? changed : null };
      }),
    );
  }

  /**
   * Does work that only reads, all of it in one snapshot of the database.
   * @param atLeast what the snapshot has to show. Given that, a reader does the work if there is one, as soon as it has come so far; if it
   * hasn't in a second, or is away, or breaks the work off, the database itself does it (anew).
   */
  read<T>(work: (client: pg.PoolClient) => Promise<T>, atLeast?: DataVersion): Promise<T> {
    return traced('postgresql read', sqlSpan, async () => {
      if (this.#readers && atLeast) {
        const read = await this.#readFromReader(this.#readers, work, atLeast);
        if (read) return read.result;
      }
      return this.#snapshot(this.#pool, work);
    });
  }

  /**
   * Does work that writes, as one revision: all of it becomes visible together, under the next version, or none of it does.
   * @throws what the work throws, with everything rolled back; `Abandoned` if it called `abandon`; `CannotUndo` if it undoes what another has
   * undone; `CommitUnknown` if the connection was lost at the one moment when it cannot be known whether the change was saved.
   */
  write<T>(revision: RevisionInput, work: (transaction: WriteTransaction) => Promise<T>): Promise<Written<T>> {
    return traced('postgresql write', sqlSpan, () => this.#write(revision, work));
  }

  #write<T>(revision: RevisionInput, work: (transaction: WriteTransaction) => Promise<T>): Promise<Written<T>> {
    return this.#withClient(this.#pool, async (client) => {
      // READ COMMITTED, because the last statement has to see the version that it waited for.
      await client.query(`BEGIN ISOLATION LEVEL READ COMMITTED; ${transactionSettings}`);
      let written: Written<T>;
      try {
        const revisionId = await addRevision(client, revision);
        const transaction: WriteTransaction = {
          client,
          revisionId,
          salesAdded: 0,
          salesRetired: 0,
          placesAdded: 0,
          placesRetired: 0,
          abandon() {
            throw new Abandoned();
          },
        };
        const result = await work(transaction);
        written = { result, revisionId, version: await takeVersion(client, transaction) };
      } catch (error) {
        await rollBack(client);
        throw error;
      }
      try {
        await client.query('COMMIT');
      } catch (error) {
        if (error instanceof pg.DatabaseError && !saysGoodbye(error)) throw error;
        throw new CommitUnknown(error, written.revisionId);
      }
      return written;
    });
  }

  /** Closes the connections, waiting for work under way. */
  async close(): Promise<void> {
    await Promise.all([this.#pool.end(), this.#readers?.end()]);
  }

  async #snapshot<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const loan = await this.#connect(pool);
    try {
      await loan.client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${transactionSettings}`);
      const result = await work(loan.client);
      // What was only read is neither kept nor lost by this, so it is not waited for.
      void rollBack(loan.client).finally(() => loan.end());
      return result;
    } catch (error) {
      loan.end();
      throw loan.explain(error);
    }
  }

  /** What the work gives on a reader; undefined if the readers are no help. */
  async #readFromReader<T>(
    readers: pg.Pool,
    work: (client: pg.PoolClient) => Promise<T>,
    { version, lineage }: DataVersion,
  ): Promise<{ result: T } | undefined> {
    try {
      for (
        const deadline = performance.now() + readerPatience;
        performance.now() < deadline;
        await delay(readerPause)
      ) {
        const read = await this.#snapshot(readers, async (client) => {
          const reached = await readVersion(client);
          const farEnough = reached.lineage === lineage && reached.version >= version;
          return farEnough ? { result: await work(client) } : undefined;
        });
        if (read) return read;
      }
      this.#log.warn({ version }, 'the reader is too far behind; reading from the database itself');
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable) && !isRecoveryConflict(error)) throw error;
      this.#log.warn({ err: error }, 'the reader failed; reading from the database itself');
    }
    return undefined;
  }

  async #connect(pool: pg.Pool): Promise<Loan> {
    try {
      const tried = await this.credentials.get();
      this.#login = tried;
      try {
        return new Loan(await pool.connect());
      } catch (error) {
        if (!isRefusedLogin(error)) throw error;
        this.#log.warn({ user: tried.username }, 'the database refused the login; fetching its credentials again');
        // Another connection that was refused may have fetched them in the meantime.
        if (this.#login === tried) this.#login = await this.credentials.refresh();
        return new Loan(await pool.connect());
      }
    } catch (error) {
      throw new DatabaseUnavailable(error);
    }
  }

  async #withClient<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const loan = await this.#connect(pool);
    try {
      return await work(loan.client);
    } catch (error) {
      throw loan.explain(error);
    } finally {
      loan.end();
    }
  }

  /** A connection as Kysely wants it, with the same limits and errors as the others. */
  async #kyselyClient(): Promise<PostgresPoolClient> {
    const loan = await this.#connect(this.#pool);
    // Without `cursor` in its configuration, Kysely never calls the other form, with a cursor.
    const query = ((text: string, values: readonly unknown[]) =>
      // The text has no values in it.
      traced(
        'postgresql query',
        { ...sqlSpan, attributes: { ...sqlSpan.attributes, 'db.query.text': text } },
        async () => {
          try {
            return await loan.client.query({
              text,
              values: [...values],
              query_timeout: queryTimeout,
            } as pg.QueryConfig);
          } catch (error) {
            throw loan.explain(error);
          }
        },
      )) as unknown as PostgresPoolClient['query'];
    return { query, release: () => loan.end() };
  }
}

async function readVersion(client: pg.PoolClient): Promise<DataVersion> {
  const { rows } = await client.query<DataVersion>({
    name: 'data-version',
    text: 'SELECT version, lineage FROM data_version',
    query_timeout: versionTimeout,
  } as pg.QueryConfig);
  return rows[0] as DataVersion;
}

/** Connections that are of no use any more. */
const lost = new WeakSet<pg.ClientBase>();

/** A connection lent to some work, and taken back only if it is fit for the next. */
class Loan {
  readonly client: pg.PoolClient;

  constructor(client: pg.PoolClient) {
    this.client = client;
  }

  /** What to throw for an error met in the work: the same, or `DatabaseUnavailable` if it comes of having lost the connection. */
  explain(error: unknown): unknown {
    if (saysGoodbye(error) || isSilence(error)) lost.add(this.client);
    return lost.has(this.client) && !(error instanceof DatabaseUnavailable) ? new DatabaseUnavailable(error) : error;
  }

  end(): void {
    // A transaction or a stream was left open: closing the connection also ends it in the server.
    const busy = this.client.getTransactionStatus() !== 'I';
    this.client.release(lost.has(this.client) || busy);
  }
}

/** Whether the server did not answer in time; `pg` has no code for that. The answer may still come, and would confuse the next query. */
function isSilence(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}

async function addRevision(
  client: pg.PoolClient,
  { marketId, kind, author, note, undoes }: RevisionInput,
): Promise<number> {
  // A revision is undone by one at most; where that is under way, its end is waited for.
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO revision (market_id, kind, author, note, undoes) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (undoes) WHERE undoes IS NOT NULL DO NOTHING RETURNING id`,
    [marketId, kind, author, note ?? null, undoes ?? null],
  );
  if (!rows[0]) throw new CannotUndo(`Revision ${undoes} was undone just now.`);
  return rows[0].id;
}

/** Takes the next version, and with it the lock that lets others take theirs only after this transaction's end. */
async function takeVersion(
  client: pg.PoolClient,
  { revisionId, salesAdded, salesRetired, placesAdded, placesRetired }: WriteTransaction,
): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    `WITH next AS (UPDATE data_version SET version = version + 1 RETURNING version)
     UPDATE revision SET version = next.version, sales_added = $2, sales_retired = $3, places_added = $4, places_retired = $5
     FROM next WHERE revision.id = $1 RETURNING revision.version`,
    [revisionId, salesAdded, salesRetired, placesAdded, placesRetired],
  );
  return (rows[0] as { version: number }).version;
}

/** So that locks are free when the caller hears of the failure. A connection that cannot do even this is closed when it is given back. */
async function rollBack(client: pg.PoolClient): Promise<void> {
  await client.query({ text: 'ROLLBACK', query_timeout: versionTimeout } as pg.QueryConfig).catch(() => undefined);
}

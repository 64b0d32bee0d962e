/** The database server of this run, kept running as RDS would keep it. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type Log, postgresLog, postgresLogSettings } from './logs.ts';
import { freePort } from './ports.ts';
import { type Postgres, startPostgres } from './postgres.ts';
import type { Run } from './run.ts';

/** RDS keeps the superuser to itself too, under this very name; the template's master user is not one. */
const superuser = 'rdsadmin';

export class DatabaseServer {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #password: string;
  readonly #run: Run;
  readonly #log: Log;
  #server: Postgres | undefined;
  #stopping = false;
  /** Settles when the server is stopped for good. */
  #supervised: Promise<void> = Promise.resolve();

  /** Starts the server of the run's data directory, made anew on the first start, on a free port. */
  static async start(run: Run, log: Log): Promise<DatabaseServer> {
    const database = new DatabaseServer({
      run,
      log,
      port: await freePort(),
      password: await superuserPassword(run.directory),
    });
    database.#supervised = database.#supervise(await database.#start());
    return database;
  }

  private constructor({ run, log, port, password }: { run: Run; log: Log; port: number; password: string }) {
    this.port = port;
    this.#password = password;
    this.#run = run;
    this.#log = log;
  }

  /** The number of the server's process; undefined while it is being started again. */
  get pid(): number | undefined {
    return this.#server?.pid;
  }

  /** Runs statements as the superuser. */
  async administer<T>(work: (client: pg.Client) => Promise<T>, database = 'postgres'): Promise<T> {
    const { host, port } = this;
    const client = new pg.Client({ host, port, user: superuser, password: this.#password, database });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** A fast shutdown, with a checkpoint; one in a hurry, or that takes over 3 s, leaves recovery to the next start. */
  async stop({ hurry = false } = {}): Promise<void> {
    this.#stopping = true;
    const server = this.#server;
    if (server) {
      const timer = setTimeout(() => server.stop('immediate'), 3000);
      await server.stop(hurry ? 'immediate' : 'fast');
      clearTimeout(timer);
    }
    await this.#supervised;
  }

  async #start(): Promise<Postgres> {
    this.#server = await startPostgres({
      directory: join(this.#run.directory, 'postgres'),
      port: this.port,
      superuser,
      password: this.#password,
      settings: {
        ...postgresLogSettings,
        log_checkpoints: 'off',
        // A failing statement is not logged, for it may hold a password (ALTER ROLE).
        log_min_error_statement: 'panic',
        max_logical_replication_workers: '0',
      },
      log: postgresLog(this.#log),
      onSpawn: (server) => this.#run.guard(server, 'database'),
    });
    return this.#server;
  }

  async #supervise(server: Postgres): Promise<void> {
    let failures = 0;
    for (let current: Postgres | undefined = server; !this.#stopping; ) {
      if (current) {
        const { signal, code } = await current.exited;
        this.#server = undefined;
        if (this.#stopping) return;
        this.#log.warn(`PostgreSQL ended (${signal ?? `exit code ${code}`}); starting it again`);
      }
      try {
        current = await this.#start();
        failures = 0;
        this.#log.info('PostgreSQL is back');
      } catch (error) {
        current = undefined;
        // Its former backends may still be leaving, which keeps a new server from starting for a moment.
        const waitMs = Math.min(100 * 2 ** failures++, 1000);
        this.#log.error(`${(error as Error).message}; trying again in ${waitMs / 1000} s`);
        await delay(waitMs);
      }
    }
    await this.#server?.stop();
  }
}

async function superuserPassword(directory: string): Promise<string> {
  const path = join(directory, 'postgres-superuser');
  const stored = await readFile(path, 'utf8').catch(() => '');
  if (stored) return stored;
  const password = randomBytes(32).toString('hex');
  await writeFile(path, password, { mode: 0o600 });
  return password;
}

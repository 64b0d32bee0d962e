/** The database server of the run. It is restarted when it dies, as by RDS. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { type Log, postgresLog, postgresLogSettings } from './logs.ts';
import { freePort } from './ports.ts';
import { type Postgres, setPassword, startPostgres } from './postgres.ts';
import type { Run } from './run.ts';

/** RDS has a superuser of this name too. The template's master user is no superuser. */
const superuser = 'rdsadmin';

export class DatabaseServer {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #password: string;
  readonly #run: Run;
  readonly #log: Log;
  #server: Postgres | undefined;
  #stopping = false;
  /** Settles when the server has stopped and is not restarted. */
  #supervised: Promise<void> = Promise.resolve();

  /** Starts the server of the run's data directory on a free port. The first start creates its data. */
  static async start(run: Run, log: Log): Promise<DatabaseServer> {
    forgetOtherServers();
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

  /** The process number of the server; undefined while the server is restarted. */
  get pid(): number | undefined {
    return this.#server?.pid;
  }

  /** Runs statements as the superuser. */
  async administer<T>(work: (client: pg.Client) => Promise<T>, database = 'postgres'): Promise<T> {
    const { host, port } = this;
    const client = new pg.Client({ host, port, user: superuser, password: this.#password, database });
    await client.connect().catch((error: unknown) => {
      const refusedPassword = '28P01';
      if ((error as { code?: string }).code !== refusedPassword) throw error;
      throw new Error(
        `The database refuses the password in ${passwordFile(this.#run.directory)}, so the file is damaged. Delete it: the next start sets a new password.`,
      );
    });
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** @param mode `fast` writes a checkpoint; after 3 s it becomes `immediate`, which leaves recovery to the next start. */
  async stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    this.#stopping = true;
    const server = this.#server;
    if (server) {
      const timer = setTimeout(() => server.stop('immediate'), 3000);
      await server.stop(mode);
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
        // A failed statement is not logged, since it may contain a password (ALTER ROLE).
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
        this.#log.warn(`PostgreSQL ended (${signal ?? `exit code ${code}`}); restarting it`);
      }
      try {
        current = await this.#start();
        failures = 0;
        this.#log.info('PostgreSQL has restarted');
      } catch (error) {
        current = undefined;
        // Processes of the former server may still be running, which prevents a new one from starting.
        const waitMs = Math.min(100 * 2 ** failures++, 1000);
        this.#log.error(`${(error as Error).message}; retrying in ${waitMs / 1000} s`);
        await delay(waitMs);
      }
    }
    await this.#server?.stop();
  }
}

/** Removes the variables by which the shell configures connections to other servers, such as PGSSLMODE: `pg` would apply them to this one. */
function forgetOtherServers(): void {
  for (const name of Object.keys(process.env)) if (/^PG[A-Z]/.test(name)) delete process.env[name];
}

function passwordFile(directory: string): string {
  return join(directory, 'postgres-superuser');
}

/** The stored password. Without one, sets a new password, of a database that exists too. */
async function superuserPassword(directory: string): Promise<string> {
  const path = passwordFile(directory);
  const stored = await readFile(path, 'utf8').catch(() => '');
  if (stored) return stored;
  const password = randomBytes(32).toString('hex');
  await setPassword({ directory: join(directory, 'postgres'), superuser, password });
  await writeFile(path, password, { mode: 0o600 });
  return password;
}

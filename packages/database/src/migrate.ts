import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import type pg from 'pg';
import { type Log, onConnection } from './connection.ts';

export interface MigrateOptions {
  connection: pg.ClientConfig;
  /** Up applies everything that is missing, down takes back the last one, unless `count` says how many. */
  direction?: 'up' | 'down';
  count?: number;
  /** Where the SQL files are, if not in this package. */
  directory?: string;
  log: Log;
}

/**
 * Runs the numbered SQL migrations in one transaction. Migrators wait for one another, so that any number of them started together leave the
 * database migrated once.
 * @returns the names of the migrations that were run, in order; empty if there was nothing to do.
 */
export async function migrate({
  connection,
  direction = 'up',
  count,
  directory = migrationsDirectory(),
  log,
}: MigrateOptions): Promise<string[]> {
  const migrations = await onConnection(connection, log, (client) =>
    runner({
      dbClient: client,
      dir: directory,
      migrationsTable: 'migration',
      direction,
      count,
      singleTransaction: true,
      advisoryLockMode: 'wait',
      logger: {
        info: (message) => log.info(message),
        warn: (message) => log.warn(message),
        error: (message) => log.error(message),
      },
    }),
  );
  return migrations.map(({ name }) => name);
}

/** In this package beside `src`; in a bundle beside the one file that all of `src` has become. */
function migrationsDirectory(): string {
  const here = import.meta.dirname;
  const besideBundle = join(here, 'migrations');
  return existsSync(besideBundle) ? besideBundle : join(here, '../migrations');
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { type Log, onConnection } from './connection.ts';

export interface MigrateOptions {
  connection: pg.ClientConfig;
  /** By default, up applies all missing migrations, and down reverts the last one. */
  direction?: 'up' | 'down';
  count?: number;
  /** The directory of the SQL files; that of this package by default. */
  directory?: string;
  log: Log;
}

/**
 * Runs the numbered SQL migrations in one transaction. Concurrent migrators wait for each other, so that each migration runs once.
 * @returns the names of the migrations that were run, in order
 */
export async function migrate({
  connection,
  direction = 'up',
  count,
  directory = migrationsDirectory(),
  log,
}: MigrateOptions): Promise<string[]> {
  // Only the migrator loads it, and not the services, in which it takes 15 MB.
  const { runner } = await import('node-pg-migrate');
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

/** Beside `src` in this package; beside the single file in a bundle. */
function migrationsDirectory(): string {
  const here = import.meta.dirname;
  const besideBundle = join(here, 'migrations');
  return existsSync(besideBundle) ? besideBundle : join(here, '../migrations');
}

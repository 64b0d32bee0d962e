/** Reading from Aurora's read-only copies of the database, which follow the writer by 10 to 30 ms. */
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Log } from './connection.ts';
import { DatabaseUnavailable, isRecoveryConflict } from './errors.ts';
import type { Pool } from './pool.ts';
import { type MarketVersion, readVersion } from './version.ts';

/** How long to wait for a reader to reach a version, and how often to poll it, in milliseconds. */
const readerTimeout = 1_000;
const pollInterval = 10;

/** The version of a market that a snapshot has to show. */
export interface AtLeast extends MarketVersion {
  marketId: number;
}

/**
 * Does work in a snapshot of a reader that has reached a version.
 * @returns undefined if no reader reached it in time, could be reached at all, or finished the work; the caller then reads from the writer
 */
export async function readFromReader<T>(
  readers: Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  { marketId, version, lineage }: AtLeast,
  log: Log,
): Promise<{ result: T } | undefined> {
  try {
    for (const deadline = performance.now() + readerTimeout; performance.now() < deadline; await delay(pollInterval)) {
      const read = await readers.snapshot(async (client) => {
        const reached = await readVersion(client, marketId);
        const farEnough = reached?.lineage === lineage && reached.version >= version;
        return farEnough ? { result: await work(client) } : undefined;
      });
      if (read) return read;
    }
    log.warn({ marketId, version }, 'the reader is too far behind; reading from the writer');
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable) && !isRecoveryConflict(error)) throw error;
    log.warn({ err: error }, 'the reader failed; reading from the writer');
  }
  return undefined;
}

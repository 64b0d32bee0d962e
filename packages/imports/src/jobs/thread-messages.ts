/** The messages between the main thread and the thread of an import. */
import type { Credentials, DatabaseAddress } from '@property-insights/database';
import type { ImportOptions } from './import.ts';
import type { JobReport } from './job-record.ts';

/** The data that the thread starts with. */
export interface WorkerTask extends Omit<ImportOptions, 'database' | 'signal' | 'log'> {
  address: DatabaseAddress;
}

export type ToWorker =
  | { kind: 'cancel' }
  | { kind: 'credentials'; credentials: Credentials }
  | { kind: 'no credentials'; error: string };

export type FromWorker =
  /** Requests the credentials of the main thread, so that both threads share the ones fetched last. */
  | { kind: 'credentials request'; refresh: boolean }
  /** Shows that the thread is not blocked. */
  | { kind: 'alive' }
  | { kind: 'log'; level: 'info' | 'warn' | 'error'; fields: string; message: string }
  | { kind: 'ended'; report: JobReport };

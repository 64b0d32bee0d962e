/** What the main thread and an import's worker thread tell each other. */
import type { Credentials, DatabaseAddress } from '@property-insights/database';
import type { ImportOptions } from './pipeline.ts';
import type { ImportReport } from './record.ts';

/** What a worker starts with. */
export interface WorkerTask extends Omit<ImportOptions, 'database' | 'signal' | 'log'> {
  address: DatabaseAddress;
}

export type ToWorker =
  | { kind: 'cancel' }
  | { kind: 'credentials'; credentials: Credentials }
  | { kind: 'no credentials'; error: string };

export type FromWorker =
  /** Asks for the credentials of the main thread, so that both share what was last fetched. */
  | { kind: 'credentials wanted'; anew: boolean }
  | { kind: 'log'; level: 'info' | 'warn' | 'error'; fields: string; message: string }
  | { kind: 'ended'; report: ImportReport };

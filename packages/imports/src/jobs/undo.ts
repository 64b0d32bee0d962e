/** The undo of a revision. It runs in the main thread, because all of the work is done by the database. */
import { compareForUndo, type Undo, writeUndo } from '@property-insights/database';
import { type JobContext, runJob } from './job.ts';
import type { JobReport } from './job-record.ts';

export interface UndoOptions extends JobContext {
  undo: Undo;
  author: string;
}

/**
 * Runs an undo to its end: see `runJob`. It reads the rows that the revision added, which it retires (`deleted`), and the rows that the
 * revision retired, which it adds again (`accepted`).
 */
export function runUndo({ undo, author, ...context }: UndoOptions): Promise<JobReport> {
  const { marketId, undoes } = undo;
  const note = { code: 'undone', revision: undoes } as const;
  const revision = { marketId, kind: 'undo', author, note, undoes } as const;
  return runJob(context, revision, 'comparing', async (transaction, record) => {
    await compareForUndo(transaction.client, undo);
    record.stage = 'writing';
    await writeUndo(transaction, undo, (rows) => {
      record.counts.rows_read += rows;
      context.signal.throwIfAborted();
    });
    record.counts.accepted = transaction.salesAdded + transaction.placesAdded;
    record.counts.deleted = transaction.salesRetired + transaction.placesRetired;
  });
}

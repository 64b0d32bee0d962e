/** Undoing a revision. It needs no files and no thread: all of it is done by the database. */
import { compareForUndo, type Undo, writeUndo } from '@property-insights/database';
import type { ImportReport } from './record.ts';
import { type Recorded, runRecorded } from './recorded.ts';

export interface UndoOptions extends Recorded {
  undo: Undo;
  author: string;
}

/**
 * Runs an undo to its end and keeps its row in `import` up to date: see `runRecorded`. It reads the rows that the revision added, which are taken back,
 * and those that it retired, which are accepted again.
 * @throws as `runImport` does
 */
export function runUndo({ undo, author, ...recorded }: UndoOptions): Promise<ImportReport> {
  const { marketId, undoes } = undo;
  const revision = { marketId, kind: 'undo', author, note: `revision ${undoes}`, undoes } as const;
  return runRecorded(recorded, revision, 'comparing', async (transaction, record) => {
    await compareForUndo(transaction.client, undo);
    record.stage = 'writing';
    await writeUndo(transaction, undo, (rows) => {
      record.counts.rows_read += rows;
      recorded.signal.throwIfAborted();
    });
    record.counts.accepted = transaction.salesAdded + transaction.placesAdded;
    record.counts.deleted = transaction.salesRetired + transaction.placesRetired;
  });
}

/** What imports and undos have in common: each is one revision, and has a row in `import` that tells how it goes on and how it ended. */
import {
  Abandoned,
  CannotUndo,
  type Database,
  DatabaseUnavailable,
  endedByDeletion,
  type Log,
  MarketGone,
  type RevisionInput,
  type WriteTransaction,
} from '@property-insights/database';
import { sql } from 'kysely';
import { lockImport } from './locks.ts';
import { again, type ImportKind, ImportRecord, type ImportReport } from './record.ts';

export interface Recorded {
  database: Database;
  /** Of a row in `import` whose state is `received`. */
  importId: string;
  /** Aborting cancels the work: nothing is written. */
  signal: AbortSignal;
  log: Log;
}

/**
 * Does the work of a revision to its end and keeps the row up to date, about twice a second and once at the end. The end is part of the
 * revision's own transaction, so that row and market never disagree.
 * @param stage what the work begins with
 * @throws DatabaseUnavailable when not even the failure could be recorded; `failInterruptedImports` does so later.
 */
export async function runRecorded(
  { database, importId, signal, log }: Recorded,
  revision: RevisionInput & { kind: ImportKind },
  stage: string,
  work: (transaction: WriteTransaction, record: ImportRecord) => Promise<void>,
): Promise<ImportReport> {
  const record = new ImportRecord(database, importId, log);
  let report: ImportReport | undefined;
  const endWithout = async (error: unknown) => {
    if (error instanceof Abandoned) return record.end('finished', null);
    if (signal.aborted) return record.end('cancelled', null);
    const ended = await record.end('failed', explain(error, revision.kind));
    if (ended.state === 'failed' && !isTold(error)) log.error({ err: error, importId }, `an ${revision.kind} failed`);
    return ended;
  };
  const carryOut = async (transaction: WriteTransaction) => {
    await lockImport(transaction.client, importId);
    await record.start(stage);
    await work(transaction, record);
    await record.stop();
    await record.finishWithin(transaction);
  };
  try {
    await database.write(revision, (transaction) =>
      cancellable(database, transaction, signal, () => carryOut(transaction)).catch(async (error) => {
        // As long as the transaction shows that someone is at work on the import: once it is rolled back, others would call it interrupted.
        report = await endWithout(error);
        throw error;
      }),
    );
    return { ...record.counts, state: 'finished', changed: true, error: null };
  } catch (error) {
    return report ?? (await endWithout(error));
  } finally {
    await record.stop();
  }
}

/** Does the work so that an abort also ends the statement that the server is busy with, which may be long. */
async function cancellable<T>(
  database: Database,
  { client }: WriteTransaction,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const pid = (rows[0] as { pid: number }).pid;
  let cancelling: Promise<unknown> | undefined;
  const cancel = () => {
    // Where this fails the database is lost, and the statement with it.
    cancelling = sql`SELECT pg_cancel_backend(${pid}::integer)`.execute(database.kysely).catch(() => undefined);
  };
  signal.addEventListener('abort', cancel);
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', cancel);
    // It must not hit whatever this connection does next.
    await cancelling;
  }
}

/** What is wrong lies with the files, and is said in plain sentences. */
export class ImportError extends Error {
  override name = 'ImportError';
}

/** Whether the error is no fault of the program, and its whole story is told to who asked. */
function isTold(error: unknown): boolean {
  return error instanceof ImportError || error instanceof MarketGone || error instanceof CannotUndo;
}

function explain(error: unknown, kind: ImportKind): string {
  if (error instanceof ImportError || error instanceof CannotUndo) return error.message;
  if (error instanceof MarketGone) return endedByDeletion(kind);
  if (error instanceof DatabaseUnavailable)
    return `The database was lost during the ${kind}, so nothing was written. ${again[kind]}`;
  return `The ${kind} failed because of a fault of this program, so nothing was written. Its log has the details.`;
}

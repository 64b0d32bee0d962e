/** The run of a job, an import or an undo: one transaction that writes one revision, and a row in `import` that states the progress and the end. */
import {
  Abandoned,
  CannotUndo,
  type Database,
  DatabaseUnavailable,
  endedByDeletion,
  isDiskFull,
  type Log,
  MarketGone,
  type RevisionInput,
  type WriteTransaction,
} from '@property-insights/database';
import { sql } from 'kysely';
import { lockJob } from './job-locks.ts';
import { JobRecord, type JobReport } from './job-record.ts';
import { type JobKind, retryAdvice } from './job-table.ts';

export interface JobContext {
  database: Database;
  /** The id of a row in `import` whose state is `received`. */
  importId: string;
  /** Aborting it cancels the job: nothing is written. */
  signal: AbortSignal;
  log: Log;
}

/**
 * Runs a job to its end. The row is updated about twice a second. Its end is recorded in the transaction of the revision, so that row and
 * market always agree.
 * @param stage the first stage of the work
 * @throws DatabaseUnavailable when not even the failure could be recorded; `failInterruptedJobs` records it later
 */
export async function runJob(
  { database, importId, signal, log }: JobContext,
  revision: RevisionInput & { kind: JobKind },
  stage: string,
  work: (transaction: WriteTransaction, record: JobRecord) => Promise<void>,
): Promise<JobReport> {
  const record = new JobRecord(database, importId, log);
  let report: JobReport | undefined;
  const endWithoutRevision = async (error: unknown) => {
    if (error instanceof Abandoned) return record.end('finished', null);
    if (signal.aborted) return record.end('cancelled', null);
    const ended = await record.end('failed', failureMessage(error, revision.kind));
    if (ended.state === 'failed' && !isExpected(error)) {
      log.error({ err: error, importId }, `an ${revision.kind} failed`);
    }
    return ended;
  };
  const runWithin = async (transaction: WriteTransaction) => {
    await lockJob(transaction.client, importId);
    // A failed statement releases the locks that were taken after the last savepoint. The job keeps its lock until its end is recorded.
    await transaction.client.query('SAVEPOINT job_locked');
    await record.start(stage);
    await work(transaction, record);
    await record.stop();
    await record.finishWithin(transaction);
  };
  try {
    await database.write(revision, (transaction) =>
      cancellable(database, transaction, signal, () => runWithin(transaction)).catch(async (error) => {
        // Recorded before the rollback, which releases the job's lock: after it, another task would mark the job as interrupted.
        report = await endWithoutRevision(error);
        throw error;
      }),
    );
    return { ...record.counts, state: 'finished', changed: true, error: null };
  } catch (error) {
    return report ?? (await endWithoutRevision(error));
  } finally {
    await record.stop();
  }
}

/** Runs the work so that an abort also cancels the server's current statement, which may take minutes. */
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
    // If this fails, the database is lost, and the statement with it.
    cancelling = sql`SELECT pg_cancel_backend(${pid}::integer)`.execute(database.kysely).catch(() => undefined);
  };
  signal.addEventListener('abort', cancel);
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', cancel);
    // It must not cancel the next statement of this connection.
    await cancelling;
  }
}

/** The files of an import are at fault. The message states how, in sentences. */
export class ImportError extends Error {
  override name = 'ImportError';
}

/** Whether the error is not a fault of the program, so that its message is enough. */
function isExpected(error: unknown): boolean {
  return error instanceof ImportError || error instanceof MarketGone || error instanceof CannotUndo;
}

function failureMessage(error: unknown, kind: JobKind): string {
  if (error instanceof ImportError || error instanceof CannotUndo) return error.message;
  if (error instanceof MarketGone) return endedByDeletion(kind);
  if (isDiskFull(error))
    return `The database has no disk space left for the ${kind}, so nothing was written. When it has more, ${retryAdvice[kind].toLowerCase()}`;
  if (error instanceof DatabaseUnavailable)
    return `The database was lost during the ${kind}, so nothing was written. ${retryAdvice[kind]}`;
  return `The ${kind} failed because of a fault of this program, so nothing was written. Its log has the details.`;
}

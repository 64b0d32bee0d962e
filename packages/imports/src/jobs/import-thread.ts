/** Starts the thread in which an import runs, and passes messages between it and the main thread. */
import type { Database } from '@property-insights/database';
import { LimitReached, runLimited } from '../limited-thread.ts';
import type { ImportOptions } from './import.ts';
import { JobRecord, type JobReport } from './job-record.ts';
import type { FromWorker, ToWorker, WorkerTask } from './thread-messages.ts';

/** Milliseconds. The thread reports twice a second that it is alive, unless a single value takes all its time. */
const maxSilence = 60_000;

const stoppedMessage =
  'The import stopped because of a fault of this program, so nothing was written. Its log has the details.';

/**
 * Runs an import as `runImport` does, in a thread with its own connections, which use the address and credentials of `database`.
 * When the thread dies, or is ended at a limit, the import is marked as failed. A cancelled import ends within two seconds.
 * @throws when not even that could be recorded; `failInterruptedJobs` records it later
 */
export async function runImportInThread(options: ImportOptions): Promise<JobReport> {
  const { database, signal, log, ...rest } = options;
  const { importId } = rest;
  const task: WorkerTask = { address: database.address, ...rest };
  const record = new JobRecord(database, importId, log);
  const fail = ({ message }: LimitReached) =>
    record.end('failed', `The import was ended because ${message}. Nothing was written.`);
  let report: JobReport | undefined;
  try {
    await runLimited<ToWorker, FromWorker>(new URL('import-worker.ts', import.meta.url), {
      data: task,
      maxSilence,
      signal,
      cancel: { kind: 'cancel' },
      onMessage(message, send) {
        if (message.kind === 'ended') report = message.report;
        else if (message.kind === 'log') log[message.level](JSON.parse(message.fields), message.message);
        else if (message.kind === 'credentials request') void sendCredentials(send, database, message.refresh);
      },
      // Recorded before the thread is ended, because its connection holds the lock of the job.
      async onLimit(limit) {
        await fail(limit);
      },
    });
    if (!report) throw new Error('The thread of the import ended without a report.');
    return report;
  } catch (error) {
    if (signal.aborted) return await record.end('cancelled', null);
    if (error instanceof LimitReached) return await fail(error);
    log.error({ err: error, importId }, 'the thread of an import died');
    return await record.end('failed', stoppedMessage);
  }
}

async function sendCredentials(
  send: (message: ToWorker) => void,
  { credentials }: Database,
  refresh: boolean,
): Promise<void> {
  try {
    send({ kind: 'credentials', credentials: await (refresh ? credentials.refresh() : credentials.get()) });
  } catch (error) {
    send({ kind: 'no credentials', error: error instanceof Error ? error.message : String(error) });
  }
}

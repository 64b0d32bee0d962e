/** Starts the thread in which an import runs, and passes messages between it and the main thread. */
import { Worker } from 'node:worker_threads';
import type { Database, Log } from '@property-insights/database';
import type { ImportOptions } from './import.ts';
import { JobRecord, type JobReport } from './job-record.ts';
import type { FromWorker, ToWorker, WorkerTask } from './thread-messages.ts';

/** In MB. An import reads in constant memory. One that does not has a fault, and must not exhaust the memory of the service. */
const maxHeap = 384;

/** In MB, for short-lived objects. Rows become garbage at once; more room makes an import hardly faster (docs/decisions/0016). */
const maxYoungHeap = 24;

const stoppedMessage =
  'The import stopped because of a fault of this program, so nothing was written. Its log has the details.';

/**
 * Runs an import as `runImport` does, in a thread with its own connections, which use the address and credentials of `database`.
 * When the thread dies, the import is marked as failed.
 * @throws when not even that could be recorded; `failInterruptedJobs` records it later
 */
export async function runImportInThread(options: ImportOptions): Promise<JobReport> {
  const { database, signal, log, ...rest } = options;
  const { importId } = rest;
  const task: WorkerTask = { address: database.address, ...rest };
  try {
    const worker = new Worker(new URL('import-worker.ts', import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: maxHeap, maxYoungGenerationSizeMb: maxYoungHeap },
    });
    const cancel = () => send(worker, { kind: 'cancel' });
    signal.addEventListener('abort', cancel);
    if (signal.aborted) cancel();
    try {
      return await reportOf(worker, database, log);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  } catch (error) {
    log.error({ err: error, importId }, 'the thread of an import died');
    return await new JobRecord(database, importId, log).end('failed', stoppedMessage);
  }
}

/** Resolves when the thread has ended. Until then, serves its requests. */
function reportOf(worker: Worker, database: Database, log: Log): Promise<JobReport> {
  return new Promise((resolve, reject) => {
    let report: JobReport | undefined;
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ended') report = message.report;
      else if (message.kind === 'log') log[message.level](JSON.parse(message.fields), message.message);
      else void sendCredentials(worker, database, message.refresh);
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      if (report) resolve(report);
      else reject(new Error(`The thread of the import ended with code ${code} and without a report.`));
    });
  });
}

async function sendCredentials(worker: Worker, { credentials }: Database, refresh: boolean): Promise<void> {
  try {
    send(worker, { kind: 'credentials', credentials: await (refresh ? credentials.refresh() : credentials.get()) });
  } catch (error) {
    send(worker, { kind: 'no credentials', error: error instanceof Error ? error.message : String(error) });
  }
}

function send(worker: Worker, message: ToWorker): void {
  worker.postMessage(message);
}

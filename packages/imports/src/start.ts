import { Worker } from 'node:worker_threads';
import type { Database, Log } from '@property-insights/database';
import type { FromWorker, ToWorker, WorkerTask } from './messages.ts';
import type { ImportOptions } from './pipeline.ts';
import { ImportRecord, type ImportReport } from './record.ts';

/** In MB. An import reads in constant memory; one that does not is at fault, and must not take the service with it. */
const heapLimit = 384;

/** In MB: rows are garbage at once, and room for more of them is hardly faster (docs/decisions/0016). */
const newRows = 24;

const stopped =
  'The import stopped because of a fault of this program, so nothing was written. Its log has the details.';

/**
 * Runs an import as `runImport` does, in a thread of its own with its own connections, made with the address and credentials of `database`.
 * A thread that dies leaves the import failed.
 * @throws when not even that could be recorded; `failInterruptedImports` does so later.
 */
export async function startImport(options: ImportOptions): Promise<ImportReport> {
  const { database, signal, log, ...rest } = options;
  const { importId } = rest;
  const task: WorkerTask = { address: database.address, ...rest };
  try {
    const worker = new Worker(new URL('worker.ts', import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: heapLimit, maxYoungGenerationSizeMb: newRows },
    });
    const cancel = () => send(worker, { kind: 'cancel' });
    signal.addEventListener('abort', cancel);
    if (signal.aborted) cancel();
    try {
      return await ending(worker, database, log);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  } catch (error) {
    log.error({ err: error, importId }, "an import's thread died");
    return await new ImportRecord(database, importId, log).end('failed', stopped);
  }
}

function ending(worker: Worker, database: Database, log: Log): Promise<ImportReport> {
  return new Promise((resolve, reject) => {
    let report: ImportReport | undefined;
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ended') report = message.report;
      else if (message.kind === 'log') log[message.level](JSON.parse(message.fields), message.message);
      else void answer(worker, database, message.anew);
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      if (report) resolve(report);
      else reject(new Error(`The import's thread ended with code ${code} and without a report.`));
    });
  });
}

async function answer(worker: Worker, { credentials }: Database, anew: boolean): Promise<void> {
  try {
    send(worker, { kind: 'credentials', credentials: await (anew ? credentials.refresh() : credentials.get()) });
  } catch (error) {
    send(worker, { kind: 'no credentials', error: error instanceof Error ? error.message : String(error) });
  }
}

function send(worker: Worker, message: ToWorker): void {
  worker.postMessage(message);
}

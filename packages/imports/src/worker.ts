/** The thread in which an import runs, so that the service goes on answering. Started by `startImport`. */
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { type CredentialSource, type Credentials, Database, type Log } from '@property-insights/database';
import { stdSerializers } from 'pino';
import type { FromWorker, ToWorker, WorkerTask } from './messages.ts';
import { runImport } from './pipeline.ts';

if (!parentPort) throw new Error('This module is the body of a worker thread.');
// Requests go first where processors are few. Only Linux takes this for the thread alone, and not for all of the service.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
const port = parentPort;
const { address, ...task } = workerData as WorkerTask;
const cancelled = new AbortController();
let waiting: ((answer: Exclude<ToWorker, { kind: 'cancel' }>) => void)[] = [];

port.on('message', (message: ToWorker) => {
  if (message.kind === 'cancel') {
    cancelled.abort();
    return;
  }
  const answered = waiting;
  waiting = [];
  for (const answer of answered) answer(message);
});

function tell(message: FromWorker): void {
  port.postMessage(message);
}

function askForCredentials(anew: boolean): Promise<Credentials> {
  return new Promise((resolve, reject) => {
    waiting.push((answer) => {
      if (answer.kind === 'credentials') resolve(answer.credentials);
      else reject(new Error(answer.error));
    });
    tell({ kind: 'credentials wanted', anew });
  });
}

const credentials: CredentialSource = { get: () => askForCredentials(false), refresh: () => askForCredentials(true) };

const writeLog = (level: 'info' | 'warn' | 'error') => (fields: { err?: unknown }, message: string) => {
  const err = fields.err instanceof Error ? stdSerializers.err(fields.err) : fields.err;
  tell({ kind: 'log', level, fields: JSON.stringify({ ...fields, err }), message });
};
const log = { info: writeLog('info'), warn: writeLog('warn'), error: writeLog('error') } as Log;

// One connection for the import's transaction, and one for its progress, rejects and cancellation.
const database = new Database({ ...address, credentials, applicationName: 'import', log, poolSize: 2 });
// What this throws ends the thread, and the main thread records it; there would be no sense in waiting for connections first.
const report = await runImport({ database, ...task, signal: cancelled.signal, log });
await database.close();
tell({ kind: 'ended', report });
port.close();

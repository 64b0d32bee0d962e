/** The thread in which an import runs, so that the service keeps answering. Started by `runImportInThread`. */
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { type CredentialSource, type Credentials, Database, type Log } from '@property-insights/database';
import { stdSerializers } from 'pino';
import { runImport } from './import.ts';
import type { FromWorker, ToWorker, WorkerTask } from './thread-messages.ts';

if (!parentPort) throw new Error('This module must be started as a worker thread.');
// Requests come first where processors are few. Only Linux applies the priority to the thread alone instead of the whole service.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
const port = parentPort;
const { address, ...task } = workerData as WorkerTask;
const cancellation = new AbortController();
let waiting: ((answer: Exclude<ToWorker, { kind: 'cancel' }>) => void)[] = [];

port.on('message', (message: ToWorker) => {
  if (message.kind === 'cancel') {
    cancellation.abort();
    return;
  }
  const answered = waiting;
  waiting = [];
  for (const answer of answered) answer(message);
});

function send(message: FromWorker): void {
  port.postMessage(message);
}

function requestCredentials(refresh: boolean): Promise<Credentials> {
  return new Promise((resolve, reject) => {
    waiting.push((answer) => {
      if (answer.kind === 'credentials') resolve(answer.credentials);
      else reject(new Error(answer.error));
    });
    send({ kind: 'credentials request', refresh });
  });
}

const credentials: CredentialSource = { get: () => requestCredentials(false), refresh: () => requestCredentials(true) };

const writeLog = (level: 'info' | 'warn' | 'error') => (fields: { err?: unknown }, message: string) => {
  const err = fields.err instanceof Error ? stdSerializers.err(fields.err) : fields.err;
  send({ kind: 'log', level, fields: JSON.stringify({ ...fields, err }), message });
};
const log = { info: writeLog('info'), warn: writeLog('warn'), error: writeLog('error') } as Log;

setInterval(() => send({ kind: 'alive' }), 500).unref();

// One connection for the transaction of the import, and one for its progress, rejects and cancellation.
const database = new Database({ ...address, credentials, applicationName: 'import', log, poolSize: 2 });
// An error here ends the thread, and the main thread records the failure. There is no reason to close connections before that.
const report = await runImport({ database, ...task, signal: cancellation.signal, log });
await database.close();
send({ kind: 'ended', report });
port.close();

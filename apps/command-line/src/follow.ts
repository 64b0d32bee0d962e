import { setTimeout as delay } from 'node:timers/promises';
import { type Api, ApiError, type ImportProgress, type ImportState } from './api.ts';
import type { Progress } from './progress.ts';

const pollIntervalMs = 250;
/** For how long the system may be unreachable: as long as it takes to replace a service. */
const unreachableTimeoutMs = 60_000;

/** Shows the progress of an import until it ends. An abort of the signal cancels the import. */
export async function followImport(
  api: Api,
  received: ImportState,
  progress: Progress,
  signal: AbortSignal,
): Promise<ImportState> {
  const ended = await followByEvents(api, received.id, progress, signal);
  return ended ?? followByPolling(api, received, progress, signal);
}

/** Returns undefined if the events were interrupted before the import ended, be it by the signal. */
async function followByEvents(
  api: Api,
  id: string,
  progress: Progress,
  signal: AbortSignal,
): Promise<ImportState | undefined> {
  try {
    const events = api.importEvents(id, signal);
    for (;;) {
      const { done, value } = await events.next();
      if (done) return value;
      showProgress(progress, value);
    }
  } catch {
    // Polling reports the error, if it persists.
    return undefined;
  }
}

async function followByPolling(
  api: Api,
  received: ImportState,
  progress: Progress,
  signal: AbortSignal,
): Promise<ImportState> {
  let state = received;
  let cancelling = false;
  let lastAnswer = performance.now();
  while (state.state === 'received' || state.state === 'running') {
    try {
      if (signal.aborted && !cancelling) {
        cancelling = true;
        // 409 if the import has just ended.
        await api.cancelImport(state.id).catch((error: unknown) => {
          if (!(error instanceof ApiError && error.status === 409)) throw error;
        });
      } else {
        await delay(pollIntervalMs, undefined, cancelling ? {} : { signal }).catch(() => undefined);
      }
      state = await api.import(state.id);
      lastAnswer = performance.now();
      showProgress(progress, state);
    } catch (error) {
      const isTransient = error instanceof ApiError && error.isTransient;
      if (!isTransient || performance.now() - lastAnswer > unreachableTimeoutMs) throw error;
      cancelling = false;
      await delay(pollIntervalMs);
    }
  }
  return state;
}

const formatCount = new Intl.NumberFormat('en-AU').format;

function showProgress(progress: Progress, state: ImportState | ImportProgress): void {
  const { stage, bytes_read, bytes_total, rows_read } = state;
  const share = stage === 'reading' && bytes_total > 0 ? bytes_read / bytes_total : undefined;
  const notes = [`${formatCount(rows_read)} rows`];
  if ('rows_per_second' in state) {
    if (state.rows_per_second !== null) notes.push(`${formatCount(state.rows_per_second)} a second`);
    if (state.seconds_left !== null) notes.push(`${state.seconds_left} s left`);
  }
  progress.show(stage ?? 'waiting', share, notes.join(', '));
}

/** The thread that draws and typesets documents. It does one at a time. */
import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { render } from './render.ts';
import type { Order, Outcome } from './renderer.ts';

// Requests come first where processors are few. Only Linux applies the priority to the thread alone instead of the whole service.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

parentPort?.on('message', async ({ document, form }: Order) => {
  let outcome: Outcome;
  try {
    outcome = { bytes: await render(document, form) };
  } catch (error) {
    outcome = { error: error instanceof Error ? error : new Error(String(error)) };
  }
  parentPort?.postMessage(outcome);
});

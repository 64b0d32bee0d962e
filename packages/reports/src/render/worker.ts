/** The thread that draws and typesets documents. It does one at a time. */
import { parentPort } from 'node:worker_threads';
import { render } from './render.ts';
import type { Order, Outcome } from './renderer.ts';

parentPort?.on('message', async ({ document, form }: Order) => {
  let outcome: Outcome;
  try {
    outcome = { bytes: await render(document, form) };
  } catch (error) {
    outcome = { error: error instanceof Error ? error : new Error(String(error)) };
  }
  parentPort?.postMessage(outcome);
});

/** The thread in which a preview runs. Started by `previewFilesInThread`. */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import type { Mapping } from './mapping/mapping.ts';
import { type PreviewOptions, previewFiles } from './preview.ts';
import type { FromPreview, ToPreview } from './preview-thread.ts';

if (!parentPort) throw new Error('This module must be started as a worker thread.');
const port = parentPort;

function send(message: FromPreview): void {
  port.postMessage(message);
}

/** Requests the remembered mapping from the main thread, which has the connections. */
async function remembered(columns: readonly string[]): Promise<Mapping | undefined> {
  send({ kind: 'columns', columns });
  const [answer] = (await once(port, 'message')) as [ToPreview];
  return answer.mapping;
}

send({
  kind: 'ended',
  preview: await previewFiles({ ...(workerData as Omit<PreviewOptions, 'remembered'>), remembered }),
});

/** Runs a preview in a thread, so that the service keeps answering whatever the files contain. */
import { runLimited } from './limited-thread.ts';
import type { Mapping } from './mapping/mapping.ts';
import type { Preview, PreviewOptions } from './preview.ts';

/** Milliseconds. A preview of real files takes less than two seconds. */
const maxTime = 20_000;

/** The remembered mapping. */
export type ToPreview = { mapping: Mapping | undefined };
export type FromPreview = { kind: 'columns'; columns: readonly string[] } | { kind: 'ended'; preview: Preview };

/** The previews that have begun. They run one after another, because each may take the memory of an import. */
let last: Promise<unknown> = Promise.resolve();

/** Reads the first rows of the first files, as `previewFiles` does. @throws LimitReached if that takes too much time or memory, and errors of `remembered` */
export function previewFilesInThread(options: PreviewOptions): Promise<Preview> {
  const preview = last.then(() => run(options));
  last = preview.catch(() => undefined);
  return preview;
}

async function run({ remembered, ...data }: PreviewOptions): Promise<Preview> {
  let preview: Preview | undefined;
  await runLimited<ToPreview, FromPreview>(new URL('preview-worker.ts', import.meta.url), {
    data,
    maxTime,
    async onMessage(message, send) {
      if (message.kind === 'ended') preview = message.preview;
      else send({ mapping: await remembered?.(message.columns) });
    },
  });
  if (!preview) throw new Error('The thread of a preview ended without a result.');
  return preview;
}

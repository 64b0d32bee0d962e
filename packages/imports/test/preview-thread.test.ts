import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { previewFilesInThread } from '../src/index.ts';

test('a preview that cannot read the remembered mapping fails with the error of that', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'preview-thread-'));
  const path = join(folder, 'received');
  await writeFile(path, 'Sold,Price,Street\n2024-01-31,850000,1 King St\n');
  const unavailable = new Error('no database');
  const preview = previewFilesInThread({
    files: [{ name: 'sales.csv', path }],
    format: undefined,
    mapping: undefined,
    remembered: () => Promise.reject(unavailable),
  });
  expect(await preview.catch((error) => error)).toBe(unavailable);
  await rm(folder, { recursive: true });
});

import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { spool } from '../src/spool.ts';

const full = '/dev/full';
if (!existsSync(full)) console.warn(`Skipped: a full disk, because there is no ${full}.`);

test.skipIf(!existsSync(full))('a full disk is told in a sentence', async () => {
  async function* content() {
    yield Buffer.from('x');
  }
  await expect(spool(content(), full)).rejects.toThrow(
    'there is no room left on disk for these files; send less at a time',
  );
});

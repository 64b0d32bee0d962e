import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { spool } from '../src/spool.ts';

const full = '/dev/full';
if (!existsSync(full)) console.warn(`Skipped: a full disk, because there is no ${full}.`);

test.skipIf(!existsSync(full))('a full disk is reported in a sentence', async () => {
  async function* content() {
    yield Buffer.from('x');
  }
  await expect(spool(content(), full)).rejects.toThrow('the disk of the service is full; send fewer files at a time');
});

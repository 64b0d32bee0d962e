import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('process.nextTick is as fast after garbage collections as before', async () => {
  const script = join(import.meta.dirname, 'fixtures', 'next-tick.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script]);
  // Without `keepNextTickFast`, it takes 5 to 17 times as long.
  expect(Number(stdout)).toBeLessThan(3);
});

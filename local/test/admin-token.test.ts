import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { handedOver, handOver, takeBack } from '../src/admin-token.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'admin-token-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('the token is for the system that handed it over', async () => {
  await handOver(directory, 'http://localhost:8080', 'pi_token');
  for (const address of ['http://localhost:8080', 'http://127.0.0.1:8080/', 'http://localhost:8080/api']) {
    expect(await handedOver(directory, address), address).toBe('pi_token');
  }
  for (const address of [
    'http://localhost:8081',
    'http://localhost',
    'http://localhost.evil.example:8080',
    'http://192.168.1.2:8080',
    'https://localhost:8080',
    'nonsense',
  ]) {
    expect(await handedOver(directory, address), address).toBeUndefined();
  }
});

test('is readable by its owner alone, whatever was there before, and gone when the system is', async () => {
  const file = join(directory, 'admin-token.json');
  await writeFile(file, '{}', { mode: 0o644 });
  await handOver(directory, 'http://localhost:8080', 'pi_token');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await takeBack(directory);
  await takeBack(directory);
  expect(await handedOver(directory, 'http://localhost:8080')).toBeUndefined();
});

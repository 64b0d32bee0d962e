import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readAdminToken, removeAdminToken, writeAdminToken } from '../src/index.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'admin-token-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('returns the token only for the address of the system that wrote it', async () => {
  await writeAdminToken(directory, 'http://localhost:8080', 'pi_token');
  for (const address of ['http://localhost:8080', 'http://127.0.0.1:8080/', 'http://localhost:8080/api']) {
    expect(await readAdminToken(directory, address), address).toBe('pi_token');
  }
  for (const address of [
    'http://localhost:8081',
    'http://localhost',
    'http://localhost.evil.example:8080',
    'http://192.168.1.2:8080',
    'https://localhost:8080',
    'nonsense',
  ]) {
    expect(await readAdminToken(directory, address), address).toBeUndefined();
  }
});

test('the file is readable by its owner only, whatever mode it had before, and can be removed twice', async () => {
  const file = join(directory, 'admin-token.json');
  await writeFile(file, '{}', { mode: 0o644 });
  await writeAdminToken(directory, 'http://localhost:8080', 'pi_token');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await removeAdminToken(directory);
  await removeAdminToken(directory);
  expect(await readAdminToken(directory, 'http://localhost:8080')).toBeUndefined();
});

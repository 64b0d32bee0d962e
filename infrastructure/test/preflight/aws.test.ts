import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { aws } from '../../src/preflight/aws.ts';

/** Puts a command of this name and content before all others. */
function command(name: string, script: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'property-insights-command-'));
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${folder}:/usr/bin:/bin`);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
}

test('The CLI is called with the operation and its options, and its JSON returned', async () => {
  command('aws', `printf '{"Called": "%s"}' "$*"`);
  expect(await aws('ssm', 'get-parameter', '--name', 'a b')).toEqual({
    Called: 'ssm get-parameter --name a b --output json',
  });
});

test('An error has the name that AWS gives it', async () => {
  // https://docs.aws.amazon.com/cli/latest/topic/return-codes.html
  command('aws', `echo 'An error occurred (NoSuchEntity) when calling the GetRole operation: Not found' >&2; exit 254`);
  await expect(aws('iam', 'get-role')).rejects.toMatchObject({ code: 'NoSuchEntity' });
});

test('Without credentials the message is that of the CLI, and without the CLI it names it', async () => {
  command(
    'aws',
    `echo 'Unable to locate credentials. You can configure credentials by running "aws login".' >&2; exit 253`,
  );
  await expect(aws('sts', 'get-caller-identity')).rejects.toThrow('Unable to locate credentials');
  vi.stubEnv('PATH', '/nonexistent');
  await expect(aws('sts', 'get-caller-identity')).rejects.toThrow('The AWS CLI is not installed');
});

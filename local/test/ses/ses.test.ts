import { mkdtempSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Endpoint } from '../../src/aws/endpoint.ts';
import type { PolicyStatement } from '../../src/aws/iam-policy.ts';
import { createSes } from '../../src/ses/ses.ts';

const identity = 'arn:aws:ses:ap-southeast-2:123456789012:identity/example.org';
const message = 'From: reports@example.org\r\nTo: a@example.com\r\nSubject: Grüße\r\n\r\nBody\r\n';
let directory: string;
let ses: Endpoint;
let statements: PolicyStatement[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'property-insights-mail-'));
  statements = [{ Effect: 'Allow', Action: 'ses:SendRawEmail', Resource: identity }];
  ses = await createSes({
    directory,
    findPrincipal: () => ({
      arn: 'arn:aws:sts::123456789012:assumed-role/reporting/task',
      secretAccessKey: 's',
      statements,
    }),
    findIdentity: (address) => (address.endsWith('@example.org') ? identity : undefined),
    onMessage() {},
  });
});
afterEach(async () => {
  await ses.close();
  await rm(directory, { recursive: true });
});

async function send(from = 'Reports <reports@example.org>', secretAccessKey = 's') {
  const credentials = { accessKeyId: 'ASIAREPORTING', secretAccessKey };
  const client = new SESv2Client({ endpoint: ses.url, region: 'ap-southeast-2', credentials, maxAttempts: 1 });
  const Content = { Raw: { Data: Buffer.from(message) } };
  const Destination = { ToAddresses: ['a@example.com'] };
  return client
    .send(new SendEmailCommand({ FromEmailAddress: from, Destination, Content }))
    .finally(() => client.destroy());
}

it('writes a message to the folder', async () => {
  expect((await send()).MessageId).toMatch(/^[0-9a-f-]{36}$/);
  const [file = ''] = await readdir(directory);
  expect(file).toMatch(/\.eml$/);
  expect(await readFile(join(directory, file), 'utf8')).toBe(message);
});

it('refuses another sender, another secret, and a role without the right', async () => {
  await expect(send('me@elsewhere.example')).rejects.toMatchObject({ name: 'MessageRejected' });
  await expect(send(undefined, 'wrong')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  statements = [];
  await expect(send()).rejects.toMatchObject({ message: expect.stringContaining('ses:SendRawEmail') });
  expect(await readdir(directory)).toEqual([]);
});

import { Readable } from 'node:stream';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { failureOf } from '../src/report-work.ts';
import { ReportStorage } from '../src/storage.ts';

/** Nothing listens on the port of its endpoint. */
const storage = new ReportStorage(
  'reports',
  new S3Client({
    endpoint: 'http://127.0.0.1:1',
    region: 'local',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  }),
);
const report = { contentType: 'text/csv', fileName: 'report.csv', signal: new AbortController().signal };

test('a report that cannot be stored is retried, and states so', async () => {
  const error = await storage.write('a', Buffer.from('x'), report, report).catch((error: unknown) => error);
  expect(failureOf(error)).toEqual({
    reason: 'The report was made, but its storage cannot be reached at the moment.',
    retryAfter: 5,
  });
});

test('an error of the content is not one of the storage', async () => {
  const content = Readable.from(
    (async function* () {
      yield Buffer.from('x');
      throw new Error('The replica is away.');
    })(),
  );
  await expect(storage.write('a', content, report, report)).rejects.toThrow('The replica is away.');
});

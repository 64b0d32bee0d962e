import { mkdtempSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/aws/endpoint.ts';
import type { PolicyStatement } from '../../src/aws/iam-policy.ts';
import type { Principal } from '../../src/aws/principal.ts';
import { ObjectStore } from '../../src/s3/object-store.ts';
import { createS3 } from '../../src/s3/s3.ts';

const Bucket = 'reports';
const MiB = 1024 * 1024;
let directory: string;
let store: ObjectStore;
let s3: Endpoint;
let client: S3Client;
let now: number;
let refusals: string[];
const principals = new Map<string, Principal>();
const clients: S3Client[] = [];

/** The real SDK, as a task with this role would use it. */
function clientOf(accessKeyId: string, statements: PolicyStatement[], secretAccessKey = `secret of ${accessKeyId}`) {
  const arn = `arn:aws:sts::123456789012:assumed-role/${accessKeyId}/task`;
  principals.set(accessKeyId, { arn, secretAccessKey: `secret of ${accessKeyId}`, statements });
  const credentials = { accessKeyId, secretAccessKey };
  const made = new S3Client({ endpoint: s3.url, region: 'ap-southeast-2', credentials, maxAttempts: 1 });
  clients.push(made);
  return made;
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'property-insights-s3-'));
  now = Date.parse('2026-03-01T10:00:00Z');
  refusals = [];
  store = new ObjectStore(directory, () => now);
  store.addBucket(Bucket, []);
  s3 = await createS3({ store, findPrincipal: (id) => principals.get(id), onRefusal: (line) => refusals.push(line) });
  client = clientOf('ASIAALL', [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }]);
});

afterEach(async () => {
  for (const made of clients.splice(0)) made.destroy();
  principals.clear();
  await s3.close();
  await store.destroy();
});

const put = (Key: string, Body: string | Buffer | Readable, more = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Key: string, more = {}) => client.send(new GetObjectCommand({ Bucket, Key, ...more }));
const textOf = async (Key: string, more = {}) => (await get(Key, more)).Body?.transformToString();

describe('objects', () => {
  it.each(['a', 'jobs/1/report.pdf', 'Grüße & +%20<x> "y"', '東京/🏠', "it's (1)!*~"])(
    'are written and read by the key %s',
    async (key) => {
      await put(key, `content of ${key}`, { ContentType: 'text/plain', Metadata: { report: 'market-report' } });
      const found = await get(key);
      expect(await found.Body?.transformToString()).toBe(`content of ${key}`);
      expect(found).toMatchObject({ ContentType: 'text/plain', Metadata: { report: 'market-report' } });
      const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
      expect(Contents?.map(({ Key }) => Key)).toEqual([key]);
      await client.send(new DeleteObjectCommand({ Bucket, Key: key }));
      await expect(get(key)).rejects.toMatchObject({ name: 'NoSuchKey' });
      expect((await readdir(directory)).filter((name) => !name.startsWith('keys.sqlite'))).toEqual([]);
    },
  );

  it('are written from a stream, with a checksum after it', async () => {
    const bytes = Buffer.alloc(3 * MiB, 'abcdefg');
    await put('stream', Readable.from([bytes.subarray(0, MiB), bytes.subarray(MiB)]), { ContentLength: bytes.length });
    expect(Buffer.from((await (await get('stream')).Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
  });

  it('are read by ranges', async () => {
    await put('digits', '0123456789');
    expect(await textOf('digits', { Range: 'bytes=2-4' })).toBe('234');
    expect(await textOf('digits', { Range: 'bytes=7-' })).toBe('789');
    expect(await textOf('digits', { Range: 'bytes=-2' })).toBe('89');
    expect((await get('digits', { Range: 'bytes=0-0' })).ContentRange).toBe('bytes 0-0/10');
    expect(await textOf('digits', { Range: 'bytes=5-1' })).toBe('0123456789');
    await expect(get('digits', { Range: 'bytes=10-' })).rejects.toMatchObject({ name: 'InvalidRange' });
  });

  it('are written conditionally: by one of several writers, or over the version that the writer read', async () => {
    const written = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map((text) => put('once', text, { IfNoneMatch: '*' })),
    );
    expect(written.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(written.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { name: 'PreconditionFailed' },
    });
    const { ETag } = await client.send(new HeadObjectCommand({ Bucket, Key: 'once' }));
    await put('once', 'next', { IfMatch: ETag });
    await expect(put('once', 'late', { IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(await textOf('once')).toBe('next');
  });

  it('are not sent again to a reader that has them', async () => {
    const { ETag } = await put('same', 'same');
    await expect(get('same', { IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    await expect(get('same', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  });

  it('are listed by prefix, in pages', async () => {
    for (const key of ['a/1', 'a/2', 'a/3', 'b/1']) await put(key, key);
    const first = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'a/', MaxKeys: 2 }));
    expect(first.Contents?.map(({ Key }) => Key)).toEqual(['a/1', 'a/2']);
    const ContinuationToken = first.NextContinuationToken as string;
    const second = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'a/', MaxKeys: 2, ContinuationToken }));
    expect(second).toMatchObject({ IsTruncated: false, Contents: [{ Key: 'a/3', Size: 3 }] });
  });

  it('outlive the process that wrote them', async () => {
    await put('kept', 'kept');
    const reopened = new ObjectStore(directory, () => now);
    reopened.addBucket(Bucket, []);
    expect(reopened.list(Bucket, '', '', 9).map(({ key }) => key)).toEqual(['kept']);
    reopened.close();
  });
});

describe('uploads in parts', () => {
  it('become one object, by the helper of the SDK', async () => {
    const bytes = Buffer.alloc(12 * MiB, 'property');
    const Body = Readable.from([bytes]);
    const { ETag } = await new Upload({ client, params: { Bucket, Key: 'large', Body, IfNoneMatch: '*' } }).done();
    expect(ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
    expect(await textOf('large', { Range: `bytes=${5 * MiB - 4}-${5 * MiB + 3}` })).toBe(
      'propertyproperty'.slice(4, 12),
    );
    const again = new Upload({
      client,
      params: { Bucket, Key: 'large', Body: Readable.from([bytes]), IfNoneMatch: '*' },
    });
    await expect(again.done()).rejects.toMatchObject({ name: 'PreconditionFailed' });
  });

  it('are refused if a part is missing, too small or out of order, and can be aborted', async () => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'x' }));
    const upload = { Bucket, Key: 'x', UploadId };
    const part = async (PartNumber: number, Body: string) => {
      const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber, Body }));
      return { PartNumber, ETag };
    };
    const parts = [await part(1, 'one'), await part(2, 'two'.repeat(2 * MiB))];
    const complete = (Parts: { PartNumber: number; ETag?: string | undefined }[]) =>
      client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
    await expect(complete(parts)).rejects.toMatchObject({ name: 'EntityTooSmall' });
    await expect(complete([...parts].reverse())).rejects.toMatchObject({
      name: 'InvalidPartOrder',
    });
    await expect(complete([{ PartNumber: 1, ETag: '"0"' }])).rejects.toMatchObject({ name: 'InvalidPart' });
    await client.send(new AbortMultipartUploadCommand(upload));
    await expect(complete(parts)).rejects.toMatchObject({ name: 'NoSuchUpload' });
    await expect(get('x')).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect((await readdir(directory)).filter((name) => !name.startsWith('keys.sqlite'))).toEqual([]);
  });
});

describe('a lifecycle', () => {
  it('removes objects under its prefix at the first midnight after their days, and uploads that were not completed', async () => {
    store.addBucket(Bucket, [
      { Status: 'Enabled', Prefix: 'jobs/', ExpirationInDays: 7 },
      { Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
      { Status: 'Disabled', ExpirationInDays: 1 },
    ]);
    await put('jobs/1', 'a');
    await put('other', 'b');
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'x' }));
    await client.send(new UploadPartCommand({ Bucket, Key: 'x', UploadId, PartNumber: 1, Body: 'part' }));
    now = Date.parse('2026-03-08T23:59:59Z');
    expect(await textOf('jobs/1')).toBe('a');
    now = Date.parse('2026-03-09T00:00:00Z');
    await expect(get('jobs/1')).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(await textOf('other')).toBe('b');
    store.sweep();
    expect((await readdir(directory)).filter((name) => !name.startsWith('keys.sqlite'))).toHaveLength(1);
  });
});

describe('callers', () => {
  const arn = `arn:aws:s3:::${Bucket}`;

  it('do what the policies of their role allow, and no more', async () => {
    const allowed = clientOf('ASIAREPORTING', [
      { Effect: 'Allow', Action: ['s3:PutObject', 's3:GetObject'], Resource: `${arn}/jobs/*` },
    ]);
    await allowed.send(new PutObjectCommand({ Bucket, Key: 'jobs/1', Body: 'a' }));
    await allowed.send(new GetObjectCommand({ Bucket, Key: 'jobs/1' }));
    const denied = {
      name: 'AccessDenied',
      message: expect.stringContaining('no identity-based policy allows the s3:'),
    };
    await expect(allowed.send(new PutObjectCommand({ Bucket, Key: 'other', Body: 'a' }))).rejects.toMatchObject(denied);
    await expect(allowed.send(new DeleteObjectCommand({ Bucket, Key: 'jobs/1' }))).rejects.toMatchObject(denied);
    await expect(allowed.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject(denied);
    // Whether an object exists is for callers that may list.
    await expect(allowed.send(new GetObjectCommand({ Bucket, Key: 'jobs/2' }))).rejects.toMatchObject(denied);
    expect(refusals.join()).toContain('s3:DeleteObject');
  });

  it.each<[string, () => S3Client, string]>([
    [
      'an unknown key',
      () => new S3Client({ ...options(), credentials: { accessKeyId: 'ASIANONE', secretAccessKey: 'x' } }),
      'InvalidAccessKeyId',
    ],
    ['another secret', () => clientOf('ASIAWRONG', [], 'wrong'), 'SignatureDoesNotMatch'],
  ])('with %s are refused', async (_, make, name) => {
    const stranger = make();
    clients.push(stranger);
    await expect(stranger.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }))).rejects.toMatchObject({ name });
  });
  const options = () => ({ endpoint: s3.url, region: 'ap-southeast-2', maxAttempts: 1 });

  it('without a signature, or of a bucket that does not exist, are refused', async () => {
    const response = await fetch(`${s3.url}/${Bucket}/a`);
    expect([response.status, await response.text()]).toEqual([
      403,
      expect.stringContaining('<Code>AccessDenied</Code>'),
    ]);
    const other = client.send(new GetObjectCommand({ Bucket: 'other', Key: 'a' }));
    await expect(other).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});

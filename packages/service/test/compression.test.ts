import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import Fastify from 'fastify';
import { expect, test } from 'vitest';
import type { App } from '../src/app.ts';
import { compressResponses } from '../src/compression.ts';

const long = JSON.stringify({ rows: Array.from({ length: 200 }, (_, i) => ({ id: i, place: 'Parramatta' })) });

async function serve(body: string, type = 'application/json; charset=utf-8') {
  const app = Fastify();
  await compressResponses(app as unknown as App);
  app.get('/', (_, reply) => reply.headers({ 'content-type': type, etag: '"7-abc"' }).send(Buffer.from(body)));
  return (encoding?: string) =>
    app.inject({ url: '/', headers: encoding === undefined ? {} : { 'accept-encoding': encoding } });
}

test.each([
  ['br', brotliDecompressSync],
  ['gzip', gunzipSync],
] as const)('a long answer is compressed by %s, and its ETag is weak', async (encoding, decompress) => {
  const response = await (await serve(long))(encoding);
  expect(response.headers['content-encoding']).toBe(encoding);
  expect(response.headers.etag).toBe('W/"7-abc"');
  expect(String(response.headers.vary).toLowerCase()).toContain('accept-encoding');
  expect(decompress(response.rawPayload).toString()).toBe(long);
});

test('a short answer, a client that accepts no encoding, events and binary files are left as they are', async () => {
  for (const response of [
    await (await serve('{}'))('gzip'),
    await (await serve(long))(),
    await (await serve(long, 'text/event-stream'))('gzip'),
    await (await serve(long, 'application/vnd.apache.parquet'))('gzip'),
  ]) {
    expect(response.headers['content-encoding']).toBeUndefined();
    expect(response.headers.etag).toBe('"7-abc"');
  }
});

test('the body of a request is not decompressed: a small one could become a large one', async () => {
  const app = Fastify();
  await compressResponses(app as unknown as App);
  app.post('/', ({ body }) => ({ body }));
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  const { statusCode } = await app.inject({ method: 'POST', url: '/', headers, payload: gzipSync('{}') });
  expect(statusCode).toBe(400);
});

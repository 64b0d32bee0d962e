/** The body of a request to S3, as its headers describe it: checked against the hash or checksum that it is sent with. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import { S3Error } from './errors.ts';

/** @throws S3Error while it is read, if the bytes are not those that were signed or sent */
export function bodyOf(request: IncomingMessage): AsyncIterable<Uint8Array> {
  const hash = String(request.headers['x-amz-content-sha256']);
  if (hash === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') {
    const trailers = new Map<string, string>();
    return withChecksum(chunks(request, trailers), () => trailers.get('x-amz-checksum-crc32'));
  }
  const content = withChecksum(plain(request), () => request.headers['x-amz-checksum-crc32'] as string | undefined);
  if (hash === 'UNSIGNED-PAYLOAD') return content;
  if (/^[0-9a-f]{64}$/.test(hash)) return withHash(content, hash);
  throw new S3Error('NotImplemented', `Bodies with the hash ${hash} are not supported by the local S3.`);
}

function plain(request: IncomingMessage): AsyncIterable<Uint8Array> {
  if (request.headers['content-length'] === undefined) {
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  }
  return request;
}

async function* withHash(body: AsyncIterable<Uint8Array>, expected: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of body) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== expected) {
    throw new S3Error('XAmzContentSHA256Mismatch', "The provided 'x-amz-content-sha256' header does not match.");
  }
}

/** @param sent in base64, after the body has been read */
async function* withChecksum(
  body: AsyncIterable<Uint8Array>,
  sent: () => string | undefined,
): AsyncGenerator<Uint8Array> {
  let value = 0;
  for await (const chunk of body) {
    value = crc32(chunk, value);
    yield chunk;
  }
  const expected = sent();
  if (expected === undefined) return;
  const computed = Buffer.alloc(4);
  computed.writeUInt32BE(value);
  if (computed.toString('base64') !== expected) {
    throw new S3Error('BadDigest', 'The CRC32 you specified did not match the calculated checksum.');
  }
}

/** The content of the encoding `aws-chunked`: chunks with their length, and trailers after the last. */
async function* chunks(request: IncomingMessage, trailers: Map<string, string>): AsyncGenerator<Uint8Array> {
  let buffered = Buffer.alloc(0);
  const source = request[Symbol.asyncIterator]();
  const more = async () => {
    const { value, done } = await source.next();
    if (done) throw new S3Error('IncompleteBody', 'The request body ended before its last chunk.');
    buffered = Buffer.concat([buffered, value]);
  };
  const line = async () => {
    let end = buffered.indexOf('\r\n');
    for (; end < 0; end = buffered.indexOf('\r\n')) await more();
    const text = buffered.subarray(0, end).toString('latin1');
    buffered = buffered.subarray(end + 2);
    return text;
  };
  for (;;) {
    let left = Number.parseInt(await line(), 16);
    if (!(left >= 0)) throw new S3Error('IncompleteBody', 'A chunk of the request body has no length.');
    if (left === 0) break;
    while (left > 0) {
      if (buffered.length === 0) await more();
      const part = buffered.subarray(0, left);
      buffered = buffered.subarray(part.length);
      left -= part.length;
      yield part;
    }
    await line();
  }
  for (let trailer = await line(); trailer !== ''; trailer = await line()) {
    const [name = '', value = ''] = trailer.split(':', 2);
    trailers.set(name.toLowerCase(), value.trim());
  }
}

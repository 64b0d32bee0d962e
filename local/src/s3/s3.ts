/**
 * Amazon S3 as far as a service needs it, on a loopback port, so that the real SDK talks to it (`AWS_ENDPOINT_URL_S3`), with callers authenticated by
 * their signature and restricted by the policies of their roles. Objects are written conditionally, in parts and as a whole, and read by ranges.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { AuthenticationError } from '../aws/authentication-error.ts';
import { type Endpoint, listen } from '../aws/endpoint.ts';
import { authenticate, denialOf, type FindPrincipal, type Principal } from '../aws/principal.ts';
import { bodyOf } from './body.ts';
import { authenticationErrors, S3Error } from './errors.ts';
import type { Condition, ObjectStore, StoredObject } from './object-store.ts';

export interface S3Options {
  store: ObjectStore;
  findPrincipal: FindPrincipal;
  /** One line for each request that is refused. */
  onRefusal: (message: string) => void;
}

/** A request, with its address in parts. */
interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  principal: Principal;
  bucket: string;
  key: string;
  query: URLSearchParams;
  store: ObjectStore;
}

/** Headers that are stored with an object and returned with it, besides `x-amz-meta-…`. */
const storedHeaders = ['content-type', 'content-disposition', 'content-language', 'cache-control'];
const maxListed = 1000;
/** Bytes of a list of 10,000 parts. */
const maxDocumentBytes = 4 * 1024 * 1024;

/** Resolves when it listens on 127.0.0.1. */
export function createS3({ store, findPrincipal, onRefusal }: S3Options): Promise<Endpoint> {
  const server = createServer(async (request, response) => {
    response.setHeader('x-amz-request-id', randomUUID());
    try {
      const { method = 'GET', url = '/', headers } = request;
      const principal = await authenticate({ method, url, headers }, 's3', findPrincipal);
      const { pathname, searchParams: query } = new URL(url, 'http://s3');
      const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(decodeURIComponent(pathname)) ?? [];
      store.assertBucket(bucket);
      await perform({ request, response, principal, bucket, key, query, store });
    } catch (thrown) {
      sendError(response, thrown, onRefusal);
    }
  });
  return listen(server);
}

async function perform(call: Call): Promise<void> {
  const { request, key, query } = call;
  const [upload, part] = [query.get('uploadId'), query.get('partNumber')];
  const operation = `${request.method}${key ? '' : ' bucket'}${query.has('uploads') ? ' uploads' : ''}${upload ? ' upload' : ''}`;
  switch (operation) {
    case 'GET':
    case 'HEAD':
      return read(call);
    case 'PUT':
      return write(call);
    case 'DELETE':
      authorize(call, 'DeleteObject');
      call.store.remove(call.bucket, key);
      return end(call, 204);
    case 'GET bucket':
      return list(call);
    case 'POST uploads':
      return beginUpload(call);
    case 'PUT upload':
      return writePart(call, upload as string, Number(part));
    case 'POST upload':
      return completeUpload(call, upload as string);
    case 'DELETE upload':
      authorize(call, 'AbortMultipartUpload');
      call.store.abortUpload(call.bucket, key, upload as string);
      return end(call, 204);
    default:
      throw new S3Error('NotImplemented', `${operation} is not supported by the local S3.`);
  }
}

async function read(call: Call): Promise<void> {
  const { request, response, bucket, key, store } = call;
  authorize(call, 'GetObject');
  const { object, file } = await store.open(bucket, key).catch((error) => {
    // Only a caller that may list the bucket learns that an object does not exist.
    if (error instanceof S3Error) authorize(call, 'ListBucket', bucket);
    throw error;
  });
  try {
    const { 'if-match': match, 'if-none-match': noneMatch, range } = request.headers;
    if (match !== undefined && match !== object.etag) throw preconditionFailed();
    if (noneMatch !== undefined && noneMatch === object.etag) return end(call, 304, { etag: object.etag });
    const asked = rangeOf(range, object.bytes);
    const { start, end: last } = asked ?? { start: 0, end: object.bytes - 1 };
    response.writeHead(asked ? 206 : 200, {
      ...object.headers,
      ...describe(object),
      'accept-ranges': 'bytes',
      'content-length': last - start + 1,
      ...(asked && { 'content-range': `bytes ${start}-${last}/${object.bytes}` }),
    });
    if (request.method === 'HEAD' || object.bytes === 0) response.end();
    else await pipeline(file.createReadStream({ start, end: last, autoClose: false }), response).catch(() => {}); // the client has gone
  } finally {
    await file.close();
  }
}

async function write(call: Call): Promise<void> {
  const { request, bucket, key, store } = call;
  authorize(call, 'PutObject');
  const condition = conditionOf(request);
  const received = await store.receive(bodyOf(request));
  const object = store.put(bucket, key, received, headersOf(request), condition);
  end(call, 200, { etag: object.etag });
}

function list(call: Call): void {
  const { bucket, query, store } = call;
  authorize(call, 'ListBucket', bucket);
  if (query.get('list-type') !== '2') throw new S3Error('NotImplemented', 'Only ListObjectsV2 is supported.');
  const limit = Math.min(Number(query.get('max-keys') ?? maxListed), maxListed);
  const token = query.get('continuation-token');
  const after = token ? Buffer.from(token, 'base64url').toString() : (query.get('start-after') ?? '');
  const prefix = query.get('prefix') ?? '';
  const found = store.list(bucket, prefix, after, limit + 1);
  const page = found.slice(0, limit);
  const next = found.length > limit ? Buffer.from(page.at(-1)?.key ?? '').toString('base64url') : undefined;
  const contents = page.map(({ key, bytes, etag, modified }) =>
    element('Contents', {
      Key: key,
      Size: bytes,
      ETag: etag,
      LastModified: modified.toISOString(),
      StorageClass: 'STANDARD',
    }),
  );
  sendXml(
    call.response,
    element(
      'ListBucketResult',
      {
        Name: bucket,
        Prefix: prefix,
        KeyCount: page.length,
        MaxKeys: limit,
        IsTruncated: next !== undefined,
        ...(next !== undefined && { NextContinuationToken: next }),
      },
      contents.join(''),
    ),
  );
}

function beginUpload(call: Call): void {
  const { request, response, bucket, key, store } = call;
  authorize(call, 'PutObject');
  const id = store.beginUpload(bucket, key, headersOf(request));
  sendXml(response, element('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: id }));
}

async function writePart(call: Call, upload: string, number: number): Promise<void> {
  const { request, bucket, key, store } = call;
  authorize(call, 'PutObject');
  if (!(number >= 1 && number <= 10_000)) throw new S3Error('InvalidArgument', 'A part has a number from 1 to 10000.');
  const received = await store.receive(bodyOf(request));
  end(call, 200, { etag: store.putPart(bucket, key, upload, number, received) });
}

async function completeUpload(call: Call, upload: string): Promise<void> {
  const { request, response, bucket, key, store } = call;
  authorize(call, 'PutObject');
  const received: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bodyOf(request)) {
    size += chunk.length;
    if (size > maxDocumentBytes) throw new S3Error('InvalidArgument', 'The list of parts is too long.');
    received.push(chunk);
  }
  const parts = Buffer.concat(received)
    .toString()
    .split('<Part>')
    .slice(1)
    .map((part) => ({
      number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
      etag: (/<ETag>([^<]+)</.exec(part)?.[1] ?? '').replaceAll('&quot;', ''),
    }));
  const { etag } = await store.completeUpload(bucket, key, upload, parts, conditionOf(request));
  sendXml(response, element('CompleteMultipartUploadResult', { Bucket: bucket, Key: key, ETag: etag }));
}

/** @throws S3Error AccessDenied */
function authorize({ principal, bucket, key }: Call, operation: string, resource = `${bucket}/${key}`): void {
  const denial = denialOf(principal, `s3:${operation}`, `arn:aws:s3:::${resource}`);
  if (denial) throw new S3Error('AccessDenied', denial);
}

/** @throws S3Error NotImplemented for another condition than S3 has for writes */
function conditionOf({ headers }: IncomingMessage): Condition {
  const { 'if-none-match': noneMatch, 'if-match': ifMatch } = headers;
  if (noneMatch !== undefined && noneMatch !== '*') {
    throw new S3Error('NotImplemented', 'A write takes If-None-Match: * only.');
  }
  return { ifAbsent: noneMatch === '*', ifMatch };
}

function preconditionFailed(): S3Error {
  return new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
}

/** @throws S3Error InvalidRange if no byte is in the range */
function rangeOf(header: string | undefined, bytes: number): { start: number; end: number } | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if ((first === '' && last === '') || (first !== '' && last !== '' && Number(last) < Number(first))) return undefined;
  const start = first === '' ? Math.max(bytes - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (start > end) throw new S3Error('InvalidRange', 'The requested range is not satisfiable');
  return { start, end };
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => storedHeaders.includes(name) || name.startsWith('x-amz-meta-'))
      .map(([name, value]) => [name, String(value)]),
  );
}

function describe({ etag, modified }: StoredObject): Record<string, string> {
  return { etag, 'last-modified': modified.toUTCString() };
}

function end({ response }: Call, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, headers).end();
}

function sendError(response: ServerResponse, thrown: unknown, onRefusal: S3Options['onRefusal']): void {
  const error =
    thrown instanceof AuthenticationError ? new S3Error(authenticationErrors[thrown.failure], thrown.message) : thrown;
  const isKnown = error instanceof S3Error;
  if (!isKnown || error.status === 403) onRefusal(isKnown ? `${error.code}: ${error.message}` : String(thrown));
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.statusCode = isKnown ? error.status : 500;
  // What is left of the body is not read.
  response.setHeader('connection', 'close');
  sendXml(
    response,
    isKnown
      ? element('Error', { Code: error.code, Message: error.message })
      : element('Error', { Code: 'InternalError', Message: 'We encountered an internal error. Please try again.' }),
  );
}

function sendXml(response: ServerResponse, xml: string): void {
  response.setHeader('content-type', 'application/xml');
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`);
}

function element(name: string, members: Record<string, string | number | boolean>, content = ''): string {
  const children = Object.entries(members).map(([member, value]) => `<${member}>${escapeXml(`${value}`)}</${member}>`);
  return `<${name}>${children.join('')}${content}</${name}>`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"\p{Cc}]/gu, (character) => `&#${character.codePointAt(0)};`);
}

import { createHash, createHmac, type Hash, type Hmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { SignatureV4 } from '@smithy/signature-v4';
import { AuthenticationError } from './authentication-error.ts';

/** How far the time of a signature may be from now, in milliseconds, as AWS has it. */
const maxSkew = 5 * 60 * 1000;

/** The service that a request is signed for, such as `secretsmanager`, as the signer names it. */
export type SignedService = 'secretsmanager' | 's3' | 'ses';

export interface Signature {
  accessKeyId: string;
  date: Date;
  region: string;
  signedHeaders: string[];
  signature: string;
}

/** Reads the headers of a request signed with AWS Signature Version 4. @throws AuthenticationError when it is not */
export function readSignature(headers: IncomingHttpHeaders, service: SignedService): Signature {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([a-z0-9]+)\/aws4_request, ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  const date = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers['x-amz-date']));
  if (match === null || date === null || match[3] !== service) throw new AuthenticationError('missing');
  const [, accessKeyId, region, , signedHeaders, signature] = match as unknown as string[] & { length: 6 };
  const [, year, month, day, hour, minute, second] = date;
  return {
    accessKeyId: accessKeyId as string,
    region: region as string,
    signedHeaders: (signedHeaders as string).split(';'),
    signature: signature as string,
    date: new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`),
  };
}

/** A request as it was signed. */
export interface SignedRequest {
  method: string;
  /** With the query. */
  url: string;
  headers: IncomingHttpHeaders;
  /** Not needed if the headers state the hash of the body, as for S3. */
  body?: Buffer;
}

/**
 * Signs the request again with the caller's secret access key and compares.
 * @throws AuthenticationError when they differ, or when the signature is too old or too new
 */
export async function verifySignature(
  claimed: Signature,
  service: SignedService,
  secretAccessKey: string,
  { method, url, headers: sent, body }: SignedRequest,
): Promise<void> {
  if (Math.abs(Date.now() - claimed.date.getTime()) > maxSkew) throw new AuthenticationError('skewed');
  const signer = new SignatureV4({
    service,
    region: claimed.region,
    credentials: { accessKeyId: claimed.accessKeyId, secretAccessKey },
    sha256: Sha256,
    applyChecksum: false,
    // S3 alone signs a path as it is sent.
    uriEscapePath: service !== 's3',
  });
  const headers: Record<string, string> = {};
  for (const name of claimed.signedHeaders) headers[name] = String(sent[name]);
  const [path = '/', search = ''] = url.split('?', 2);
  const query = Object.fromEntries(new URLSearchParams(search));
  const signed = await signer.sign(
    { method, protocol: 'http:', hostname: '', path, query, headers, body },
    { signingDate: claimed.date, signableHeaders: new Set(claimed.signedHeaders) },
  );
  const expected = signed.headers.authorization?.slice(-64) ?? '';
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(claimed.signature))) {
    throw new AuthenticationError('mismatch');
  }
}

/** SHA-256, or with a key its HMAC, in the form that the signer wants. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', bytes(key));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

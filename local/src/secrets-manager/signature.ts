import { createHash, createHmac, type Hash, type Hmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { SignatureV4 } from '@smithy/signature-v4';
import { SecretsManagerError } from './errors.ts';

/** How far the time of a signature may be from now, in milliseconds, as AWS has it. */
const maxSkew = 5 * 60 * 1000;

export interface Signature {
  accessKeyId: string;
  date: Date;
  region: string;
  signedHeaders: string[];
  signature: string;
}

/** Reads the headers of a request signed with AWS Signature Version 4. @throws SecretsManagerError when it is not */
export function readSignature(headers: IncomingHttpHeaders): Signature {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/secretsmanager\/aws4_request, ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  const date = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers['x-amz-date']));
  if (match === null || date === null) {
    throw new SecretsManagerError('MissingAuthenticationTokenException', 'Request is missing Authentication Token');
  }
  const [, accessKeyId, region, signedHeaders, signature] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
  ];
  const [, year, month, day, hour, minute, second] = date;
  return {
    accessKeyId,
    region,
    signedHeaders: signedHeaders.split(';'),
    signature,
    date: new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`),
  };
}

/**
 * Signs the request again with the caller's secret access key and compares.
 * @throws SecretsManagerError InvalidSignatureException when they differ, or when the signature is too old or too new
 */
export async function verifySignature(
  claimed: Signature,
  secretAccessKey: string,
  request: { path: string; headers: IncomingHttpHeaders; body: Buffer },
): Promise<void> {
  if (Math.abs(Date.now() - claimed.date.getTime()) > maxSkew) {
    throw new SecretsManagerError(
      'InvalidSignatureException',
      'Signature expired: the time of the request is not now.',
    );
  }
  const signer = new SignatureV4({
    service: 'secretsmanager',
    region: claimed.region,
    credentials: { accessKeyId: claimed.accessKeyId, secretAccessKey },
    sha256: Sha256,
    applyChecksum: false,
  });
  const headers: Record<string, string> = {};
  for (const name of claimed.signedHeaders) headers[name] = String(request.headers[name]);
  const signed = await signer.sign(
    { method: 'POST', protocol: 'http:', hostname: '', path: request.path, query: {}, headers, body: request.body },
    { signingDate: claimed.date, signableHeaders: new Set(claimed.signedHeaders) },
  );
  const expected = signed.headers.authorization?.slice(-64) ?? '';
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(claimed.signature))) {
    throw new SecretsManagerError(
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
    );
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

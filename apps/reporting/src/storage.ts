/** The bucket of finished reports. A task that made one may be gone when a client fetches it. */
import { Readable, Transform } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { problems } from '@property-insights/service';

/** Days until the bucket removes what is below `jobs/`; infrastructure/src/report-storage.ts states the same. */
export const resultDays = 7;
/** Bytes of a part of an upload. One is in memory while it is sent, and the next while it is made. */
const partBytes = 8 * 1024 * 1024;
/** Bytes of a stored report: a workbook of a million sales with all their members has a quarter of it. */
const maxBytes = 512 * 1024 * 1024;

export class ReportTooLarge extends Error {
  constructor() {
    super(`The report has more than ${maxBytes / 1024 ** 2} MiB. Limit it to fewer sales, such as by sold_from.`);
  }
}

/** S3 refused the report or could not be reached. A later attempt may succeed. */
export class NotStored extends Error {
  constructor(cause: unknown) {
    super('The report was made, but its storage cannot be reached at the moment.', { cause });
  }
}

export interface StoredReport {
  contentType: string;
  /** A browser saves the report by this name. */
  fileName: string;
}

export class ReportStorage {
  readonly #bucket: string;
  #client: Promise<S3Client> | undefined;

  /** The bucket of the variable `REPORTS_BUCKET`; undefined if it is not set. */
  static fromEnvironment({ REPORTS_BUCKET: bucket }: NodeJS.ProcessEnv = process.env): ReportStorage | undefined {
    return bucket ? new ReportStorage(bucket) : undefined;
  }

  constructor(bucket: string, client?: S3Client) {
    this.#bucket = bucket;
    this.#client = client && Promise.resolve(client);
  }

  /**
   * Writes an object once: one that exists is kept, so that a repeated job changes nothing.
   * @param onBytes called with the bytes that have been sent
   * @throws ReportTooLarge, NotStored, the error of the content, the signal's reason
   */
  async write(
    key: string,
    content: Buffer | Readable,
    { contentType, fileName }: StoredReport,
    { signal, onBytes = () => {} }: { signal: AbortSignal; onBytes?: (bytes: number) => void },
  ): Promise<void> {
    const [client, { Upload }] = await Promise.all([this.#open(), import('@aws-sdk/lib-storage')]);
    const body = (Buffer.isBuffer(content) ? Readable.from([content]) : content).pipe(limited());
    content instanceof Readable && content.once('error', (error) => body.destroy(error));
    const upload = new Upload({
      client,
      params: {
        Bucket: this.#bucket,
        Key: key,
        Body: body,
        ContentType: contentType,
        ContentDisposition: `attachment; filename="${fileName}"`,
        IfNoneMatch: '*',
      },
      partSize: partBytes,
      queueSize: 1,
    });
    upload.on('httpUploadProgress', ({ loaded }) => onBytes(loaded ?? 0));
    const abort = () => {
      body.destroy(signal.reason as Error);
      void upload.abort();
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      await upload.done();
    } catch (error) {
      signal.throwIfAborted();
      // The SDK adds this member to the errors of its requests, and not to those of the content.
      if (!(error instanceof Error && '$metadata' in error)) throw error;
      if (error.name !== 'PreconditionFailed') throw new NotStored(error);
    } finally {
      signal.removeEventListener('abort', abort);
      if (content instanceof Readable) content.destroy();
    }
  }

  /**
   * An object, or a range of it.
   * @param range the value of a header `Range`
   * @returns undefined if the bucket has removed it
   * @throws a 416 problem if no byte is in the range
   */
  async read(key: string, range: string | undefined): Promise<StoredContent | undefined> {
    const [client, { GetObjectCommand }] = await Promise.all([this.#open(), import('@aws-sdk/client-s3')]);
    try {
      const found = await client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key, Range: range }));
      return {
        stream: found.Body as Readable,
        headers: {
          'content-type': found.ContentType ?? 'application/octet-stream',
          'content-disposition': found.ContentDisposition ?? 'attachment',
          'content-length': String(found.ContentLength),
          'accept-ranges': 'bytes',
          etag: found.ETag ?? '',
          ...(found.ContentRange && { 'content-range': found.ContentRange }),
        },
        isPart: found.ContentRange !== undefined,
      };
    } catch (error) {
      // Without the right to list a bucket, a task learns of an object that does not exist only that it may not read it.
      if (['NoSuchKey', 'AccessDenied'].includes((error as Error).name)) return undefined;
      if ((error as Error).name !== 'InvalidRange') throw error;
      throw problems.refused('The header Range names no byte of the report.', 416);
    }
  }

  /** The SDK is loaded for the first report, because that takes as long as a quarter of the start of a task. */
  #open(): Promise<S3Client> {
    this.#client ??= import('@aws-sdk/client-s3').then(({ S3Client }) => new S3Client({}));
    return this.#client;
  }
}

export interface StoredContent {
  stream: Readable;
  headers: Record<string, string>;
  /** Whether it is a range. */
  isPart: boolean;
}

function limited(): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(bytes > maxBytes ? new ReportTooLarge() : null, chunk);
    },
  });
}

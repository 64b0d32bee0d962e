/** Buckets in a folder: a file for each object, and a SQLite database of their keys, so that each write is complete or has not happened. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pipeline } from 'node:stream/promises';
import { S3Error } from './errors.ts';

/** A rule of a bucket, as in a template. */
export interface LifecycleRule {
  Status: 'Enabled' | 'Disabled';
  Prefix?: string;
  ExpirationInDays?: number;
  AbortIncompleteMultipartUpload?: { DaysAfterInitiation: number };
}

export interface StoredObject {
  key: string;
  bytes: number;
  /** Quoted. */
  etag: string;
  modified: Date;
  /** The headers that are stored with an object: its type, and so on. */
  headers: Record<string, string>;
}

/** Bytes that have been received and are not an object yet. */
export interface Received {
  file: string;
  bytes: number;
  /** In hexadecimal. */
  md5: string;
}

/** When an object may be written; otherwise S3 answers 412. */
export interface Condition {
  /** Only if the key has no object. */
  ifAbsent?: boolean;
  /** Only if the object has this ETag. */
  ifMatch?: string | undefined;
}

const day = 24 * 60 * 60 * 1000;
/** Milliseconds between two removals of expired objects. */
const sweepInterval = 60 * 60 * 1000;
/** Of all parts except the last. */
const minPartBytes = 5 * 1024 * 1024;

interface ObjectRow {
  key: string;
  file: string;
  bytes: number;
  etag: string;
  modified: number;
  headers: string;
}

interface PartRow {
  number: number;
  file: string;
  bytes: number;
  md5: string;
}

export class ObjectStore {
  readonly #directory: string;
  readonly #database: DatabaseSync;
  readonly #now: () => number;
  readonly #lifecycles = new Map<string, LifecycleRule[]>();
  readonly #sweeping: NodeJS.Timeout;

  /** Opens the buckets of a folder. */
  constructor(directory: string, now: () => number = Date.now) {
    this.#directory = directory;
    this.#now = now;
    mkdirSync(directory, { recursive: true });
    this.#database = openKeys(join(directory, 'keys.sqlite'));
    this.#sweeping = setInterval(() => this.sweep(), sweepInterval).unref();
  }

  /** Adds a bucket, or changes the rules of one. */
  addBucket(bucket: string, lifecycle: LifecycleRule[]): void {
    this.#lifecycles.set(
      bucket,
      lifecycle.filter(({ Status }) => Status === 'Enabled'),
    );
    this.sweep();
  }

  /** @throws S3Error NoSuchBucket */
  assertBucket(bucket: string): void {
    if (!this.#lifecycles.has(bucket)) throw new S3Error('NoSuchBucket', 'The specified bucket does not exist');
  }

  /** Writes bytes to a file, which `put` or `putPart` makes a part of the bucket. */
  async receive(body: AsyncIterable<Uint8Array>): Promise<Received> {
    const file = randomUUID();
    const md5 = createHash('md5');
    let bytes = 0;
    try {
      await pipeline(
        body,
        async function* (chunks) {
          for await (const chunk of chunks as AsyncIterable<Uint8Array>) {
            md5.update(chunk);
            bytes += chunk.length;
            yield chunk;
          }
        },
        createWriteStream(this.#path(file), { mode: 0o600 }),
      );
    } catch (error) {
      this.discard({ file });
      throw error;
    }
    return { file, bytes, md5: md5.digest('hex') };
  }

  discard({ file }: Pick<Received, 'file'>): void {
    rmSync(this.#path(file), { force: true });
  }

  /** @throws S3Error PreconditionFailed, NoSuchKey; the bytes are discarded then */
  put(
    bucket: string,
    key: string,
    { file, bytes, md5 }: Received,
    headers: Record<string, string>,
    { ifAbsent, ifMatch }: Condition = {},
    etag = `"${md5}"`,
  ): StoredObject {
    const existing = this.#find(bucket, key);
    const isRefused = existing
      ? ifAbsent || (ifMatch !== undefined && ifMatch !== existing.etag)
      : ifMatch !== undefined;
    if (isRefused) {
      this.discard({ file });
      if (!existing) throw new S3Error('NoSuchKey', 'The specified key does not exist.');
      throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
    }
    const modified = this.#now();
    this.#database
      .prepare('INSERT OR REPLACE INTO object VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(bucket, key, file, bytes, etag, modified, JSON.stringify(headers));
    if (existing) this.discard(existing);
    return { key, bytes, etag, modified: new Date(modified), headers };
  }

  /** An object, and its file, which stays readable if the object is replaced meanwhile. @throws S3Error NoSuchKey */
  async open(bucket: string, key: string): Promise<{ object: StoredObject; file: FileHandle }> {
    const row = this.#find(bucket, key);
    if (!row) throw new S3Error('NoSuchKey', 'The specified key does not exist.');
    return { object: objectOf(row), file: await open(this.#path(row.file)) };
  }

  remove(bucket: string, key: string): void {
    const row = this.#find(bucket, key);
    if (!row) return;
    this.#database.prepare('DELETE FROM object WHERE bucket = ? AND key = ?').run(bucket, key);
    this.discard(row);
  }

  /** Objects by key, after `after`. */
  list(bucket: string, prefix: string, after: string, limit: number): StoredObject[] {
    const rows = this.#database
      .prepare('SELECT * FROM object WHERE bucket = ? AND key > ? AND substr(key, 1, ?) = ? ORDER BY key')
      .all(bucket, after, prefix.length, prefix) as unknown as ObjectRow[];
    return rows
      .filter((row) => !this.#hasExpired(bucket, row))
      .slice(0, limit)
      .map(objectOf);
  }

  beginUpload(bucket: string, key: string, headers: Record<string, string>): string {
    const id = randomUUID();
    this.#database
      .prepare('INSERT INTO upload VALUES (?, ?, ?, ?, ?)')
      .run(id, bucket, key, JSON.stringify(headers), this.#now());
    return id;
  }

  /** Adds a part, or replaces the one with this number. @throws S3Error NoSuchUpload; the bytes are discarded then */
  putPart(bucket: string, key: string, upload: string, number: number, { file, bytes, md5 }: Received): string {
    try {
      this.#upload(bucket, key, upload);
    } catch (error) {
      this.discard({ file });
      throw error;
    }
    const replaced = this.#parts(upload).find((part) => part.number === number);
    this.#database.prepare('INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?)').run(upload, number, file, bytes, md5);
    if (replaced) this.discard(replaced);
    return `"${md5}"`;
  }

  /** Makes an object of parts. @throws S3Error InvalidPart, InvalidPartOrder, EntityTooSmall, NoSuchUpload, and what `put` throws */
  async completeUpload(
    bucket: string,
    key: string,
    upload: string,
    wanted: { number: number; etag: string }[],
    condition: Condition,
  ): Promise<StoredObject> {
    const headers = JSON.parse(this.#upload(bucket, key, upload).headers);
    const all = this.#parts(upload);
    const parts = wanted.map(({ number, etag }, i) => {
      if (i > 0 && number <= (wanted[i - 1]?.number ?? 0)) {
        throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order.');
      }
      const part = all.find((each) => each.number === number);
      if (!part || part.md5 !== etag.replaceAll('"', '')) {
        throw new S3Error('InvalidPart', 'One or more of the specified parts could not be found.');
      }
      if (i < wanted.length - 1 && part.bytes < minPartBytes) {
        throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
      }
      return part;
    });
    if (parts.length === 0) throw new S3Error('InvalidPart', 'You must specify at least one part');
    const files = parts.map(({ file }) => this.#path(file));
    const received = await this.receive(
      (async function* () {
        for (const file of files) yield* createReadStream(file);
      })(),
    );
    const md5 = createHash('md5');
    for (const part of parts) md5.update(part.md5, 'hex');
    const etag = `"${md5.digest('hex')}-${parts.length}"`;
    const object = this.put(bucket, key, received, headers, condition, etag);
    this.#removeUpload(upload);
    return object;
  }

  /** @throws S3Error NoSuchUpload */
  abortUpload(bucket: string, key: string, upload: string): void {
    this.#upload(bucket, key, upload);
    this.#removeUpload(upload);
  }

  /** Removes objects and uploads whose time is over. */
  sweep(): void {
    for (const [bucket, rules] of this.#lifecycles) {
      const rows = this.#database
        .prepare('SELECT * FROM object WHERE bucket = ?')
        .all(bucket) as unknown as ObjectRow[];
      for (const row of rows) {
        if (!this.#hasExpired(bucket, row)) continue;
        this.#database.prepare('DELETE FROM object WHERE bucket = ? AND key = ?').run(bucket, row.key);
        this.discard(row);
      }
      for (const { AbortIncompleteMultipartUpload: abort, Prefix = '' } of rules) {
        if (!abort) continue;
        const uploads = this.#database
          .prepare('SELECT id, key FROM upload WHERE bucket = ? AND begun <= ?')
          .all(bucket, this.#now() - abort.DaysAfterInitiation * day) as { id: string; key: string }[];
        for (const { id, key } of uploads) if (key.startsWith(Prefix)) this.#removeUpload(id);
      }
    }
  }

  close(): void {
    clearInterval(this.#sweeping);
    this.#database.close();
  }

  /** Removes the folder. */
  async destroy(): Promise<void> {
    this.close();
    await rm(this.#directory, { recursive: true });
  }

  #find(bucket: string, key: string): ObjectRow | undefined {
    const row = this.#database.prepare('SELECT * FROM object WHERE bucket = ? AND key = ?').get(bucket, key) as
      | ObjectRow
      | undefined;
    return row && !this.#hasExpired(bucket, row) ? row : undefined;
  }

  /** S3 removes an object at the first midnight (UTC) after its days are over. */
  #hasExpired(bucket: string, { key, modified }: ObjectRow): boolean {
    return (this.#lifecycles.get(bucket) ?? []).some(({ ExpirationInDays: days, Prefix = '' }) => {
      if (days === undefined || !key.startsWith(Prefix)) return false;
      return this.#now() >= Math.ceil((modified + days * day) / day) * day;
    });
  }

  #upload(bucket: string, key: string, id: string): { headers: string } {
    const found = this.#database
      .prepare('SELECT headers FROM upload WHERE id = ? AND bucket = ? AND key = ?')
      .get(id, bucket, key) as { headers: string } | undefined;
    if (!found) throw new S3Error('NoSuchUpload', 'The specified multipart upload does not exist.');
    return found;
  }

  #parts(upload: string): PartRow[] {
    return this.#database.prepare('SELECT * FROM part WHERE upload = ?').all(upload) as unknown as PartRow[];
  }

  #removeUpload(id: string): void {
    for (const part of this.#parts(id)) this.discard(part);
    this.#database.prepare('DELETE FROM upload WHERE id = ?').run(id);
  }

  #path(file: string): string {
    return join(this.#directory, file);
  }
}

function objectOf({ key, bytes, etag, modified, headers }: ObjectRow): StoredObject {
  return { key, bytes, etag, modified: new Date(modified), headers: JSON.parse(headers) };
}

/** @throws naming the file if it is damaged */
function openKeys(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec(`
      CREATE TABLE IF NOT EXISTS object (
        bucket TEXT, key TEXT, file TEXT, bytes INTEGER, etag TEXT, modified INTEGER, headers TEXT, PRIMARY KEY (bucket, key)
      ) STRICT;
      CREATE TABLE IF NOT EXISTS upload (id TEXT PRIMARY KEY, bucket TEXT, key TEXT, headers TEXT, begun INTEGER) STRICT;
      CREATE TABLE IF NOT EXISTS part (
        upload TEXT REFERENCES upload ON DELETE CASCADE, number INTEGER, file TEXT, bytes INTEGER, md5 TEXT, PRIMARY KEY (upload, number)
      ) STRICT;`);
    return database;
  } catch (error) {
    database.close();
    throw new Error(
      `${path} is damaged (${(error as Error).message}). It has the keys of the stored reports and files: restore it, or delete its folder and lose them.`,
    );
  }
}

/** What stands inside the files of an import: each file itself, or, of a zip, the files in it. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import yauzl from 'yauzl';
import { FileError, type Format } from './formats/format.ts';
import { detectFormat, formats } from './formats/index.ts';

/** A file received: its name as the sender gave it, used only in messages, and where it was put. */
export interface ImportFile {
  name: string;
  path: string;
}

/** One sales file ready to be read. */
export interface SalesFile {
  /** `20240101.zip/001_SALES_DATA_NNME_01012024.DAT` */
  name: string;
  format: Format;
  content: AsyncIterable<Buffer>;
}

const sampleSize = 4096;
const chunkSize = 256 * 1024;

// What comes along in zips beside the sales: licences, descriptions, and what macOS puts there.
const accompanying = /(^|\/)(__MACOSX\/|\.)|\.(txt|md|pdf|html?|rtf|docx?|url)$/i;

/**
 * The sales files among `files`, in order, streamed: a zip's entries are read one after the other and never unpacked to disk.
 * `onBytes` is told, as reading goes on, how many more bytes of the files as received have been dealt with.
 * @throws FileError, with the file's name, where a file is of no known format or a zip is damaged.
 */
export async function* salesFiles(
  files: readonly ImportFile[],
  onBytes: (bytes: number) => void,
): AsyncGenerator<SalesFile> {
  for (const file of files) {
    const sample = await firstBytes(file.path);
    if (sample.toString('latin1', 0, 4) === 'PK\x03\x04') {
      yield* zipEntries(file, onBytes);
      continue;
    }
    const format = detectFormat(sample);
    if (!format) throw unknownFormat(file.name, sample);
    yield {
      name: file.name,
      format,
      content: counted(createReadStream(file.path, { highWaterMark: chunkSize }), onBytes),
    };
  }
}

async function firstBytes(path: string): Promise<Buffer> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(sampleSize), 0, sampleSize, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function* zipEntries(file: ImportFile, onBytes: (bytes: number) => void): AsyncGenerator<SalesFile> {
  let found = 0;
  let told = 0;
  const tell = (bytes: number) => {
    told += bytes;
    onBytes(bytes);
  };
  // yauzl refuses names such as `../x`, and an entry whose true size is not the stated one.
  const zip = await damageSaid(file.name, yauzl.openPromise(file.path, { autoClose: false }));
  try {
    const entries = zip.eachEntry();
    for (;;) {
      const { done, value: entry } = await damageSaid(file.name, entries.next());
      if (done) break;
      if (entry.fileName.endsWith('/')) continue;
      const name = `${file.name}/${entry.fileName}`;
      const stream = await damageSaid(name, zip.openReadStreamPromise(entry));
      try {
        const { sample, content } = await damageSaid(name, peek(stream));
        const format = detectFormat(sample);
        if (format) {
          found++;
          const share = entry.compressedSize / Math.max(entry.uncompressedSize, 1);
          yield { name, format, content: counted(content, (bytes) => tell(bytes * share)) };
        } else if (!accompanying.test(entry.fileName)) {
          throw unknownFormat(name, sample);
        }
      } finally {
        stream.destroy();
      }
    }
  } finally {
    zip.close();
  }
  if (found === 0) throw new FileError(`${file.name} holds no file of sales`);
  // A zip's directory and headers are dealt with too.
  onBytes((await stat(file.path)).size - told);
}

/** Says of a zip that cannot be read what can be done about it. */
async function damageSaid<T>(name: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw isZipFault(error) ? new FileError(`${name}: ${zipFault(error)}`) : error;
  }
}

/** Faults that yauzl and zlib find; those of the system (no such file, disk errors) have a `syscall`. */
function isZipFault(error: unknown): error is Error {
  return error instanceof Error && !('syscall' in error);
}

function zipFault(error: Error): string {
  return `the zip is damaged or was cut short (${error.message}); fetch it again`;
}

/** Takes the beginning of a zip's entry without losing it. */
async function peek(stream: Readable): Promise<{ sample: Buffer; content: AsyncIterable<Buffer> }> {
  const iterator = stream.iterator() as AsyncIterator<Buffer>;
  const chunks: Buffer[] = [];
  for (let length = 0; length < sampleSize; ) {
    const { done, value } = await iterator.next();
    if (done) break;
    chunks.push(value);
    length += value.length;
  }
  async function* content() {
    yield* chunks;
    try {
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } catch (error) {
      // The reader of the entry puts its name before this.
      throw isZipFault(error) ? new FileError(zipFault(error)) : error;
    }
  }
  return { sample: Buffer.concat(chunks).subarray(0, sampleSize), content: content() };
}

async function* counted(content: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    onBytes(chunk.length);
    yield chunk;
  }
}

function unknownFormat(name: string, sample: Buffer): FileError {
  if (sample.length === 0) return new FileError(`${name} is empty`);
  const known = formats.map((format) => format.title).join(', ');
  return new FileError(`${name} is of no format that is known here: ${known}, or a zip of those`);
}

/** What stands inside the files of an import: each file itself, or what is packed in it: gzip, zips, zips in zips, the sheets of a workbook. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import yauzl from 'yauzl';
import { FileError, type Format } from './formats/format.ts';
import { detectFormat, formats } from './formats/index.ts';
import { peek, sampleText } from './formats/text.ts';
import { type TableFormat, tableTitle } from './mapping/format.ts';
import { spool } from './spool.ts';
import { workbookPart, xlsxAsCsv, xlsxSheets } from './xlsx.ts';

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

const chunkSize = 256 * 1024;

// What comes along in zips beside the sales: licences, descriptions, and what macOS puts there.
const accompanying = /(^|\/)(__MACOSX\/|\.)|\.(txt|md|pdf|html?|rtf|docx?|url)$/i;

// A year of New South Wales is a zip of zips of text in folders; nobody packs more often.
const mostLayers = 3;
// Directories are kept while their zip is read.
const mostEntries = 100_000;
// Real files unpack to 5 to 30 times their size.
const mostUnpacked = 100;
/** Small files may unpack to more, in bytes: it does no harm. */
const alwaysUnpacked = 64 * 1024 * 1024;

/**
 * The sales files among `files`, in order, streamed: what is packed is unpacked as it is read, and never to disk but for a zip within another,
 * which is put beside the file that holds it and removed again.
 * @param files all that was received; together they may unpack to a hundred times their size.
 * @param format what they are taken for; their content decides if it is not given.
 * @param onBytes is told, as reading goes on, how many more bytes of the files as received have been dealt with.
 * @param table what is of no registry's format is read as, if it is a table.
 * @throws FileError, with the file's name, where a file is of no known format, damaged, or made to exhaust the machine.
 */
export async function* salesFiles(
  files: readonly ImportFile[],
  onBytes: (bytes: number) => void,
  format?: Format,
  table?: TableFormat,
): AsyncGenerator<SalesFile> {
  const sizes = await Promise.all(files.map(async ({ path }) => (await stat(path)).size));
  const received = sizes.reduce((sum, size) => sum + size, 0);
  const unpacking = { format, table, bound: new Bound(Math.max(alwaysUnpacked, mostUnpacked * received)) };
  for (const { name, path } of files) {
    const stream = createReadStream(path, { highWaterMark: chunkSize });
    try {
      yield* unpack({ ...(await peek(stream)), name, path, folder: dirname(path), layer: 0, tell: onBytes }, unpacking);
    } finally {
      stream.destroy();
    }
  }
}

/** Something that may be packed. */
interface Packed {
  name: string;
  sample: Buffer;
  content: AsyncIterable<Buffer>;
  /** Where it stands on disk, if it does. */
  path?: string;
  /** For what must be put on disk to be read. */
  folder: string;
  /** How many others it is packed in. */
  layer: number;
  /** Whether it came along, so that it need not be of a known format. */
  accompanies?: boolean;
  /** To be called as bytes of its content have been dealt with. */
  tell(bytes: number): void;
}

interface Unpacking {
  format: Format | undefined;
  table: TableFormat | undefined;
  bound: Bound;
}

/** What is found in it. Faults in what it yields are without a name, all others with it. */
async function* unpack(packed: Packed, unpacking: Unpacking): AsyncGenerator<SalesFile> {
  const { name, sample, content, layer } = packed;
  const kind = packing(sample);
  if (kind && layer === mostLayers) throw new FileError(`${name} is packed in ${mostLayers} others, which is too deep`);
  if (kind === 'zip') {
    yield* onDisk(packed, (path) => zipContent({ ...packed, path }, unpacking));
  } else if (kind === 'gzip') {
    const unpacked = createGunzip({ chunkSize });
    // An error reaches the reader of `unpacked`.
    pipeline(Readable.from(counted(content, packed.tell), { objectMode: false }), unpacked, () => undefined);
    try {
      const within = await named(name, peek(unpacking.bound.kept(unpacked)));
      yield* unpack({ ...packed, ...within, path: undefined, layer: layer + 1, tell() {} }, unpacking);
    } finally {
      unpacked.destroy();
    }
  } else {
    const format = formatOf(packed, unpacking);
    if (format) yield { name, format, content: counted(content, packed.tell) };
    else if (!packed.accompanies) throw unknownFormat(name, sample);
  }
}

function packing(sample: Buffer): 'zip' | 'gzip' | undefined {
  const beginning = sample.toString('latin1', 0, 4);
  if (beginning === 'PK\x03\x04') return 'zip';
  return beginning.startsWith('\x1f\x8b') ? 'gzip' : undefined;
}

function formatOf({ sample, accompanies }: Packed, { format, table }: Unpacking): Format | undefined {
  const text = sampleText(sample);
  const found = format ?? detectFormat(text) ?? (table?.detect(text) ? table : undefined);
  if (!found || !accompanies) return found;
  // What came along is none of it unless it looks like it.
  const alike = found === table ? table.holdsSales(text) : found.detect(text);
  return alike ? found : undefined;
}

/** Puts what is not on disk there for as long as it is read. */
async function* onDisk(
  { name, content, path, folder }: Packed,
  read: (path: string) => AsyncGenerator<SalesFile>,
): AsyncGenerator<SalesFile> {
  if (path) return yield* read(path);
  const spooled = join(folder, `within-${randomUUID()}`);
  try {
    await named(name, spool(content, spooled));
    yield* read(spooled);
  } finally {
    await rm(spooled, { force: true });
  }
}

async function* zipContent(packed: Packed & { path: string }, unpacking: Unpacking): AsyncGenerator<SalesFile> {
  const { name, path } = packed;
  let told = 0;
  const tell = (bytes: number) => {
    told += bytes;
    packed.tell(bytes);
  };
  // yauzl refuses an entry whose true size is not the stated one.
  const zip = await named(name, damageSaid(yauzl.openPromise(path, { autoClose: false })));
  let found = 0;
  try {
    const entries = await named(name, damageSaid(entriesOf(zip)));
    const within = entries.some(({ fileName }) => fileName === workbookPart) ? sheets : zipEntries;
    for await (const file of within({ ...packed, tell }, unpacking, zip, entries)) {
      found++;
      yield file;
    }
  } finally {
    zip.close();
  }
  if (found === 0) throw new FileError(`${name} holds no file of sales`);
  // A zip's directory and headers are dealt with too.
  packed.tell((await stat(path)).size - told);
}

async function entriesOf(zip: yauzl.ZipFile): Promise<yauzl.Entry[]> {
  const entries: yauzl.Entry[] = [];
  for await (const entry of zip.eachEntry()) {
    if (entries.push(entry) > mostEntries) throw new FileError(`it holds more than ${mostEntries} files`);
  }
  return entries;
}

async function* entryContent(zip: yauzl.ZipFile, entry: yauzl.Entry, bound: Bound): AsyncGenerator<Buffer> {
  if (entry.isEncrypted()) throw new FileError('it is encrypted; pack it again without a password');
  const stream = await damageSaid(zip.openReadStreamPromise(entry));
  try {
    yield* bound.kept(stream);
  } finally {
    stream.destroy();
  }
}

async function* zipEntries(
  packed: Packed,
  unpacking: Unpacking,
  zip: yauzl.ZipFile,
  entries: yauzl.Entry[],
): AsyncGenerator<SalesFile> {
  for (const entry of entries) {
    if (entry.fileName.endsWith('/')) continue;
    const name = `${packed.name}/${entry.fileName}`;
    const content = entryContent(zip, entry, unpacking.bound);
    try {
      const within = {
        ...(await named(name, peek(content))),
        name,
        path: undefined,
        layer: packed.layer + 1,
        accompanies: accompanying.test(entry.fileName),
        tell: (bytes: number) => packed.tell(bytes * packedShare(entry)),
      };
      yield* unpack({ ...packed, ...within }, unpacking);
    } finally {
      await content.return(undefined);
    }
  }
}

/** How many bytes of its zip a byte of an entry is. */
function packedShare({ compressedSize, uncompressedSize }: yauzl.Entry): number {
  return compressedSize / Math.max(uncompressedSize, 1);
}

/**
 * The sheets of a workbook, or the one that is chosen, each as a CSV file. Those of no known format are passed over, as notes and legends are,
 * unless all are.
 */
async function* sheets(
  packed: Packed,
  unpacking: Unpacking,
  zip: yauzl.ZipFile,
  entries: yauzl.Entry[],
): AsyncGenerator<SalesFile> {
  const { name } = packed;
  const parts = new Map(entries.map((entry) => [entry.fileName, entry]));
  const open = async (path: string) => {
    const part = parts.get(path);
    if (!part) return;
    const tell = (bytes: number) => packed.tell(bytes * packedShare(part));
    return counted(entryContent(zip, part, unpacking.bound), tell);
  };
  const all = await named(name, xlsxSheets(open));
  const chosen = unpacking.table?.sheet;
  const wanted = chosen === undefined ? all : all.filter((sheet) => sheet.name === chosen);
  if (chosen !== undefined && wanted.length === 0) {
    throw new FileError(`${name} has no sheet "${chosen}"; it has ${all.map((sheet) => `"${sheet.name}"`).join(', ')}`);
  }
  let found = 0;
  for (const sheet of wanted) {
    const csv = xlsxAsCsv(sheet);
    try {
      const within = await named(`${name}/${sheet.name}`, peek(csv));
      const format = formatOf({ ...packed, ...within, accompanies: wanted.length > 1 }, unpacking);
      if (!format) continue;
      found++;
      yield { name: `${name}/${sheet.name}`, format, content: within.content };
    } finally {
      await csv.return(undefined);
    }
  }
  if (found === 0) throw new FileError(`${name} has no sheet of a format that is known here: ${knownFormats()}`);
}

/** Names the file whose reading goes wrong. */
async function named<T>(name: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw error instanceof FileError ? new FileError(`${name}: ${error.message}`) : error;
  }
}

/** Says of what cannot be unpacked what can be done about it. */
async function damageSaid<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw damage(error);
  }
}

/** Faults that yauzl and zlib find are the file's; those of the system (no such file, disk errors) have a `syscall`. */
function damage(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof FileError || 'syscall' in error) return error;
  const { message } = error;
  if (/^(invalid relative path|absolute path|invalid characters in fileName): /.test(message)) {
    return new FileError(`a file in it has a name that leads out of it (${message}), so it is not read`);
  }
  if (message.startsWith('unsupported compression method')) {
    return new FileError(`it is packed in a way that is not read here (${message}); pack it again as an ordinary zip`);
  }
  return new FileError(`it is damaged or was cut short (${message}); fetch it again`);
}

/** What may be unpacked, in bytes, in all. A file of a few kilobytes can be made that unpacks to as many gigabytes. */
class Bound {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Unpacked content that counts. Says what is wrong where it cannot be unpacked. */
  async *kept(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of content) {
        this.#left -= chunk.length;
        if (this.#left < 0) {
          throw new FileError(
            `what was sent unpacks to more than ${mostUnpacked} times its size, which files of sales do not, so it is not read`,
          );
        }
        yield chunk;
      }
    } catch (error) {
      throw damage(error);
    }
  }
}

async function* counted(content: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    onBytes(chunk.length);
    yield chunk;
  }
}

function unknownFormat(name: string, sample: Buffer): FileError {
  if (sample.length === 0) return new FileError(`${name} is empty`);
  return new FileError(
    `${name} is of no format that is known here: ${knownFormats()}, or a zip, gzip or workbook of those`,
  );
}

function knownFormats(): string {
  return [...formats.map((format) => format.title), tableTitle].join(', ');
}

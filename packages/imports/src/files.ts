/** The sales files among the files of an import: each file itself, or the files in it if it is a gzip, a zip, a zip of zips, or a workbook. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline, Readable } from 'node:stream';
import { crc32, createGunzip } from 'node:zlib';
import yauzl from 'yauzl';
import { fileKind, textKind, zipKind } from './file-kind.ts';
import { FileError, type Format } from './formats/format.ts';
import { detectFormat, formats } from './formats/index.ts';
import { peek, sampleText } from './formats/text.ts';
import { type TableFormat, tableTitle } from './mapping/format.ts';
import { checkOdsManifest, countOdsSheets, odsManifest, odsPart, odsSheets } from './ods.ts';
import { type Sheet, sheetAsCsv } from './sheet.ts';
import { shownName } from './shown-name.ts';
import { spool } from './spool.ts';
import { type OpenPart, workbookPart, xlsxSheets } from './xlsx.ts';

/** A received file: its name as the client sent it, used only in messages, and its path on disk. */
export interface ImportFile {
  name: string;
  path: string;
}

/** One sales file, ready to be read. */
export interface SalesFile {
  /** `20240101.zip/001_SALES_DATA_NNME_01012024.DAT` */
  name: string;
  format: Format;
  content: AsyncIterable<Buffer>;
}

const chunkSize = 256 * 1024;

/** The paths of metadata that systems add to zips. */
const hidden = /(^|\/)(__MACOSX\/|\.)/;

/** The paths of files that zips contain besides sales: licences, descriptions, and metadata of macOS. */
const sideFile = /(^|\/)(__MACOSX\/|\.)|\.(txt|md|pdf|html?|rtf|docx?|url)$/i;

/** Files that zips contain beside sales: parts of shapefiles, pictures, metadata. In a zip of nothing else they are unknown files. */
const companion =
  /\.(prj|shp|shx|dbf|sbn|sbx|cpg|qpj|qml|xml|json|png|jpe?g|gif|tiff?|svg|db|ini|css|sha\d*|md5|sig|ya?ml)$/i;

/** The levels of archives. A year of New South Wales has two: a zip of zips. */
const maxDepth = 3;
/** The directory of a zip is in memory while the zip is read. */
const maxEntries = 100_000;
/** The unpacked size, in times of the received size. Real files unpack to 5 to 30 times their size. */
const maxExpansion = 100;
/** The unpacked size, in bytes, that small files are always allowed. */
const minUnpackedLimit = 64 * 1024 * 1024;

/**
 * The sales files among `files`, in order. Packed files are decompressed while they are read. Only a zip within another is written to disk,
 * next to the outer one, and removed when it has been read.
 * @param files all received files; together they may unpack to a hundred times their size
 * @param onBytes receives, while files are read, the number of received bytes that were processed since the last call
 * @param format the format of all files; by default, the content of each file decides
 * @param table the format of tables that have no other format
 * @param onSkipped receives the name of each file of an archive, and of each sheet of a workbook, that is not read
 * @throws FileError, with the file's name, for a file of an unknown format, a damaged file, or one that unpacks to too much
 */
export async function* salesFiles(
  files: readonly ImportFile[],
  onBytes: (bytes: number) => void,
  format?: Format,
  table?: TableFormat,
  onSkipped: (name: string) => void = () => {},
): AsyncGenerator<SalesFile> {
  const sizes = await Promise.all(files.map(async ({ path }) => (await stat(path)).size));
  const received = sizes.reduce((sum, size) => sum + size, 0);
  const limit = new UnpackedLimit(Math.max(minUnpackedLimit, maxExpansion * received));
  const context = { format, table, limit, onSkipped };
  for (const { name, path } of files) {
    const stream = createReadStream(path, { highWaterMark: chunkSize });
    try {
      yield* unpack({ ...(await peek(stream)), name, path, folder: dirname(path), depth: 0, onBytes }, context);
    } finally {
      stream.destroy();
    }
  }
}

/** A file that may be an archive. */
interface Item {
  name: string;
  sample: Buffer;
  content: AsyncIterable<Buffer>;
  /** Its path, if it is on disk. */
  path?: string;
  /** For files that must be written to disk to be read. */
  folder: string;
  /** The number of archives around it. */
  depth: number;
  /** Whether it may be something else than sales, so that it is skipped if its format is unknown. */
  optional?: boolean;
  /** Called with the number of bytes of the content that were processed. */
  onBytes(bytes: number): void;
}

interface Context {
  format: Format | undefined;
  table: TableFormat | undefined;
  limit: UnpackedLimit;
  onSkipped(name: string): void;
}

/** The sales files in an item. Errors have its name, except those from the content of the yielded files. */
async function* unpack(item: Item, context: Context): AsyncGenerator<SalesFile> {
  const { name, sample, content, depth } = item;
  const kind = archiveKind(sample);
  if (kind && depth === maxDepth) {
    throw new FileError(`${name} is nested too deep: an archive may be within ${maxDepth - 1} others at most`);
  }
  if (kind === 'zip') {
    yield* onDisk(item, (path) => zipContent({ ...item, path }, context));
  } else if (kind === 'gzip') {
    const unpacked = createGunzip({ chunkSize });
    // An error reaches the reader of `unpacked`.
    pipeline(Readable.from(counted(content, item.onBytes), { objectMode: false }), unpacked, () => undefined);
    try {
      const within = await withName(name, peek(context.limit.apply(unpacked)));
      yield* unpack({ ...item, ...within, path: undefined, depth: depth + 1, onBytes() {} }, context);
    } finally {
      unpacked.destroy();
    }
  } else {
    const unreadable = item.optional ? undefined : fileKind(sample);
    if (unreadable) throw new FileError(`${name} has no supported format; it is ${unreadable}`);
    const format = formatOf(item, context);
    if (format) yield { name, format, content: counted(content, item.onBytes) };
    else if (!item.optional) throw unknownFormat(name, sample);
    else if (!hidden.test(name)) context.onSkipped(name);
  }
}

function archiveKind(sample: Buffer): 'zip' | 'gzip' | undefined {
  const beginning = sample.toString('latin1', 0, 4);
  if (beginning === 'PK\x03\x04') return 'zip';
  return beginning.startsWith('\x1f\x8b') ? 'gzip' : undefined;
}

function formatOf({ sample, optional }: Item, { format, table }: Context): Format | undefined {
  const text = sampleText(sample);
  const found = format ?? detectFormat(text) ?? (table?.detect(text) ? table : undefined);
  if (!found || !optional) return found;
  const detected = found === table ? table.holdsSales(text) : found.detect(text);
  return detected ? found : undefined;
}

/** Writes an item to disk, unless it is there, and removes it when it has been read. */
async function* onDisk(
  { name, content, path, folder }: Item,
  read: (path: string) => AsyncGenerator<SalesFile>,
): AsyncGenerator<SalesFile> {
  if (path) return yield* read(path);
  const spooled = join(folder, `within-${randomUUID()}`);
  try {
    await withName(name, spool(content, spooled));
    yield* read(spooled);
  } finally {
    await rm(spooled, { force: true });
  }
}

async function* zipContent(item: Item & { path: string }, context: Context): AsyncGenerator<SalesFile> {
  const { name, path } = item;
  let processed = 0;
  const onBytes = (bytes: number) => {
    processed += bytes;
    item.onBytes(bytes);
  };
  // yauzl refuses an entry whose size is not the stated one.
  const zip = await withName(name, explainDamage(yauzl.openPromise(path, { autoClose: false })));
  let found = 0;
  try {
    const entries = await withName(name, explainDamage(entriesOf(zip)));
    const names = entries.map(({ fileName }) => fileName);
    const unreadable = zipKind(names);
    if (unreadable) throw new FileError(`${name} has no supported format; it is ${unreadable}`);
    const isWorkbook = names.includes(workbookPart) || (names.includes('mimetype') && names.includes(odsPart));
    const within = isWorkbook ? sheets : zipEntries;
    for await (const file of within({ ...item, onBytes }, context, zip, entries)) {
      found++;
      yield file;
    }
  } finally {
    zip.close();
  }
  if (found === 0) throw new FileError(`${name} contains no sales file`);
  // The rest of the zip is its directory and headers.
  item.onBytes((await stat(path)).size - processed);
}

async function entriesOf(zip: yauzl.ZipFile): Promise<yauzl.Entry[]> {
  const entries: yauzl.Entry[] = [];
  for await (const entry of zip.eachEntry()) {
    if (entries.push(entry) > maxEntries) throw new FileError(`it contains more than ${maxEntries} files; split it`);
  }
  return entries;
}

async function* entryContent(zip: yauzl.ZipFile, entry: yauzl.Entry, limit: UnpackedLimit): AsyncGenerator<Buffer> {
  if (entry.isEncrypted()) throw new FileError('it is encrypted; create it again without a password');
  const stream = await explainDamage(zip.openReadStreamPromise(entry));
  let checksum = 0;
  try {
    for await (const chunk of limit.apply(stream)) {
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
  } finally {
    stream.destroy();
  }
  // yauzl compares only the size.
  if (checksum !== entry.crc32) throw damageError(new Error('its checksum is wrong'));
}

async function* zipEntries(
  item: Item,
  context: Context,
  zip: yauzl.ZipFile,
  entries: yauzl.Entry[],
): AsyncGenerator<SalesFile> {
  const besides = (fileName: string) => sideFile.test(fileName) || companion.test(fileName);
  const alone = entries.every(({ fileName }) => fileName.endsWith('/') || besides(fileName));
  for (const entry of entries) {
    if (entry.fileName.endsWith('/')) continue;
    const name = `${item.name}/${shownName(entry.fileName)}`;
    const content = entryContent(zip, entry, context.limit);
    try {
      const within = {
        ...(await withName(name, peek(content))),
        name,
        path: undefined,
        depth: item.depth + 1,
        optional: alone ? sideFile.test(entry.fileName) : besides(entry.fileName),
        onBytes: (bytes: number) => item.onBytes(bytes * packedRatio(entry)),
      };
      yield* unpack({ ...item, ...within }, context);
    } finally {
      await content.return(undefined);
    }
  }
}

/** The packed bytes per unpacked byte of an entry. */
function packedRatio({ compressedSize, uncompressedSize }: yauzl.Entry): number {
  return compressedSize / Math.max(uncompressedSize, 1);
}

/** The sheets of a workbook, or the chosen one, each as a CSV file. Sheets of an unknown format, such as notes, are skipped unless all are unknown. */
async function* sheets(
  item: Item,
  context: Context,
  zip: yauzl.ZipFile,
  entries: yauzl.Entry[],
): AsyncGenerator<SalesFile> {
  const { name } = item;
  const parts = new Map(entries.map((entry) => [entry.fileName, entry]));
  const open: OpenPart = async (path, purpose) => {
    const part = parts.get(path);
    if (!part) return;
    const onBytes = (bytes: number) => item.onBytes(bytes * packedRatio(part));
    const content = entryContent(zip, part, context.limit);
    return purpose === 'scan' ? content : counted(content, onBytes);
  };
  const workbook = await withName(name, parts.has(workbookPart) ? openXlsx(open) : openOds(open));
  const chosen = context.table?.sheet;
  const passed: string[] = [];
  let found = 0;
  let kind: string | undefined;
  for await (const sheet of namedErrors(name, workbook.sheets)) {
    passed.push(`"${sheet.name}"`);
    if (chosen !== undefined && sheet.name !== chosen) continue;
    const csv = context.limit.count(sheetAsCsv(sheet));
    try {
      const within = await withName(`${name}/${sheet.name}`, peek(csv));
      const format = formatOf({ ...item, ...within, optional: chosen === undefined && workbook.count > 1 }, context);
      if (!format) {
        kind ??= textKind(sampleText(within.sample));
        context.onSkipped(`${name}/${sheet.name}`);
        continue;
      }
      found++;
      yield { name: `${name}/${sheet.name}`, format, content: within.content };
    } finally {
      await csv.return(undefined);
    }
  }
  if (found > 0) return;
  if (chosen !== undefined && !passed.includes(`"${chosen}"`)) {
    throw new FileError(`${name} has no sheet "${chosen}"; its sheets are ${passed.join(', ')}`);
  }
  if (kind) throw new FileError(`${name} has no sheet of a supported format; it is ${kind}`);
  throw new FileError(`${name} has no sheet of a supported format; supported formats are ${knownFormats()}`);
}

interface Workbook {
  /** The number of sheets. */
  count: number;
  /** The sheets that are not hidden, each of which is read before the next is requested. */
  sheets: AsyncIterable<Sheet> | Iterable<Sheet>;
}

async function openXlsx(open: OpenPart): Promise<Workbook> {
  const sheets = await xlsxSheets(open);
  return { count: sheets.length, sheets };
}

async function openOds(open: OpenPart): Promise<Workbook> {
  const manifest = await open(odsManifest);
  if (manifest) await checkOdsManifest(manifest);
  const read = async (purpose: 'read' | 'scan') => (await open(odsPart, purpose)) as AsyncIterable<Buffer>;
  const count = await countOdsSheets(await read('scan'));
  if (count === 0) throw new FileError('it is an OpenDocument file without sheets; save its table as CSV');
  return { count, sheets: odsSheets(await read('read')) };
}

/** Adds the file's name to each FileError. */
async function* namedErrors<T>(name: string, items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    throw error instanceof FileError ? new FileError(`${name}: ${error.message}`) : error;
  }
}

/** Adds the file's name to a FileError. */
async function withName<T>(name: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw error instanceof FileError ? new FileError(`${name}: ${error.message}`) : error;
  }
}

/** Turns an error of unpacking into a FileError that states what to do. */
async function explainDamage<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw damageError(error);
  }
}

/** Errors of yauzl and zlib are caused by the file. Errors of the system, such as a full disk, have a `syscall` and stay as they are. */
function damageError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof FileError || 'syscall' in error) return error;
  const { message } = error;
  if (/^(invalid relative path|absolute path|invalid characters in fileName): /.test(message)) {
    return new FileError(`a file in it has a path outside of it (${message}); create it again with relative paths`);
  }
  if (message.startsWith('unsupported compression method')) {
    return new FileError(`its compression method is not supported (${message}); create it again as an ordinary zip`);
  }
  return new FileError(`it is damaged or incomplete (${message}); download it again`);
}

/** The limit of the unpacked size of all files, in bytes. A file of a few kilobytes can be constructed that unpacks to as many gigabytes. */
class UnpackedLimit {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** Counts unpacked content. @throws FileError above the limit, or where it cannot be unpacked */
  async *apply(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    try {
      yield* this.count(content);
    } catch (error) {
      throw damageError(error);
    }
  }

  /** Counts the text of a sheet, which may repeat a cell many times. @throws FileError above the limit */
  async *count(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of content) {
      this.#left -= chunk.length;
      if (this.#left < 0) {
        throw new FileError(
          `the files unpack to more than ${maxExpansion} times their size, which sales files do not; send them unpacked`,
        );
      }
      yield chunk;
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
  const kind = textKind(sampleText(sample));
  if (kind) return new FileError(`${name} has no supported format; it is ${kind}`);
  return new FileError(
    `${name} has no supported format; supported formats are ${knownFormats()}, and zip, gzip and workbook files of those`,
  );
}

function knownFormats(): string {
  return [...formats.map((format) => format.title), tableTitle].join(', ');
}

/** The import of files into a market: read, check, compare, write. All files make one revision, or nothing is written. */
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { filesNote, requireMarket } from '@property-insights/database';
import { FutureDates, mergedNote, SkippedFiles } from '../collect-notes.ts';
import { type ImportFile, salesFiles } from '../files.ts';
import { FileError } from '../formats/format.ts';
import { copyLine, createIncoming, incomingStream, placeLine } from '../incoming.ts';
import { chosenFormat, tableFormat } from '../mapping/format.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { noSale } from '../mapping/sales.ts';
import { findMapping, saveMapping, tableSource } from '../mapping/store.ts';
import { compare, findMerged, type RowSource, retireMissing, write } from '../merge.ts';
import { ImportError, type JobContext, runJob } from './job.ts';
import type { JobRecord, JobReport } from './job-record.ts';
import { RejectWriter } from './rejects.ts';

export interface ImportOptions extends JobContext {
  /** Read in this order. The order matters only between rows issued at the same moment. */
  files: readonly ImportFile[];
  marketId: number;
  author: string;
  /** The name of the format of every file. By default, each file's content decides. */
  format?: string | undefined;
  /** The mapping of every file, which is then read as a table. */
  mapping?: Mapping | undefined;
  /** Whether the files together are all sales of their sources: sales in force that came by these sources and are not in the files are retired. */
  edition?: 'complete' | undefined;
  /**
   * The largest share of rows that may be rejected, from 0 to 1. An import with more of them writes nothing. The default for a complete edition is 0,
   * because the sale of a rejected row would be retired.
   */
  maxRejects?: number | undefined;
}

export const defaultMaxRejects = 0.1;

/** Runs an import to its end: see `runJob`. */
export function runImport(options: ImportOptions): Promise<JobReport> {
  const { database, importId, marketId, author, files, signal, edition } = options;
  const { maxRejects = edition ? 0 : defaultMaxRejects } = options;
  const note = filesNote(files.map((file) => file.name));
  return runJob(options, { marketId, kind: 'import', author, note }, 'reading', async (transaction, record) => {
    const { client } = transaction;
    // The market may have been deleted while the files were received; their rejects must not be stored then.
    await requireMarket(client, marketId);
    await createIncoming(client);
    const content: Content = {
      rejects: new RejectWriter(database, importId),
      sources: [],
      sales: 0,
      noSales: 0,
      hasTables: false,
      hasPlaces: false,
      mappings: new Map(),
    };
    await pipeline(copyText(options, record, content), incomingStream(client));
    await content.rejects.flush();
    checkRejects(record, content, maxRejects);
    if (edition && content.sales === 0)
      throw new ImportError('The files have no sales, so they are not a complete edition.');

    record.stage = 'comparing';
    const verdicts = await compare(transaction, marketId, content.hasPlaces);
    signal.throwIfAborted();
    const merged = verdicts.superseded > 0 && content.hasTables ? await findMerged(transaction) : undefined;
    if (merged) record.addNote(mergedNote({ rows: merged.rows, of: null }, merged.example));
    const retired = edition ? await retireMissing(transaction, marketId, content.sources) : 0;
    Object.assign(record.counts, verdicts, { retired });
    if (verdicts.accepted + verdicts.superseding + verdicts.deleted + retired === 0) transaction.abandon();

    record.stage = 'writing';
    await write(transaction, marketId, content.sources, content.hasPlaces);
    signal.throwIfAborted();
    for (const [columns, mapping] of content.mappings) await saveMapping(transaction, marketId, columns, mapping);
  });
}

/** What the files contain besides the rows that are copied. */
interface Content {
  rejects: RejectWriter;
  /** The sources of the copied rows, in their order. */
  sources: RowSource[];
  /** The number of sales. */
  sales: number;
  /** The number of rejects that were understood, and are no sales: rents, listings, summaries. */
  noSales: number;
  /** Whether a file is a table in which each row is a sale. */
  hasTables: boolean;
  /** Whether a file is a gazetteer. */
  hasPlaces: boolean;
  /** The mappings by which tables were read, by the columns of the tables. */
  mappings: Map<readonly string[], Mapping>;
}

/** The number of characters passed to COPY at a time: fewer cost a system call each, more only cost memory. */
const batchSize = 128 * 1024;

/** Reads the files. Yields their rows as text for COPY; everything else goes to `record` and `content`. */
async function* copyText(
  { database, files, marketId, format, mapping, signal }: ImportOptions,
  record: JobRecord,
  content: Content,
): AsyncGenerator<Buffer> {
  const { currency, time_zone: timeZone } = await database.kysely
    .selectFrom('market')
    .select(['currency', 'time_zone'])
    .where('id', '=', marketId)
    .executeTakeFirstOrThrow();
  let source = '';
  const table = tableFormat({
    given: mapping,
    market: { currency, timeZone },
    remembered: (columns) => findMapping(database, marketId, columns),
    directory: dirname(files[0]?.path ?? ''),
    onRead(columns, mapping, notes) {
      source = tableSource(mapping);
      content.mappings.set(columns, mapping);
      content.hasTables ||= !mapping.transaction;
      for (const note of notes) record.addNote(note, fileName);
    },
  });
  const chosen = chosenFormat(format, mapping, table);
  if (format !== undefined && !chosen) throw new ImportError(`There is no format "${format}".`);
  const { counts } = record;
  let number = 0;
  let text = '';
  let fileName = '';
  const skipped = new SkippedFiles();
  for await (const file of withImportErrors(salesFiles(files, record.addBytes, chosen, table, skipped.add))) {
    const origin = { file: file.name, format: file.format.name };
    fileName = file.name;
    source = file.format.name;
    record.addFormat(file.format.name);
    const future = new FutureDates();
    for await (const batch of withImportErrors(file.format.read(file.content), file.name)) {
      signal.throwIfAborted();
      const { sales, places = [], rejects } = batch;
      if (content.sources.at(-1)?.name !== source) content.sources.push({ first: number + 1, name: source });
      for (const sale of sales) {
        text += copyLine(++number, sale);
        future.add(sale);
      }
      for (const place of places) text += placeLine(++number, place);
      content.sales += sales.length;
      counts.rows_read += sales.length + places.length + rejects.length;
      counts.rejected += rejects.length;
      content.hasPlaces ||= places.length > 0;
      content.noSales += rejects.filter(({ reason }) => reason === noSale).length;
      if (rejects.length > 0) await content.rejects.add(origin, rejects);
      if (text.length >= batchSize) {
        yield Buffer.from(text);
        text = '';
      }
    }
    for (const note of future.notes()) record.addNote(note, file.name);
  }
  for (const { file, note } of skipped.notes()) record.addNote(note, file);
  yield Buffer.from(text);
}

/** Turns a FileError of what is read into an ImportError, and adds the file's name if it is given. */
async function* withImportErrors<T>(items: AsyncIterable<T>, fileName?: string): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new ImportError(fileName === undefined ? `${error.message}.` : `${fileName}: ${error.message}.`);
  }
}

function checkRejects({ counts }: JobRecord, { rejects, noSales }: Content, allowed: number): void {
  const { first } = rejects;
  const rejected = counts.rejected - noSales;
  if (!first || rejected <= allowed * counts.rows_read) return;
  const share = ((100 * rejected) / counts.rows_read).toFixed(1);
  throw new ImportError(
    `${rejected} of ${counts.rows_read} rows (${share} %) could not be understood, more than the ${Number((100 * allowed).toFixed(2))} % with which an ` +
      `import goes ahead, so nothing was written. The first: ${first}.`,
  );
}

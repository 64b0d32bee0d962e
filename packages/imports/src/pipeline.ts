/** The one way by which sales files enter a market: read, check, compare, write; one revision for all of them, or nothing. */
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { seeMarket, type WriteTransaction } from '@property-insights/database';
import { type ImportFile, salesFiles } from './files.ts';
import { FileError } from './formats/format.ts';
import { copyLine, createIncoming, incomingStream, placeLine } from './incoming.ts';
import { chosenFormat, tableFormat } from './mapping/format.ts';
import type { Mapping } from './mapping/mapping.ts';
import { rememberedMapping, rememberMapping } from './mapping/remembered.ts';
import { compare, write } from './merge.ts';
import type { ImportRecord, ImportReport } from './record.ts';
import { ImportError, type Recorded, runRecorded } from './recorded.ts';

export interface ImportOptions extends Recorded {
  /** Read in this order, which decides only between rows issued at the same moment. */
  files: readonly ImportFile[];
  marketId: number;
  author: string;
  /** Name of the format that every file is read as; their content decides if it is not given. */
  format?: string | undefined;
  /** By which every file is read as a table. */
  mapping?: Mapping | undefined;
  /** The share of rows that may be rejected, from 0 to 1, before an import gives up: more says that the file is not what it was taken for. */
  maxRejects?: number | undefined;
}

export const defaultMaxRejects = 0.1;
/** COPY takes its lines in pieces of about this many characters: smaller ones cost a system call each, larger ones only memory. */
const pieceSize = 128 * 1024;

/**
 * Runs an import to its end and keeps its row in `import` up to date: see `runRecorded`.
 * @throws DatabaseUnavailable when not even the failure could be recorded; `failInterruptedImports` does so later.
 */
export function runImport(options: ImportOptions): Promise<ImportReport> {
  const { marketId, author, files } = options;
  const note = shortened(files.map((file) => file.name).join(', '));
  return runRecorded(options, { marketId, kind: 'import', author, note }, 'reading', (transaction, record) =>
    work(options, transaction, record),
  );
}

async function work(options: ImportOptions, transaction: WriteTransaction, record: ImportRecord): Promise<void> {
  const { marketId, signal } = options;
  const { client } = transaction;
  // Files may have been received for longer than their market was there; what they reject is then not to be kept.
  await seeMarket(client, marketId);
  await createIncoming(client);
  const used = new Map<readonly string[], Mapping>();
  await pipeline(copyText(options, record, used), incomingStream(client));
  await record.flushRejects();
  checkRejects(record, options.maxRejects ?? defaultMaxRejects);

  record.stage = 'comparing';
  const verdicts = await compare(transaction, marketId, record.hasPlaces);
  signal.throwIfAborted();
  Object.assign(record.counts, verdicts);
  if (verdicts.accepted + verdicts.superseding + verdicts.deleted === 0) transaction.abandon();

  record.stage = 'writing';
  await write(transaction, marketId, record.hasPlaces);
  signal.throwIfAborted();
  for (const [columns, mapping] of used) await rememberMapping(transaction, marketId, columns, mapping);
}

/** Everything read from the files, as text for COPY, in pieces. Rejects go their own way, to the record; mappings used, by their columns, to `used`. */
async function* copyText(
  { database, files, marketId, format, mapping, signal }: ImportOptions,
  record: ImportRecord,
  used: Map<readonly string[], Mapping>,
): AsyncGenerator<Buffer> {
  const table = tableFormat({
    given: mapping,
    remembered: (columns) => rememberedMapping(database, marketId, columns),
    directory: dirname(files[0]?.path ?? ''),
    onRead: (columns, mapping) => used.set(columns, mapping),
  });
  const { counts } = record;
  let number = 0;
  let piece = '';
  const chosen = chosenFormat(format, mapping, table);
  if (format !== undefined && !chosen) throw new ImportError(`There is no format "${format}".`);
  for await (const file of namedFaults(salesFiles(files, record.addBytes, chosen, table))) {
    record.addFormat(file.format.name);
    try {
      for await (const { sales, places = [], rejects } of file.format.read(file.content)) {
        signal.throwIfAborted();
        for (const sale of sales) piece += copyLine(++number, sale);
        for (const place of places) piece += placeLine(++number, place);
        counts.rows_read += sales.length + places.length + rejects.length;
        record.hasPlaces ||= places.length > 0;
        if (rejects.length > 0) await record.addRejects({ file: file.name, format: file.format.name }, rejects);
        if (piece.length >= pieceSize) {
          yield Buffer.from(piece);
          piece = '';
        }
      }
    } catch (error) {
      throw error instanceof FileError ? new ImportError(`${file.name}: ${error.message}.`) : error;
    }
  }
  yield Buffer.from(piece);
}

async function* namedFaults<T>(files: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* files;
  } catch (error) {
    throw error instanceof FileError ? new ImportError(`${error.message}.`) : error;
  }
}

function checkRejects({ counts, firstReject }: ImportRecord, allowed: number): void {
  if (!firstReject || counts.rejected <= allowed * counts.rows_read) return;
  const share = ((100 * counts.rejected) / counts.rows_read).toFixed(1);
  throw new ImportError(
    `${counts.rejected} of ${counts.rows_read} rows (${share} %) could not be understood, more than the ${Number((100 * allowed).toFixed(2))} % with which an ` +
      `import goes ahead, so nothing was written. The first: ${firstReject}.`,
  );
}

/** A revision's note names the files, but not a thousand of them. */
function shortened(note: string): string {
  return note.length <= 200 ? note : `${note.slice(0, 199)}…`;
}

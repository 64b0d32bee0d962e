/** A preview of an import, made from the first rows of the files. Nothing is written. */
import { dirname } from 'node:path';
import { FutureDates, mergedNote, SkippedFiles } from './collect-notes.ts';
import type { FileNote } from './file-notes.ts';
import { type SalesFile, salesFiles } from './files.ts';
import { type Batch, FileError, type Place, type Reject, type Sale } from './formats/format.ts';
import type { ImportOptions } from './jobs/import.ts';
import { type Alternative, alternatives } from './mapping/alternatives.ts';
import { chosenFormat, tableFormat } from './mapping/format.ts';
import type { TableOptions } from './mapping/open.ts';
import type { Resolution } from './mapping/resolution.ts';
import { saleReader } from './mapping/sales.ts';
import { tableSource } from './mapping/store.ts';
import { oneSaleEach } from './mapping/transactions.ts';
import { keyHash, type StatedKeys } from './merge.ts';

export interface PreviewOptions
  extends Pick<ImportOptions, 'files' | 'format' | 'mapping' | 'edition'>,
    Pick<TableOptions, 'remembered' | 'market'> {}

export interface FilePreview extends Batch {
  name: string;
  format: string;
  /** For a table, how it is read. */
  resolution: (Resolution & { columns: string[]; alternatives: Map<string, Alternative[]> }) | undefined;
  /** The number of rows that were read. Sales, places and rejects are the first of them. */
  rows: number;
  /** Why an import would fail, without a full stop. */
  error: string | undefined;
  /** What is unlikely. */
  notes: FileNote[];
}

export interface Preview {
  files: FilePreview[];
  /** Whether there are more files. */
  more: boolean;
  /** Why an import would fail before or after these files, without a full stop. */
  error: string | undefined;
  /** Of a complete edition: all sales in the files; undefined if they are too many to be read in a preview. */
  stated: StatedKeys | undefined;
}

const maxFiles = 10;
/** The rows of a file that are read, and the sales and rejects that are shown. */
const maxRows = 1_000;
const shownSales = 20;
const shownRejects = 20;
/** The sales of a complete edition that are read, and the milliseconds that it may take. */
const maxKeys = 3_000_000;
const maxKeyTime = 15_000;

/** Reads the first rows of the first files; of a complete edition, all of them. Leaves nothing on disk. */
export async function previewFiles({
  files,
  format,
  mapping,
  edition,
  remembered,
  market,
}: PreviewOptions): Promise<Preview> {
  const preview: Preview = { files: [], more: false, error: undefined, stated: undefined };
  const keys = edition && new Keys();
  const [first] = files;
  if (!first) return preview;
  const table = tableFormat({ given: mapping, remembered, market, directory: dirname(first.path) });
  const skipped = new SkippedFiles();
  try {
    const chosen = chosenFormat(format, mapping, table);
    for await (const file of salesFiles(files, () => undefined, chosen, table, skipped.add)) {
      preview.more = preview.files.length === maxFiles;
      if (preview.more && !keys?.isOpen) break;
      const shown = await previewFile(file, file.format === table ? table : undefined, keys);
      if (preview.more) preview.error ??= shown.error && `${shown.name}: ${shown.error}`;
      else preview.files.push(shown);
    }
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    preview.error = error.message;
  }
  for (const { file, note } of skipped.notes()) {
    preview.files.find(({ name }) => name.startsWith(`${file}/`))?.notes.push(note);
  }
  if (!preview.error && preview.files.every((file) => !file.error)) preview.stated = keys?.stated;
  return preview;
}

/** Collects the keys of all sales of a complete edition, until it takes too long. */
class Keys {
  readonly #deadline = performance.now() + maxKeyTime;
  readonly #sources = new Set<string>();
  readonly #hashes: number[] = [];
  isOpen = true;

  add(source: string, sales: readonly Sale[]): void {
    this.#sources.add(source);
    for (const { key } of sales) this.#hashes.push(keyHash(key));
    this.isOpen = this.#hashes.length <= maxKeys && performance.now() < this.#deadline;
  }

  get stated(): StatedKeys | undefined {
    if (!this.isOpen || this.#hashes.length === 0) return undefined;
    return { hashes: Float64Array.from(this.#hashes), sources: [...this.#sources] };
  }
}

async function previewFile(
  { name, format, content }: SalesFile,
  table: ReturnType<typeof tableFormat> | undefined,
  keys: Keys | undefined,
): Promise<FilePreview> {
  const preview: FilePreview = {
    name,
    format: format.name,
    resolution: undefined,
    sales: [],
    rejects: [],
    rows: 0,
    error: undefined,
    notes: [],
  };
  try {
    if (!table) await addRows(preview, format.read(content), format.name, keys);
    else {
      const opened = await table.open(content);
      const { columns } = opened.table.beginning;
      try {
        const { mapping, questions } = opened.resolution;
        preview.resolution = {
          ...opened.resolution,
          columns,
          alternatives: new Map(
            questions.map((question) => [
              question.member,
              alternatives(question, questions, opened.table.beginning, opened.resolveWith),
            ]),
          ),
        };
        const batches = opened.table.read(saleReader(mapping, columns));
        await addRows(preview, mapping.transaction ? oneSaleEach(batches) : batches, tableSource(mapping), keys);
        preview.notes.push(...opened.resolution.notes);
        if (questions.length > 0) preview.error = questions.map(({ text }) => text).join('; and ');
      } finally {
        await opened.table.close();
      }
    }
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    preview.error = error.message;
  }
  return preview;
}

async function addRows(
  preview: FilePreview,
  batches: AsyncIterable<Batch>,
  source: string,
  keys: Keys | undefined,
): Promise<void> {
  let sales: Sale[] = [];
  let places: Place[] = [];
  let rejects: Reject[] = [];
  const future = new FutureDates();
  for await (const batch of batches) {
    keys?.add(source, batch.sales);
    if (preview.rows < maxRows) {
      sales = sales.concat(batch.sales);
      places = places.concat(batch.places ?? []);
      rejects = rejects.concat(batch.rejects);
      for (const sale of batch.sales) future.add(sale);
      preview.rows = sales.length + places.length + rejects.length;
    }
    if (preview.rows >= maxRows && !keys?.isOpen) break;
  }
  preview.notes.push(...future.notes());
  preview.sales = sales.slice(0, shownSales);
  if (places.length > 0) preview.places = places.slice(0, shownSales);
  preview.rejects = rejects.slice(0, shownRejects);
  if (rejects.length > 0) preview.notes.push({ code: 'rejected_rows', rows: rejects.length, of: preview.rows });
  const seen = new Map<string, Sale>();
  let merged = 0;
  let example: [Sale, Sale] | undefined;
  for (const sale of sales) {
    const known = seen.get(sale.key);
    const isSameDeed = sale.transaction !== undefined && known?.transaction === sale.transaction;
    if (known && known.fingerprint !== sale.fingerprint && !isSameDeed) {
      merged++;
      example ??= [known, sale];
    }
    seen.set(sale.key, sale);
  }
  if (example) preview.notes.push(mergedNote({ rows: merged, of: preview.rows }, example));
}

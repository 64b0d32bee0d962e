/** A preview of an import, made from the first rows of the files. Nothing is written. */
import { dirname } from 'node:path';
import { type SalesFile, salesFiles } from './files.ts';
import { type Batch, FileError, type Place, type Reject, type Sale } from './formats/format.ts';
import type { ImportOptions } from './jobs/import.ts';
import { chosenFormat, tableFormat } from './mapping/format.ts';
import type { TableOptions } from './mapping/open.ts';
import type { Resolution } from './mapping/resolve.ts';
import { saleReader } from './mapping/sales.ts';
import { oneSaleEach } from './mapping/transactions.ts';

export interface PreviewOptions
  extends Pick<ImportOptions, 'files' | 'format' | 'mapping'>,
    Pick<TableOptions, 'remembered' | 'market'> {}

export interface FilePreview extends Batch {
  name: string;
  format: string;
  /** For a table, how it is read. */
  resolution: (Resolution & { columns: string[] }) | undefined;
  /** The number of rows that were read. Sales, places and rejects are the first of them. */
  rows: number;
  /** Why an import would fail, without a full stop. */
  error: string | undefined;
  /** Further remarks, in sentences without full stops. */
  notes: string[];
}

export interface Preview {
  files: FilePreview[];
  /** Whether there are more files. */
  more: boolean;
  /** Why an import would fail before or after these files, without a full stop. */
  error: string | undefined;
}

const maxFiles = 10;
/** The rows of a file that are read, and the sales and rejects that are shown. */
const maxRows = 1_000;
const shownSales = 20;
const shownRejects = 20;

/** Reads the first rows of the first files. Leaves nothing on disk. */
export async function previewFiles({ files, format, mapping, remembered, market }: PreviewOptions): Promise<Preview> {
  const preview: Preview = { files: [], more: false, error: undefined };
  const [first] = files;
  if (!first) return preview;
  const table = tableFormat({ given: mapping, remembered, market, directory: dirname(first.path) });
  try {
    for await (const file of salesFiles(files, () => undefined, chosenFormat(format, mapping, table), table)) {
      if (preview.files.length === maxFiles) {
        preview.more = true;
        break;
      }
      preview.files.push(await previewFile(file, file.format === table ? table : undefined));
    }
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    preview.error = error.message;
  }
  return preview;
}

async function previewFile(
  { name, format, content }: SalesFile,
  table: ReturnType<typeof tableFormat> | undefined,
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
    if (!table) await addRows(preview, format.read(content));
    else {
      const opened = await table.open(content);
      const { columns } = opened.table.beginning;
      try {
        preview.resolution = { ...opened.resolution, columns };
        const { mapping } = opened.resolution;
        const batches = opened.table.read(saleReader(mapping, columns));
        await addRows(preview, mapping.transaction ? oneSaleEach(batches) : batches);
        const { questions, notes } = opened.resolution;
        preview.notes.push(...notes);
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

async function addRows(preview: FilePreview, batches: AsyncIterable<Batch>): Promise<void> {
  let sales: Sale[] = [];
  let places: Place[] = [];
  let rejects: Reject[] = [];
  for await (const batch of batches) {
    sales = sales.concat(batch.sales);
    places = places.concat(batch.places ?? []);
    rejects = rejects.concat(batch.rejects);
    preview.rows = sales.length + places.length + rejects.length;
    if (preview.rows >= maxRows) break;
  }
  preview.sales = sales.slice(0, shownSales);
  if (places.length > 0) preview.places = places.slice(0, shownSales);
  preview.rejects = rejects.slice(0, shownRejects);
  if (rejects.length > 0) preview.notes.push(`${rejects.length} of the first ${preview.rows} rows would be rejected`);
  const seen = new Map<string, Sale>();
  let merged = 0;
  let example = '';
  for (const sale of sales) {
    const known = seen.get(sale.key);
    if (known && known.fingerprint !== sale.fingerprint) {
      merged++;
      example ||= `${describe(known)} and ${describe(sale)}`;
    }
    seen.set(sale.key, sale);
  }
  if (merged > 0) {
    preview.notes.push(
      `${merged} of the first ${preview.rows} rows are other versions of earlier rows: they have the same sale_key, but other values, such as ${example}; only the last is kept`,
    );
  }
}

/** The values of a row that identify it to a reader. */
function describe({ address, contractDate, price, type, floorArea, details }: Sale): string {
  const values = [address, contractDate, price, type, floorArea && `${floorArea} m²`, details?.slice(0, 200)];
  return `(${values.filter(Boolean).join(', ')})`.toWellFormed();
}

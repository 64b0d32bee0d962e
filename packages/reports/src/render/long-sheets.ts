/** Workbooks with tables that are longer than a document: rows are streamed into sheets that were made with the first of them. */
import { Readable } from 'node:stream';
import { strFromU8, unzipSync } from 'fflate';
import { ZipFile } from 'yazl';

/** The path of the sheet of a table, by the position of the table in its document. The first sheet has the texts. */
const pathOf = (table: number) => `xl/worksheets/sheet${table + 2}.xml`;

/** A date that is the same in every time zone, because zip has none. */
const mtime = new Date(1980, 0, 1);

export class LongSheets {
  readonly #parts: Record<string, Uint8Array>;

  /** @param workbook with at least one row below the head of each table */
  constructor(workbook: Uint8Array) {
    this.#parts = unzipSync(workbook);
  }

  /** The numbers of the styles of the columns of a table. */
  stylesOf(table: number): number[] {
    const [, , row = ''] = this.#sheet(table).split('<row ');
    return [...row.matchAll(/<c [^<>]*>/g)].map(([cell]) => Number(/ s="(\d+)"/.exec(cell)?.[1] ?? 0));
  }

  /**
   * The workbook with other rows, as a stream.
   * @param tables the rows of tables by their positions, as elements `row` of Office Open XML; destroyed when the stream is closed
   */
  withRows(tables: ReadonlyMap<number, Readable>): Readable {
    const zip = new ZipFile();
    const paths = new Map([...tables].map(([table, rows]) => [pathOf(table), { table, rows }]));
    for (const [path, bytes] of Object.entries(this.#parts)) {
      const long = paths.get(path);
      if (!long) zip.addBuffer(Buffer.from(bytes), path, { mtime });
      else zip.addReadStream(Readable.from(this.#content(long.table, long.rows)), path, { mtime, compressionLevel: 1 });
    }
    zip.end();
    const output = zip.outputStream as Readable;
    zip.on('error', (error) => output.destroy(error as Error));
    output.once('close', () => {
      for (const rows of tables.values()) rows.destroy();
    });
    return output;
  }

  async *#content(table: number, rows: Readable): AsyncGenerator<Uint8Array | string> {
    const sheet = this.#sheet(table).replace(/<dimension [^<>]*>/, '');
    const head = sheet.indexOf('</row>') + '</row>'.length;
    yield sheet.slice(0, head);
    yield* rows;
    yield sheet.slice(sheet.indexOf('</sheetData>'));
  }

  #sheet(table: number): string {
    return strFromU8(this.#parts[pathOf(table)] as Uint8Array);
  }
}

/** The table `reject`: the rows that imports could not read. */
import type { Database, RejectRow } from '@property-insights/database';
import type { Origin, Reject } from '../formats/format.ts';
import { rejectsCsv } from '../formats/rejects.ts';

/** Rejects are written and read in batches: a file may have hundreds of thousands. */
const writeBatch = 500;
const readBatch = 1_000;

/**
 * Writes the rejects of an import as they are found. They are not part of the import's transaction: they are needed most when nothing else
 * is written.
 */
export class RejectWriter {
  /** The first reject: `FILE, line 3: …`, without a full stop. */
  first: string | undefined;
  readonly #database: Database;
  readonly #importId: string;
  #waiting: { origin: Origin; reject: Reject }[] = [];
  #number = 0;
  /** Format and header of the last reject that was written. */
  #source = '';

  constructor(database: Database, importId: string) {
    this.#database = database;
    this.#importId = importId;
  }

  /** @param from the file and format that they were read from, unless a reject states its own */
  async add(from: Origin, rejects: Reject[]): Promise<void> {
    for (const reject of rejects) {
      const { origin = from, message } = reject;
      this.first ??= `${origin.file}, ${message}`;
      this.#waiting.push({ origin, reject });
    }
    if (this.#waiting.length >= writeBatch) await this.flush();
  }

  async flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, writeBatch);
      await this.#database.kysely
        .insertInto('reject')
        .values(
          batch.map(({ origin: { file, format }, reject }) => ({
            import_id: this.#importId,
            number: ++this.#number,
            file: storable(file),
            format: storable(format),
            header: this.#changedHeader(format, reject.header),
            line: reject.line,
            content: storable(reject.content),
            reason: reject.reason,
            message: storable(reject.message),
          })),
        )
        .execute();
    }
  }

  /** Null where the header is that of the reject before, as it mostly is. `readRejects` fills it in. */
  #changedHeader(format: string, header: string): string | null {
    const source = `${format}\n${header}`;
    if (source === this.#source) return null;
    this.#source = source;
    return storable(header);
  }
}

/** PostgreSQL's text holds no NUL. */
function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}

/**
 * All rejects of an import, in the order in which they were found, as the parts of a CSV file. The first part has the header.
 * The format `rejects` reads the file.
 * @param raw whether texts that a spreadsheet would execute stay as they are
 */
export async function* readRejects(
  database: Database,
  importId: string,
  { raw = false }: { raw?: boolean } = {},
): AsyncGenerator<string> {
  let rejects: Omit<RejectRow, 'import_id'>[];
  let after = 0;
  let header: string | null = null;
  do {
    rejects = await database.kysely
      .selectFrom('reject')
      .select(['number', 'file', 'line', 'content', 'reason', 'message', 'format', 'header'])
      .where('import_id', '=', importId)
      .where('number', '>', after)
      .orderBy('number')
      .limit(readBatch)
      .execute();
    for (const reject of rejects) {
      header = reject.header ?? header;
      reject.header = header;
    }
    yield rejectsCsv(rejects, { header: after === 0, raw });
    after = rejects.at(-1)?.number ?? after;
  } while (rejects.length === readBatch);
}

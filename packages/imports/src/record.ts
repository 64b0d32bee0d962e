/** The row in `import` of an import or an undo, kept up to date while it runs. */
import type { Database, Log, WriteTransaction } from '@property-insights/database';
import { sql } from 'kysely';
import type { Origin, Reject } from './formats/format.ts';
import { importLocks } from './locks.ts';

const countNames = ['rows_read', 'accepted', 'duplicate', 'superseding', 'superseded', 'deleted', 'rejected'] as const;

/** Named as the table's columns are. Once finished, rows_read is the sum of the others. */
export type ImportCounts = Record<(typeof countNames)[number], number>;

/** What a row in `import` is of. */
export type ImportKind = 'import' | 'undo';

/** How to ask for it anew. */
export const again = { import: 'Import again.', undo: 'Undo again.' };

const interrupted = (kind: ImportKind) => `The ${kind} was interrupted, so nothing was written. ${again[kind]}`;

/** What rows count as before it is certain that something is written. */
const undecided = { accepted: 0, duplicate: 0, superseding: 0, superseded: 0, deleted: 0 };

export interface ImportReport extends ImportCounts {
  state: 'finished' | 'failed' | 'cancelled';
  /** Whether there is a revision; a finished import that brought nothing new makes none. */
  changed: boolean;
  /** Why it failed, in plain sentences. */
  error: string | null;
}

/** Milliseconds between two reports. */
const interval = 500;
const rejectsAtOnce = 500;

export class ImportRecord {
  readonly counts: ImportCounts = {
    rows_read: 0,
    accepted: 0,
    duplicate: 0,
    superseding: 0,
    superseded: 0,
    deleted: 0,
    rejected: 0,
  };
  /** What is being done: reading, comparing, writing. An undo has nothing to read. */
  stage: string | null = null;
  /** Whether there is a gazetteer among the files. */
  hasPlaces = false;
  /** `FILE, line 3: …`, without a full stop. */
  firstReject: string | undefined;
  readonly #database: Database;
  readonly #id: string;
  readonly #log: Log;
  readonly #formats = new Set<string>();
  #bytesRead = 0;
  #rejects: { origin: Origin; number: number; reject: Reject }[] = [];
  /** Format and header of the reject before. */
  #source = '';
  #timer: NodeJS.Timeout | undefined;
  #updating: Promise<void> = Promise.resolve();

  constructor(database: Database, id: string, log: Log) {
    this.#database = database;
    this.#id = id;
    this.#log = log;
  }

  /** Marks the import as running and begins to report. @throws if it was not waiting to be run. */
  async start(stage: string): Promise<void> {
    this.stage = stage;
    const { numUpdatedRows } = await this.#database.kysely
      .updateTable('import')
      .set({ state: 'running', stage: this.stage })
      .where('id', '=', this.#id)
      .where('state', '=', 'received')
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) throw new Error(`The import ${this.#id} is not waiting to be run.`);
    this.#timer = setInterval(() => {
      // One at a time: a slow database is not to be asked again before it has answered.
      this.#updating = this.#updating.then(() => this.#report());
    }, interval);
  }

  /** Ends the reporting; when it resolves, none is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#updating;
  }

  addBytes = (bytes: number): void => {
    this.#bytesRead += bytes;
  };

  addFormat(name: string): void {
    this.#formats.add(name);
  }

  /** @param from the file that they were read from, and as what. */
  async addRejects(from: Origin, rejects: Reject[]): Promise<void> {
    for (const reject of rejects) {
      const { origin = from, message } = reject;
      this.firstReject ??= `${origin.file}, ${message}`;
      this.#rejects.push({ origin, number: ++this.counts.rejected, reject });
    }
    if (this.#rejects.length >= rejectsAtOnce) await this.flushRejects();
  }

  /** Rejects are kept apart from the import's transaction: they are wanted most when nothing else is written. */
  async flushRejects(): Promise<void> {
    while (this.#rejects.length > 0) {
      const rejects = this.#rejects.splice(0, rejectsAtOnce);
      await this.#database.kysely
        .insertInto('reject')
        .values(
          rejects.map(({ origin: { file, format }, number, reject }) => ({
            import_id: this.#id,
            number,
            file,
            format,
            header: this.#headerUnlessSame(format, reject.header),
            line: reject.line,
            content: storable(reject.content),
            reason: reject.reason,
            message: storable(reject.message),
          })),
        )
        .execute();
    }
  }

  /** A file's rejects have one header, as a rule. */
  #headerUnlessSame(format: string, header: string): string | null {
    const source = `${format}\n${header}`;
    if (source === this.#source) return null;
    this.#source = source;
    return storable(header);
  }

  /** Records the end within the transaction of the revision, so that both are committed or neither. Call `stop` before. */
  async finishWithin({ client, revisionId }: WriteTransaction): Promise<void> {
    const { counts } = this;
    const { rowCount } = await client.query(
      `UPDATE import SET state = 'finished', stage = NULL, revision_id = $2, format = $3, bytes_read = bytes_total, rows_read = $4, accepted = $5,
         duplicate = $6, superseding = $7, superseded = $8, deleted = $9, rejected = $10, finished_at = clock_timestamp()
       WHERE id = $1 AND state = 'running'`,
      [
        this.#id,
        revisionId,
        this.#format,
        counts.rows_read,
        counts.accepted,
        counts.duplicate,
        counts.superseding,
        counts.superseded,
        counts.deleted,
        counts.rejected,
      ],
    );
    if (rowCount !== 1) throw new Error(`The import ${this.#id} was ended by another.`);
  }

  /**
   * Records an end without a revision. Where the import has ended otherwise, that stands, and is reported: it may have been cancelled by another
   * task, or its revision committed although the connection was lost.
   */
  async end(state: ImportReport['state'], error: string | null): Promise<ImportReport> {
    await this.stop();
    if (state !== 'finished') Object.assign(this.counts, undecided);
    const { kysely } = this.#database;
    const { numUpdatedRows } = await kysely
      .updateTable('import')
      .set({ ...this.#progress, state, stage: null, error, finished_at: sql<Date>`clock_timestamp()` })
      .where('id', '=', this.#id)
      .where('state', 'not in', ['finished', 'cancelled'])
      .executeTakeFirst();
    if (numUpdatedRows === 1n) return { ...this.counts, state, changed: false, error };
    const ended = await kysely
      .selectFrom('import')
      .select([...countNames, 'state', 'revision_id', 'error'])
      .where('id', '=', this.#id)
      .executeTakeFirstOrThrow();
    const { revision_id, ...report } = ended;
    return { ...report, state: report.state as ImportReport['state'], changed: revision_id !== null };
  }

  get #format(): string | null {
    return [...this.#formats].join(', ') || null;
  }

  get #progress() {
    return { ...this.counts, stage: this.stage, format: this.#format, bytes_read: Math.round(this.#bytesRead) };
  }

  async #report(): Promise<void> {
    try {
      await this.#database.kysely
        .updateTable('import')
        // Whoever ends the import in its stead, because it was cancelled or has died, leaves the counts as they are.
        .set({ ...this.#progress, ...undecided })
        .where('id', '=', this.#id)
        .where('state', '=', 'running')
        .execute();
    } catch (error) {
      // The next one may succeed; if not, the import itself will say so.
      this.#log.warn({ err: error, importId: this.#id }, "an import's progress could not be recorded");
    }
  }
}

/** In SQL: what is said of an import, or of the undo that a row is. */
export function saidOf(sentence: (kind: ImportKind) => string) {
  return sql<string>`CASE WHEN undoes IS NULL THEN ${sentence('import')} ELSE ${sentence('undo')} END`;
}

/** PostgreSQL's text holds no NUL. */
function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}

/**
 * Marks as failed the imports that nobody works on any more, because the process that did is gone, and those received more than a day ago
 * and never begun. To be called at a service's start, and when a running import is asked about: it costs one small query.
 */
export async function failInterruptedImports(database: Database): Promise<void> {
  // A transaction that works on an import holds its lock. The state is looked at again because it may have ended since.
  await sql`
    WITH unended AS MATERIALIZED (SELECT id FROM import WHERE state IN ('received', 'running'))
    UPDATE import SET state = 'failed', stage = NULL, finished_at = clock_timestamp(), error = ${saidOf(interrupted)}
    FROM unended
    WHERE import.id = unended.id AND pg_try_advisory_xact_lock(${importLocks}::integer, hashtext(unended.id::text))
      AND (import.state = 'running' OR (import.state = 'received' AND import.created_at < now() - interval '1 day'))`.execute(
    database.kysely,
  );
}

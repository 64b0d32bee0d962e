/** The row of a running job, kept up to date while it runs. */
import { type Database, type Log, storableJson, type WriteTransaction } from '@property-insights/database';
import { sql } from 'kysely';
import { type CodedNote, type FileNote, noteText } from '../file-notes.ts';
import { countNames, type JobCounts } from './job-table.ts';

export interface JobReport extends JobCounts {
  state: 'finished' | 'failed' | 'cancelled';
  /** Whether it wrote a revision. A finished import that contained nothing new writes none. */
  changed: boolean;
  /** Why it failed, in sentences. */
  error: string | null;
}

/** The counts that are certain only when the job has written. */
const undecided = { accepted: 0, duplicate: 0, superseding: 0, superseded: 0, deleted: 0, retired: 0 };

/** Of a job, and the characters of each. */
const maxNotes = 50;
const maxNoteLength = 2_000;

/** Milliseconds between two updates of the row. */
const updateInterval = 500;

export class JobRecord {
  readonly counts: JobCounts = { rows_read: 0, ...undecided, rejected: 0 };
  /** `reading` (of files), `comparing` or `writing`. */
  stage: string | null = null;
  readonly #database: Database;
  readonly #id: string;
  readonly #log: Log;
  readonly #formats = new Set<string>();
  readonly #notes = new Map<string, CodedNote>();
  #bytesRead = 0;
  #timer: NodeJS.Timeout | undefined;
  #updating: Promise<void> = Promise.resolve();

  constructor(database: Database, id: string, log: Log) {
    this.#database = database;
    this.#id = id;
    this.#log = log;
  }

  /** Marks the job as running and starts the updates. @throws when it was not waiting to be run */
  async start(stage: string): Promise<void> {
    this.stage = stage;
    const { numUpdatedRows } = await this.#database.kysely
      .updateTable('import')
      .set({ state: 'running', stage: this.stage })
      .where('id', '=', this.#id)
      .where('state', '=', 'received')
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) throw new Error(`The job ${this.#id} is not waiting to be run.`);
    this.#timer = setInterval(() => {
      // One update at a time, so that they do not pile up before a slow database.
      this.#updating = this.#updating.then(() => this.#update());
    }, updateInterval);
  }

  /** Stops the updates. When it resolves, none is running. */
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

  /**
   * @param note what is unlikely
   * @param file the file that it is about; undefined for all files together
   */
  addNote(note: FileNote, file?: string): void {
    const text = noteText(note);
    const known = this.#notes.get(text);
    if (known) known.files++;
    else if (this.#notes.size < maxNotes) this.#notes.set(text, { file: file ?? null, files: 1, note });
  }

  /** Records the end within the transaction of the revision, so that both are committed or neither. Call `stop` first. */
  async finishWithin({ client, revisionId }: WriteTransaction): Promise<void> {
    const { counts } = this;
    const { rowCount } = await client.query(
      `UPDATE import SET state = 'finished', stage = NULL, revision_id = $2, format = $3, bytes_read = bytes_total, rows_read = $4, accepted = $5,
         duplicate = $6, superseding = $7, superseded = $8, deleted = $9, rejected = $10, retired = $11, notes = $12, coded_notes = $13, finished_at = clock_timestamp()
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
        counts.retired,
        this.#storedNotes.notes,
        this.#storedNotes.coded_notes,
      ],
    );
    if (rowCount !== 1) throw new Error(`The job ${this.#id} was ended by another process.`);
  }

  /**
   * Records an end without a revision. If the row shows another end, that end is reported: another task may have cancelled the job, or its
   * revision was committed although the connection was lost.
   */
  async end(state: JobReport['state'], error: string | null): Promise<JobReport> {
    await this.stop();
    if (state !== 'finished') Object.assign(this.counts, undecided);
    const { kysely } = this.#database;
    const { numUpdatedRows } = await kysely
      .updateTable('import')
      .set({
        ...this.#progress,
        state,
        stage: null,
        error,
        ...this.#storedNotes,
        finished_at: sql<Date>`clock_timestamp()`,
      })
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
    return { ...report, state: report.state as JobReport['state'], changed: revision_id !== null };
  }

  get #format(): string | null {
    return [...this.#formats].join(', ') || null;
  }

  /** As JSON. */
  get #storedNotes(): { notes: string; coded_notes: string } {
    const notes = [...this.#notes].map(([text, { file, files }]) => {
      const others = files > 1 ? ` and ${files - 1} more files` : '';
      return `${file === null ? '' : `${file}${others}: `}${text}.`.slice(0, maxNoteLength);
    });
    return { notes: storableJson(notes), coded_notes: storableJson([...this.#notes.values()]) };
  }

  get #progress() {
    return { ...this.counts, stage: this.stage, format: this.#format, bytes_read: Math.round(this.#bytesRead) };
  }

  async #update(): Promise<void> {
    try {
      await this.#database.kysely
        .updateTable('import')
        // Another process that marks the job as cancelled or interrupted leaves the counts as they are.
        .set({ ...this.#progress, ...undecided })
        .where('id', '=', this.#id)
        .where('state', '=', 'running')
        .execute();
    } catch (error) {
      // The next update may succeed. If the database stays away, the job itself fails.
      this.#log.warn({ err: error, importId: this.#id }, 'could not record the progress of an import');
    }
  }
}

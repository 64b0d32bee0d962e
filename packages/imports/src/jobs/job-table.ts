/** The table `import`: one row for each job, which is an import of files or the undo of a revision. */
import { type Database, endedByDeletion, type ImportRow, type Undo } from '@property-insights/database';
import { sql } from 'kysely';
import type { CodedNote } from '../file-notes.ts';
import { importLocks } from './job-locks.ts';

export type JobKind = 'import' | 'undo';

export const countNames = [
  'rows_read',
  'accepted',
  'duplicate',
  'superseding',
  'superseded',
  'deleted',
  'rejected',
  'retired',
] as const;

/** Named like the columns. In a finished job, rows_read is the sum of the others but `retired`, which counts sales that no row states. */
export type JobCounts = Record<(typeof countNames)[number], number>;

/** An import or an undo: what was requested, how far it is and how it ended. */
export interface Job
  extends JobCounts,
    Pick<
      ImportRow,
      | 'id'
      | 'state'
      | 'stage'
      | 'format'
      | 'files'
      | 'bytes_total'
      | 'bytes_read'
      | 'notes'
      | 'error'
      | 'undoes'
      | 'created_at'
      | 'finished_at'
    > {
  /** The market's code. */
  market: string;
  /** The number of rows to read; null for an import, where it is not known. */
  rows_total: number | null;
  /** What is possible but unlikely in the files. */
  coded_notes: CodedNote[];
  /** The number of rejected rows by reason. */
  rejected_by_reason: Record<string, number>;
  /** Whether it wrote a revision. */
  changed: boolean;
  revision: number | null;
  /** The revision that undoes it. */
  undone_by: number | null;
}

/** The states of a job that has not ended. */
const unended = ['received', 'running'] as const;

export function hasEnded({ state }: Pick<Job, 'state'>): boolean {
  return state !== 'received' && state !== 'running';
}

/** The last sentence of a failure that a repetition may avoid. */
export const retryAdvice = { import: 'Import again.', undo: 'Undo again.' };

/** An SQL expression: the message for the kind of job that the row is. */
function messageByKind(message: (kind: JobKind) => string) {
  return sql<string>`CASE WHEN undoes IS NULL THEN ${message('import')} ELSE ${message('undo')} END`;
}

/** The revision that undoes the job's. Undos can be undone, so the last of the chain counts if it is the first, third, … undo. */
const undoneBy = sql<number | null>`(
  WITH RECURSIVE chain AS (
    SELECT revision_id AS id, 0 AS undos
    UNION ALL
    SELECT revision.id, undos + 1 FROM revision JOIN chain ON revision.undoes = chain.id
  )
  SELECT CASE WHEN undos % 2 = 1 THEN id END FROM chain ORDER BY undos DESC LIMIT 1
)`;

/** An undo reads as many rows as the revision wrote. */
const rowsTotal = sql<number | null>`(
  SELECT sales_added + sales_retired + places_added + places_retired FROM revision WHERE id = import.undoes
)`;

function selectJobs(database: Database) {
  return database.kysely
    .selectFrom('import')
    .innerJoin('market', 'market.id', 'import.market_id')
    .select([
      'import.id',
      'market.code as market',
      'state',
      'stage',
      'format',
      'files',
      'bytes_total',
      'bytes_read',
      ...countNames,
      rowsTotal.as('rows_total'),
      sql<Record<string, number>>`(
        SELECT coalesce(jsonb_object_agg(reason, rows), '{}')
        FROM (SELECT reason, count(*) AS rows FROM reject WHERE import_id = import.id GROUP BY reason) AS kind
      )`.as('rejected_by_reason'),
      sql<boolean>`revision_id IS NOT NULL`.as('changed'),
      'notes',
      sql<CodedNote[]>`coded_notes`.as('coded_notes'),
      'error',
      'revision_id as revision',
      'import.undoes',
      undoneBy.as('undone_by'),
      'import.created_at',
      'finished_at',
    ]);
}

/** One page of all jobs, the latest first, that follow the job `after`. */
export function listJobs(database: Database, after: string | undefined, limit: number): Promise<Job[]> {
  let page = selectJobs(database).orderBy('import.created_at', 'desc').orderBy('import.id', 'desc').limit(limit);
  if (after) {
    page = page.where(
      sql<boolean>`(import.created_at, import.id) < (SELECT created_at, id FROM import WHERE id = ${after}::uuid)`,
    );
  }
  return page.execute();
}

export function findJob(database: Database, id: string): Promise<Job | undefined> {
  return selectJobs(database).where('import.id', '=', id).executeTakeFirst();
}

const progressColumns = ['id', 'state', 'stage', 'bytes_total', 'bytes_read', 'rows_read', 'rejected'] as const;
export type JobProgress = Pick<Job, (typeof progressColumns)[number] | 'rows_total'>;

/** The progress of the given jobs. It costs less than `findJob`. */
export function findProgress(database: Database, ids: string[]): Promise<JobProgress[]> {
  const jobs = database.kysely.selectFrom('import').select([...progressColumns, rowsTotal.as('rows_total')]);
  return jobs.where('id', 'in', ids).execute();
}

export interface NewImportRow {
  id: string;
  marketId: number;
  files: readonly { name: string; bytes: number }[];
  author: string;
}

export async function insertImport(database: Database, { id, marketId, files, author }: NewImportRow): Promise<void> {
  await database.kysely
    .insertInto('import')
    .values({
      id,
      market_id: marketId,
      files: JSON.stringify(files.map(({ name, bytes }) => ({ name, bytes }))),
      bytes_total: files.reduce((sum, { bytes }) => sum + bytes, 0),
      author,
    })
    .execute();
}

export interface NewUndoRow extends Undo {
  id: string;
  author: string;
}

/** @returns false when the revision has been undone, or an undo of it has not ended; nothing is inserted then */
export async function insertUndo(database: Database, { id, marketId, undoes, author }: NewUndoRow): Promise<boolean> {
  const transaction = await database.kysely.startTransaction().execute();
  try {
    const { numAffectedRows } = await sql`
      INSERT INTO import (id, market_id, undoes, author) VALUES (${id}, ${marketId}, ${undoes}, ${author})
      ON CONFLICT (undoes) WHERE state IN ('received', 'running') DO NOTHING`.execute(transaction);
    // In a statement of its own: the insertion may have waited for an undo that was committing, whose revision only a later statement sees.
    const undone = await transaction
      .selectFrom('revision')
      .select('id')
      .where('undoes', '=', undoes)
      .executeTakeFirst();
    const inserted = numAffectedRows === 1n && !undone;
    await (inserted ? transaction.commit() : transaction.rollback()).execute();
    return inserted;
  } catch (error) {
    await transaction
      .rollback()
      .execute()
      .catch(() => {});
    throw error;
  }
}

/**
 * Cancels a job unless it has ended. The database decides whether it has: a job records its end in the transaction that writes its rows. When
 * this returns true, no task writes them.
 */
export async function cancelJob(database: Database, id: string): Promise<boolean> {
  const { numUpdatedRows } = await database.kysely
    .updateTable('import')
    .set({ state: 'cancelled', stage: null, finished_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', id)
    .where('state', 'in', unended)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Cancels all jobs of a market that is being deleted, unless they have ended. Their `error` states the reason. */
export async function cancelJobsOf(database: Database, marketId: number): Promise<void> {
  await database.kysely
    .updateTable('import')
    .set({
      state: 'cancelled',
      stage: null,
      error: messageByKind(endedByDeletion),
      finished_at: sql<Date>`clock_timestamp()`,
    })
    .where('market_id', '=', marketId)
    .where('state', 'in', unended)
    .execute();
}

/** The cancelled ones of the given jobs. */
export async function findCancelled(database: Database, ids: string[]): Promise<string[]> {
  const rows = await database.kysely
    .selectFrom('import')
    .select('id')
    .where('id', 'in', ids)
    .where('state', '=', 'cancelled')
    .execute();
  return rows.map(({ id }) => id);
}

/** Marks the given jobs as failed, unless they have ended. @returns how many it marked */
export async function failUnendedJobs(database: Database, ids: string[]): Promise<number> {
  const message = (kind: JobKind) =>
    `The service or its database stopped before the ${kind} had ended, so nothing was written. ${retryAdvice[kind]}`;
  const { numUpdatedRows } = await database.kysely
    .updateTable('import')
    .set({ state: 'failed', stage: null, error: messageByKind(message), finished_at: sql<Date>`clock_timestamp()` })
    .where(sql<boolean>`id::text = ANY(${ids})`)
    .where('state', 'in', unended)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/**
 * Marks as failed the running jobs whose process is gone, and those received more than a day ago that never started. It is called when a
 * service starts and when a running job is read. It costs one small query.
 */
export async function failInterruptedJobs(database: Database): Promise<void> {
  const message = (kind: JobKind) => `The ${kind} was interrupted, so nothing was written. ${retryAdvice[kind]}`;
  // The transaction of a running job holds its lock. The state is checked again because the job may have ended in between.
  await sql`
    WITH unended AS MATERIALIZED (SELECT id FROM import WHERE state IN ('received', 'running'))
    UPDATE import SET state = 'failed', stage = NULL, finished_at = clock_timestamp(), error = ${messageByKind(message)}
    FROM unended
    WHERE import.id = unended.id AND pg_try_advisory_xact_lock(${importLocks}::integer, hashtext(unended.id::text))
      AND (import.state = 'running' OR (import.state = 'received' AND import.created_at < now() - interval '1 day'))`.execute(
    database.kysely,
  );
}

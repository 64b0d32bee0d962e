/** Imports and undos in PostgreSQL: what was asked for, how far it is, how it ended, and what it rejected. */
import { type Database, endedByDeletion, type ImportRow, type RejectRow, type Undo } from '@property-insights/database';
import { again, saidOf } from '@property-insights/imports';
import { problems } from '@property-insights/service';
import { sql } from 'kysely';

export interface ImportState
  extends Pick<
    ImportRow,
    | 'id'
    | 'state'
    | 'stage'
    | 'format'
    | 'files'
    | 'bytes_total'
    | 'bytes_read'
    | 'rows_read'
    | 'accepted'
    | 'duplicate'
    | 'superseding'
    | 'superseded'
    | 'deleted'
    | 'rejected'
    | 'error'
    | 'undoes'
    | 'created_at'
    | 'finished_at'
  > {
  market: string;
  /** How many rows it is going to read, where that is known: of an undo. */
  rows_total: number | null;
  /** How many rows were rejected for each kind of fault. */
  rejected_by_reason: Record<string, number>;
  /** Whether it made a revision. */
  changed: boolean;
  revision: number | null;
  /** The revision by which it is undone. */
  undone_by: number | null;
}

/** The undo of an import, unless that was undone in turn: of the chain of undos, the last, if it is the first, third, … of them. */
const undoneBy = sql<number | null>`(
  WITH RECURSIVE chain AS (
    SELECT revision_id AS id, 0 AS undos
    UNION ALL
    SELECT revision.id, undos + 1 FROM revision JOIN chain ON revision.undoes = chain.id
  )
  SELECT CASE WHEN undos % 2 = 1 THEN id END FROM chain ORDER BY undos DESC LIMIT 1
)`;

/** Of an undo: as many rows as the revision wrote. */
const rowsTotal = sql<number | null>`(
  SELECT sales_added + sales_retired + places_added + places_retired FROM revision WHERE id = import.undoes
)`;

function select(database: Database) {
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
      'rows_read',
      rowsTotal.as('rows_total'),
      'accepted',
      'duplicate',
      'superseding',
      'superseded',
      'deleted',
      'rejected',
      sql<Record<string, number>>`(
        SELECT coalesce(jsonb_object_agg(reason, rows), '{}')
        FROM (SELECT reason, count(*) AS rows FROM reject WHERE import_id = import.id GROUP BY reason) AS kind
      )`.as('rejected_by_reason'),
      sql<boolean>`revision_id IS NOT NULL`.as('changed'),
      'error',
      'revision_id as revision',
      'import.undoes',
      undoneBy.as('undone_by'),
      'import.created_at',
      'finished_at',
    ]);
}

/** A page of all imports, the latest first, from after the one given. */
export function listImports(database: Database, after: string | undefined, limit: number): Promise<ImportState[]> {
  let page = select(database).orderBy('import.created_at', 'desc').orderBy('import.id', 'desc').limit(limit);
  if (after) {
    page = page.where(
      sql<boolean>`(import.created_at, import.id) < (SELECT created_at, id FROM import WHERE id = ${after}::uuid)`,
    );
  }
  return page.execute();
}

export function findImport(database: Database, id: string): Promise<ImportState | undefined> {
  return select(database).where('import.id', '=', id).executeTakeFirst();
}

export type ImportProgress = Pick<ImportState, (typeof progressColumns)[number] | 'rows_total'>;
const progressColumns = ['id', 'state', 'stage', 'bytes_total', 'bytes_read', 'rows_read', 'rejected'] as const;

/** How far the given imports are. It costs less than to find them whole. */
export function progressOf(database: Database, ids: string[]): Promise<ImportProgress[]> {
  const imports = database.kysely.selectFrom('import').select([...progressColumns, rowsTotal.as('rows_total')]);
  return imports.where('id', 'in', ids).execute();
}

/** The states of an import that has not ended. */
const underWay = ['received', 'running'] as const;

export interface NewImport {
  id: string;
  marketId: number;
  files: { name: string; bytes: number }[];
  author: string;
}

/** Records an import that is yet to run. */
export async function addImport(database: Database, { id, marketId, files, author }: NewImport): Promise<void> {
  await database.kysely
    .insertInto('import')
    .values({
      id,
      market_id: marketId,
      files: JSON.stringify(files),
      bytes_total: files.reduce((sum, { bytes }) => sum + bytes, 0),
      author,
    })
    .execute();
}

export interface NewUndo extends Undo {
  id: string;
  author: string;
}

/** Records an undo that is yet to run. @throws a 409 problem when the revision is being undone already */
export async function addUndo(database: Database, { id, marketId, undoes, author }: NewUndo): Promise<void> {
  const { numInsertedOrUpdatedRows } = await database.kysely
    .insertInto('import')
    .values({ id, market_id: marketId, undoes, author })
    .onConflict((conflict) =>
      conflict.column('undoes').where(sql<boolean>`state IN ('received', 'running')`).doNothing(),
    )
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows !== 1n) {
    throw problems.conflict(`Revision ${undoes} is being undone already: GET /api/imports tells how far that is.`);
  }
}

/**
 * Cancels an import unless it has ended. Whether it has is decided here, in the database: an import records its end in the transaction that
 * writes its sales, so after this has returned true none of them will be there, whichever task works on it.
 */
export async function cancelImport(database: Database, id: string): Promise<boolean> {
  const { numUpdatedRows } = await database.kysely
    .updateTable('import')
    .set({ state: 'cancelled', stage: null, finished_at: sql<Date>`clock_timestamp()` })
    .where('id', '=', id)
    .where('state', 'in', underWay)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Cancels all imports into a market that is deleted, unless they have ended; they say why. */
export async function cancelImportsInto(database: Database, marketId: number): Promise<void> {
  await database.kysely
    .updateTable('import')
    .set({ state: 'cancelled', stage: null, error: saidOf(endedByDeletion), finished_at: sql<Date>`clock_timestamp()` })
    .where('market_id', '=', marketId)
    .where('state', 'in', underWay)
    .execute();
}

/** Records that the given imports, unless they have ended, never will, and tells how many those are. */
export async function failUnfinished(database: Database, ids: string[]): Promise<number> {
  const { numUpdatedRows } = await database.kysely
    .updateTable('import')
    .set({
      state: 'failed',
      stage: null,
      error: saidOf(
        (kind) =>
          `The service or its database stopped before the ${kind} had ended, so nothing was written. ${again[kind]}`,
      ),
      finished_at: sql<Date>`clock_timestamp()`,
    })
    .where(sql<boolean>`id::text = ANY(${ids})`)
    .where('state', 'in', underWay)
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** Those of the given imports that have been cancelled. */
export async function cancelledAmong(database: Database, ids: string[]): Promise<string[]> {
  const rows = await database.kysely
    .selectFrom('import')
    .select('id')
    .where('id', 'in', ids)
    .where('state', '=', 'cancelled')
    .execute();
  return rows.map(({ id }) => id);
}

export type Reject = Omit<RejectRow, 'import_id'>;

/** Rejects are read so many at a time: a file may have hundreds of thousands. */
const rejectsAtOnce = 1_000;

/** Everything that an import rejected, in the order met. The header is that of the reject before where it is not given. */
export async function* rejectsOf(database: Database, id: string): AsyncGenerator<Reject[]> {
  let after = 0;
  let header: string | null = null;
  for (;;) {
    const rejects: Reject[] = await database.kysely
      .selectFrom('reject')
      .select(['number', 'file', 'line', 'content', 'reason', 'message', 'format', 'header'])
      .where('import_id', '=', id)
      .where('number', '>', after)
      .orderBy('number')
      .limit(rejectsAtOnce)
      .execute();
    for (const reject of rejects) {
      header = reject.header ?? header;
      reject.header = header;
    }
    yield rejects;
    const last = rejects.at(-1);
    if (!last || rejects.length < rejectsAtOnce) return;
    after = last.number;
  }
}

/** Undoing a revision, as another one: what it retired is in force again, what it added no longer is. */
import type pg from 'pg';
import type { Database, Written } from './database.ts';
import { lockMarket } from './market-lock.ts';
import type { RevisionKind } from './schema.ts';

/** A revision cannot be undone, for the reason that the message tells. */
export class CannotUndo extends Error {
  override readonly name = 'CannotUndo';
}

/**
 * Undoes a revision exactly, or not at all. Rows never change but to be retired, so what comes back does so as new rows, with ids of their own. An undo
 * can be undone like any other revision; where that has happened, undoing the first one again means to undo the last.
 * @returns undefined if there is no such revision
 * @throws CannotUndo when it is undone already, when something later builds on it, or when it is of a kind that has nothing to be undone
 */
export async function undoRevision(database: Database, id: number, author: string): Promise<Written<void> | undefined> {
  const last = await lastUndo(database, id);
  if (!last) return undefined;
  const { marketId, kind, undos } = last;
  if (marketId === null || kind === 'market') {
    throw new CannotUndo(`Revision ${id} changed a market itself, and not its sales. Change the market instead.`);
  }
  if (undos % 2 === 1) throw new CannotUndo(`Revision ${id} is undone already, by revision ${last.id}.`);
  const revision = { marketId, kind: 'undo', author, note: `revision ${id}`, undoes: last.id } as const;
  try {
    return await database.write(revision, async (transaction) => {
      const { client, revisionId } = transaction;
      await lockMarket(client, marketId);
      const sales = await undoRows(client, 'sale', last.id, revisionId);
      const places = await undoRows(client, 'gazetteer_place', last.id, revisionId);
      Object.assign(transaction, { salesAdded: sales.added, salesRetired: sales.retired });
      Object.assign(transaction, { placesAdded: places.added, placesRetired: places.retired });
    });
  } catch (error) {
    // A revision is undone by one at most, and another was first.
    if (error instanceof Error && 'constraint' in error && error.constraint === 'revision_undoes') {
      throw new CannotUndo(`Revision ${id} was undone just now.`);
    }
    throw error;
  }
}

interface LastUndo {
  id: number;
  marketId: number | null;
  kind: RevisionKind;
  /** How many undos follow the revision; it is in force when they are even. */
  undos: number;
}

/** The last of the revision, its undo, the undo of that, and so on. */
function lastUndo(database: Database, id: number): Promise<LastUndo | undefined> {
  return database.read(async (client) => {
    const { rows } = await client.query<LastUndo>(
      `WITH RECURSIVE chain AS (
         SELECT id, market_id, kind, 0 AS undos FROM revision WHERE id = $1
         UNION ALL
         SELECT revision.id, revision.market_id, revision.kind, undos + 1 FROM revision JOIN chain ON revision.undoes = chain.id
       )
       SELECT id, market_id AS "marketId", kind, undos FROM chain ORDER BY undos DESC LIMIT 1`,
      [id],
    );
    return rows[0];
  });
}

/**
 * Undoes what a revision did to a table whose rows come into force, are retired, and are otherwise never changed. Every key that it touched has to be
 * as it left it: with an equal row in force where it added one (its own, or one that came back by an undo), and with none where it only retired.
 */
async function undoRows(client: pg.ClientBase, table: 'sale' | 'gazetteer_place', revision: number, undo: number) {
  // The planner takes what was written a moment ago for a handful of rows. So that it goes through no table once for each of them, what is in force is
  // looked up by its one index, and only where a revision's own row no longer is.
  const inForce = `SELECT id, added_by, fingerprint FROM ${table} AS known
    WHERE known.market_id = touched.market_id AND known.key = touched.key AND known.retired_by IS NULL LIMIT 1`;
  const {
    rows: [later],
  } = await client.query<{ revision: number }>(
    `SELECT coalesce(present.added_by, (
       SELECT revision.id FROM ${table} AS gone JOIN revision ON revision.id = gone.retired_by
       WHERE gone.market_id = touched.market_id AND gone.key = touched.key ORDER BY version DESC LIMIT 1
     )) AS revision
     FROM (
       SELECT market_id, key, any_value(fingerprint) FILTER (WHERE added_by = $1) AS fingerprint
       FROM ${table} WHERE added_by = $1 OR retired_by = $1 GROUP BY market_id, key
       HAVING NOT bool_or(added_by = $1 AND retired_by IS NULL)
     ) AS touched
     LEFT JOIN LATERAL (${inForce}) AS present ON true
     WHERE present.fingerprint IS DISTINCT FROM touched.fingerprint LIMIT 1`,
    [revision],
  );
  if (later) {
    throw new CannotUndo(
      `Revision ${later.revision} has since changed what revision ${revision} wrote, so that the state before can't be had back. Undo revision ${later.revision} first.`,
    );
  }
  const retired = await client.query(
    `UPDATE ${table} AS known SET retired_by = $2 FROM (
       SELECT id FROM ${table} WHERE added_by = $1 AND retired_by IS NULL
       UNION ALL
       SELECT present.id FROM ${table} AS touched CROSS JOIN LATERAL (${inForce}) AS present
       WHERE touched.added_by = $1 AND touched.retired_by IS NOT NULL
     ) AS present WHERE known.id = present.id`,
    [revision, undo],
  );
  // Whatever columns the table has: a row that comes back must lack none.
  const { rows } = await client.query<{ columns: string }>(
    `SELECT string_agg(quote_ident(attname), ', ') AS columns FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('id', 'added_by', 'retired_by')`,
    [table],
  );
  const columns = rows[0]?.columns;
  const added = await client.query(
    `INSERT INTO ${table} (added_by, ${columns}) SELECT $2, ${columns} FROM ${table} WHERE retired_by = $1 ORDER BY id`,
    [revision, undo],
  );
  return { added: added.rowCount ?? 0, retired: retired.rowCount ?? 0 };
}

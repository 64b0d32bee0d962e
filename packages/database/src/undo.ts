/**
 * Undoing a revision, by another revision. Rows that it retired are in force again, and rows that it added are retired. It is undone completely or not
 * at all.
 *
 * Rows never change except that they are retired, so rows that return are inserted again with new ids. An undo can be undone like any other revision.
 * After that, undoing the first revision again undoes the last of the chain.
 */
import pg from 'pg';
import type { Database } from './database.ts';
import { CannotUndo } from './errors.ts';
import { lockMarket, MarketGone } from './market-lock.ts';
import type { RevisionKind } from './schema.ts';
import type { WriteTransaction } from './write.ts';

/** The revision to undo. */
export interface Undo {
  marketId: number;
  /** The revision; the last one in a chain of undos. */
  undoes: number;
}

/** The tables whose rows come into force and are retired, and never change otherwise. */
const tables = ['sale', 'gazetteer_place', 'set_aside_sale', 'market_note'] as const;
type Table = (typeof tables)[number];

/** The number of rows that one statement writes, in about 100 ms. */
const batchSize = 5_000;

/** With the default of 4 MB, the keys of a large import are sorted on disk. */
const memory = "SET LOCAL work_mem = '64MB'";

/** Time limit, in milliseconds, of the check whether a revision can be undone. After that, only the undo itself checks it. */
const checkTimeout = 2_000;

/**
 * Plans the undo of a revision.
 * @returns undefined if there is no such revision
 * @throws MarketGone; CannotUndo if the revision is already undone, is of a kind that cannot be undone, or if a later revision changed its rows. The last
 * condition is checked within a time limit here, and always by `compareForUndo`.
 */
export async function planUndo(database: Database, id: number): Promise<Undo | undefined> {
  const last = await lastUndo(database, id);
  if (!last) return undefined;
  const { marketId, kind, undos } = last;
  if (marketId === null || kind === 'market') {
    throw new CannotUndo(`Revision ${id} changed a market itself, and not its sales. Change the market instead.`);
  }
  if (last.marketGone) throw new MarketGone();
  if (undos % 2 === 1) throw new CannotUndo(`Revision ${id} is undone already, by revision ${last.id}.`);
  if (last.followed) await findLater(database, last.id);
  return { marketId, undoes: last.id };
}

interface LastUndo {
  id: number;
  marketId: number | null;
  marketGone: boolean;
  kind: RevisionKind;
  /** The number of undos in the chain. The revision is in force if it is even. */
  undos: number;
  /** Whether a later revision changed the market. */
  followed: boolean;
}

/** The last revision in the chain of the revision, its undo, the undo of that, and so on. */
function lastUndo(database: Database, id: number): Promise<LastUndo | undefined> {
  return database.read(async (client) => {
    const { rows } = await client.query<LastUndo>(
      `WITH RECURSIVE chain AS (
         SELECT id, market_version AS version, market_id, kind, 0 AS undos FROM revision WHERE id = $1
         UNION ALL
         SELECT revision.id, revision.market_version, revision.market_id, revision.kind, undos + 1
         FROM revision JOIN chain ON revision.undoes = chain.id
       )
       SELECT chain.id, chain.market_id AS "marketId", market.deleted_at IS NOT NULL AS "marketGone", kind, undos, EXISTS (
         SELECT FROM revision AS later WHERE later.market_id = chain.market_id AND later.market_version > chain.version
           AND later.sales_added + later.sales_retired + later.places_added + later.places_retired + later.set_aside_added + later.set_aside_retired
             + later.notes_added + later.notes_retired > 0
       ) AS followed
       FROM chain LEFT JOIN market ON market.id = chain.market_id ORDER BY undos DESC LIMIT 1`,
      [id],
    );
    return rows[0];
  });
}

async function findLater(database: Database, revision: number): Promise<void> {
  try {
    await database.read(async (client) => {
      await client.query(`${memory}; SET LOCAL statement_timeout = ${checkTimeout}`);
      for (const table of tables) await refuseLater(client, table, revision);
    });
  } catch (error) {
    const outOfTime = error instanceof pg.DatabaseError && error.code === '57014';
    if (!outOfTime) throw error;
  }
}

/**
 * Checks that every key of the revision is in the state that the revision left: if it added a row, an equal row is in force (the same, or one that an undo
 * inserted again); if it only retired a row, none is in force. Locks the market until the transaction ends, so that the state does not change.
 * @throws CannotUndo, MarketGone
 */
export async function compareForUndo(client: pg.ClientBase, { marketId, undoes }: Undo): Promise<void> {
  await lockMarket(client, marketId);
  await client.query(memory);
  for (const table of tables) await refuseLater(client, table, undoes);
}

/**
 * Undoes a revision after `compareForUndo`. Sets the counts of the transaction.
 * @param onRows called with the number of rows of each batch that was written; an error that it throws ends the work
 */
export async function writeUndo(
  transaction: WriteTransaction,
  { undoes }: Undo,
  onRows: (rows: number) => void,
): Promise<void> {
  const sales = await undoRows(transaction, 'sale', undoes, onRows);
  const places = await undoRows(transaction, 'gazetteer_place', undoes, onRows);
  const setAside = await undoRows(transaction, 'set_aside_sale', undoes, onRows);
  const notes = await undoRows(transaction, 'market_note', undoes, onRows);
  Object.assign(transaction, { salesAdded: sales.added, salesRetired: sales.retired });
  Object.assign(transaction, { placesAdded: places.added, placesRetired: places.retired });
  Object.assign(transaction, { setAsideAdded: setAside.added, setAsideRetired: setAside.retired });
  Object.assign(transaction, { notesAdded: notes.added, notesRetired: notes.retired });
}

/**
 * SQL: the row in force of a key. The planner underestimates the number of rows that were written a moment ago, and could scan a table for each of them.
 * So the row in force is found by its index, and only if the revision's own row is not in force.
 */
const inForce = (table: Table) => `SELECT id, ctid, added_by, fingerprint FROM ${table} AS known
  WHERE known.market_id = touched.market_id AND known.key = touched.key AND known.retired_by IS NULL LIMIT 1`;

async function refuseLater(client: pg.ClientBase, table: Table, revision: number): Promise<void> {
  const {
    rows: [later],
  } = await client.query<{ revision: number }>(
    `SELECT coalesce(present.added_by, (
       SELECT revision.id FROM ${table} AS gone JOIN revision ON revision.id = gone.retired_by
       WHERE gone.market_id = touched.market_id AND gone.key = touched.key ORDER BY market_version DESC LIMIT 1
     )) AS revision
     FROM (
       SELECT market_id, key, any_value(fingerprint) FILTER (WHERE added_by = $1) AS fingerprint
       FROM ${table} WHERE added_by = $1 OR retired_by = $1 GROUP BY market_id, key
       HAVING NOT bool_or(added_by = $1 AND retired_by IS NULL)
     ) AS touched
     LEFT JOIN LATERAL (${inForce(table)}) AS present ON true
     WHERE present.fingerprint IS DISTINCT FROM touched.fingerprint LIMIT 1`,
    [revision],
  );
  if (later) {
    throw new CannotUndo(
      `Revision ${later.revision} has since changed what revision ${revision} wrote, so the earlier state cannot be restored. Undo revision ${later.revision} first.`,
    );
  }
}

async function undoRows(
  { client, revisionId }: WriteTransaction,
  table: Table,
  revision: number,
  onRows: (rows: number) => void,
): Promise<{ added: number; retired: number }> {
  const retired = await inBatches(
    client,
    `SELECT ctid FROM ${table} WHERE added_by = ${revision} AND retired_by IS NULL
     UNION ALL
     SELECT present.ctid FROM ${table} AS touched CROSS JOIN LATERAL (${inForce(table)}) AS present
     WHERE touched.added_by = ${revision} AND touched.retired_by IS NOT NULL`,
    `UPDATE ${table} SET retired_by = ${revisionId} WHERE ctid = ANY ($1::tid[]) AND retired_by IS NULL`,
    onRows,
  );
  // All columns of the table: a row that is inserted again must be complete.
  const { rows } = await client.query<{ columns: string }>(
    `SELECT string_agg(quote_ident(attname), ', ') AS columns FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('id', 'added_by', 'retired_by')`,
    [table],
  );
  const columns = rows[0]?.columns;
  const added = await inBatches(
    client,
    `SELECT ctid FROM ${table} WHERE retired_by = ${revision} ORDER BY id`,
    `INSERT INTO ${table} (added_by, ${columns})
     SELECT ${revisionId}, ${columns} FROM ${table} WHERE ctid = ANY ($1::tid[]) ORDER BY id`,
    onRows,
  );
  return { added, retired };
}

/**
 * Runs a statement on the rows of a query in batches, and returns their number. Rows are identified by `ctid`, which does not change while no one else
 * writes to them, and which is the fastest access with any plan.
 */
async function inBatches(client: pg.ClientBase, query: string, work: string, onRows: (rows: number) => void) {
  await client.query(`DECLARE batch NO SCROLL CURSOR FOR ${query}`);
  for (let written = 0; ; ) {
    const { rows } = await client.query<{ ctid: string }>(`FETCH ${batchSize} FROM batch`);
    if (rows.length > 0) {
      const { rowCount } = await client.query(work, [rows.map(({ ctid }) => ctid)]);
      if (rowCount !== rows.length) throw new CannotUndo('What the revision wrote was changed just now. Try again.');
      written += rows.length;
      onRows(rows.length);
    }
    if (rows.length < batchSize) {
      await client.query('CLOSE batch');
      return written;
    }
  }
}

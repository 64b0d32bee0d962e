/**
 * Undoing a revision, as another one: what it retired is in force again, what it added no longer is. Exactly, or not at all.
 *
 * Rows never change but to be retired, so what comes back does so as new rows, with ids of their own. An undo can be undone like any other revision; where
 * that has happened, undoing the first one again means to undo the last.
 */
import pg from 'pg';
import type { Database } from './database.ts';
import { CannotUndo } from './errors.ts';
import { lockMarket, MarketGone } from './market-lock.ts';
import type { RevisionKind } from './schema.ts';
import type { WriteTransaction } from './write.ts';

/** What there is to undo. */
export interface Undo {
  marketId: number;
  /** The revision: of a chain of undos, the last. */
  undoes: number;
}

/** The tables whose rows come into force, are retired, and are otherwise never changed. */
const tables = ['sale', 'gazetteer_place'] as const;
type Table = (typeof tables)[number];

/** Rows that are written by one statement: some 100 ms. */
const piece = 5_000;

/** The default 4 MB sends the keys of a large import to disk. */
const memory = "SET LOCAL work_mem = '64MB'";

/** How long it may take to find out that a revision cannot be undone, before that is left to the undo itself; in milliseconds. */
const patience = 2_000;

/**
 * What it takes to undo a revision.
 * @returns undefined if there is no such revision
 * @throws MarketGone, and CannotUndo when it is undone already, when it is of a kind that has nothing to be undone, or when something later builds on
 * it and that can be found out soon; for sure it is by `compareForUndo`
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
  /** How many undos follow the revision; it is in force when they are even. */
  undos: number;
  /** Whether anything was changed in the market since. */
  followed: boolean;
}

/** The last of the revision, its undo, the undo of that, and so on. */
function lastUndo(database: Database, id: number): Promise<LastUndo | undefined> {
  return database.read(async (client) => {
    const { rows } = await client.query<LastUndo>(
      `WITH RECURSIVE chain AS (
         SELECT id, version, market_id, kind, 0 AS undos FROM revision WHERE id = $1
         UNION ALL
         SELECT revision.id, revision.version, revision.market_id, revision.kind, undos + 1
         FROM revision JOIN chain ON revision.undoes = chain.id
       )
       SELECT chain.id, chain.market_id AS "marketId", market.deleted_at IS NOT NULL AS "marketGone", kind, undos, EXISTS (
         SELECT FROM revision AS later WHERE later.market_id = chain.market_id AND later.version > chain.version
           AND later.sales_added + later.sales_retired + later.places_added + later.places_retired > 0
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
      await client.query(`${memory}; SET LOCAL statement_timeout = ${patience}`);
      for (const table of tables) await refuseLater(client, table, revision);
    });
  } catch (error) {
    const outOfTime = error instanceof pg.DatabaseError && error.code === '57014';
    if (!outOfTime) throw error;
  }
}

/**
 * Sees that every key the revision touched is as it left it: with an equal row in force where it added one (its own, or one that came back by an
 * undo), and with none where it only retired. Locks the market until the transaction ends, so that this stays so.
 * @throws CannotUndo, MarketGone
 */
export async function compareForUndo(client: pg.ClientBase, { marketId, undoes }: Undo): Promise<void> {
  await lockMarket(client, marketId);
  await client.query(memory);
  for (const table of tables) await refuseLater(client, table, undoes);
}

/**
 * Undoes what was found to be as the revision left it. The transaction is told how many rows came into force and were retired.
 * @param tell called with the number of rows written, for each piece of the work; what it throws ends the work
 */
export async function writeUndo(
  transaction: WriteTransaction,
  { undoes }: Undo,
  tell: (rows: number) => void,
): Promise<void> {
  const sales = await undoRows(transaction, 'sale', undoes, tell);
  const places = await undoRows(transaction, 'gazetteer_place', undoes, tell);
  Object.assign(transaction, { salesAdded: sales.added, salesRetired: sales.retired });
  Object.assign(transaction, { placesAdded: places.added, placesRetired: places.retired });
}

/**
 * SQL: the row of a key in force. The planner takes what was written a moment ago for a handful of rows. So that it goes through no table once for each
 * of them, what is in force is looked up by its one index, and only where a revision's own row no longer is.
 */
const inForce = (table: Table) => `SELECT id, ctid, added_by, fingerprint FROM ${table} AS known
  WHERE known.market_id = touched.market_id AND known.key = touched.key AND known.retired_by IS NULL LIMIT 1`;

async function refuseLater(client: pg.ClientBase, table: Table, revision: number): Promise<void> {
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
     LEFT JOIN LATERAL (${inForce(table)}) AS present ON true
     WHERE present.fingerprint IS DISTINCT FROM touched.fingerprint LIMIT 1`,
    [revision],
  );
  if (later) {
    throw new CannotUndo(
      `Revision ${later.revision} has since changed what revision ${revision} wrote, so that the state before can't be had back. Undo revision ${later.revision} first.`,
    );
  }
}

async function undoRows(
  { client, revisionId }: WriteTransaction,
  table: Table,
  revision: number,
  tell: (rows: number) => void,
): Promise<{ added: number; retired: number }> {
  const retired = await inPieces(
    client,
    `SELECT ctid FROM ${table} WHERE added_by = ${revision} AND retired_by IS NULL
     UNION ALL
     SELECT present.ctid FROM ${table} AS touched CROSS JOIN LATERAL (${inForce(table)}) AS present
     WHERE touched.added_by = ${revision} AND touched.retired_by IS NOT NULL`,
    `UPDATE ${table} SET retired_by = ${revisionId} WHERE ctid = ANY ($1::tid[]) AND retired_by IS NULL`,
    tell,
  );
  // Whatever columns the table has: a row that comes back must lack none.
  const { rows } = await client.query<{ columns: string }>(
    `SELECT string_agg(quote_ident(attname), ', ') AS columns FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('id', 'added_by', 'retired_by')`,
    [table],
  );
  const columns = rows[0]?.columns;
  const added = await inPieces(
    client,
    `SELECT ctid FROM ${table} WHERE retired_by = ${revision} ORDER BY id`,
    `INSERT INTO ${table} (added_by, ${columns})
     SELECT ${revisionId}, ${columns} FROM ${table} WHERE ctid = ANY ($1::tid[]) ORDER BY id`,
    tell,
  );
  return { added, retired };
}

/**
 * Does work on the rows that a query finds, piece by piece, and tells how many those are. They are named by where they stand, which doesn't change while
 * nobody else writes to them, and is the quickest way to them whatever the planner knows.
 */
async function inPieces(client: pg.ClientBase, query: string, work: string, tell: (rows: number) => void) {
  await client.query(`DECLARE piece NO SCROLL CURSOR FOR ${query}`);
  for (let written = 0; ; ) {
    const { rows } = await client.query<{ ctid: string }>(`FETCH ${piece} FROM piece`);
    if (rows.length > 0) {
      const { rowCount } = await client.query(work, [rows.map(({ ctid }) => ctid)]);
      if (rowCount !== rows.length)
        throw new CannotUndo('What the revision wrote was changed just now. Look at it again.');
      written += rows.length;
      tell(rows.length);
    }
    if (rows.length < piece) {
      await client.query('CLOSE piece');
      return written;
    }
  }
}

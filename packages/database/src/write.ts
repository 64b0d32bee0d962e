/**
 * The write protocol. A write is one transaction: it inserts its revision, does its work, and takes the market's next version as its last
 * statement. Only that last step is serial, and only among writers of one market, so that the versions of a market become visible in order
 * and without gaps.
 */
import pg from 'pg';
import { Abandoned, CannotUndo, CommitUnknown, isSessionEnd } from './errors.ts';
import { rollBack, transactionSettings } from './pool.ts';
import { type RevisionNote, revisionText, storableJson } from './revision-notes.ts';
import type { RevisionKind } from './schema.ts';

export interface RevisionInput {
  /** The market, or a function that creates it in the transaction. */
  marketId: number | ((client: pg.PoolClient) => Promise<number>);
  kind: RevisionKind;
  author: string;
  note?: RevisionNote;
  /** The revision that this one undoes. */
  undoes?: number;
}

/** The transaction in which the work of a write runs. */
export interface WriteTransaction {
  readonly client: pg.PoolClient;
  /** For `added_by` and `retired_by` of the rows written. */
  readonly revisionId: number;
  /** The counts of the revision, set by the work. */
  salesAdded: number;
  salesRetired: number;
  placesAdded: number;
  placesRetired: number;
  setAsideAdded: number;
  setAsideRetired: number;
  notesAdded: number;
  notesRetired: number;
  /** Throws, so that everything is rolled back and the write rejects with `Abandoned`. */
  abandon(): never;
}

export interface Written<T> {
  result: T;
  revisionId: number;
  /** The first version of the market that shows the change. */
  version: number;
}

/** Does the work of a revision and commits it, or rolls everything back. @throws as `Database.write` */
export async function writeRevision<T>(
  client: pg.PoolClient,
  revision: RevisionInput,
  work: (transaction: WriteTransaction) => Promise<T>,
): Promise<Written<T>> {
  // READ COMMITTED, because the last statement has to see the version that it waited for.
  await client.query(`BEGIN ISOLATION LEVEL READ COMMITTED; ${transactionSettings}`);
  let written: Written<T>;
  try {
    const revisionId = await addRevision(client, revision);
    const transaction: WriteTransaction = {
      client,
      revisionId,
      salesAdded: 0,
      salesRetired: 0,
      placesAdded: 0,
      placesRetired: 0,
      setAsideAdded: 0,
      setAsideRetired: 0,
      notesAdded: 0,
      notesRetired: 0,
      abandon() {
        throw new Abandoned();
      },
    };
    const result = await work(transaction);
    written = { result, revisionId, version: await takeVersion(client, transaction) };
  } catch (error) {
    await rollBack(client);
    throw error;
  }
  try {
    await client.query('COMMIT');
  } catch (error) {
    if (error instanceof pg.DatabaseError && !isSessionEnd(error)) throw error;
    throw new CommitUnknown(error, written.revisionId);
  }
  return written;
}

async function addRevision(
  client: pg.PoolClient,
  { marketId, kind, author, note, undoes }: RevisionInput,
): Promise<number> {
  const id = typeof marketId === 'number' ? marketId : await marketId(client);
  // A revision can be undone once. If another transaction is undoing it, this statement waits for that one to end.
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO revision (market_id, kind, author, note, coded_note, undoes) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (undoes) WHERE undoes IS NOT NULL DO NOTHING RETURNING id`,
    [id, kind, author, note ? revisionText(note) : null, note ? storableJson(note) : null, undoes ?? null],
  );
  if (!rows[0]) throw new CannotUndo(`Revision ${undoes} was undone just now.`);
  return rows[0].id;
}

/** Takes the market's next version, and with it a row lock: other writers of the market take theirs after this transaction has ended. */
async function takeVersion(client: pg.PoolClient, transaction: WriteTransaction): Promise<number> {
  const { revisionId, salesAdded, salesRetired, placesAdded, placesRetired } = transaction;
  const { setAsideAdded, setAsideRetired, notesAdded, notesRetired } = transaction;
  // A trigger replaces the 0 by the next number.
  const { rows } = await client.query<{ version: number }>(
    `UPDATE revision SET version = 0, sales_added = $2, sales_retired = $3, places_added = $4, places_retired = $5,
       set_aside_added = $6, set_aside_retired = $7, notes_added = $8, notes_retired = $9
     WHERE id = $1 RETURNING market_version AS version`,
    [
      revisionId,
      salesAdded,
      salesRetired,
      placesAdded,
      placesRetired,
      setAsideAdded,
      setAsideRetired,
      notesAdded,
      notesRetired,
    ],
  );
  return (rows[0] as { version: number }).version;
}

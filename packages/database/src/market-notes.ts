/** Notes on the charts of a market: dated sentences, such as a change of law. */
import { createHash, randomUUID } from 'node:crypto';
import type { Database } from './database.ts';
import { Abandoned } from './errors.ts';
import { lockMarketSoon } from './market-lock.ts';
import type { Written } from './write.ts';

/** The longest text, in characters. */
export const maxNoteLength = 300;
/** The most notes of a market that are in force. */
export const maxNotes = 500;

export interface MarketNote {
  /** The same for a note that was removed and restored. */
  id: string;
  /** ISO. */
  day: string;
  text: string;
}

/** The notes of a market at a version, by day; at the current one by default. */
export async function listNotes({ kysely }: Database, marketId: number, version?: number): Promise<MarketNote[]> {
  let notes = kysely
    .selectFrom('market_note')
    .innerJoin('revision as added', 'added.id', 'market_note.added_by')
    .leftJoin('revision as retired', 'retired.id', 'market_note.retired_by')
    .select(['market_note.key as id', 'market_note.day', 'market_note.text'])
    .where('market_note.market_id', '=', marketId)
    .orderBy('market_note.day')
    .orderBy('market_note.key');
  if (version === undefined) notes = notes.where('market_note.retired_by', 'is', null);
  else {
    notes = notes
      .where('added.market_version', '<=', version)
      .where((eb) => eb.or([eb('retired.id', 'is', null), eb('retired.market_version', '>', version)]));
  }
  return notes.execute();
}

/**
 * Adds a note to a market, as one revision.
 * @param note text: 1 to `maxNoteLength` characters
 * @returns undefined if the market has `maxNotes` already
 * @throws MarketGone, MarketBusy
 */
export function addNote(
  database: Database,
  marketId: number,
  { day, text }: Omit<MarketNote, 'id'>,
  author: string,
): Promise<Written<MarketNote> | undefined> {
  const written = database.write(
    { marketId, kind: 'note', author, note: { code: 'note_added', day, text } },
    async (transaction) => {
      const { client, revisionId } = transaction;
      await lockMarketSoon(client, marketId);
      const { rows } = await client.query<{ notes: number }>(
        'SELECT count(*)::integer AS notes FROM market_note WHERE market_id = $1 AND retired_by IS NULL',
        [marketId],
      );
      if ((rows[0]?.notes ?? 0) >= maxNotes) transaction.abandon();
      const id = randomUUID();
      const fingerprint = createHash('md5').update(`${day} ${text}`).digest('hex');
      await client.query(
        'INSERT INTO market_note (market_id, key, fingerprint, added_by, day, text) VALUES ($1, $2, $3, $4, $5, $6)',
        [marketId, id, fingerprint, revisionId, day, text],
      );
      transaction.notesAdded = 1;
      return { id, day, text };
    },
  );
  return written.catch(undefinedIfAbandoned);
}

/**
 * Removes a note, as one revision.
 * @returns undefined if the market has no such note
 * @throws MarketGone, MarketBusy
 */
export async function removeNote(
  database: Database,
  marketId: number,
  id: string,
  author: string,
): Promise<Written<void> | undefined> {
  const found = await database.kysely
    .selectFrom('market_note')
    .select(['day', 'text'])
    .where('market_id', '=', marketId)
    .where('key', '=', id)
    .where('retired_by', 'is', null)
    .executeTakeFirst();
  if (!found) return undefined;
  const note = { code: 'note_removed', ...found } as const;
  const written = database.write({ marketId, kind: 'note', author, note }, async (transaction) => {
    const { client, revisionId } = transaction;
    await lockMarketSoon(client, marketId);
    const { rowCount } = await client.query(
      'UPDATE market_note SET retired_by = $3 WHERE market_id = $1 AND key = $2 AND retired_by IS NULL',
      [marketId, id, revisionId],
    );
    if (rowCount === 0) transaction.abandon();
    transaction.notesRetired = 1;
  });
  return written.catch(undefinedIfAbandoned);
}

function undefinedIfAbandoned(error: unknown): undefined {
  if (error instanceof Abandoned) return undefined;
  throw error;
}

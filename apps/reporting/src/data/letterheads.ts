/** The letterheads of documents, in the database: one for all markets, and one for each market that has its own. */
import { type Database, type LetterheadRow, NotFound } from '@property-insights/database';
import type { Letterhead } from '@property-insights/reports';

export type SavedLetterhead = LetterheadRow & { letterhead: Letterhead };

/** The letterhead of a market: its own, or that of all markets. */
export async function letterheadOf(
  { kysely }: Database,
  marketId: number | null,
): Promise<SavedLetterhead | undefined> {
  const found = await kysely
    .selectFrom('reporting.letterhead')
    .selectAll()
    .where((eb) => eb.or([eb('market_id', 'is', null), eb('market_id', '=', marketId)]))
    .orderBy('market_id', (order) => order.nullsLast())
    .limit(1)
    .executeTakeFirst();
  return found as SavedLetterhead | undefined;
}

/** All letterheads, the one of all markets first; `market` is the code, null for all markets. */
export async function listLetterheads({
  kysely,
}: Database): Promise<{ market: string | null; letterhead: Letterhead }[]> {
  const rows = await kysely
    .selectFrom('reporting.letterhead')
    .leftJoin('market', 'market.id', 'reporting.letterhead.market_id')
    .select(['market.code as market', 'letterhead'])
    .where('market.deleted_at', 'is', null)
    .orderBy('market.code', (order) => order.asc().nullsFirst())
    .execute();
  return rows as { market: string | null; letterhead: Letterhead }[];
}

export async function saveLetterhead(
  { kysely }: Database,
  marketId: number | null,
  letterhead: Letterhead,
  author: string,
): Promise<void> {
  const row = { letterhead: JSON.stringify(letterhead), author };
  await kysely
    .insertInto('reporting.letterhead')
    .values({ ...row, market_id: marketId })
    .onConflict((conflict) => conflict.column('market_id').doUpdateSet({ ...row, changed_at: new Date() }))
    .execute();
}

/** @throws NotFound if there is none */
export async function deleteLetterhead({ kysely }: Database, marketId: number | null): Promise<void> {
  const { numDeletedRows } = await kysely
    .deleteFrom('reporting.letterhead')
    .where('market_id', marketId === null ? 'is' : '=', marketId)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw new NotFound('There is no such letterhead.');
}

/**
 * The id of a market, or null for all markets.
 * @throws NotFound
 */
export async function marketIdOf({ kysely }: Database, code: string | undefined): Promise<number | null> {
  if (code === undefined) return null;
  const query = kysely.selectFrom('market').select('id').where('code', '=', code).where('deleted_at', 'is', null);
  const found = await query.executeTakeFirst();
  if (!found) throw new NotFound(`There is no market "${code}".`);
  return found.id;
}

/** Setting sales aside by hand: statistics leave them out, and say so, until they are reinstated. */
import { createHash } from 'node:crypto';
import type { Database } from './database.ts';
import { Abandoned } from './errors.ts';
import { lockMarketSoon } from './market-lock.ts';
import type { Written } from './write.ts';

/** The longest reason, in characters. */
export const maxReasonLength = 500;

/**
 * Sets the sale in force with this id aside, for a reason, or reinstates it (reason null), as one revision. It is known by its key: the source's next
 * issue of the sale stays set aside.
 * @param reason 1 to `maxReasonLength` characters
 * @returns the revision; 'unchanged' if the sale was in this state already; undefined if there is no such sale in force
 * @throws MarketGone, MarketBusy
 */
export async function setAside(
  database: Database,
  saleId: number,
  reason: string | null,
  author: string,
): Promise<Written<void> | 'unchanged' | undefined> {
  const sale = await database.kysely
    .selectFrom('sale')
    .select(['market_id', 'key', 'address'])
    .where('id', '=', saleId)
    .executeTakeFirst();
  if (!sale) return undefined;
  const { market_id: marketId, key, address } = sale;
  const note =
    reason === null
      ? ({ code: 'sale_reinstated', address } as const)
      : ({ code: 'sale_set_aside', address, reason } as const);
  let outcome: 'unchanged' | undefined;
  const written = database.write({ marketId, kind: 'set_aside', author, note }, async (transaction) => {
    const { client, revisionId } = transaction;
    // Held against imports and undos, which could retire the sale or restore an earlier reason at the same time.
    await lockMarketSoon(client, marketId);
    const { rows } = await client.query<{ reason: string | null }>(
      `SELECT reason FROM sale LEFT JOIN set_aside_sale AS aside
         ON aside.market_id = sale.market_id AND aside.key = sale.key AND aside.retired_by IS NULL
       WHERE sale.id = $1 AND sale.retired_by IS NULL`,
      [saleId],
    );
    if (!rows[0] || rows[0].reason === reason) {
      outcome = rows[0] && 'unchanged';
      transaction.abandon();
    }
    const { rowCount } = await client.query(
      'UPDATE set_aside_sale SET retired_by = $3 WHERE market_id = $1 AND key = $2 AND retired_by IS NULL',
      [marketId, key, revisionId],
    );
    transaction.setAsideRetired = rowCount ?? 0;
    if (reason === null) return;
    const fingerprint = createHash('md5').update(reason).digest('hex');
    await client.query(
      'INSERT INTO set_aside_sale (market_id, key, fingerprint, added_by, reason) VALUES ($1, $2, $3, $4, $5)',
      [marketId, key, fingerprint, revisionId, reason],
    );
    transaction.setAsideAdded = 1;
  });
  return written.catch((error: unknown) => {
    if (error instanceof Abandoned) return outcome;
    throw error;
  });
}

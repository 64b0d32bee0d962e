import type pg from 'pg';

/** The first number of an advisory lock whose second is a market. */
const marketLocks = 1;

/** The market was deleted before its turn had come. */
export class MarketGone extends Error {
  override readonly name = 'MarketGone';

  constructor() {
    super('The market has been deleted.');
  }
}

/** What is said of an import or an undo that was under way then. */
export const endedByDeletion = (kind: 'import' | 'undo') =>
  `The market was deleted before the ${kind} had ended, so nothing was written.`;

/**
 * Waits until nobody else compares sales with this market or takes many from it, and keeps others from doing so until the transaction ends.
 * @throws MarketGone
 */
export async function lockMarket(client: pg.ClientBase, marketId: number): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1, $2)', [marketLocks, marketId]);
  await seeMarket(client, marketId);
}

/** @throws MarketGone */
export async function seeMarket(client: pg.ClientBase, marketId: number): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM market WHERE id = $1 AND deleted_at IS NULL', [marketId]);
  if (rowCount === 0) throw new MarketGone();
}

/**
 * Keeps the market from being deleted until the transaction ends. For few sales: who does so doesn't wait for others.
 * @throws MarketGone
 */
export async function holdMarket(client: pg.ClientBase, marketId: number): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM market WHERE id = $1 AND deleted_at IS NULL FOR SHARE', [
    marketId,
  ]);
  if (rowCount === 0) throw new MarketGone();
}

import type { MarketState, MarketVersion } from '@property-insights/database';
import type { Connection } from './connection.ts';
import { marketColumns, reachedVersion } from './layout.ts';

/** The market that a question is about, as it is at the version of the answer. */
export type Market = MarketState;

/** The version of a store, as a transaction sees it, and its market. */
export function position(db: Connection): Promise<{ reached: MarketVersion; market: Market }> {
  return db.once('position', async () => {
    const { version, lineage, ...market } = await db.row<MarketVersion & Market>(
      `SELECT ${reachedVersion} AS version, lineage, ${marketColumns.map((name) => `market.${name}`).join(', ')} FROM replica, market`,
    );
    return { reached: { version, lineage }, market };
  });
}

/**
 * What follows from the market at the version that the transaction sees: computed once for each version, since many questions need it.
 * @param name identifies it among the facts of a version
 */
export async function ofVersion<T extends object>(db: Connection, name: string, compute: () => Promise<T>): Promise<T> {
  const { reached, market } = await position(db);
  return db.memo.get(`${name} ${JSON.stringify([market.id, reached])}`, compute);
}

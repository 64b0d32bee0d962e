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

import type { MarketVersion } from '@property-insights/database';
import type { Static, TObject, TSchema } from 'typebox';
import type { Budget } from './budgets.ts';
import type { Connection } from './connection.ts';
import { marketColumns, reachedVersion } from './layout.ts';
import type { Market } from './market.ts';
import type { Question } from './question.ts';
import type { Store } from './store.ts';
import { validate } from './validate.ts';

/**
 * Asks a question about one state of a store, and returns the version of that state.
 * @param signal cancels the question
 * @param budget pays for it
 * @throws InvalidQuestion, Overloaded, OverBudget, and the signal's reason
 */
export async function ask<P extends TObject, R extends TSchema>(
  store: Store,
  question: Question<P, R>,
  parameters: Static<P>,
  signal?: AbortSignal,
  budget?: Budget,
): Promise<{ reached: MarketVersion; market: Market; result: Static<R> }> {
  validate(question.parameters, parameters);
  return store.read(
    async (db) => {
      const { reached, market } = await position(db);
      return { reached, market, result: await question.ask(db, parameters, market) };
    },
    signal,
    budget,
  );
}

/** The version of a store, as a transaction sees it, and its market. */
export async function position(db: Connection): Promise<{ reached: MarketVersion; market: Market }> {
  const { version, lineage, ...market } = await db.row<MarketVersion & Market>(
    `SELECT ${reachedVersion} AS version, lineage, ${marketColumns.map((name) => `market.${name}`).join(', ')} FROM replica, market`,
  );
  return { reached: { version, lineage }, market };
}

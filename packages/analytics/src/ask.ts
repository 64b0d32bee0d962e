import type { MarketVersion } from '@property-insights/database';
import type { Static, TObject, TSchema } from 'typebox';
import type { Budget } from './budgets.ts';
import type { Connection } from './connection.ts';
import { type CoveredDays, readCoverage } from './coverage.ts';
import { type Market, position } from './market.ts';
import type { Question } from './question.ts';
import type { Store } from './store.ts';
import { validate } from './validate.ts';

/**
 * Asks a question about one state of a store, and returns the version of that state, and the covered period that the answer states or, if it is a list, is from.
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
): Promise<{ reached: MarketVersion; market: Market; covered: CoveredDays; result: Static<R> }> {
  validate(question.parameters, parameters);
  return store.read(
    async (db) => {
      const { reached, market } = await position(db);
      const result = await question.ask(db, parameters, market);
      return { reached, market, covered: await coveredBy(db, result), result };
    },
    signal,
    budget,
  );
}

/** A list has no members, so it cannot state the period itself. */
function coveredBy(db: Connection, result: object): CoveredDays | Promise<CoveredDays> {
  return 'covered' in result ? (result.covered as CoveredDays) : readCoverage(db);
}

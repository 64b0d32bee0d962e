import type { DataVersion } from '@property-insights/database';
import type { Static, TObject, TSchema } from 'typebox';
import type { Connection } from './connection.ts';
import { UnknownMarket } from './errors.ts';
import { marketColumns, reachedVersion } from './layout.ts';
import type { Market } from './market.ts';
import type { Question } from './question.ts';
import type { Store } from './store.ts';
import { validate } from './validate.ts';

/**
 * Asks a question about one state of a store, and states the version of that state.
 * @param signal cancels the question
 * @throws InvalidQuestion, UnknownMarket, Overloaded, and the signal's reason
 */
export async function ask<P extends TObject, R extends TSchema>(
  store: Store,
  question: Question<P, R>,
  parameters: Static<P>,
  signal?: AbortSignal,
): Promise<{ reached: DataVersion; result: Static<R> }> {
  validate(question.parameters, parameters);
  return store.read(async (db) => {
    const { reached, market } = await position(db, (parameters as { market?: string }).market);
    return { reached, result: await question.ask(db, parameters, market) };
  }, signal);
}

/**
 * The version that a store has reached, as a transaction sees it, and the market of a code, or the default market.
 * @throws UnknownMarket
 */
export async function position(
  db: Connection,
  code: string | undefined,
): Promise<{ reached: DataVersion; market: Market }> {
  const columns = marketColumns.map((name) => `market.${name}`).join(', ');
  const { version, lineage, ...market } = await db.row<DataVersion & { [K in keyof Market]: Market[K] | null }>(
    `SELECT ${reachedVersion} AS version, lineage, ${columns} FROM replica
     LEFT JOIN market ON ${code === undefined ? 'is_default' : 'code = $code'}`,
    code === undefined ? {} : { code },
  );
  if (market.id === null) {
    if (code === undefined) throw new UnknownMarket('There is no default market; say which with market=.');
    const known = await db.rows<{ code: string }>('SELECT code FROM market ORDER BY code LIMIT 20');
    throw new UnknownMarket(`There is no market "${code}"; there are ${known.map((row) => row.code).join(', ')}.`);
  }
  return { reached: { version, lineage }, market: market as Market };
}

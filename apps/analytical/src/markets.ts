/** Markets in PostgreSQL. */
import type { Database, MarketRow } from '@property-insights/database';
import { problems } from '@property-insights/service';

export type NewMarket = Pick<MarketRow, 'code' | 'name' | 'currency' | 'time_zone' | 'attribution' | 'licence'> &
  Pick<MarketRow, 'is_default' | 'is_synthetic'>;

/** The market of that code; without one, the default market. @throws a 404 problem when there is none. */
export async function findMarket(database: Database, code: string | undefined): Promise<MarketRow> {
  const markets = database.kysely.selectFrom('market').selectAll();
  const market = await (code === undefined
    ? markets.where('is_default', '=', true)
    : markets.where('code', '=', code)
  ).executeTakeFirst();
  if (market) return market;
  throw problems.notFound(
    code === undefined ? 'There is no default market: name one with market=.' : `There is no market "${code}".`,
  );
}

/** All markets, by code. */
export function listMarkets(database: Database): Promise<MarketRow[]> {
  return database.kysely.selectFrom('market').selectAll().orderBy('code').execute();
}

/** Adds a market; as the default one, it takes that place from another. @throws a 409 problem when there is one of that code. */
export async function addMarket(database: Database, market: NewMarket, author: string): Promise<MarketRow> {
  const note = `market ${market.code} added`;
  try {
    const { result } = await database.write({ marketId: null, kind: 'market', author, note }, async ({ client }) => {
      if (market.is_default) await client.query('UPDATE market SET is_default = false WHERE is_default');
      const { rows } = await client.query<MarketRow>(
        `INSERT INTO market (code, name, currency, time_zone, attribution, licence, is_default, is_synthetic)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *`,
        [
          market.code,
          market.name,
          market.currency,
          market.time_zone,
          market.attribution,
          market.licence,
          market.is_default,
          market.is_synthetic,
        ],
      );
      return rows[0] as MarketRow;
    });
    return result;
  } catch (error) {
    if (isUniqueViolation(error))
      throw problems.conflict(`There is already a market "${market.code}", or another became the default just now.`);
    throw error;
  }
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}

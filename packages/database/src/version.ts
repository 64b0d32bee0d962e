/** Versions of markets: how many revisions of each have become visible. */
import type pg from 'pg';

/** How far a market has come. Versions can be compared within one market and one lineage only. */
export interface MarketVersion {
  version: number;
  lineage: string;
}

/** A market that exists now, and its current version. */
export interface CurrentMarket extends MarketVersion {
  id: number;
  code: string;
  /** false if the default market was not asked for. */
  is_default: boolean;
}

/** Milliseconds. Every request waits for the version, so an outage has to show sooner than in other queries. */
export const versionTimeout = 5_000;

/**
 * SQL: the id of the default market. It is the one that a client made the default; else, of those with sales that are neither the demonstration nor
 * synthetic, the one created last; else the sample if it has sales; else the demonstration.
 */
export const defaultMarketId = `SELECT market.id
  FROM market JOIN market_version ON market_version.market_id = market.id LEFT JOIN default_market ON default_market.market_id = market.id
  WHERE deleted_at IS NULL AND (default_market.market_id IS NOT NULL OR code = 'demo' OR (sales > 0 AND (code = 'sample' OR NOT is_synthetic)))
  ORDER BY default_market.market_id, code = 'demo', is_synthetic, created_at DESC, market.id DESC LIMIT 1`;

/** As JSON, because `pg` takes longer to read the names and types of five columns. */
const currentMarkets = (isDefault: boolean, condition: string) =>
  `SELECT json_build_object('id', id, 'code', code, 'is_default', ${isDefault}, 'version', version, 'lineage', (SELECT lineage FROM history)) AS market
   FROM market JOIN market_version ON market_id = id WHERE deleted_at IS NULL AND ${condition}`;

/**
 * The markets with these codes. Codes that no market has are missing from the result.
 *
 * Every request waits for this, so PostgreSQL must not plan it each time, which takes four times as long as its execution. It keeps a plan if a statement
 * has no parameters, or if no value of them promises a cheaper one: so the default market has a statement of its own.
 * @param codes undefined for the default market
 */
export async function readMarkets(
  client: pg.ClientBase,
  codes: readonly (string | undefined)[],
): Promise<CurrentMarket[]> {
  const read = async (name: string, text: string, values?: unknown[]) => {
    const query = { name, text, values, query_timeout: versionTimeout };
    const { rows } = await client.query<{ market: CurrentMarket }>(query as pg.QueryConfig);
    return rows.map(({ market }) => market);
  };
  const isDefaultAsked = codes.includes(undefined);
  const found = isDefaultAsked ? await read('default-market', currentMarkets(true, `id = (${defaultMarketId})`)) : [];
  const others = codes.filter((code) => code !== undefined && code !== found[0]?.code);
  if (isDefaultAsked && others.length === 0) return found;
  return [...found, ...(await read('current-markets', currentMarkets(false, 'code = ANY ($1)'), [others]))];
}

/** The current version of a market; undefined if it has been deleted, or has not reached this server yet. */
export async function readVersion(client: pg.ClientBase, marketId: number): Promise<MarketVersion | undefined> {
  const { rows } = await client.query<MarketVersion>({
    name: 'market-version',
    text: `SELECT version, lineage FROM history, market_version JOIN market ON market.id = market_id
           WHERE market_id = $1 AND deleted_at IS NULL`,
    values: [marketId],
    query_timeout: versionTimeout,
  } as pg.QueryConfig);
  return rows[0];
}

/** When a version of a market was written. The first version after a gap without a revision of its own has the time of the revision before. */
export async function readWrittenAt(client: pg.ClientBase, marketId: number, version: number): Promise<Date> {
  const { rows } = await client.query<{ created_at: Date }>({
    name: 'written-at',
    text: `SELECT coalesce((
             SELECT created_at FROM revision WHERE market_id = $1 AND market_version <= $2 ORDER BY market_version DESC LIMIT 1
           ), market.created_at) AS created_at FROM market WHERE id = $1`,
    values: [marketId, version],
  });
  return (rows[0] as { created_at: Date }).created_at;
}

/** Markets in PostgreSQL. */
import {
  Conflict,
  type Database,
  defaultMarketId,
  lockMarket,
  lockMarketSoon,
  type MarketMember,
  type MarketRow,
  NotFound,
  type WriteTransaction,
} from '@property-insights/database';
import { cancelJobsOf } from '@property-insights/imports';
import { sql } from 'kysely';
import type { PoolClient } from 'pg';

export type NewMarket = Pick<MarketRow, 'code' | 'name' | 'currency' | 'time_zone' | 'attribution' | 'licence'> &
  Pick<MarketRow, 'is_default' | 'is_synthetic'>;

/** A market, of which `is_default` states whether it is the default market now. */
export interface Market extends MarketRow {
  /** Whether it is the default market because a client made it so. */
  is_chosen: boolean;
}

const defaultId = sql<number | null>`(${sql.raw(defaultMarketId)})`;

function markets({ kysely }: Database) {
  return kysely
    .selectFrom('market')
    .selectAll()
    .select([
      sql<boolean>`id IS NOT DISTINCT FROM ${defaultId}`.as('is_default'),
      sql<boolean>`id IN (SELECT market_id FROM default_market)`.as('is_chosen'),
    ])
    .where('deleted_at', 'is', null);
}

/** The market with the code; without a code, the default market. @throws NotFound. */
export async function findMarket(database: Database, code: string | undefined): Promise<Market> {
  const wanted = markets(database);
  const market = await (code === undefined
    ? wanted.where('id', '=', defaultId)
    : wanted.where('code', '=', code)
  ).executeTakeFirst();
  if (!market) throw notFound(code);
  return market;
}

/** The id of the market with the code; without a code, of the default market. It costs less than the market. @throws NotFound. */
export async function findMarketId(database: Database, code: string | undefined): Promise<number> {
  const [market] = await database.markets([code]);
  if (!market) throw notFound(code);
  return market.id;
}

function notFound(code: string | undefined): NotFound {
  return new NotFound(
    code === undefined
      ? 'There is no default market. Name a market with the parameter market=.'
      : `There is no market "${code}".`,
  );
}

/** All markets, by code. */
export function listMarkets(database: Database): Promise<Market[]> {
  return markets(database).orderBy('code').execute();
}

/** Adds a market; if it is made the default market, the former one no longer is. @throws Conflict when its code is taken */
export async function addMarket(database: Database, market: NewMarket, author: string): Promise<Market> {
  const note = { code: 'market_added', market: market.code } as const;
  const marketId = async (client: PoolClient) => {
    if (market.is_default) await client.query('UPDATE market SET is_default = false WHERE is_default');
    const { rows } = await client.query<{ id: number }>(
      `INSERT INTO market (code, name, currency, time_zone, attribution, licence, is_default, is_synthetic)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
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
    return (rows[0] as { id: number }).id;
  };
  try {
    await database.write({ marketId, kind: 'market', author, note }, async () => {});
  } catch (error) {
    if (isUniqueViolation(error))
      throw new Conflict(
        `There is already a market "${market.code}", or another market became the default at the same time.`,
      );
    throw error;
  }
  return findMarket(database, market.code);
}

export type MarketChanges = Partial<Pick<MarketRow, MarketMember>>;

/** Changes the description of a market; its sales stay as they are. @throws MarketGone, MarketBusy; Conflict when another became the default at the same time */
export async function changeMarket(
  database: Database,
  market: MarketRow,
  changes: MarketChanges,
  author: string,
): Promise<Market> {
  const note = {
    code: 'market_changed',
    market: market.code,
    changes: (Object.keys(changes) as MarketMember[]).map((member) => ({ member, value: changes[member] ?? null })),
  } as const;
  const revision = { marketId: market.id, kind: 'market', author, note } as const;
  const work = async ({ client }: WriteTransaction) => {
    await lockMarketSoon(client, market.id);
    if (changes.is_default) await client.query('UPDATE market SET is_default = false WHERE is_default');
    const names = Object.keys(changes) as (keyof MarketChanges)[];
    const settings = names.map((name, i) => `${name} = $${i + 2}`).join(', ');
    await client.query(`UPDATE market SET ${settings} WHERE id = $1`, [
      market.id,
      ...names.map((name) => changes[name]),
    ]);
  };
  try {
    await database.write(revision, work);
  } catch (error) {
    if (isUniqueViolation(error))
      throw new Conflict('Another market became the default at the same time. Repeat the request.');
    throw error;
  }
  return findMarket(database, market.code);
}

/** Whether a market has sales in force. */
export async function hasSales({ kysely }: Database, { id }: MarketRow): Promise<boolean> {
  const sale = kysely.selectFrom('sale').select('id').where('market_id', '=', id).where('retired_by', 'is', null);
  return (await sale.limit(1).executeTakeFirst()) !== undefined;
}

/**
 * Deletes a market, as one revision. It disappears at once and its code can be used again; `emptyMarket` removes its rows later. Jobs that have
 * not ended are cancelled.
 * @returns the id of the revision
 */
export async function deleteMarket(database: Database, { id, code }: MarketRow, author: string): Promise<number> {
  // First, so that a running job stops within a second instead of holding up the deletion. A job that is cancelled here cannot commit.
  await cancelJobsOf(database, id);
  const revision = { marketId: id, kind: 'market', author, note: { code: 'market_deleted', market: code } } as const;
  const { revisionId } = await database.write(revision, async (transaction) => {
    const { client } = transaction;
    await lockMarket(client, id);
    // Waits for entries that are being written.
    await client.query('UPDATE market SET deleted_at = now() WHERE id = $1', [id]);
    const { rows } = await client.query<{ sales: number; places: number }>(
      `SELECT sum(sales_added - sales_retired) AS sales, sum(places_added - places_retired) AS places
       FROM revision WHERE market_id = $1`,
      [id],
    );
    const inForce = rows[0] as (typeof rows)[0];
    Object.assign(transaction, { salesRetired: inForce.sales, placesRetired: inForce.places });
  });
  return revisionId;
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}

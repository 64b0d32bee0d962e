/** What several questions say in the same way: which market, what was left out, the change over a year. */
import Type, { type Static } from 'typebox';
import type { Connection } from './connection.ts';
import type { Selection } from './filters.ts';
import type { Market } from './market.ts';

/** A price or another measure that there may be no sales for. */
export const figure = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });
export const nullableText = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

export const marketHeading = Type.Object({
  code: Type.String(),
  name: Type.String(),
  currency: Type.String({ description: 'ISO 4217; every amount is in whole units of it.' }),
});

export function heading({ code, name, currency }: Market): Static<typeof marketHeading> {
  return { code, name, currency };
}

export const leftOutSchema = Type.Object(
  {
    count: Type.Integer(),
    by_reason: Type.Record(Type.String(), Type.Integer()),
  },
  { description: 'Sales that fit the filters but not `standard`; `standard` is the reason of standard sales.' },
);

export async function leftOut(db: Connection, { leftOut, values }: Selection): Promise<Static<typeof leftOutSchema>> {
  const reasons = await db.rows<{ reason: string; sales: number }>(
    `SELECT coalesce(non_standard, 'standard') AS reason, count(*) AS sales FROM sale WHERE ${leftOut}
     GROUP BY ALL ORDER BY sales DESC, reason`,
    values,
  );
  return {
    count: reasons.reduce((sum, { sales }) => sum + sales, 0),
    by_reason: Object.fromEntries(reasons.map(({ reason, sales }) => [reason, sales])),
  };
}

/** A median of fewer sales than this says little; changes are not worked out from it. */
export const thinBelow = 5;

/**
 * The last day that the market's data tells of: the latest contract date of a standard sale, as ISO text. null if it has none. The period of
 * that day is still incomplete, and a year's change is counted back from it, since data may end long before today.
 */
export async function lastDay(db: Connection, market: Market): Promise<string | null> {
  const { last } = await db.row<{ last: string | null }>(
    'SELECT max(contract_date) AS last FROM sale WHERE market_id = $market_id AND non_standard IS NULL',
    { market_id: market.id },
  );
  return last;
}

/**
 * SQL columns `sales_last_year`, `sales_year_before`, and `change`: the median price of the twelve months up to `$last_day` against that of the
 * twelve before, as a fraction (0.05 is five percent up); null where either has fewer than five sales.
 */
export const yearChange = (() => {
  const months = (first: number, last: number) =>
    `contract_date > ($last_day::DATE - INTERVAL ${first} MONTH)::DATE AND contract_date <= ($last_day::DATE - INTERVAL ${last} MONTH)::DATE`;
  const [recent, before] = [`FILTER (WHERE ${months(12, 0)})`, `FILTER (WHERE ${months(24, 12)})`];
  return `count(*) ${recent} AS sales_last_year, count(*) ${before} AS sales_year_before,
    CASE WHEN sales_last_year >= ${thinBelow} AND sales_year_before >= ${thinBelow}
      THEN quantile_cont(price, 0.5) ${recent} / nullif(quantile_cont(price, 0.5) ${before}, 0) - 1 END AS change`;
})();

/** Most first; sales without a region are left out. */
export function propertiesByRegion(
  db: Connection,
  { where, values }: Selection,
): Promise<{ region: string; property_count: number }[]> {
  return db.rows(
    `SELECT region, count(DISTINCT property_id) AS property_count FROM sale WHERE ${where} AND region IS NOT NULL
     GROUP BY ALL ORDER BY property_count DESC, region`,
    values,
  );
}

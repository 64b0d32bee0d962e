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

/** A median of fewer sales than this says little: no change is worked out from it, and no rank. */
export const thinBelow = 5;

/**
 * The last day that the market's data tells of: the latest contract date of a standard sale, as ISO text. null if it has none. The period of
 * that day is still incomplete, and a year's change is counted back from it, since data may end long before today.
 */
export async function lastDay(db: Connection, market: Market): Promise<string | null> {
  // Not max(): what is at or before the latest day found so far is passed over.
  const [latest] = await db.rows<{ last: string | null }>(
    `SELECT contract_date AS last FROM sale WHERE market_id = $market_id AND non_standard IS NULL
     ORDER BY contract_date DESC NULLS LAST LIMIT 1`,
    { market_id: market.id },
  );
  return latest?.last ?? null;
}

/** The years that changes are told over, and the members that tell them. */
export const changes = [
  { years: 1, member: 'change' },
  { years: 3, member: 'change_over_three_years' },
  { years: 5, member: 'change_over_five_years' },
] as const;
export type Change = (typeof changes)[number]['member'];

/** What a change is, in words that follow what it is of. */
export function describeChange(years: string): string {
  return `Median price of the market's last twelve months of data against that of the twelve months ${years} earlier, as a fraction: 0.05 is five percent up. null where either has fewer than ${thinBelow} sales, or the earlier fewer than half of the later's: so few are late stragglers of a year that the data doesn't cover, and not that year's market.`;
}

/**
 * SQL: a statement of groups of sales, with the changes of each. The prices of each twelve months up to `$last_day` that they compare are gathered
 * as lists: for thousands of groups that takes less than a count and a median each, with filters of their own.
 * @param columns of the groups
 * @param from what follows: FROM, WHERE, GROUP BY
 */
export function withChanges(
  columns: string,
  from: string,
  which: readonly (typeof changes)[number][] = changes,
): string {
  const yearsAgo = [0, ...which.map(({ years }) => years)];
  const day = (yearsBack: number) => `($last_day::DATE - INTERVAL ${12 * yearsBack} MONTH)::DATE`;
  const prices = yearsAgo.map(
    (years) =>
      `list(price) FILTER (WHERE contract_date > ${day(years + 1)} AND contract_date <= ${day(years)}) AS prices_${years}`,
  );
  const change = ({ years, member }: (typeof changes)[number]) =>
    `CASE WHEN len(prices_0) >= ${thinBelow} AND len(prices_${years}) >= ${thinBelow} AND 2 * len(prices_${years}) >= len(prices_0)
      THEN list_median(prices_0) / nullif(list_median(prices_${years}), 0) - 1 END AS ${member}`;
  return `SELECT * EXCLUDE (${yearsAgo.map((years) => `prices_${years}`).join(', ')}), ${which.map(change).join(', ')}
    FROM (SELECT ${columns}, ${prices.join(', ')} ${from})`;
}

/** SQL for exact quantiles (linear interpolation, type 7): asked for together they cost hardly more than one. */
export function quantiles(expression: string, fractions: readonly number[], names: readonly string[]): string {
  const all = `quantile_cont(${expression}, [${fractions.join(', ')}])`;
  return names.map((name, i) => `${all}[${i + 1}] AS ${name}`).join(', ');
}

/** Of at least one number; of two in the middle their mean, as `quantiles` tells it. */
export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2;
}

/** How many properties the sales are of, in all and by region. */
export interface PropertyCounts {
  total: number;
  /** Most first. Sales without a region are left out; a property sold in two regions counts in both. */
  byRegion: { region: string; property_count: number }[];
}

/**
 * Counts properties in one pass over them: telling millions apart is what costs, and to do it for the total and again by region took twice as
 * long. The few whose region differs between their sales are looked at again. Regions are compared by hash, which takes two thirds of the
 * time of comparing their names.
 */
export async function countProperties(db: Connection, { where, values }: Selection): Promise<PropertyCounts> {
  const counts = await db.rows<{ region: string | null; property_count: number; is_total: boolean }>(
    `WITH property AS MATERIALIZED (
       SELECT property_id, min(hash(region)) AS low, max(hash(region)) AS high FROM sale WHERE ${where} GROUP BY property_id
     ),
     counted AS (
       SELECT low AS code, count(*) AS properties FROM property WHERE low = high GROUP BY low
       UNION ALL
       SELECT hash(region), count(DISTINCT property_id) FROM sale
       WHERE ${where} AND property_id IN (SELECT property_id FROM property WHERE low <> high) GROUP BY ALL
     )
     SELECT region, sum(properties) AS property_count, false AS is_total
     FROM counted JOIN (SELECT DISTINCT region FROM place WHERE market_id = $market_id AND region IS NOT NULL) ON hash(region) = code
     GROUP BY region
     UNION ALL SELECT NULL, count(*), true FROM property
     ORDER BY is_total, property_count DESC, region`,
    values,
  );
  const total = counts.pop()?.property_count ?? 0;
  return {
    total,
    byRegion: counts.map(({ region, property_count }) => ({ region: region as string, property_count })),
  };
}

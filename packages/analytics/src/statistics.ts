/** Parts that several questions have in common: the market, the sales left out, changes, quantiles. */
import Type, { type Static } from 'typebox';
import type { Connection, Values } from './connection.ts';
import { dayBefore, partlyKnownBefore, readCoverage } from './coverage.ts';
import type { Selection } from './filters.ts';
import type { Market } from './market.ts';
import { medianColumns, supportOf, supportSchema, withMedians } from './support.ts';

/** A number that is null if there are no sales for it. */
export const figure = (description: string) => Type.Union([Type.Number(), Type.Null()], { description });
export const nullableText = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

export const marketHeading = Type.Object({
  code: Type.String(),
  name: Type.String(),
  currency: Type.String({ description: 'ISO 4217. All amounts are in units of it.' }),
});

export function heading({ code, name, currency }: Market): Static<typeof marketHeading> {
  return { code, name, currency };
}

/** Analysts write reasons freely, so their number is not bounded. */
const maxSetAsideReasons = 20;

export const leftOutSchema = Type.Object(
  {
    count: Type.Integer(),
    by_reason: Type.Record(Type.String(), Type.Integer()),
    set_aside: Type.Optional(
      Type.Record(Type.String(), Type.Integer(), {
        description: `The sales of the reason \`set aside\`, by the reasons that analysts gave: the ${maxSetAsideReasons} most frequent. Left out if there are none.`,
      }),
    ),
    not_stated: Type.Optional(
      Type.Record(Type.String(), Type.Integer(), {
        description:
          'Sales that match every other filter but do not state what one is about, such as `bedrooms` with `bedrooms_min`: whether they match is unknown. They are not in `count`. Left out without such filters.',
      }),
    ),
  },
  {
    description:
      'Sales that match every filter except `standard`, by the reason why they are not standard. The reason of standard sales is `standard`, that of sales that an analyst set aside is `set aside`.',
  },
);

export async function leftOut(
  db: Connection,
  { leftOut, unstated, values }: Selection,
): Promise<Static<typeof leftOutSchema>> {
  const countBy = async (reason: string, where: string, limit = '') => {
    const rows = await db.rows<{ reason: string; sales: number }>(
      `SELECT ${reason} AS reason, count(*) AS sales FROM sale WHERE ${where} GROUP BY ALL ORDER BY sales DESC, reason ${limit}`,
      values,
    );
    return Object.fromEntries(rows.map(({ reason, sales }) => [reason, sales]));
  };
  const byReason = await countBy(`coalesce(non_standard, 'standard')`, leftOut);
  return {
    count: Object.values(byReason).reduce((sum, sales) => sum + sales, 0),
    by_reason: byReason,
    ...(byReason['set aside'] && {
      set_aside: await countBy('set_aside', `${leftOut} AND set_aside IS NOT NULL`, `LIMIT ${maxSetAsideReasons}`),
    }),
    ...(Object.keys(unstated).length > 0 && { not_stated: await countUnstated(db, unstated, values) }),
  };
}

async function countUnstated(db: Connection, unstated: Selection['unstated'], values: Values) {
  // With a scan for each, DuckDB skips the row groups in which every sale states the attribute.
  const counts = Object.entries(unstated).map(
    ([name, where]) => `(SELECT count(*) FROM sale WHERE ${where}) AS ${name}`,
  );
  return db.row<Record<string, number>>(`SELECT ${counts.join(', ')}`, values);
}

/** With fewer sales than this a median has no interval: no change and no rank is computed from it. */
export const thinBelow = 6;

/**
 * The last day of the market's covered period, as ISO text; if no month is covered, the latest contract date; null without dated sales. Yearly changes are
 * counted back from it, because the data may end long before today.
 */
export async function lastDay(db: Connection): Promise<string | null> {
  const { to, last } = await readCoverage(db);
  return to ?? last;
}

/** The last day, which the SQL of changes binds, and the day before which sales are only partly known. */
export interface ChangeDays {
  lastDay: string | null;
  firstDay: string;
}

export async function changeDays(db: Connection): Promise<ChangeDays> {
  return { lastDay: await lastDay(db), firstDay: partlyKnownBefore(await readCoverage(db)) };
}

/** The numbers of years over which changes are computed, and their members in answers. */
export const changes = [
  { years: 1, member: 'change' },
  { years: 3, member: 'change_over_three_years' },
  { years: 5, member: 'change_over_five_years' },
] as const;
export type Change = (typeof changes)[number]['member'];

/** The description of a change over some years. */
export function describeChange(years: string): string {
  return `Change of the median price, as a fraction, from the twelve months ${years} earlier to the last twelve months of the market's data: 0.05 is an increase of five percent. null if either has fewer than ${thinBelow} sales, or the earlier one fewer than half as many as the later one, because then the data does not cover the earlier period. Also null if the earlier period begins in months before the covered period, of which the data has only a part of the sales.`;
}

/** What a change rests on. */
export const changeIntervalSchema = Type.Object(
  {
    lower: figure('Lower end of the 95 % interval of the change, as a fraction.'),
    upper: figure('Upper end. Both are null without a change.'),
    clear: Type.Boolean({
      description: 'Whether the interval excludes 0, so that chance does not explain the change.',
    }),
    sales: Type.Integer({ description: 'Number of sales in the later period.' }),
    sales_before: Type.Integer({ description: 'Number of sales in the earlier period.' }),
    support: supportSchema,
  },
  { description: 'The interval of the change, and the sales that it rests on.' },
);

/** The columns of changes and their intervals, as `changeColumns` makes them. */
export type ChangeColumns<Name extends string = Change> = {
  [member in Name | `${Name}_${'lower' | 'upper'}`]: number | null;
} & { [member in `${Name}_${'sales' | 'sales_before'}`]: number };

export function changeInterval<Name extends string>(
  row: ChangeColumns<Name>,
  name: Name,
): Static<typeof changeIntervalSchema> {
  const [lower, upper] = [row[`${name}_lower`], row[`${name}_upper`]] as [number | null, number | null];
  const [sales, sales_before] = [row[`${name}_sales`], row[`${name}_sales_before`]] as [number, number];
  const clear = lower !== null && upper !== null && (lower > 0 || upper < 0);
  return { lower, upper, clear, sales, sales_before, support: supportOf(Math.min(sales, sales_before)) };
}

/** The members of an answer for the changes over one, three and five years. */
export const changeMembers = {
  change: figure(describeChange('a year')),
  change_interval: changeIntervalSchema,
  change_over_three_years: figure(describeChange('three years')),
  change_over_three_years_interval: changeIntervalSchema,
  change_over_five_years: figure(describeChange('five years')),
  change_over_five_years_interval: changeIntervalSchema,
};

export function changesOf(row: ChangeColumns) {
  return {
    change: row.change,
    change_interval: changeInterval(row, 'change'),
    change_over_three_years: row.change_over_three_years,
    change_over_three_years_interval: changeInterval(row, 'change_over_three_years'),
    change_over_five_years: row.change_over_five_years,
    change_over_five_years_interval: changeInterval(row, 'change_over_five_years'),
  };
}

/**
 * SQL: a query of groups of sales with their changes, as `ChangeColumns`. The prices of each twelve months that are compared are collected in lists. For
 * thousands of groups that is faster than a count and a median with a filter for each. If nothing is comparable, the sales are only counted, in half of the
 * time. The query binds `$last_day`.
 * @param columns SQL: the other columns of a group
 * @param from SQL: the clauses FROM, WHERE and GROUP BY
 */
export function withChanges(
  columns: string,
  from: string,
  days: ChangeDays,
  which: readonly (typeof changes)[number][] = changes,
): string {
  const day = (yearsBack: number) => `($last_day::DATE - INTERVAL ${12 * yearsBack} MONTH)::DATE`;
  const isWithin = (years: number) => `contract_date > ${day(years + 1)} AND contract_date <= ${day(years)}`;
  if (which.length === 0) return `SELECT ${columns} ${from}`;
  if (!which.some(({ years }) => isKnownSince(days, years + 1))) {
    const columnsOf = ({
      member,
    }: (typeof changes)[number]) => `NULL::DOUBLE AS ${member}, NULL::DOUBLE AS ${member}_lower,
      NULL::DOUBLE AS ${member}_upper, sales_0 AS ${member}_sales, 0 AS ${member}_sales_before`;
    return `SELECT * EXCLUDE sales_0, ${which.map(columnsOf).join(', ')}
      FROM (SELECT ${columns}, count(*) FILTER (${isWithin(0)}) AS sales_0 ${from})`;
  }
  const lists = [0, ...which.map(({ years }) => years)].map((years) => ({
    name: `prices_${years}`,
    sql:
      years === 0 || isKnownSince(days, years + 1)
        ? `list_sort(list(price) FILTER (${isWithin(years)}))`
        : '[]::BIGINT[]',
  }));
  const names = lists.map(({ name }) => name);
  const sold = `SELECT ${columns}, ${lists.map(({ name, sql }) => `${sql} AS ${name}`).join(', ')} ${from}`;
  return `SELECT * EXCLUDE (${medianColumns(names).join(', ')}),
      ${which.map(({ years, member }) => changeColumns(member, 'prices_0', `prices_${years}`)).join(', ')}
    FROM (${withMedians(sold, names)})`;
}

/** Whether the sales of the twelve months that begin so many years before the day after the last one are known. */
function isKnownSince({ lastDay, firstDay }: ChangeDays, yearsBack: number): boolean {
  if (lastDay === null) return false;
  const [year, monthAndDay] = [Number(lastDay.slice(0, 4)) - yearsBack, lastDay.slice(4)];
  return `${String(year).padStart(4, '0')}${monthAndDay}` >= dayBefore(firstDay);
}

/**
 * SQL: the change from the median of one list of prices to that of another, its interval, and both counts, in columns whose names begin with `name`. The
 * columns of both lists are those of `withMedians`.
 *
 * The interval is that of a ratio, computed on logarithms from the intervals of the two medians by recovering variances (MOVER; Zou and Donner 2008,
 * Statistics in Medicine 27: 1693).
 */
export function changeColumns(name: string, later: string, earlier: string): string {
  const ratio = `${later}_median / ${earlier}_median`;
  const distance = (a: string, b: string) => `ln(${a} / ${b}) ** 2`;
  const down = `sqrt(${distance(`${later}_median`, `${later}_lower`)} + ${distance(`${earlier}_upper`, `${earlier}_median`)})`;
  const up = `sqrt(${distance(`${later}_upper`, `${later}_median`)} + ${distance(`${earlier}_median`, `${earlier}_lower`)})`;
  const isKnown = `${later}_sales >= ${thinBelow} AND ${earlier}_sales >= ${thinBelow} AND 2 * ${earlier}_sales >= ${later}_sales AND ${earlier}_median > 0`;
  const hasInterval = `${isKnown} AND ${later}_lower > 0 AND ${earlier}_lower > 0`;
  return `CASE WHEN ${isKnown} THEN ${ratio} - 1 END AS ${name},
    CASE WHEN ${hasInterval} THEN ${ratio} * exp(-${down}) - 1 END AS ${name}_lower,
    CASE WHEN ${hasInterval} THEN ${ratio} * exp(${up}) - 1 END AS ${name}_upper,
    ${later}_sales AS ${name}_sales, ${earlier}_sales AS ${name}_sales_before`;
}

/** SQL: exact quantiles, by linear interpolation (type 7). Computed together, they take hardly longer than one. */
export function quantiles(expression: string, fractions: readonly number[], names: readonly string[]): string {
  const all = `quantile_cont(${expression}, [${fractions.join(', ')}])`;
  return names.map((name, i) => `${all}[${i + 1}] AS ${name}`).join(', ');
}

/** The median of at least one number, as `quantiles` computes it. */
export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2;
}

/** The number of properties of some sales, in total and by region. */
export interface PropertyCounts {
  total: number;
  /** In descending order. Sales without a region are left out. A property sold in two regions counts in both. */
  byRegion: { region: string; property_count: number }[];
}

/**
 * Counts properties. Finding millions of distinct properties dominates the time, so it is done once for the total and for the regions. The few
 * properties with sales in several regions are counted in a second pass. Regions are compared by hash, which takes two thirds of the time of comparing names.
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
     FROM counted JOIN (SELECT DISTINCT region FROM place WHERE region IS NOT NULL) ON hash(region) = code
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

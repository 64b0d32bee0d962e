/** What a median rests on: its support by sales, and its interval. `docs/methods.md` has the sources, and what the thresholds were measured on. */
import Type, { type Static } from 'typebox';
import { amountOrNull } from './amounts.ts';
import type { Connection, Values } from './connection.ts';
import { ofVersion } from './market.ts';

/** The minimum numbers of sales of each support. */
export const minSales = { good: 30, limited: 10 } as const;

export const supportSchema = Type.Enum(['good', 'limited', 'few'], {
  description: `What the figure rests on. good: at least ${minSales.good} sales, enough to be ranked; limited: at least ${minSales.limited}; few: fewer.`,
});
export type Support = Static<typeof supportSchema>;

export function supportOf(sales: number): Support {
  return sales >= minSales.good ? 'good' : sales >= minSales.limited ? 'limited' : 'few';
}

/** SQL: the support of a number of sales; 0 for good, 1 for limited, 2 for few. */
export function supportRank(sales: string): string {
  return `((${sales}) < ${minSales.good})::INTEGER + ((${sales}) < ${minSales.limited})::INTEGER`;
}

export const intervalOf = (of: string) => ({
  median_lower: amountOrNull(
    `Lower end of the 95 % interval of the median${of}; both ends are null with fewer than six sales.`,
  ),
  median_upper: amountOrNull('Upper end of the interval.'),
});

/**
 * SQL: the rank k of the ends of a median's interval, which are the k-th lowest and the k-th highest price; 0 below six sales, for which there is no interval.
 * Whatever the distribution of prices, the true median is between them in at least 95 % of samples (Conover 1999, Practical Nonparametric
 * Statistics, section 3.2). k is the largest such rank by the binomial distribution: its normal approximation with continuity correction and the next
 * term, (z³ − z) / 24 √n, of the Cornish-Fisher expansion, equals the exact rank for every number of sales up to 4,000.
 */
export function intervalRank(sales: string): string {
  return `greatest(floor((${sales} + 1 - 1.959964 * sqrt(${sales})) / 2 + 0.232 / sqrt(greatest(${sales}, 1))), 0)::BIGINT`;
}

/** `intervalRank` of a known number. */
export function intervalRankOf(sales: number): number {
  return Math.max(0, Math.floor((sales + 1 - 1.959964 * Math.sqrt(sales)) / 2 + 0.232 / Math.sqrt(Math.max(sales, 1))));
}

const ofList = ['sales', 'median', 'lower', 'upper'] as const;

/** The columns that `withMedians` makes of lists. */
function medianColumns(lists: readonly string[]): string[] {
  return lists.flatMap((list) => ofList.map((what) => `${list}_${what}`));
}

/**
 * SQL: a query in which columns of lists of prices are replaced by the number of prices, their median, and the ends of its interval: `LIST_sales`, `LIST_median`,
 * `LIST_lower` and `LIST_upper`.
 *
 * The k-th lowest of n prices is the median of these prices and n + 1 − 2k lower ones, and the k-th highest that with as many higher ones. Medians take a seventh
 * of the time of sorting. DuckDB takes longer to plan one large expression than to compute these in steps.
 */
export function withMedians(query: string, lists: readonly string[]): string {
  const ofEach = (sql: (list: string) => string) => lists.map(sql).join(', ');
  const end = (list: string, added: string) =>
    `CASE WHEN ${list}_rank > 0 THEN list_median(list_resize(${list}, 2 * ${list}_sales + 1 - 2 * ${list}_rank, ${added})) END`;
  return `SELECT * EXCLUDE (${ofEach((list) => `${list}, ${list}_rank`)}),
      ${ofEach((list) => `list_median(${list}) AS ${list}_median, ${end(list, '0')} AS ${list}_lower, ${end(list, `${Number.MAX_SAFE_INTEGER}`)} AS ${list}_upper`)}
    FROM (SELECT *, ${ofEach((list) => `${intervalRank(`${list}_sales`)} AS ${list}_rank`)}
      FROM (SELECT *, ${ofEach((list) => `coalesce(len(${list}), 0) AS ${list}_sales`)} FROM (${query})))`;
}

/** The sales to compute medians of. */
export interface Grouped {
  /** SQL: a table with their columns; `sale` by default. */
  from?: string;
  /** SQL expressions by the names of the columns that they become. */
  groups: Record<string, string>;
  /** SQL condition on the table, and the values that it, the table and the groups bind. */
  where: string;
  values: Values;
  /** The order of magnitude of the prices. It affects the speed only. */
  meanPrice: number;
}

export interface MedianOfGroup {
  sales: number;
  median: number;
  lower: number | null;
  upper: number | null;
}

/**
 * The median of each group of sales, and the interval of the median. The sales are read twice: first to count the prices of each group in 256 bins, then to sort
 * the prices of the few bins that contain the required ranks. That takes a third of the time of sorting all. About fifty bins cover the mean,
 * and the last one has all prices far above it.
 */
export function readMedians<Group extends object>(
  db: Connection,
  { from = 'sale', groups, where, values, meanPrice }: Grouped,
): Promise<(Group & MedianOfGroup)[]> {
  const shift = Math.max(0, Math.floor(Math.log2(Math.max(meanPrice, 1) / 32)));
  const names = Object.keys(groups);
  const columns = names.join(', ');
  const expressions = names.map((name) => `${groups[name]} AS ${name}`).join(', ');
  const sold = `SELECT ${expressions}, price, least(price >> ${shift}, 255)::UTINYINT AS bin FROM ${from} WHERE ${where}`;
  const same = (a: string, b: string) =>
    names.map((name) => `${a}.${name} IS NOT DISTINCT FROM ${b}.${name}`).join(' AND ');
  return db.rows<Group & MedianOfGroup>(
    `WITH bin AS (SELECT ${columns}, bin, count(*) AS count FROM (${sold}) GROUP BY ALL),
     ranked AS (
       SELECT ${columns}, bin, (sum(count) OVER (PARTITION BY ${columns} ORDER BY bin))::BIGINT AS upto, upto - count AS below,
         (sum(count) OVER (PARTITION BY ${columns}))::BIGINT AS sales, ${intervalRank('sales')} AS k
       FROM bin
     ),
     middle AS (
       SELECT ${columns}, sales, k, min(bin) AS first, max(bin) AS last, min(below) AS below
       FROM ranked WHERE upto >= greatest(k, 1) AND below <= sales - greatest(k, 1) GROUP BY ALL
     ),
     sorted AS (
       SELECT ${names.map((name) => `sold.${name}`).join(', ')}, list_sort(list(price)) AS prices
       FROM (${sold}) AS sold JOIN middle ON ${same('sold', 'middle')} WHERE bin BETWEEN first AND last GROUP BY ALL
     )
     SELECT ${names.map((name) => `middle.${name}`).join(', ')}, sales,
       (prices[(sales + 1) // 2 - below] + prices[sales // 2 + 1 - below]) / 2 AS median,
       CASE WHEN k > 0 THEN prices[k - below] END AS lower, CASE WHEN k > 0 THEN prices[sales + 1 - k - below] END AS upper
     FROM middle JOIN sorted ON ${same('middle', 'sorted')} ORDER BY ${names.map((name) => `middle.${name}`).join(', ')}`,
    values,
  );
}

/** The ends of the interval of a median. */
export type Ends = Pick<MedianOfGroup, 'lower' | 'upper'>;

/** Up to so many groups of different sizes, quantiles of all their ranks take less time than `withMedians`. */
const maxRankedSizes = 10;

/** Up to so many sales, which take some 40 MB in lists, `withMedians` takes less time than `readMedians`. */
const maxListed = 1_000_000;

/** Whether the intervals of groups of these sizes are to be computed from lists of their prices. */
export function areListed(sizes: readonly number[]): boolean {
  return new Set(sizes).size > maxRankedSizes && sizes.reduce((sum, sales) => sum + sales, 0) <= maxListed;
}

/**
 * The intervals of the medians of groups of sales.
 * @param sizes the number of sales of each group
 */
export async function readEnds<Group extends object>(
  db: Connection,
  grouped: Grouped,
  sizes: readonly number[],
): Promise<(Group & Ends)[]> {
  const ranked = sizes.filter((sales) => intervalRankOf(sales) > 0);
  if (areFew(ranked)) return readRanked(db, grouped, ranked, {});
  if (sizes.reduce((sum, sales) => sum + sales, 0) > maxListed) return readMedians(db, grouped);
  const { from = 'sale', groups, where, values } = grouped;
  const expressions = Object.entries(groups).map(([name, sql]) => `${sql} AS ${name}`);
  const sold = `SELECT ${expressions.join(', ')}, list(price) AS prices FROM ${from} WHERE ${where} GROUP BY ALL`;
  return db.rows<Group & Ends>(
    `SELECT * EXCLUDE (${medianColumns(['prices']).join(', ')}), prices_lower AS lower, prices_upper AS upper FROM (${withMedians(sold, ['prices'])})`,
    values,
  );
}

/**
 * Quantiles of the prices of groups of sales, and the intervals of their medians.
 * @param sizes the number of sales of each group
 * @param fractions of the quantiles
 */
export function readQuantilesOf<Group extends object, Name extends string>(
  db: Connection,
  grouped: Omit<Grouped, 'meanPrice'>,
  sizes: readonly number[],
  fractions: Record<Name, number>,
): Promise<(Group & Record<Name, number> & Ends)[]> {
  if (areFew(sizes)) return readRanked(db, grouped, sizes, fractions);
  return readQuantiles<Group & Record<Name, number>>(db, grouped, fractions, {});
}

function areFew(sizes: readonly number[]): boolean {
  return new Set(sizes).size <= maxRankedSizes;
}

/**
 * Quantiles and intervals by the ranks of prices, which follow from the sizes of the groups. DuckDB finds the prices of all ranks in one pass, which takes half
 * the time of quantiles and intervals apart.
 */
async function readRanked<Group extends object, Name extends string>(
  db: Connection,
  { from = 'sale', groups, where, values }: Omit<Grouped, 'meanPrice'>,
  sizes: readonly number[],
  fractions: Record<Name, number>,
): Promise<(Group & Record<Name, number> & Ends)[]> {
  const named = Object.entries<number>(fractions);
  const wanted = [...new Set(sizes)].flatMap((sales) => {
    const k = intervalRankOf(sales);
    const ends = k > 0 ? [k, sales + 1 - k] : [];
    const ranks = named.flatMap(([, fraction]) => ranksAround(sales, fraction));
    return [...new Set([...ends, ...ranks])].map((rank) => ({ sales, rank }));
  });
  if (wanted.length === 0) return [];
  // The k-th lowest of n prices is the quantile of each fraction from (k − 1) / n to k / n.
  const all = wanted.map(({ sales, rank }) => (rank - 0.5) / sales);
  const expressions = Object.entries(groups).map(([name, sql]) => `${sql} AS ${name}`);
  const rows = await db.rows<Group & { sales: number; prices: string }>(
    `SELECT ${expressions.join(', ')}, count(*) AS sales, to_json(quantile_disc(price, [${all.join(', ')}]))::VARCHAR AS prices
     FROM ${from} WHERE ${where} GROUP BY ALL`,
    values,
  );
  return rows.map(({ prices, ...row }) => {
    const { sales } = row;
    const found = JSON.parse(prices) as number[];
    const byRank = new Map(wanted.flatMap((one, i) => (one.sales === sales ? [[one.rank, found[i] as number]] : [])));
    const k = intervalRankOf(sales);
    const quantiles = named.map(([name, fraction]) => {
      const [below, above] = ranksAround(sales, fraction).map((rank) => byRank.get(rank) as number);
      const part = ((sales - 1) * fraction) % 1;
      return [name, (below as number) * (1 - part) + (above as number) * part];
    });
    return {
      ...(row as unknown as Group),
      ...(Object.fromEntries(quantiles) as Record<Name, number>),
      lower: byRank.get(k) ?? null,
      upper: byRank.get(sales + 1 - k) ?? null,
    };
  });
}

/** The ranks of the prices that a quantile is interpolated between, as `quantile_cont` does. */
function ranksAround(sales: number, fraction: number): [number, number] {
  const position = (sales - 1) * fraction;
  return [Math.floor(position) + 1, Math.ceil(position) + 1];
}

/**
 * Groups of sales: their number (`sales`), quantiles of their prices, their mean (`mean`), other figures, and the interval of the median. If the market has few
 * enough sales, their prices are gathered once for all of these. `Row` has to match the columns.
 * @param fractions of the quantiles
 * @param figures SQL of the other figures
 * @param maxSales of a market whose prices are gathered
 */
export async function readQuantiles<Row extends object>(
  db: Connection,
  { from = 'sale', groups, where, values }: Omit<Grouped, 'meanPrice'>,
  fractions: Record<string, number>,
  figures: Record<string, string>,
  maxSales = maxListed,
): Promise<(Row & Ends & { sales: number; mean: number })[]> {
  type Read = Row & Ends & { sales: number; mean: number };
  const computed = Object.entries({ ...groups, sales: 'count(*)', mean: 'avg(price)', ...figures });
  const sold = (prices: string) =>
    `SELECT ${computed.map(([name, sql]) => `${sql} AS ${name}`).join(', ')}, ${prices} FROM ${from} WHERE ${where} GROUP BY ALL`;
  const list = `[${Object.values(fractions).join(', ')}]`;
  const quantiles = Object.keys(fractions).map((name, i) => `quantiles[${i + 1}] AS ${name}`);
  const columns = [...Object.keys(groups), 'sales', ...quantiles, 'mean', ...Object.keys(figures)].join(', ');
  const { sales } = await ofVersion(db, 'sales', () => db.row<{ sales: number }>('SELECT count(*) AS sales FROM sale'));
  if (sales <= maxSales) {
    const gathered = `SELECT *, list_aggregate(prices, 'quantile_cont', ${list}) AS quantiles FROM (${sold('list(price) AS prices')})`;
    return db.rows<Read>(
      `SELECT ${columns}, prices_lower AS lower, prices_upper AS upper FROM (${withMedians(gathered, ['prices'])})`,
      values,
    );
  }
  const rows = await db.rows<Read>(
    `SELECT ${columns} FROM (${sold(`quantile_cont(price, ${list}) AS quantiles`)})`,
    values,
  );
  const sizes = rows.map((row) => row.sales);
  const total = rows.reduce((sum, row) => sum + row.sales * row.mean, 0);
  const meanPrice = total / sizes.reduce((sum, size) => sum + size, 1);
  const keyOf = (row: object) => JSON.stringify(Object.keys(groups).map((name) => row[name as keyof typeof row]));
  const ends = await readEnds<object>(db, { from, groups, where, values, meanPrice }, sizes);
  const byGroup = new Map(ends.map((row) => [keyOf(row), row]));
  return rows.map((row) => {
    const { lower = null, upper = null } = byGroup.get(keyOf(row)) ?? {};
    return { ...row, lower, upper };
  });
}

/** The members of `intervalOf`, from a row of `readEnds`. */
export function endsOf(of: Ends | undefined) {
  return { median_lower: of?.lower ?? null, median_upper: of?.upper ?? null };
}

/** The range of an axis, so that thin or partly known periods do not set it. */
export const axisSchema = Type.Union([Type.Object({ from: Type.Number(), to: Type.Number() }), Type.Null()], {
  description:
    'The range of values for an axis: that of the intervals of the complete periods with good support. Without any, that of limited support, or else of all; null without values. Values outside are to be clipped.',
});

/** A value of a chart, and what it rests on. */
export interface Charted {
  value: number | null;
  lower: number | null;
  upper: number | null;
  sales: number;
  complete: boolean;
}

export function axisOf(values: Charted[]): Static<typeof axisSchema> {
  const charted = values.filter(({ value }) => value !== null);
  const candidates = [
    charted.filter(({ complete, sales }) => complete && sales >= minSales.good),
    charted.filter(({ complete, sales }) => complete && sales >= minSales.limited),
    charted,
  ];
  const chosen = candidates.find(({ length }) => length > 0);
  if (!chosen) return null;
  const all = (end: 'lower' | 'upper', of: (...values: number[]) => number) =>
    chosen.map((one) => one[end] ?? (one.value as number)).reduce((a, b) => of(a, b));
  return { from: all('lower', Math.min), to: all('upper', Math.max) };
}

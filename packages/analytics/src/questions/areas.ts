import Type, { type Static } from 'typebox';
import { amount } from '../amounts.ts';
import type { Values } from '../connection.ts';
import { coverageChange, coverageOf, coveredPeriod, coveredSchema, isAfter, isBefore } from '../coverage.ts';
import { InvalidQuestion } from '../errors.ts';
import { filterParameters, ofSelection, select } from '../filters.ts';
import { levelOf, levelParameter, levelSchema, levels } from '../named-areas.ts';
import { defineQuestion } from '../question.ts';
import { standardChange } from '../standard.ts';
import {
  type Change,
  changeDays,
  changeMembers,
  changes,
  changesOf,
  heading,
  lastYear,
  leftOut,
  leftOutSchema,
  marketHeading,
  nullableDay,
  nullableText,
  readChanges,
  thinBelow,
  withChange,
} from '../statistics.ts';
import {
  areListed,
  endsOf,
  intervalOf,
  minSales,
  readEnds,
  supportOf,
  supportRank,
  supportSchema,
} from '../support.ts';

type Sort = 'sales' | 'median' | Change;
type Order = 'asc' | 'desc';
/** The column of the query that areas are sorted by. */
type SortColumn = 'sales' | 'median' | 'change';
const sorts: Sort[] = ['sales', 'median', ...changes.map(({ member }) => member)];

const area = Type.Object({
  area: Type.String({ description: 'Name of the region or locality, or the postcode or its prefix.' }),
  region: nullableText('The region of a locality; null if not stated, and for postcodes.'),
  sales: Type.Integer(),
  median: amount(),
  mean: amount(),
  ...intervalOf(''),
  support: supportSchema,
  ...changeMembers,
  thin: Type.Boolean({ description: `Whether there are fewer than ${thinBelow} sales.` }),
  first_sale: nullableDay('Earliest contract date; null if no sale states one, like the next.'),
  last_sale: nullableDay('Latest contract date.'),
  outside: Type.Integer({ description: 'Sales outside the covered period, of whose months only a part is known.' }),
  rank: Type.Union([Type.Integer(), Type.Null()], {
    description:
      'Position in the requested order, shared by equal areas. By sales, all areas but thin ones have a rank; by median or change, those whose figure has good support; by median, only areas with a sale in the last year with sales, because prices of other times are not comparable.',
  }),
});
type Area = Static<typeof area>;

/** An area as the query returns it. */
type Row = Pick<
  Area,
  'area' | 'region' | 'sales' | 'median' | 'mean' | 'thin' | 'first_sale' | 'last_sale' | 'outside' | 'rank'
> & { change?: number | null; total: number; last_rank: number; last_year: number };

/** Areas ranked by sales, price or change. */
export const areas = defineQuestion({
  name: 'areas',
  summary: 'Rank regions, localities or postcodes by sales, price or change over one, three or five years',
  about: `By median or change, areas whose figure has good support (${minSales.good} sales in each period that is compared) come first and have a rank. Those of limited support (${minSales.limited}) follow in the same order, then the others: with few sales, chance alone would put them first or last. By median, areas whose last sale is more than a year before the last of all are at the end.`,
  methodChanges: [
    {
      since: '0.3.0',
      sentence: `Areas are ranked by median or change from ${minSales.good} sales on, if their sales are recent; medians and changes have intervals, and areas state their days.`,
    },
    standardChange,
    coverageChange,
  ],
  example: { level: 'locality', sort: 'median' },
  changedDefault: {
    since: '0.3.0',
    sentence:
      'level defaults to one that divides the sales of the market; level=locality restores the previous default.',
  },
  parameters: Type.Object(
    {
      ...filterParameters,
      ...levelParameter,
      sort: Type.Optional(Type.Enum(sorts, { default: 'sales', description: 'The member to rank areas by.' })),
      order: Type.Optional(Type.Enum(['asc', 'desc'], { default: 'desc', description: 'Ascending or descending.' })),
      limit: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 1000,
          default: 100,
          description: 'The maximum number of areas on a page.',
        }),
      ),
      cursor: Type.Optional(
        Type.String({
          maxLength: 2000,
          description: '`next` of the previous page. The other parameters have to stay the same.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({
    market: marketHeading,
    level: levelSchema,
    total: Type.Integer({ description: 'Number of areas on all pages.' }),
    areas: Type.Array(area, {
      description: 'By rank, then name. Areas without a rank are last.',
    }),
    next: nullableText('Cursor of the next page; null on the last page.'),
    unplaced: Type.Integer({ description: 'Sales that match the filters but state no area of this level.' }),
    left_out: leftOutSchema,
    covered: coveredSchema,
  }),
  table: 'areas',
  rest: ({ next }) => (next === null ? undefined : { cursor: next }),
  async ask(db, parameters, market) {
    const { sort = 'sales', order = 'desc', limit = 100, cursor } = parameters;
    const selection = await select(db, parameters, market);
    const { where, values } = selection;
    const level = await levelOf(db, parameters.level);
    const column = levels[level];
    const covered = await coveredPeriod(db);
    const days = await changeDays(db);
    const from = cursor === undefined ? undefined : readCursor(cursor);
    const ranked = changes.find(({ member }) => member === sort);
    const by: SortColumn = sort === 'sales' || sort === 'median' ? sort : 'change';
    const columns = `${column.area} AS area, ${column.region} AS region, count(*) AS sales, quantile_cont(price, 0.5) AS median, avg(price) AS mean,
      count(*) < ${thinBelow} AS thin, min(contract_date) AS first_sale, max(contract_date) AS last_sale,
      count(*) FILTER (${isBefore(covered)} OR ${isAfter(covered)}) AS outside, ${lastYear(days)} AS last_year`;
    const sold = `FROM sale WHERE ${where} AND ${column.area} IS NOT NULL GROUP BY ${column.area}, ${column.region}`;
    // One more row than the page shows whether there is a next page. The join to the count gives a page beyond the end the total.
    const rows = await db.rows<Row>(
      `WITH place AS MATERIALIZED (
         ${ranked ? withChange(columns, sold, days, ranked.years) : `SELECT ${columns} ${sold}`}
       ),
       supported AS (SELECT *, ${lastRank(by)} AS last_rank FROM place),
       ranked AS (
         SELECT *, CASE WHEN last_rank = 0 THEN rank() OVER (ORDER BY last_rank, ${by} ${order}) END AS rank FROM supported
       ),
       page AS (
         SELECT * FROM ranked ${from ? `WHERE ${follows(by, order)}` : ''}
         ORDER BY ${ranking(by, order)} LIMIT ${limit + 1}
       )
       SELECT page.*, total FROM (SELECT count(*) AS total FROM place) LEFT JOIN page ON true
       ORDER BY ${ranking(by, order)}`,
      { ...values, ...from },
    );
    const total = rows[0]?.total ?? 0;
    const found = rows.filter(({ area }) => area !== null);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    // The rest is computed of the areas on the page. Areas of other regions with these names are few.
    const isShown =
      page.length < total
        ? `${column.area} IN (SELECT unnest(from_json($page::VARCHAR, '["VARCHAR"]')))`
        : `${column.area} IS NOT NULL`;
    const shown = {
      groups: { area: column.area, region: column.region },
      where: `${where} AND ${isShown}`,
      values: page.length < total ? { ...values, page: JSON.stringify(page.map(({ area }) => area)) } : values,
    };
    const meanPrice = page[0]?.mean ?? 0;
    const sizes = page.map(({ sales }) => sales);
    const inOnePass = areListed(sizes);
    const changesIn = await readChanges(db, shown, days, changes, inOnePass);
    const apart = inOnePass
      ? []
      : await readEnds<{ area: string; region: string | null }>(db, { ...shown, meanPrice }, sizes);
    const ends = new Map(apart.map((row) => [JSON.stringify([row.area, row.region]), row]));
    const unplaced = await ofSelection(db, `without ${level}`, selection, () =>
      db.row<{ sales: number }>(`SELECT count(*) AS sales FROM sale WHERE ${where} AND ${column.area} IS NULL`, values),
    );
    return {
      market: heading(market),
      level,
      total,
      areas: page.map((row) => {
        const changed = changesIn(row.last_year, row.area, row.region);
        return {
          area: row.area,
          region: row.region,
          sales: row.sales,
          median: row.median,
          mean: row.mean,
          ...endsOf(changed.ends ?? ends.get(JSON.stringify([row.area, row.region]))),
          support: supportOf(row.sales),
          ...changesOf(changed),
          thin: row.thin,
          first_sale: row.first_sale,
          last_sale: row.last_sale,
          outside: row.outside,
          rank: row.rank,
        };
      }),
      next: found.length > limit && last ? writeCursor(by, last) : null,
      unplaced: unplaced.sales,
      left_out: await leftOut(db, selection),
      covered: await coverageOf(db, selection),
    };
  },
});

/** Where a page ended: the support of its last area, the value sorted by, the area and its region. */
interface Position extends Values {
  after_rank: number;
  after_value: number | null;
  after_area: string;
  after_region: string;
}

/** SQL: 0 for areas with a rank. The others follow by this number, because with few sales chance alone would put them first or last. */
function lastRank(by: SortColumn): string {
  if (by === 'sales') return 'thin::INTEGER';
  if (by === 'median') {
    return `CASE WHEN last_sale < max(last_sale) OVER () - INTERVAL 1 YEAR THEN 3 ELSE ${supportRank('sales')} END`;
  }
  return `CASE WHEN ${by} IS NULL THEN 3 + ${supportRank('sales')} ELSE ${supportRank(`least(${by}_sales, ${by}_sales_before)`)} END`;
}

function ranking(by: SortColumn, order: Order): string {
  return `last_rank, ${by} ${order} NULLS LAST, area, coalesce(region, '')`;
}

/** SQL condition for areas that follow a `Position`. */
function follows(by: SortColumn, order: Order): string {
  const further = order === 'asc' ? '>' : '<';
  return `(last_rank > $after_rank OR (last_rank = $after_rank
    AND (${by} ${further} $after_value::DOUBLE OR (${by} IS NULL AND $after_value::DOUBLE IS NOT NULL)
      OR (${by} IS NOT DISTINCT FROM $after_value::DOUBLE AND (area, coalesce(region, '')) > ($after_area, $after_region)))))`;
}

function writeCursor(by: SortColumn, last: Row): string {
  const position = [last.last_rank, last[by] ?? null, last.area, last.region ?? ''];
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

function readCursor(cursor: string): Position {
  try {
    const [rank, value, area, region] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const isValue = value === null || typeof value === 'number';
    if (typeof rank === 'number' && isValue && typeof area === 'string' && typeof region === 'string') {
      return { after_rank: rank, after_value: value, after_area: area, after_region: region };
    }
  } catch {
    // Not JSON: reported below.
  }
  throw new InvalidQuestion('cursor', 'cursor must be the `next` of the previous page; omit it for the first page.');
}

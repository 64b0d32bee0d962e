import Type, { type Static } from 'typebox';
import type { Values } from '../connection.ts';
import { InvalidQuestion } from '../errors.ts';
import { filterParameters, select } from '../filters.ts';
import { defineQuestion } from '../question.ts';
import {
  figure,
  heading,
  lastDay,
  leftOut,
  leftOutSchema,
  marketHeading,
  nullableText,
  thinBelow,
  yearChange,
} from '../statistics.ts';

/** What makes an area, in SQL: localities of one name in two regions are two areas. */
const levels = {
  region: { area: 'region', region: 'region' },
  locality: { area: 'locality', region: 'region' },
  postcode: { area: 'postcode', region: 'NULL::VARCHAR' },
} as const;

const area = Type.Object({
  area: Type.String({ description: 'Name of the region or locality, or the postcode.' }),
  region: nullableText('The region a locality is in; null where not stated, and for postcodes.'),
  sales: Type.Integer(),
  median: Type.Number(),
  mean: Type.Number(),
  change: figure(
    "Median price of the market's last twelve months of data against the twelve before, as a fraction: 0.05 is five percent up.",
  ),
  thin: Type.Boolean({
    description: `Whether either of those years has fewer than ${thinBelow} sales, so that there is no change to tell.`,
  }),
});
type Area = Static<typeof area>;

/** Areas by sales, price or change. */
export const areas = defineQuestion({
  name: 'areas',
  summary: 'Regions, localities or postcodes, with their sales, prices and change over a year',
  parameters: Type.Object(
    {
      ...filterParameters,
      level: Type.Optional(Type.Enum(['region', 'locality', 'postcode'], { default: 'locality' })),
      sort: Type.Optional(Type.Enum(['sales', 'median', 'change'], { default: 'sales' })),
      order: Type.Optional(Type.Enum(['asc', 'desc'], { default: 'desc' })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
      cursor: Type.Optional(
        Type.String({
          maxLength: 2000,
          description: '`next` of the page before, with the other parameters unchanged.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({
    market: marketHeading,
    level: Type.Enum(['region', 'locality', 'postcode']),
    total: Type.Integer({ description: 'Areas on all pages.' }),
    areas: Type.Array(area, {
      description: 'Areas of equal rank by name; those without a change last when sorted by it.',
    }),
    next: nullableText('Cursor of the next page; null on the last.'),
    unplaced: Type.Integer({ description: 'Sales that fit the filters but state no such area.' }),
    left_out: leftOutSchema,
  }),
  async ask(db, parameters, market) {
    const { level = 'locality', sort = 'sales', order = 'desc', limit = 100, cursor } = parameters;
    const selection = await select(db, parameters, market);
    const { where, values } = selection;
    const column = levels[level];
    const from = cursor === undefined ? undefined : readCursor(cursor);
    // One row more than the page tells whether there is a next; joined to the count, a page beyond the end still has the total.
    const rows = await db.rows<Area & { total: number }>(
      `WITH place AS MATERIALIZED (
         SELECT ${column.area} AS area, ${column.region} AS region, count(*) AS sales, quantile_cont(price, 0.5) AS median,
           avg(price) AS mean, ${yearChange}, least(sales_last_year, sales_year_before) < ${thinBelow} AS thin
         FROM sale WHERE ${where} AND ${column.area} IS NOT NULL
         GROUP BY ${column.area}, ${column.region}
       ),
       page AS (
         SELECT area, region, sales, median, mean, change, thin FROM place
         ${from ? `WHERE ${isAfter(sort, order)}` : ''}
         ORDER BY ${ranking(sort, order)} LIMIT ${limit + 1}
       )
       SELECT page.*, total FROM (SELECT count(*) AS total FROM place) LEFT JOIN page ON true
       ORDER BY ${ranking(sort, order)}`,
      { ...values, last_day: await lastDay(db, market), ...from },
    );
    const total = rows[0]?.total ?? 0;
    const found = rows.filter(({ area }) => area !== null);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const unplaced = await db.row<{ sales: number }>(
      `SELECT count(*) AS sales FROM sale WHERE ${where} AND ${column.area} IS NULL`,
      values,
    );
    return {
      market: heading(market),
      level,
      total,
      areas: page.map(({ total: _, ...row }) => row),
      next: found.length > limit && last ? writeCursor(last[sort], last) : null,
      unplaced: unplaced.sales,
      left_out: await leftOut(db, selection),
    };
  },
});

type Sort = 'sales' | 'median' | 'change';
type Order = 'asc' | 'desc';

/** Where a page ended: the value sorted by, the area and its region. */
interface Position extends Values {
  after_value: number | null;
  after_area: string;
  after_region: string;
}

function ranking(sort: Sort, order: Order): string {
  return `${sort} ${order} NULLS LAST, area, coalesce(region, '')`;
}

/** SQL condition for areas ranked after a `Position`. */
function isAfter(sort: Sort, order: Order): string {
  const further = order === 'asc' ? '>' : '<';
  return `(${sort} ${further} $after_value::DOUBLE OR (${sort} IS NULL AND $after_value::DOUBLE IS NOT NULL)
    OR (${sort} IS NOT DISTINCT FROM $after_value::DOUBLE AND (area, coalesce(region, '')) > ($after_area, $after_region)))`;
}

function writeCursor(value: number | null, { area, region }: Area): string {
  return Buffer.from(JSON.stringify([value, area, region ?? ''])).toString('base64url');
}

function readCursor(cursor: string): Position {
  try {
    const [value, area, region] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if ((value === null || typeof value === 'number') && typeof area === 'string' && typeof region === 'string') {
      return { after_value: value, after_area: area, after_region: region };
    }
  } catch {
    // Not JSON: said below.
  }
  throw new InvalidQuestion(
    'cursor',
    'cursor must be what `next` was on the page before; leave it out for the first page.',
  );
}

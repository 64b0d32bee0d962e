import Type, { type Static } from 'typebox';
import type { Values } from '../connection.ts';
import { InvalidQuestion } from '../errors.ts';
import { filterParameters, select } from '../filters.ts';
import { levels } from '../named-areas.ts';
import { defineQuestion } from '../question.ts';
import {
  type Change,
  changes,
  describeChange,
  figure,
  heading,
  lastDay,
  leftOut,
  leftOutSchema,
  marketHeading,
  nullableText,
  thinBelow,
  withChanges,
} from '../statistics.ts';

type Sort = 'sales' | 'median' | Change;
type Order = 'asc' | 'desc';
const sorts: Sort[] = ['sales', 'median', ...changes.map(({ member }) => member)];

const area = Type.Object({
  area: Type.String({ description: 'Name of the region or locality, or the postcode.' }),
  region: nullableText('The region of a locality; null if not stated, and for postcodes.'),
  sales: Type.Integer(),
  median: Type.Number(),
  mean: Type.Number(),
  change: figure(describeChange('a year')),
  change_over_three_years: figure(describeChange('three years')),
  change_over_five_years: figure(describeChange('five years')),
  thin: Type.Boolean({ description: `Whether there are fewer than ${thinBelow} sales: too few to be ranked.` }),
  rank: Type.Union([Type.Integer(), Type.Null()], {
    description:
      'Position in the requested order, shared by equal areas; null for thin areas, and for areas without the change that is sorted by.',
  }),
});
type Area = Static<typeof area>;

/** Areas ranked by sales, price or change. */
export const areas = defineQuestion({
  name: 'areas',
  summary: 'Rank regions, localities or postcodes by sales, price or change over one, three or five years',
  example: { level: 'locality', sort: 'median' },
  parameters: Type.Object(
    {
      ...filterParameters,
      level: Type.Optional(
        Type.Enum(['region', 'locality', 'postcode'], {
          default: 'locality',
          description: 'The kind of area. Localities with the same name in two regions are two areas.',
        }),
      ),
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
    level: Type.Enum(['region', 'locality', 'postcode']),
    total: Type.Integer({ description: 'Number of areas on all pages.' }),
    areas: Type.Array(area, {
      description: 'By rank, then name. Areas without a rank are last.',
    }),
    next: nullableText('Cursor of the next page; null on the last page.'),
    unplaced: Type.Integer({ description: 'Sales that match the filters but state no area of this level.' }),
    left_out: leftOutSchema,
  }),
  table: 'areas',
  async ask(db, parameters, market) {
    const { level = 'locality', sort = 'sales', order = 'desc', limit = 100, cursor } = parameters;
    const selection = await select(db, parameters, market);
    const { where, values } = selection;
    const column = levels[level];
    const from = cursor === undefined ? undefined : readCursor(cursor);
    // One more row than the page shows whether there is a next page. The join to the count gives a page beyond the end the total.
    const rows = await db.rows<Area & { total: number }>(
      `WITH place AS MATERIALIZED (
         ${withChanges(
           `${column.area} AS area, ${column.region} AS region, count(*) AS sales, quantile_cont(price, 0.5) AS median,
              avg(price) AS mean, count(*) < ${thinBelow} AS thin`,
           `FROM sale WHERE ${where} AND ${column.area} IS NOT NULL GROUP BY ${column.area}, ${column.region}`,
         )}
       ),
       ranked AS (
         SELECT *, CASE WHEN NOT ${isUnranked(sort)} THEN rank() OVER (ORDER BY ${isUnranked(sort)}, ${sort} ${order}) END AS rank FROM place
       ),
       page AS (
         SELECT * FROM ranked ${from ? `WHERE ${isAfter(sort, order)}` : ''}
         ORDER BY ${ranking(sort, order)} LIMIT ${limit + 1}
       )
       SELECT page.*, total FROM (SELECT count(*) AS total FROM place) LEFT JOIN page ON true
       ORDER BY ${ranking(sort, order)}`,
      { ...values, last_day: await lastDay(db), ...from },
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
      next: found.length > limit && last ? writeCursor(sort, last) : null,
      unplaced: unplaced.sales,
      left_out: await leftOut(db, selection),
    };
  },
});

/** Where a page ended: whether its last area was unranked, the value sorted by, the area and its region. */
interface Position extends Values {
  after_unranked: boolean;
  after_value: number | null;
  after_area: string;
  after_region: string;
}

/** SQL condition for areas that follow all others, because with few sales chance alone would put them first or last. */
function isUnranked(sort: Sort): string {
  return `(thin OR ${sort} IS NULL)`;
}

function ranking(sort: Sort, order: Order): string {
  return `${isUnranked(sort)}, ${sort} ${order} NULLS LAST, area, coalesce(region, '')`;
}

/** SQL condition for areas that follow a `Position`. */
function isAfter(sort: Sort, order: Order): string {
  const further = order === 'asc' ? '>' : '<';
  return `(${isUnranked(sort)} > $after_unranked OR (${isUnranked(sort)} = $after_unranked
    AND (${sort} ${further} $after_value::DOUBLE OR (${sort} IS NULL AND $after_value::DOUBLE IS NOT NULL)
      OR (${sort} IS NOT DISTINCT FROM $after_value::DOUBLE AND (area, coalesce(region, '')) > ($after_area, $after_region)))))`;
}

function writeCursor(sort: Sort, last: Area): string {
  const position = [last.thin || last[sort] === null, last[sort], last.area, last.region ?? ''];
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

function readCursor(cursor: string): Position {
  try {
    const [unranked, value, area, region] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const isValue = value === null || typeof value === 'number';
    if (typeof unranked === 'boolean' && isValue && typeof area === 'string' && typeof region === 'string') {
      return { after_unranked: unranked, after_value: value, after_area: area, after_region: region };
    }
  } catch {
    // Not JSON: reported below.
  }
  throw new InvalidQuestion('cursor', 'cursor must be the `next` of the previous page; omit it for the first page.');
}

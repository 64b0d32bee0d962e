import Type, { type Static } from 'typebox';
import { filterParameters, select } from '../filters.ts';
import { levels } from '../named-areas.ts';
import { defineQuestion } from '../question.ts';
import { saleRow } from '../sale-rows.ts';
import { heading, leftOut, leftOutSchema, marketHeading, nullableText } from '../statistics.ts';

/** Of fewer sales the spread is not known well enough to call one of them far off. */
const fewestToCompare = 20;

/** Times the median absolute deviation, that of a normal distribution is its standard deviation. */
const normal = 1.4826;

/** Members that a source may leave out. */
const fields = Object.keys(saleRow.properties).filter(
  (name) => !['id', 'property_id', 'price', 'address', 'approximate', 'non_standard'].includes(name),
);

/** SQL: what the source says of it. */
function stated(field: string): string {
  return /^(lat|long)itude$/.test(field) ? `CASE WHEN approximate IS NULL THEN ${field} END` : field;
}

const duplicate = Type.Object({
  address: Type.String(),
  locality: nullableText('Of the address.'),
  contract_date: Type.String(),
  price: Type.Integer(),
  sales: Type.Integer(),
  ids: Type.Array(Type.Integer(), { description: 'Of the sales, at most ten.' }),
});
const outlier = Type.Object({
  id: Type.Integer(),
  property_id: Type.Integer(),
  address: Type.String(),
  contract_date: nullableText('ISO date.'),
  price: Type.Integer(),
  area: Type.String(),
  region: nullableText('The region the area is in.'),
  type: nullableText('Dwelling type.'),
  typical_price: Type.Number({
    description: 'Median of its area and type: the exponential of that of the logarithms.',
  }),
  deviation: Type.Number({ description: 'How many spreads the logarithm of the price is above or below.' }),
});
const gap = Type.Object({
  from: Type.String({ description: 'First day of the first month without sales.' }),
  months: Type.Integer({ description: 'How many there are in a row.' }),
});

/** What to know of sales before trusting a figure made from them. */
export const quality = defineQuestion({
  name: 'quality',
  summary: 'Suspected duplicates, outliers, missing fields and gaps in time',
  example: { limit: 10 },
  parameters: Type.Object(
    {
      ...filterParameters,
      level: Type.Optional(
        Type.Enum(['region', 'locality', 'postcode'], {
          default: 'locality',
          description: 'The areas within which prices are compared.',
        }),
      ),
      k: Type.Optional(
        Type.Number({
          minimum: 1,
          maximum: 100,
          default: 5,
          description: `An outlier is further than k spreads from the median of the logarithms of the prices of its area and type. The spread is ${normal} times their median absolute deviation, as robust as the median itself (Iglewicz and Hoaglin 1993).`,
        }),
      ),
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 1000, default: 50, description: 'At most so many of each list.' }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({
    market: marketHeading,
    sales: Type.Integer(),
    missing: Type.Array(
      Type.Object({ field: Type.String(), sales: Type.Integer({ description: 'That do not state it.' }) }),
    ),
    duplicates: Type.Object({
      total: Type.Integer({ description: 'Groups there are.' }),
      groups: Type.Array(duplicate, {
        description: 'Sales of one address, day and price: probably one sale. Most sales first.',
      }),
    }),
    outliers: Type.Object({
      total: Type.Integer(),
      compared: Type.Integer({
        description: `Sales in areas with at least ${fewestToCompare} of the type and prices that differ; the others are compared with nothing.`,
      }),
      sales: Type.Array(outlier, { description: 'The furthest first.' }),
    }),
    gaps: Type.Object({
      total: Type.Integer(),
      gaps: Type.Array(gap, {
        description: 'Months without sales between the first and the last with any; the longest first.',
      }),
    }),
    left_out: leftOutSchema,
  }),
  async ask(db, { level = 'locality', k = 5, limit = 50, ...filters }, market) {
    const selection = await select(db, filters, market);
    const { where, values } = selection;
    const { sales, ...missing } = await db.row<Record<string, number> & { sales: number }>(
      `SELECT count(*) AS sales, ${fields.map((name) => `count(*) - count(${stated(name)}) AS ${name}`).join(', ')} FROM sale WHERE ${where}`,
      values,
    );
    const duplicates = await db.rows<Omit<Static<typeof duplicate>, 'ids'> & { ids: string; total: number }>(
      // Millions of hashes are told apart sooner, and in less memory, than as many addresses.
      `WITH sold AS NOT MATERIALIZED (
         SELECT *, hash(lower(address), lower(locality), region, contract_date, price) AS mark FROM sale WHERE ${where} AND contract_date IS NOT NULL
       )
       SELECT min(address) AS address, min(locality) AS locality, contract_date, price, count(*) AS sales,
         to_json(list(id ORDER BY id)[1:10]) AS ids, count(*) OVER () AS total
       FROM sold WHERE mark IN (SELECT mark FROM sold GROUP BY mark HAVING count(*) > 1)
       GROUP BY lower(address), lower(locality), region, contract_date, price HAVING count(*) > 1
       ORDER BY sales DESC, contract_date, min(id) LIMIT ${limit}`,
      values,
    );
    const { area, region } = levels[level];
    const outliers = await db.rows<Static<typeof outlier> & { compared: number; total: number }>(
      `WITH priced AS NOT MATERIALIZED (
         SELECT *, ${area} AS area, ${region} AS area_region, ln(price) AS log_price FROM sale WHERE ${where} AND price > 0 AND ${area} IS NOT NULL
       ),
       typical AS MATERIALIZED (
         SELECT area, area_region, type, quantile_cont(log_price, 0.5) AS center, mad(log_price) * ${normal} AS spread, count(*) AS sales
         FROM priced GROUP BY ALL HAVING count(*) >= ${fewestToCompare} AND spread > 0
       ),
       far AS (
         SELECT id, property_id, address, contract_date, price, typical.area, typical.area_region AS region, typical.type,
           exp(center) AS typical_price, (log_price - center) / spread AS deviation
         FROM priced JOIN typical ON priced.area = typical.area AND priced.area_region IS NOT DISTINCT FROM typical.area_region
           AND priced.type IS NOT DISTINCT FROM typical.type
         WHERE abs(log_price - center) > $k::DOUBLE * spread
       )
       SELECT far.*, compared, total
       FROM (SELECT (SELECT coalesce(sum(sales), 0) FROM typical)::BIGINT AS compared, (SELECT count(*) FROM far) AS total)
       LEFT JOIN far ON true ORDER BY abs(deviation) DESC NULLS LAST, id LIMIT ${limit}`,
      { ...values, k },
    );
    const gaps = await db.rows<Static<typeof gap> & { total: number }>(
      `WITH present AS (SELECT DISTINCT date_trunc('month', contract_date)::DATE AS month FROM sale WHERE ${where} AND contract_date IS NOT NULL),
       followed AS (SELECT month, lead(month) OVER (ORDER BY month) AS next FROM present)
       SELECT (month + INTERVAL 1 MONTH)::DATE AS from, date_diff('month', month, next) - 1 AS months, count(*) OVER () AS total
       FROM followed WHERE date_diff('month', month, next) > 1 ORDER BY months DESC, month LIMIT ${limit}`,
      values,
    );
    return {
      market: heading(market),
      sales,
      missing: fields.map((field) => ({ field, sales: missing[field] ?? 0 })),
      duplicates: {
        total: duplicates[0]?.total ?? 0,
        groups: duplicates.map(({ total: _, ids, ...group }) => ({ ...group, ids: JSON.parse(ids) })),
      },
      outliers: {
        total: outliers[0]?.total ?? 0,
        compared: outliers[0]?.compared ?? 0,
        sales: outliers.filter(({ id }) => id !== null).map(({ compared: _, total: __, ...sale }) => sale),
      },
      gaps: { total: gaps[0]?.total ?? 0, gaps: gaps.map(({ total: _, ...gap }) => gap) },
      left_out: await leftOut(db, selection),
    };
  },
});

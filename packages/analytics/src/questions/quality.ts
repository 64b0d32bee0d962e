import Type, { type Static } from 'typebox';
import { amount, wholeAmount } from '../amounts.ts';
import {
  coverageOf,
  coveredChange,
  coveredSchema,
  periodParameter,
  readCoverage,
  withinCoverage,
} from '../coverage.ts';
import { asStated, filterParameters, select, statable } from '../filters.ts';
import { levels } from '../named-areas.ts';
import { defineQuestion } from '../question.ts';
import { standardChange } from '../standard.ts';
import { heading, leftOut, leftOutSchema, marketHeading, nullableDay, nullableText } from '../statistics.ts';

/** With fewer sales, the spread is not known well enough to identify outliers. */
const minToCompare = 20;

/** The standard deviation of a normal distribution is this many of its median absolute deviations. */
const normal = 1.4826;

/**
 * The minimum spread, of logarithms: in an estate of equal dwellings, prices that differ by some percent would otherwise be the greatest outliers of a market.
 * docs/methods.md has the table that it was chosen by.
 */
const minSpread = 0.1;

const duplicate = Type.Object({
  address: Type.String(),
  locality: nullableText('Locality of the address.'),
  contract_date: Type.String(),
  price: wholeAmount(),
  sales: Type.Integer(),
  ids: Type.Array(Type.Integer(), { description: 'Ids of the sales, at most ten.' }),
});
const outlier = Type.Object({
  id: Type.Integer(),
  property_id: Type.Integer(),
  address: Type.String(),
  contract_date: nullableDay('ISO date.'),
  price: wholeAmount(),
  area: Type.String(),
  region: nullableText('The region of the area.'),
  type: nullableText('Dwelling type.'),
  typical_price: amount('Median price of the area and type, computed from logarithms.'),
  deviation: Type.Number({
    description: 'Distance of the logarithm of the price from the median, in spreads; negative below it.',
  }),
});
const gap = Type.Object({
  from: Type.String({ description: 'First day of the first month without sales.' }),
  months: Type.Integer({ description: 'Number of consecutive months without sales.' }),
});

/** The quality of the data, to be read before figures are trusted. */
export const quality = defineQuestion({
  name: 'quality',
  summary: 'Find suspected duplicates, outliers, missing fields and gaps in time',
  example: { limit: 10 },
  methodChanges: [
    {
      since: '0.3.0',
      sentence:
        'Sales with dealings of their own, and of several properties of one load, are no duplicates of each other, gaps are those in the covered period, the sales that are not compared are counted, and spreads of outliers have a minimum.',
    },
    standardChange,
    coveredChange,
  ],
  parameters: Type.Object(
    {
      ...filterParameters,
      ...periodParameter,
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
          description: `An outlier is more than k spreads away from the median of its area and type. Prices are compared by their logarithms. The spread is ${normal} times the median absolute deviation (Iglewicz and Hoaglin 1993), and at least ${minSpread}.`,
        }),
      ),
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 1000, default: 50, description: 'The maximum length of each list.' }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({
    market: marketHeading,
    sales: Type.Integer(),
    missing: Type.Array(
      Type.Object({
        field: Type.Enum([...statable]),
        sales: Type.Integer({ description: 'Number of sales that do not state it.' }),
      }),
    ),
    duplicates: Type.Object({
      total: Type.Integer({ description: 'Number of groups.' }),
      compared: Type.Integer({ description: 'Number of sales that were compared.' }),
      not_compared: Type.Integer({
        description:
          'Number of the other sales, of which nothing is said: those without a contract date, and those with the same address, day and price that are distinguished by their dealings or, in one load, by property or settlement date, such as lots recorded without a number. Where all dates are the first of a month, so that days are unknown, also the others of one load.',
      }),
      groups: Type.Array(duplicate, {
        description:
          'Sales with the same address, day and price, which nothing distinguishes: they are probably one sale. The largest groups are first.',
      }),
    }),
    outliers: Type.Object({
      total: Type.Integer(),
      compared: Type.Integer({
        description: `Number of sales that were compared: those in areas with at least ${minToCompare} sales of the type.`,
      }),
      not_compared: Type.Integer({ description: 'Number of the other sales, of which nothing is said.' }),
      sales: Type.Array(outlier, { description: 'Greatest deviation first.' }),
    }),
    gaps: Type.Object({
      total: Type.Integer(),
      gaps: Type.Array(gap, {
        description:
          'Months without sales between the first and the last sale of the covered period. The longest gaps are first.',
      }),
    }),
    left_out: leftOutSchema,
    covered: coveredSchema,
  }),
  async ask(db, { level = 'locality', k = 5, limit = 50, period, ...filters }, market) {
    const selection = await select(db, filters, market);
    const { where, values } = selection;
    const { sales, ...missing } = await db.row<Record<string, number> & { sales: number }>(
      `SELECT count(*) AS sales, ${statable.map((name) => `count(*) - count(${asStated(name)}) AS ${name}`).join(', ')} FROM sale WHERE ${where}`,
      values,
    );
    // Where a source states months, two equal flats of one building are as likely as one sale stated twice.
    const hasDays = `(SELECT bool_or(day(contract_date) > 1) FROM sold)`;
    const duplicates = await db.rows<
      Omit<Static<typeof duplicate>, 'ids'> & { ids: string | null; total: number; not_compared: number }
    >(
      // Comparing millions of hashes is faster, and takes less memory, than comparing addresses.
      `WITH sold AS NOT MATERIALIZED (
         SELECT *, hash(lower(address), lower(locality), region, contract_date, price) AS mark FROM sale WHERE ${where} AND contract_date IS NOT NULL
       ),
       alike AS MATERIALIZED (
         SELECT min(address) AS address, min(locality) AS locality, contract_date, price, count(*) AS sales, min(id) AS first,
           to_json(list(id ORDER BY id)[1:10]) AS ids, count(DISTINCT dealing) < count(*) AND (count(DISTINCT added_by) > 1
             OR (count(DISTINCT hash(property_id, settlement_date)) < count(*) AND ${hasDays})) AS is_duplicate
         FROM sold WHERE mark IN (SELECT mark FROM sold GROUP BY mark HAVING count(*) > 1)
         GROUP BY lower(address), lower(locality), region, contract_date, price HAVING count(*) > 1
       )
       SELECT alike.* EXCLUDE (first, is_duplicate), total, not_compared
       FROM (SELECT count(*) FILTER (is_duplicate) AS total, coalesce(sum(sales) FILTER (NOT is_duplicate), 0)::BIGINT AS not_compared FROM alike)
       LEFT JOIN alike ON is_duplicate ORDER BY sales DESC NULLS LAST, contract_date, first LIMIT ${limit}`,
      values,
    );
    const notCompared = (missing.contract_date ?? 0) + (duplicates[0]?.not_compared ?? 0);
    const { area, region } = levels[level];
    const outliers = await db.rows<Static<typeof outlier> & { compared: number; total: number }>(
      `WITH priced AS NOT MATERIALIZED (
         SELECT *, ${area} AS area, ${region} AS area_region, ln(price) AS log_price FROM sale WHERE ${where} AND price > 0 AND ${area} IS NOT NULL
       ),
       typical AS MATERIALIZED (
         SELECT area, area_region, type, quantile_cont(log_price, 0.5) AS center, greatest(mad(log_price) * ${normal}, ${minSpread}) AS spread, count(*) AS sales
         FROM priced GROUP BY ALL HAVING count(*) >= ${minToCompare}
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
    const within = withinCoverage(selection, await readCoverage(db), { period, ...filters });
    const gaps = await db.rows<Static<typeof gap> & { total: number }>(
      `WITH present AS (SELECT DISTINCT date_trunc('month', contract_date)::DATE AS month FROM sale WHERE ${within.where} AND contract_date IS NOT NULL),
       followed AS (SELECT month, lead(month) OVER (ORDER BY month) AS next FROM present)
       SELECT (month + INTERVAL 1 MONTH)::DATE AS from, date_diff('month', month, next) - 1 AS months, count(*) OVER () AS total
       FROM followed WHERE date_diff('month', month, next) > 1 ORDER BY months DESC, month LIMIT ${limit}`,
      within.values,
    );
    return {
      market: heading(market),
      sales,
      missing: statable.map((field) => ({ field, sales: missing[field] ?? 0 })),
      duplicates: {
        total: duplicates[0]?.total ?? 0,
        compared: sales - notCompared,
        not_compared: notCompared,
        groups: duplicates.flatMap(({ total: _, not_compared: __, ids, ...group }) =>
          ids === null ? [] : [{ ...group, ids: JSON.parse(ids) }],
        ),
      },
      outliers: {
        total: outliers[0]?.total ?? 0,
        compared: outliers[0]?.compared ?? 0,
        not_compared: sales - (outliers[0]?.compared ?? 0),
        sales: outliers.filter(({ id }) => id !== null).map(({ compared: _, total: __, ...sale }) => sale),
      },
      gaps: { total: gaps[0]?.total ?? 0, gaps: gaps.map(({ total: _, ...gap }) => gap) },
      left_out: await leftOut(db, selection),
      covered: await coverageOf(db, selection),
    };
  },
});

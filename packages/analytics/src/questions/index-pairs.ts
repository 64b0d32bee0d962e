import Type, { type Static } from 'typebox';
import { wholeAmount } from '../amounts.ts';
import { coverageOf, coveredSchema, periodParameter, readCoverage, withinCoverage } from '../coverage.ts';
import { assertPrecision } from '../date-precision.ts';
import { InvalidQuestion } from '../errors.ts';
import { filterParameters, select } from '../filters.ts';
import { defaultOptions } from '../price-index/methods.ts';
import { pairTable } from '../price-index/read-pairs.ts';
import { readSales } from '../price-index/sales.ts';
import { intervals, periodOf, periodOfDay, startOf } from '../price-index/timeline.ts';
import { defineQuestion } from '../question.ts';
import { heading, leftOut, leftOutSchema, marketHeading, nullableText } from '../statistics.ts';

const maxPairs = 1000;

const saleId = Type.Integer({ description: 'Id of the sale.' });
const contractDate = Type.String({ format: 'date' });
const price = wholeAmount('In whole currency units.');

const pair = Type.Object({
  property_id: Type.Integer(),
  address: Type.String({ description: 'Of the later sale.' }),
  locality: nullableText('Of the later sale.'),
  first_id: saleId,
  first_date: contractDate,
  first_price: price,
  second_id: saleId,
  second_date: contractDate,
  second_price: price,
  change: Type.Number({ description: 'From the earlier to the later price, as a fraction.' }),
});

/** The pairs of sales behind one value of a repeat-sales index. */
export const indexPairs = defineQuestion({
  name: 'index-pairs',
  summary: 'List the pairs of sales behind one period of a repeat-sales index',
  about:
    'The pairs that `price-index` counts in a period by the methods `repeat_sales`, `case_shiller` and `arithmetic_repeat_sales`, with its default options: each sale with the next one of its property, at least 6 months later.',
  example: { interval: 'year' },
  parameters: Type.Object(
    {
      ...filterParameters,
      ...periodParameter,
      interval: Type.Optional(Type.Enum([...intervals], { default: 'month', description: 'The length of a period.' })),
      in: Type.Optional(
        Type.String({
          format: 'date',
          description:
            'A day of the period in which one of the two sales is; defaults to the last period of the index.',
        }),
      ),
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: maxPairs, default: 100, description: 'The maximum number of pairs.' }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({
    market: marketHeading,
    interval: Type.Enum([...intervals]),
    period: Type.String({ format: 'date', description: 'First day of the period.' }),
    total: Type.Integer({ description: 'Number of pairs: the `count` of the period in `price-index`.' }),
    pairs: Type.Array(pair, { description: 'The largest increase first.' }),
    left_out: leftOutSchema,
    covered: coveredSchema,
  }),
  table: 'pairs',
  rest: ({ pairs, total }, { limit = 100 }) =>
    pairs.length < total && limit < maxPairs ? { limit: maxPairs } : undefined,
  async ask(db, parameters, market) {
    const { interval = 'month', limit = 100 } = parameters;
    await assertPrecision(db, interval);
    const selection = await select(db, parameters, market);
    const compared = withinCoverage(selection, await readCoverage(db), parameters);
    const start = parameters.sold_from === undefined && parameters.period !== 'all' ? 'filled' : 'first';
    const { sales } = await readSales(db, compared, interval, start);
    const { timeline } = sales;
    const period = parameters.in === undefined ? timeline.length - 1 : periodOfDay(timeline, parameters.in);
    if (period < 0 || period >= timeline.length) {
      throw new InvalidQuestion(
        'in',
        `The index has no period with ${parameters.in}: it is from ${startOf(timeline, 0)} to before ${startOf(timeline, timeline.length)}.`,
      );
    }
    const { sql, values } = pairTable(sales, defaultOptions(interval).pairs);
    const rows = await db.rows<Static<typeof pair> & { total: number }>(
      `${sql},
       sale_of_period AS (
         SELECT property_id, ${periodOf(timeline)} AS period, price, min(id) AS id, min(contract_date) AS contract_date, min(address) AS address,
           min(locality) AS locality
         FROM sale WHERE ${sales.where} GROUP BY ALL
       )
       SELECT property_id, b.address, b.locality, a.id AS first_id, a.contract_date AS first_date, a.price AS first_price,
         b.id AS second_id, b.contract_date AS second_date, b.price AS second_price, b.price / a.price - 1 AS change, count(*) OVER () AS total
       FROM (FROM pair WHERE fate = 'kept' AND (first = ${period} OR second = ${period})) AS pair
       JOIN sale_of_period AS a USING (property_id) JOIN sale_of_period AS b USING (property_id)
       WHERE a.period = first AND a.price = first_price AND b.period = second AND b.price = second_price
       ORDER BY change DESC, second_id LIMIT ${limit}`,
      values,
    );
    return {
      market: heading(market),
      interval,
      period: startOf(timeline, period),
      total: rows[0]?.total ?? 0,
      pairs: rows.map(({ total: _, ...row }) => row),
      left_out: await leftOut(db, selection),
      covered: await coverageOf(db, selection),
    };
  },
});

import Type from 'typebox';
import { amount } from '../amounts.ts';
import { filterParameters, select } from '../filters.ts';
import { defineQuestion } from '../question.ts';
import { changeDays, describeChange, figure, nullableText, withChange } from '../statistics.ts';

const groups = { region: ['region'], type: ['type'], locality: ['locality', 'region'] } as const;

/** Properties with their sales and prices: `property-summary` in detail. */
export const propertyDetails = defineQuestion({
  name: 'property-details',
  summary: 'Properties, sales, prices and change by region, type or locality, most properties first',
  example: { by: 'type' },
  parameters: Type.Object(
    {
      ...filterParameters,
      by: Type.Optional(
        Type.Enum(['region', 'type', 'locality'], {
          default: 'region',
          description: 'What properties are counted by.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Type.Array(
    Type.Object({
      region: nullableText('By region, and by locality if the sales state it.'),
      type: nullableText('By type.'),
      locality: nullableText('By locality.'),
      property_count: Type.Integer({ description: 'Number of properties with at least one of the sales.' }),
      sales: Type.Integer(),
      median_price: amount(),
      total_value: amount('Sum of the prices.'),
      change: figure(describeChange('a year')),
    }),
  ),
  async ask(db, { by = 'region', ...filters }, market) {
    const { where, values } = await select(db, filters, market);
    const grouped: readonly string[] = groups[by];
    const names = ['region', 'type', 'locality'].map((name) =>
      grouped.includes(name) ? name : `NULL::VARCHAR AS ${name}`,
    );
    const columns = `${names.join(', ')}, count(DISTINCT property_id) AS property_count, count(*) AS sales,
      quantile_cont(price, 0.5) AS median_price, sum(price) AS total_value`;
    const from = `FROM sale WHERE ${where} AND ${by} IS NOT NULL GROUP BY ${grouped.join(', ')}`;
    const days = await changeDays(db);
    return db.rows(
      `SELECT * EXCLUDE (change_sales, change_sales_before) FROM (${withChange(columns, from, days, 1)})
       ORDER BY property_count DESC, ${by}, region`,
      values,
    );
  },
});

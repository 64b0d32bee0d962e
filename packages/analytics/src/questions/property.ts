import Type from 'typebox';
import { coveredChange, coveredPeriod, coveredSchema, isAfter, isBefore } from '../coverage.ts';
import { InvalidQuestion } from '../errors.ts';
import { filterParameters } from '../filters.ts';
import { defineQuestion } from '../question.ts';
import { type SaleRow, saleRow, saleRowColumns } from '../sale-rows.ts';
import { standardChange } from '../standard.ts';
import { figure, heading, marketHeading, nullableText } from '../statistics.ts';

/** A property with more sales than this is probably several. */
const maxSales = 1000;

/** One property and its sale history. */
export const property = defineQuestion({
  name: 'property',
  summary: 'One property with its sales, latest first',
  example: { id: 1 },
  methodChanges: [standardChange, coveredChange],
  parameters: Type.Object(
    {
      market: filterParameters.market,
      id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'The `property_id` of a sale.' }),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({
    market: marketHeading,
    property_id: Type.Integer(),
    address: Type.String({ description: 'Address of the latest sale.' }),
    total: Type.Integer({ description: `Number of sales in force. \`sales\` has the latest ${maxSales}.` }),
    sales: Type.Array(
      Type.Object({
        ...saleRow.properties,
        change: figure(
          'Change of the price since the previous standard sale, as a fraction; null for the first sale, and for non-standard sales.',
        ),
        sold_before: nullableText('Contract date of the previous standard sale.'),
      }),
      { description: 'Standard and non-standard sales, latest first. Sales without a contract date are last.' },
    ),
    covered: coveredSchema,
  }),
  table: 'sales',
  async ask(db, { id }, market) {
    const period = await coveredPeriod(db);
    const count = (condition: string) => `count(*) FILTER (${condition}) OVER ()`;
    const rows = await db.rows<
      SaleRow & { change: number | null; sold_before: string | null } & Record<
          'total' | 'before' | 'after' | 'undated',
          number
        >
    >(
      `SELECT ${saleRowColumns}, price / nullif(price_before, 0) - 1 AS change, sold_before, count(*) OVER () AS total,
         ${count(isBefore(period))} AS before, ${count(isAfter(period))} AS after,
         ${count('contract_date IS NULL')} AS undated FROM (
         SELECT *, lag(price) OVER sales AS price_before, lag(contract_date) OVER sales AS sold_before
         FROM sale WHERE property_id = $id::BIGINT AND is_standard AND contract_date IS NOT NULL
         WINDOW sales AS (ORDER BY contract_date, id)
         UNION ALL
         SELECT *, NULL, NULL FROM sale
         WHERE property_id = $id::BIGINT AND (NOT is_standard OR contract_date IS NULL)
       )
       ORDER BY contract_date DESC NULLS LAST, id DESC LIMIT ${maxSales}`,
      { id },
    );
    const [latest] = rows;
    if (!latest) {
      throw new InvalidQuestion(
        'id',
        `${market.name} has no property ${id} with a sale in force; \`sales\` and \`places\` return ids.`,
      );
    }
    const { total, before, after, undated } = latest;
    return {
      market: heading(market),
      property_id: id,
      address: latest.address,
      total,
      sales: rows.map(({ total: _, before: __, after: ___, undated: ____, ...sale }) => sale),
      covered: { ...period, before, after, undated },
    };
  },
});

import Type from 'typebox';
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
  propertiesByRegion,
  yearChange,
} from '../statistics.ts';

interface Totals {
  total_properties: number;
  sales: number;
  total_value: number | null;
  average_cents: number | null;
  median_price: number | null;
  first_sale: string | null;
  last_sale: string | null;
  change: number | null;
}

/** A market's headline figures. */
export const summary = defineQuestion({
  name: 'summary',
  summary: 'Headline figures: properties, sales, prices, regions, change over a year',
  parameters: Type.Object(filterParameters, { additionalProperties: false }),
  result: Type.Object({
    total_properties: Type.Integer({ description: 'Properties with at least one of the sales.' }),
    average_price: Type.String({
      description: 'Mean price of the sales as text, such as 1,516,666.67; N/A without sales.',
    }),
    properties_by_region: Type.Record(Type.String(), Type.Integer(), {
      description: 'Those without a region are left out.',
    }),
    market: marketHeading,
    sales: Type.Integer(),
    total_value: Type.Number({ description: 'Sum of the prices.' }),
    median_price: figure('null without sales.'),
    first_sale: nullableText('Earliest contract date.'),
    last_sale: nullableText('Latest contract date.'),
    change_over_one_year: figure(
      "Median price of the market's last twelve months of data against the twelve before, as a fraction: 0.05 is five percent up. null where either has fewer than five sales.",
    ),
    left_out: leftOutSchema,
  }),
  async ask(db, parameters, market) {
    const selection = await select(db, parameters, market);
    const { where, values } = selection;
    const totals = await db.row<Totals>(
      `SELECT count(DISTINCT property_id) AS total_properties, count(*) AS sales, sum(price) AS total_value,
         ((200 * sum(price) + count(*)) // (2 * count(*)))::BIGINT AS average_cents,  -- integers throughout, halves upwards
         quantile_cont(price, 0.5) AS median_price, min(contract_date) AS first_sale, max(contract_date) AS last_sale, ${yearChange}
       FROM sale WHERE ${where}`,
      { ...values, last_day: await lastDay(db, market) },
    );
    const regions = await propertiesByRegion(db, selection);
    return {
      total_properties: totals.total_properties,
      average_price: totals.average_cents === null ? 'N/A' : formatCents(totals.average_cents),
      properties_by_region: Object.fromEntries(regions.map(({ region, property_count }) => [region, property_count])),
      market: heading(market),
      sales: totals.sales,
      total_value: totals.total_value ?? 0,
      median_price: totals.median_price,
      first_sale: totals.first_sale,
      last_sale: totals.last_sale,
      change_over_one_year: totals.change,
      left_out: await leftOut(db, selection),
    };
  },
});

function formatCents(cents: number): string {
  const whole = Math.floor(cents / 100);
  return `${whole.toLocaleString('en-US')}.${String(cents % 100).padStart(2, '0')}`;
}

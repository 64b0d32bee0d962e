import Type, { type Static } from 'typebox';
import { amount, amountOrNull } from '../amounts.ts';
import { coverageChange, coverageOf, coveredSchema } from '../coverage.ts';
import { filterParameters, select } from '../filters.ts';
import { defineQuestion } from '../question.ts';
import { standardChange } from '../standard.ts';
import {
  changeDays,
  changeInterval,
  changeIntervalSchema,
  changes,
  countProperties,
  describeChange,
  figure,
  heading,
  lastYear,
  leftOut,
  leftOutSchema,
  marketHeading,
  nullableDay,
  nullableText,
  quantiles,
  readChanges,
} from '../statistics.ts';
import { endsOf, intervalOf, readEnds, supportOf, supportSchema } from '../support.ts';

const percentileNames = ['p10', 'p25', 'p50', 'p75', 'p90'] as const;

const percentiles = Type.Object(
  {
    p10: amountOrNull('10th percentile; null without sales, like the others.'),
    p25: amountOrNull('Lower quartile.'),
    p50: amountOrNull('Median.'),
    p75: amountOrNull('Upper quartile.'),
    p90: amountOrNull('90th percentile.'),
  },
  { description: 'Percentiles of the prices: exact, interpolated between the two nearest prices.' },
);

/** Figures of the sales of one region or type. */
const part = {
  sales: Type.Integer(),
  total_value: Type.Number(),
  median_price: amount(),
  ...intervalOf(''),
  support: supportSchema,
};

interface Row extends Static<typeof percentiles> {
  /** The sales of a region, of a type, or all. */
  part: 'region' | 'type' | 'all';
  name: string | null;
  sales: number;
  total_value: number | null;
  average_price: number | null;
  average_cents: number | null;
  first_sale: string | null;
  last_sale: string | null;
  last_year: number;
}

/** The main figures of a market. */
export const summary = defineQuestion({
  name: 'summary',
  summary: 'The main figures: properties, sales, prices, regions, types, change over a year',
  example: {},
  methodChanges: [
    { since: '0.3.0', sentence: 'Medians and the change over a year have intervals, and types have percentiles.' },
    standardChange,
    coverageChange,
  ],
  parameters: Type.Object(filterParameters, { additionalProperties: false }),
  result: Type.Object({
    total_properties: Type.Integer({ description: 'Number of properties with at least one of the sales.' }),
    average_price: Type.String({
      description: 'Mean price as text, such as 1,516,666.67; N/A without sales.',
    }),
    properties_by_region: Type.Record(Type.String(), Type.Integer(), {
      description: 'Number of properties by region, without those that state no region.',
    }),
    market: marketHeading,
    sales: Type.Integer(),
    total_value: amount('Sum of the prices.'),
    mean_price: amountOrNull('null without sales.'),
    median_price: amountOrNull('null without sales.'),
    percentiles,
    first_sale: nullableDay('Earliest contract date.'),
    last_sale: nullableDay('Latest contract date.'),
    ...intervalOf(' price'),
    support: supportSchema,
    change_over_one_year: figure(describeChange('a year')),
    change_over_one_year_interval: changeIntervalSchema,
    by_region: Type.Array(
      Type.Object({ region: nullableText('null for sales that state none, which are last.'), ...part }),
      { description: 'Most sales first.' },
    ),
    by_type: Type.Array(
      Type.Object({ type: nullableText('null for sales that state none, which are last.'), ...part, percentiles }),
      { description: 'Most sales first.' },
    ),
    left_out: leftOutSchema,
    covered: coveredSchema,
  }),
  async ask(db, parameters, market) {
    const selection = await select(db, parameters, market);
    const { where, values } = selection;
    const days = await changeDays(db);
    const rows = await db.rows<Row>(
      `SELECT CASE grouping(region, type) WHEN 1 THEN 'region' WHEN 2 THEN 'type' ELSE 'all' END AS part,
           CASE part WHEN 'region' THEN region WHEN 'type' THEN type END AS name,
           count(*) AS sales, sum(price) AS total_value, avg(price) AS average_price,
           ((200 * sum(price) + count(*)) // (2 * count(*)))::BIGINT AS average_cents,  -- integers throughout, halves upwards
           ${quantiles('price', [0.1, 0.25, 0.5, 0.75, 0.9], percentileNames)},
           min(contract_date) AS first_sale, max(contract_date) AS last_sale, ${lastYear(days)} AS last_year
       FROM sale WHERE ${where} GROUP BY GROUPING SETS ((region), (type), ())
       ORDER BY name IS NULL, sales DESC, name`,
      values,
    );
    const all = rows.find((row) => row.part === 'all') as Row;
    const changesIn = await readChanges(db, { groups: {}, where, values }, days, [changes[0]]);
    const { change } = changesIn(all.last_year);
    const { p10, p25, p50, p75, p90 } = all;
    const intervals = (name: string, of: Row[]) =>
      readEnds<{ name: string | null }>(
        db,
        { groups: { name }, where, values, meanPrice: all.average_price ?? 0 },
        of.map(({ sales }) => sales),
      );
    const [ofAll] = await intervals('NULL::VARCHAR', [all]);
    const parts = async (kind: 'region' | 'type') => {
      const found = rows.filter((row) => row.part === kind);
      const ends = new Map((await intervals(kind, found)).map((row) => [row.name, row]));
      return found.map(({ name, sales, total_value, p10, p25, p50, p75, p90 }) => ({
        name,
        figures: {
          sales,
          total_value: total_value as number,
          median_price: p50 as number,
          ...endsOf(ends.get(name)),
          support: supportOf(sales),
        },
        percentiles: { p10, p25, p50, p75, p90 },
      }));
    };
    const { total, byRegion } = await countProperties(db, selection);
    return {
      total_properties: total,
      average_price: all.average_cents === null ? 'N/A' : formatCents(all.average_cents),
      properties_by_region: Object.fromEntries(byRegion.map(({ region, property_count }) => [region, property_count])),
      market: heading(market),
      sales: all.sales,
      total_value: all.total_value ?? 0,
      mean_price: all.average_price,
      median_price: all.p50,
      percentiles: { p10, p25, p50, p75, p90 },
      first_sale: all.first_sale,
      last_sale: all.last_sale,
      ...endsOf(ofAll),
      support: supportOf(all.sales),
      change_over_one_year: change.change,
      change_over_one_year_interval: changeInterval(change),
      by_region: (await parts('region')).map(({ name, figures }) => ({ region: name, ...figures })),
      by_type: (await parts('type')).map(({ name, figures, percentiles }) => ({ type: name, ...figures, percentiles })),
      left_out: await leftOut(db, selection),
      covered: await coverageOf(db, selection),
    };
  },
});

function formatCents(cents: number): string {
  const whole = Math.floor(cents / 100);
  return `${whole.toLocaleString('en-US')}.${String(cents % 100).padStart(2, '0')}`;
}

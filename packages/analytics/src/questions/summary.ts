import Type from 'typebox';
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
  readChanges,
} from '../statistics.ts';
import { type Ends, endsOf, intervalOf, readQuantilesOf, supportOf, supportSchema } from '../support.ts';

const fractions = { p10: 0.1, p25: 0.25, p50: 0.5, p75: 0.75, p90: 0.9 };
const noPercentiles = { p10: null, p25: null, p50: null, p75: null, p90: null };

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

interface Row {
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
           min(contract_date) AS first_sale, max(contract_date) AS last_sale, ${lastYear(days)} AS last_year
       FROM sale WHERE ${where} GROUP BY GROUPING SETS ((region), (type), ())
       ORDER BY name IS NULL, sales DESC, name`,
      values,
    );
    const all = rows.find((row) => row.part === 'all') as Row;
    const changesIn = await readChanges(db, { groups: {}, where, values }, days, [changes[0]]);
    const { change } = changesIn(all.last_year);
    const quantilesOf = async <Name extends string>(
      part: Row['part'],
      name: string,
      fractions: Record<Name, number>,
    ): Promise<(Row & Record<Name, number> & Ends)[]> => {
      const own = rows.filter((row) => row.part === part && row.sales > 0);
      const grouped = { groups: { name }, where, values };
      const sizes = own.map(({ sales }) => sales);
      const found = await readQuantilesOf<Pick<Row, 'name'>, Name>(db, grouped, sizes, fractions);
      const byName = new Map(found.map((row) => [row.name, row]));
      return own.map((row) => ({ ...row, ...(byName.get(row.name) as (typeof found)[number]) }));
    };
    const partOf = ({ sales, total_value, p50, ...ends }: Row & Record<'p50', number> & Ends) => {
      return {
        sales,
        total_value: total_value as number,
        median_price: p50,
        ...endsOf(ends),
        support: supportOf(sales),
      };
    };
    const [ofAll] = await quantilesOf('all', 'NULL::VARCHAR', fractions);
    const percentiles = percentilesOf(ofAll ?? noPercentiles);
    const regions = await quantilesOf('region', 'region', { p50: fractions.p50 });
    const types = await quantilesOf('type', 'type', fractions);
    const { total, byRegion } = await countProperties(db, selection);
    return {
      total_properties: total,
      average_price: all.average_cents === null ? 'N/A' : formatCents(all.average_cents),
      properties_by_region: Object.fromEntries(byRegion.map(({ region, property_count }) => [region, property_count])),
      market: heading(market),
      sales: all.sales,
      total_value: all.total_value ?? 0,
      mean_price: all.average_price,
      median_price: percentiles.p50,
      percentiles,
      first_sale: all.first_sale,
      last_sale: all.last_sale,
      ...endsOf(ofAll),
      support: supportOf(all.sales),
      change_over_one_year: change.change,
      change_over_one_year_interval: changeInterval(change),
      by_region: regions.map((row) => ({ region: row.name, ...partOf(row) })),
      by_type: types.map((row) => ({ type: row.name, ...partOf(row), percentiles: percentilesOf(row) })),
      left_out: await leftOut(db, selection),
      covered: await coverageOf(db, selection),
    };
  },
});

function percentilesOf<T>({ p10, p25, p50, p75, p90 }: Record<keyof typeof fractions, T>) {
  return { p10, p25, p50, p75, p90 };
}

function formatCents(cents: number): string {
  const whole = Math.floor(cents / 100);
  return `${whole.toLocaleString('en-US')}.${String(cents % 100).padStart(2, '0')}`;
}

import Type, { type Static } from 'typebox';
import { measured, measuredOrNull } from '../amounts.ts';
import { linearEdges, logEdges } from '../bins.ts';
import { coverageOf, coveredChange, coveredSchema } from '../coverage.ts';
import { filterParameters, select } from '../filters.ts';
import { defineQuestion } from '../question.ts';
import { standardChange } from '../standard.ts';
import { heading, leftOut, leftOutSchema, marketHeading, quantiles } from '../statistics.ts';

/** The measures, in SQL. Values of zero or below count as not stated. */
const measures = {
  price: 'price',
  price_per_floor_area: 'price / nullif(floor_area, 0)',
  price_per_land_area: 'price / nullif(land_area, 0)',
  floor_area: 'floor_area',
  land_area: 'land_area',
  time_held: '(contract_date - bought) / 365.25',
} as const;
const names = Object.keys(measures) as (keyof typeof measures)[];

const percents = [1, 5, 10, 25, 50, 75, 90, 95, 99] as const;
const percentileNames = percents.map((percent) => `p${percent}` as const);

/** The bins cover the values between these percentiles. With the extremes, almost all sales could be in one bin. */
const covered = ['p1', 'p99'] as const;

interface Statistics extends Record<(typeof percentileNames)[number], number | null> {
  sales: number;
  valued: number;
  mean: number | null;
  min: number | null;
  max: number | null;
}

const bin = Type.Object({
  from: measured('Included.'),
  to: measured('Not included.'),
  sales: Type.Integer(),
});

/** The distribution of prices, areas and holding times: a histogram and percentiles. */
export const distribution = defineQuestion({
  name: 'distribution',
  summary: 'Histogram and percentiles of price, price per m², area or holding time',
  example: { of: 'price', scale: 'log' },
  methodChanges: [standardChange, coveredChange],
  parameters: Type.Object(
    {
      ...filterParameters,
      of: Type.Optional(
        Type.Enum(names, {
          default: 'price',
          description:
            "The measure. Areas are in m². time_held is the time since the property's previous standard sale, in years of 365.25 days.",
        }),
      ),
      scale: Type.Optional(
        Type.Enum(['linear', 'log'], {
          default: 'linear',
          description: 'linear: bins of equal width; log: bins that widen with the values.',
        }),
      ),
      bins: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 200, default: 30, description: 'The maximum number of bins.' }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({
    market: marketHeading,
    of: Type.Enum(names),
    scale: Type.Enum(['linear', 'log']),
    sales: Type.Integer({ description: 'Number of sales that state the measure: those in the bins, below and above.' }),
    without: Type.Integer({ description: 'Number of sales that match the filters but do not state the measure.' }),
    mean: measuredOrNull('null without sales; so are the minimum, the maximum and the percentiles.'),
    min: measuredOrNull('Smallest value.'),
    max: measuredOrNull('Largest value.'),
    percentiles: Type.Array(
      Type.Object({ percent: Type.Integer(), value: measuredOrNull('Exact, by linear interpolation.') }),
    ),
    bins: Type.Array(bin, {
      description: 'Adjacent bins from the 1st percentile to the 99th, including bins without sales.',
    }),
    below: Type.Integer({ description: 'Sales below the first bin.' }),
    above: Type.Integer({ description: 'Sales above the last bin.' }),
    left_out: leftOutSchema,
    covered: coveredSchema,
  }),
  table: 'bins',
  async ask(db, parameters, market) {
    const { of = 'price', scale = 'linear', bins: most = 30 } = parameters;
    const selection = await select(db, parameters, market);
    const { where, values } = selection;
    const value = `CASE WHEN ${measures[of]} > 0 THEN (${measures[of]})::DOUBLE END`;
    const measured = `(SELECT ${value} AS value FROM ${of === 'time_held' ? salesWithPurchase : 'sale'} WHERE ${where})`;
    const fractions = percents.map((percent) => percent / 100);
    const statistics = await db.row<Statistics>(
      `SELECT count(*) AS sales, count(value) AS valued, avg(value) AS mean, min(value) AS min, max(value) AS max,
         ${quantiles('value', fractions, percentileNames)}
       FROM ${measured}`,
      values,
    );
    const [low, high] = covered.map((name) => statistics[name]) as [number | null, number | null];
    const edges = low === null || high === null ? [] : { linear: linearEdges, log: logEdges }[scale](low, high, most);
    const counts = new Map<number, number>();
    if (edges.length > 0) {
      // DuckDB's bins include their upper edge; with negated values, the lower one. Values below all edges are counted at infinity.
      const rows = await db.rows<{ from: number; sales: number }>(
        `SELECT -bin.key AS from, bin.value AS sales FROM (
           SELECT unnest(map_entries(histogram(-value, from_json($edges, '["DOUBLE"]')))) AS bin FROM ${measured} WHERE value IS NOT NULL
         )`,
        { ...values, edges: JSON.stringify(edges.map((edge) => -edge)) },
      );
      for (const { from, sales } of rows) counts.set(from, sales);
    }
    const last = edges.at(-1) ?? 0;
    return {
      market: heading(market),
      of,
      scale,
      sales: statistics.valued,
      without: statistics.sales - statistics.valued,
      mean: statistics.mean,
      min: statistics.min,
      max: statistics.max,
      percentiles: percents.map((percent, i) => ({
        percent,
        value: statistics[percentileNames[i] as (typeof percentileNames)[number]],
      })),
      bins: edges.slice(0, -1).map((from, i): Static<typeof bin> => {
        return { from, to: edges[i + 1] as number, sales: counts.get(from) ?? 0 };
      }),
      below: counts.get(-Infinity) ?? 0,
      above: counts.get(last) ?? 0,
      left_out: await leftOut(db, selection),
      covered: await coverageOf(db, selection),
    };
  },
});

/** The sales, each with the date of the property's previous standard sale. */
const salesWithPurchase = `(
  SELECT sale.*, bought FROM sale ASOF LEFT JOIN (
    SELECT property_id AS property, contract_date AS bought FROM sale
    WHERE is_standard AND contract_date IS NOT NULL
  ) ON property = property_id AND contract_date > bought
)`;

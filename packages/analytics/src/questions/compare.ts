import Type, { type Static } from 'typebox';
import { filterParameters, select } from '../filters.ts';
import { nameAreas, namedAreaParameters } from '../named-areas.ts';
import { defineQuestion } from '../question.ts';
import {
  describeChange,
  figure,
  heading,
  lastDay,
  leftOut,
  leftOutSchema,
  marketHeading,
  nullableText,
  quantiles,
  thinBelow,
  withChanges,
} from '../statistics.ts';

const percentileNames = ['p10', 'p25', 'median', 'p75', 'p90'] as const;

const figures = {
  sales: Type.Integer(),
  total_value: Type.Number({ description: 'Sum of the prices.' }),
  mean: figure('null without sales; so are the percentiles.'),
  p10: figure('10th percentile: exact, interpolated between the two nearest prices.'),
  p25: figure('Lower quartile.'),
  median: figure('Exact median.'),
  p75: figure('Upper quartile.'),
  p90: figure('90th percentile.'),
  median_per_land_area: figure('Median price per m² of land, of the sales that state the area.'),
  median_per_floor_area: figure('Median price per m² of floor, of the sales that state the area.'),
  change: figure(describeChange('a year')),
  change_over_three_years: figure(describeChange('three years')),
  change_over_five_years: figure(describeChange('five years')),
  first_sale: nullableText('Earliest contract date.'),
  last_sale: nullableText('Latest contract date.'),
  thin: Type.Boolean({ description: `Whether there are fewer than ${thinBelow} sales.` }),
};
const anyFigures = Type.Object(figures);
type Figures = Static<typeof anyFigures>;

const columns = `count(*) AS sales, coalesce(sum(price), 0) AS total_value, avg(price) AS mean,
  ${quantiles('price', [0.1, 0.25, 0.5, 0.75, 0.9], percentileNames)},
  quantile_cont(price / land_area, 0.5) FILTER (WHERE land_area > 0) AS median_per_land_area,
  quantile_cont(price / floor_area, 0.5) FILTER (WHERE floor_area > 0) AS median_per_floor_area,
  min(contract_date) AS first_sale, max(contract_date) AS last_sale, count(*) < ${thinBelow} AS thin`;

const none: Figures = {
  sales: 0,
  total_value: 0,
  mean: null,
  p10: null,
  p25: null,
  median: null,
  p75: null,
  p90: null,
  median_per_land_area: null,
  median_per_floor_area: null,
  change: null,
  change_over_three_years: null,
  change_over_five_years: null,
  first_sale: null,
  last_sale: null,
  thin: true,
};

/** A few areas side by side, and all the sales that match the filters. */
export const compare = defineQuestion({
  name: 'compare',
  summary: 'Compare up to ten regions, localities or postcodes',
  example: { level: 'region', area: ['NSW', 'VIC'] },
  parameters: Type.Object({ ...filterParameters, ...namedAreaParameters }, { additionalProperties: false }),
  result: Type.Object({
    market: marketHeading,
    level: Type.Enum(['region', 'locality', 'postcode']),
    areas: Type.Array(
      Type.Object({
        area: Type.String(),
        region: nullableText('The region of a locality; null if not stated, and for postcodes.'),
        ...figures,
      }),
      { description: 'In the requested order, including areas without sales.' },
    ),
    all: Type.Object(figures, { description: 'Every sale that matches the filters, in any area.' }),
    left_out: leftOutSchema,
  }),
  table: 'areas',
  async ask(db, parameters, market) {
    const selection = await select(db, parameters, market);
    const named = await nameAreas(db, parameters, market);
    const values = { ...selection.values, last_day: await lastDay(db) };
    const all = await db.row<Figures>(withChanges(columns, `FROM sale WHERE ${selection.where}`), values);
    const found = await db.rows<Figures & { position: number }>(
      `WITH selected AS (SELECT ${named.position} AS position, * FROM sale WHERE ${selection.where})
       ${withChanges(`position, ${columns}`, 'FROM selected WHERE position IS NOT NULL GROUP BY position')}`,
      { ...values, ...named.values },
    );
    return {
      market: heading(market),
      level: parameters.level ?? 'locality',
      areas: named.areas.map(({ area, region }, i) => {
        const { position: _, ...figures } = found.find(({ position }) => position === i) ?? { position: i, ...none };
        return { area, region, ...figures };
      }),
      all,
      left_out: await leftOut(db, selection),
    };
  },
});

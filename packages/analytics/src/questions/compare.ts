import Type, { type Static } from 'typebox';
import { coverageChange, coverageOf, coveredSchema } from '../coverage.ts';
import { filterParameters, select } from '../filters.ts';
import { inAreas, levelSchema, nameAreas, namedAreaParameters } from '../named-areas.ts';
import { defineQuestion } from '../question.ts';
import { standardChange } from '../standard.ts';
import {
  type Change,
  type ChangeColumns,
  type ChangeDays,
  changeDays,
  changeMembers,
  changesOf,
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
  thinBelow,
} from '../statistics.ts';
import { type Ends, endsOf, intervalOf, readEnds, supportOf, supportSchema } from '../support.ts';

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
  ...intervalOf(''),
  support: supportSchema,
  ...changeMembers,
  first_sale: nullableDay('Earliest contract date.'),
  last_sale: nullableDay('Latest contract date.'),
  thin: Type.Boolean({ description: `Whether there are fewer than ${thinBelow} sales.` }),
};
const anyFigures = Type.Object(figures);
type Figures = Static<typeof anyFigures>;

/** The figures as the query returns them. */
type Row = Omit<Figures, keyof typeof changeMembers | keyof ReturnType<typeof endsOf> | 'support'> & {
  last_year: number;
};

const columns = (
  days: ChangeDays,
) => `count(price) AS sales, coalesce(sum(price), 0) AS total_value, avg(price) AS mean,
  ${quantiles('price', [0.1, 0.25, 0.5, 0.75, 0.9], percentileNames)},
  quantile_cont(price / land_area, 0.5) FILTER (WHERE land_area > 0) AS median_per_land_area,
  quantile_cont(price / floor_area, 0.5) FILTER (WHERE floor_area > 0) AS median_per_floor_area,
  min(contract_date) AS first_sale, max(contract_date) AS last_sale, count(price) < ${thinBelow} AS thin,
  ${lastYear(days)} AS last_year`;

/** A few areas side by side, and all the sales that match the filters. */
export const compare = defineQuestion({
  name: 'compare',
  summary: 'Compare up to ten regions, localities or postcodes',
  example: { level: 'region', area: ['NSW', 'VIC'] },
  methodChanges: [{ since: '0.3.0', sentence: 'Medians and changes have intervals.' }, standardChange, coverageChange],
  parameters: Type.Object({ ...filterParameters, ...namedAreaParameters }, { additionalProperties: false }),
  result: Type.Object({
    market: marketHeading,
    level: levelSchema,
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
    covered: coveredSchema,
  }),
  table: 'areas',
  async ask(db, parameters, market) {
    const selection = await select(db, parameters, market);
    const named = await nameAreas(db, parameters, market);
    const days = await changeDays(db);
    const all = await db.row<Row>(`SELECT ${columns(days)} FROM sale WHERE ${selection.where}`, selection.values);
    const found = await db.rows<Row>(
      `WITH selected AS (SELECT ${named.position} AS position, * FROM sale WHERE ${selection.where})
       SELECT position, ${columns(days)} FROM selected RIGHT JOIN range(${named.areas.length}) AS named(position) USING (position)
       GROUP BY position ORDER BY position`,
      { ...selection.values, ...named.values },
    );
    const meanPrice = all.mean ?? 0;
    const every = { groups: { position: 'NULL::INTEGER' }, where: selection.where, values: selection.values };
    const [endsOfAll] = await readEnds(db, { ...every, meanPrice }, [all.sales]);
    const changesOfAll = await readChanges(db, every, days);
    const { where, values } = inAreas(selection, named);
    const byArea = { groups: { position: named.position }, where, values };
    const sizes = found.map(({ sales }) => sales);
    const ends = new Map(
      (await readEnds<{ position: number }>(db, { ...byArea, meanPrice }, sizes)).map((row) => [row.position, row]),
    );
    const changes = await readChanges(db, byArea, days);
    return {
      market: heading(market),
      level: named.level,
      areas: named.areas.map(({ area, region }, i) => ({
        area,
        region,
        ...figuresOf(found[i] as Row, ends.get(i), changes(found[i]?.last_year ?? 0, i)),
      })),
      all: figuresOf(all, endsOfAll, changesOfAll(all.last_year, null)),
      left_out: await leftOut(db, selection),
      covered: await coverageOf(db, selection),
    };
  },
});

function figuresOf(row: Row, ends: Ends | undefined, changes: Record<Change, ChangeColumns>): Figures {
  const { sales, total_value, mean, p10, p25, median, p75, p90, first_sale, last_sale, thin } = row;
  const { median_per_land_area, median_per_floor_area } = row;
  return {
    ...{ sales, total_value, mean, p10, p25, median, p75, p90, ...endsOf(ends), support: supportOf(sales) },
    ...{ median_per_land_area, median_per_floor_area, ...changesOf(changes), first_sale, last_sale, thin },
  };
}

import Type, { type Static } from 'typebox';
import { amount, amountOrNull } from '../amounts.ts';
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
  heading,
  lastYear,
  leftOut,
  leftOutSchema,
  marketHeading,
  nullableDay,
  nullableText,
  readChanges,
  thinBelow,
} from '../statistics.ts';
import { type Ends, endsOf, intervalOf, readQuantiles, supportOf, supportSchema } from '../support.ts';

const fractions = { p10: 0.1, p25: 0.25, median: 0.5, p75: 0.75, p90: 0.9 };

const figures = {
  sales: Type.Integer(),
  total_value: amount('Sum of the prices.'),
  mean: amountOrNull('null without sales; so are the percentiles.'),
  p10: amountOrNull('10th percentile: exact, interpolated between the two nearest prices.'),
  p25: amountOrNull('Lower quartile.'),
  median: amountOrNull('Exact median.'),
  p75: amountOrNull('Upper quartile.'),
  p90: amountOrNull('90th percentile.'),
  median_per_land_area: amountOrNull('Median price per m² of land, of the sales that state the area.'),
  median_per_floor_area: amountOrNull('Median price per m² of floor, of the sales that state the area.'),
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
} & Ends;

/** The position of all sales beside those of the areas. */
const everywhere = -1;

const noSales: Row = {
  ...{ sales: 0, total_value: 0, mean: null, p10: null, p25: null, median: null, p75: null, p90: null },
  ...{ median_per_land_area: null, median_per_floor_area: null, first_sale: null, last_sale: null },
  ...{ thin: true, last_year: 0, lower: null, upper: null },
};

const columns = (days: ChangeDays) => ({
  total_value: 'sum(price)',
  median_per_land_area: 'quantile_cont(price / land_area, 0.5) FILTER (WHERE land_area > 0)',
  median_per_floor_area: 'quantile_cont(price / floor_area, 0.5) FILTER (WHERE floor_area > 0)',
  first_sale: 'min(contract_date)',
  last_sale: 'max(contract_date)',
  thin: `count(*) < ${thinBelow}`,
  last_year: lastYear(days),
});

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
    const { where, values } = inAreas(selection, named);
    const at = (position: string | number, where: string) =>
      `SELECT ${position} AS position, price, contract_date, land_area, floor_area FROM sale WHERE ${where}`;
    // One statement for each part of the answer: planning takes half of the time of these.
    const from = `(${at(named.position, where)} UNION ALL ${at(everywhere, selection.where)})`;
    const sold = { from, groups: { position: 'position' }, where: 'true', values };
    const rows = await readQuantiles<Row & { position: number }>(db, sold, fractions, columns(days));
    const found = new Map(rows.map((row) => [row.position, row]));
    const changesAt = await readChanges(db, sold, days);
    const figuresAt = (position: number) => {
      const row = found.get(position) ?? noSales;
      return figuresOf(row, changesAt(row.last_year, position));
    };
    return {
      market: heading(market),
      level: named.level,
      areas: named.areas.map(({ area, region }, i) => ({ area, region, ...figuresAt(i) })),
      all: figuresAt(everywhere),
      left_out: await leftOut(db, selection),
      covered: await coverageOf(db, selection),
    };
  },
});

function figuresOf(row: Row, changes: Record<Change, ChangeColumns>): Figures {
  const { sales, total_value, mean, p10, p25, median, p75, p90, first_sale, last_sale, thin } = row;
  const { median_per_land_area, median_per_floor_area } = row;
  return {
    ...{ sales, total_value, mean, p10, p25, median, p75, p90, ...endsOf(row), support: supportOf(sales) },
    ...{ median_per_land_area, median_per_floor_area, ...changesOf(changes), first_sale, last_sale, thin },
  };
}

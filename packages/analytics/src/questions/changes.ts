import Type, { type Static } from 'typebox';
import { amountOrNull } from '../amounts.ts';
import { coverageOf, coveredSchema, isCovered, partlyKnownBefore, readCoverage } from '../coverage.ts';
import { InvalidQuestion } from '../errors.ts';
import { filterParameters, select } from '../filters.ts';
import { levelOf, levelParameter, levelSchema, levels } from '../named-areas.ts';
import { defineQuestion } from '../question.ts';
import {
  areEnough,
  type ChangeColumns,
  changeColumns,
  changeInterval,
  changeIntervalSchema,
  figure,
  heading,
  lastDay,
  leftOut,
  leftOutSchema,
  marketHeading,
  nullableText,
  yearsEarlier,
} from '../statistics.ts';
import { minSales, supportRank, withMedians } from '../support.ts';

const day = (description: string) => Type.Optional(Type.String({ format: 'date', description }));
const period = (description: string) =>
  Type.Object({ from: Type.String({ format: 'date' }), to: Type.String({ format: 'date' }) }, { description });

const changed = {
  median: amountOrNull('Median price in the later period; null without sales.'),
  median_before: amountOrNull('Median price in the earlier period.'),
  change: figure('Change of the median from the earlier to the later period, as a fraction.'),
  change_interval: changeIntervalSchema,
};

const { sold_from: _from, sold_to: _to, ...filtersWithoutDays } = filterParameters;

const maxAreas = 5000;

const parameters = Type.Object(
  {
    ...filtersWithoutDays,
    ...levelParameter,
    from: day('First day of the later period; defaults to the first of the twelve months that end with `to`.'),
    to: day("Last day of the later period; defaults to the last day of the market's data."),
    before_from: day('First day of the earlier period; defaults to a year before `from`.'),
    before_to: day('Last day of the earlier period; defaults to a year before `to`.'),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: maxAreas, default: 100, description: 'The maximum number of areas.' }),
    ),
  },
  { additionalProperties: false },
);

type Row = ChangeColumns & { median: number | null; median_before: number | null };

/** Which areas became dearer or cheaper between two periods, beyond chance. */
export const changes = defineQuestion({
  name: 'changes',
  summary: 'Compare the median prices of areas in two periods, with what chance would explain',
  about: `The change of each area has a 95 % interval (see the documentation of methods). It is clear if the interval excludes 0. Areas with good support, which is ${minSales.good} sales in either period, come first, the surest first: those whose interval is farthest from 0. \`expected_by_chance\` states how many would be clear at most if no median had changed.`,
  example: { level: 'region' },
  parameters,
  result: Type.Object({
    market: marketHeading,
    level: levelSchema,
    later: period('The later period.'),
    earlier: period('The earlier period.'),
    total: Type.Integer({ description: 'Number of areas with sales in either period.' }),
    compared: Type.Integer({ description: 'Number of areas with a change of good support.' }),
    clear: Type.Integer({ description: 'Number of them whose interval excludes 0.' }),
    expected_by_chance: Type.Number({
      description: 'How many of them would be clear at most if no median had changed: 5 %.',
    }),
    all: Type.Object(changed, { description: 'All sales that match the filters, in any area.' }),
    areas: Type.Array(
      Type.Object({
        area: Type.String(),
        region: nullableText('The region of a locality; null if not stated, and for postcodes.'),
        ...changed,
      }),
    ),
    left_out: leftOutSchema,
    covered: coveredSchema,
  }),
  table: 'areas',
  rest: ({ total, areas }) => (areas.length < total ? { limit: maxAreas } : undefined),
  async ask(db, { level: asked, limit = 100, from, to, before_from, before_to, ...filters }, market) {
    const selection = await select(db, filters, market);
    const days = periods({ from, to, before_from, before_to }, (await lastDay(db)) ?? '0001-12-31');
    const level = await levelOf(db, asked);
    const column = levels[level];
    const values = { ...selection.values, ...days };
    const within = (first: string, last: string) => `contract_date BETWEEN $${first}::DATE AND $${last}::DATE`;
    const [later, earlier] = [within('from', 'to'), within('before_from', 'before_to')];
    const coverage = await readCoverage(db);
    // By default, nothing is compared with a period that the data does not cover.
    const isKnown = before_from !== undefined || days.before_from >= partlyKnownBefore(coverage);
    const isWhole = isCovered(coverage, {}, days.before_from, days.before_to) || areEnough('later', 'earlier');
    const figures = `later_median AS median, CASE WHEN ${isKnown} THEN earlier_median END AS median_before,
      ${changeColumns('later', 'earlier', `${isKnown} AND ${isWhole}`)}`;
    const withFigures = (query: string) => withMedians(query, ['later', 'earlier']);
    const sold = `list(price) FILTER (WHERE ${later}) AS later, list(price) FILTER (WHERE ${earlier}) AS earlier
      FROM sale WHERE ${selection.where} AND (${later} OR ${earlier})`;
    const support = supportRank('least(change_sales, change_sales_before)');
    const rows = await db.rows<
      Row & { area: string | null; region: string | null; total: number; compared: number; clear: number }
    >(
      `WITH changed AS (
         SELECT area, region, ${figures} FROM (${withFigures(
           `SELECT ${column.area} AS area, ${column.region} AS region, ${sold} AND ${column.area} IS NOT NULL GROUP BY ${column.area}, ${column.region}`,
         )})
       ),
       ranked AS (
         SELECT *, CASE WHEN change IS NULL THEN 3 ELSE ${support} END AS last_rank,
           greatest(ln(1 + change_lower), -ln(1 + change_upper)) AS surety FROM changed
       ),
       counted AS (
         SELECT count(*) AS total, count(*) FILTER (WHERE last_rank = 0) AS compared,
           count(*) FILTER (WHERE last_rank = 0 AND surety > 0) AS clear FROM ranked
       ),
       page AS (FROM ranked ORDER BY last_rank, surety DESC NULLS LAST, area, coalesce(region, '') LIMIT ${limit})
       FROM counted LEFT JOIN page ON true ORDER BY last_rank, surety DESC NULLS LAST, area, coalesce(region, '')`,
      values,
    );
    const all = await db.row<Row>(`SELECT ${figures} FROM (${withFigures(`SELECT ${sold}`)})`, values);
    const { total, compared, clear } = rows[0] as (typeof rows)[number];
    return {
      market: heading(market),
      level,
      later: { from: days.from, to: days.to },
      earlier: { from: days.before_from, to: days.before_to },
      total,
      compared,
      clear,
      expected_by_chance: compared / 20,
      all: changeOf(all),
      areas: rows.flatMap((row) =>
        row.area === null ? [] : [{ area: row.area, region: row.region, ...changeOf(row) }],
      ),
      left_out: await leftOut(db, selection),
      covered: await coverageOf(db, selection),
    };
  },
});

function changeOf(row: Row) {
  const { median, median_before, change } = row;
  return { median, median_before, change, change_interval: changeInterval(row) };
}

/** @throws InvalidQuestion for a period that ends before it begins, and for an earlier period that is not before the later one */
function periods(given: Pick<Static<typeof parameters>, 'from' | 'to' | 'before_from' | 'before_to'>, last: string) {
  const to = given.to ?? last;
  const from = given.from ?? moved(yearsEarlier(to, 1), 1);
  const before_to = given.before_to ?? yearsEarlier(to, 1);
  const before_from = given.before_from ?? yearsEarlier(from, 1);
  for (const [name, first, end] of [
    ['from', from, to],
    ['before_from', before_from, before_to],
  ] as const) {
    if (first > end) throw new InvalidQuestion(name, `The period from ${first} to ${end} ends before it begins.`);
  }
  if (before_to >= from) {
    throw new InvalidQuestion(
      'before_to',
      `The earlier period ends on ${before_to}, which is not before the later one begins, on ${from}.`,
    );
  }
  return { from, to, before_from, before_to };
}

function moved(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

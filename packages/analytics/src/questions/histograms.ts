import Type, { type Static } from 'typebox';
import { linearEdges, logEdges } from '../bins.ts';
import type { Connection, Values } from '../connection.ts';
import { coverageOf, coveredSchema } from '../coverage.ts';
import { type Filters, filterParameters, select } from '../filters.ts';
import { defineQuestion } from '../question.ts';
import { heading, leftOut, leftOutSchema, marketHeading, quantiles } from '../statistics.ts';

/** The measures, in SQL, and the filters on them. Values of zero or below count as not stated. */
const measures = {
  price: { from: 'price_min', to: 'price_max' },
  land_area: { from: 'land_area_min', to: 'land_area_max' },
  floor_area: { from: 'floor_area_min', to: 'floor_area_max' },
} as const;
type Measure = keyof typeof measures;
const dates = { from: 'sold_from', to: 'sold_to' } as const;

/** Bins cover the values between these percentiles. With the extremes, almost all sales could be in one bin. */
const covered = ['p01', 'p99'] as const;

/** More days than this are counted by week, and more than seven times as many by month. */
const maxDays = 120;
const maxWeeks = 160;

const bins = Type.Array(
  Type.Object({
    from: Type.Number({ description: 'Included.' }),
    to: Type.Number({ description: 'Not included.' }),
    sales: Type.Integer(),
  }),
  { description: 'Adjacent bins that widen with the values, including bins without sales.' },
);
const histogram = (what: string) =>
  Type.Object(
    {
      bins,
      below: Type.Integer({ description: 'Sales below the first bin.' }),
      above: Type.Integer({ description: 'Sales above the last bin.' }),
      without: Type.Integer({ description: 'Sales that do not state it.' }),
    },
    { description: `${what}, under all filters except those on it.` },
  );

const cell = Type.Object({
  x: Type.Integer({ description: 'Index of the bin of the area.' }),
  y: Type.Integer({ description: 'Index of the bin of the price.' }),
  sales: Type.Integer(),
});

/** The distributions that filters are chosen on. */
export const histograms = defineQuestion({
  name: 'histograms',
  summary: 'Count sales by price, area and time, each under all other filters, and by price and area together',
  about:
    'Each histogram disregards the filters on its own measure, so that it shows what a different choice would select. `cells` disregards those on the price and on the area.',
  example: { type: ['House'], cells: 'land_area' },
  parameters: Type.Object(
    {
      ...filterParameters,
      bins: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 100,
          default: 60,
          description: 'The maximum number of bins of a measure.',
        }),
      ),
      cells: Type.Optional(
        Type.Enum(['land_area', 'floor_area'], {
          default: 'land_area',
          description: 'The area that is counted together with the price.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({
    market: marketHeading,
    price: histogram('Prices, in whole currency units'),
    land_area: histogram('Land areas, in m²'),
    floor_area: histogram('Floor areas, in m²'),
    time: Type.Object(
      {
        unit: Type.Enum(['day', 'week', 'month']),
        bins: Type.Array(
          Type.Object({ from: Type.String({ format: 'date', description: 'First day.' }), sales: Type.Integer() }),
          { description: 'Those with sales, in order.' },
        ),
        without: Type.Integer({ description: 'Sales without a contract date.' }),
      },
      { description: 'Contract dates, under all filters except those on them. Weeks begin on Monday.' },
    ),
    cells: Type.Object({
      of: Type.Enum(['land_area', 'floor_area']),
      x: Type.Array(Type.Number(), { description: 'Edges of the bins of the area, in m².' }),
      y: Type.Array(Type.Number(), { description: 'Edges of the bins of the price.' }),
      counts: Type.Array(cell, { description: 'Cells with sales.' }),
      outside: Type.Integer({ description: 'Sales with a price and an area outside the cells.' }),
      without: Type.Integer({ description: 'Sales that do not state the price or the area.' }),
    }),
    left_out: leftOutSchema,
    covered: coveredSchema,
  }),
  async ask(db, { bins: maxBins = 40, cells: of = 'land_area', ...filters }, market) {
    const selection = await select(db, filters, market);
    const without = (...names: (keyof Filters)[]) =>
      select(db, { ...filters, ...Object.fromEntries(names.map((name) => [name, undefined])) }, market);
    const ofMeasure = async (measure: Measure) => {
      const { where, values } = await without(measures[measure].from, measures[measure].to);
      return readHistogram(db, measure, where, values, maxBins);
    };
    const time = await without(dates.from, dates.to);
    const both = await without('price_min', 'price_max', measures[of].from, measures[of].to);
    return {
      market: heading(market),
      price: await ofMeasure('price'),
      land_area: await ofMeasure('land_area'),
      floor_area: await ofMeasure('floor_area'),
      time: await readTime(db, time.where, time.values),
      cells: await readCells(db, of, both.where, both.values),
      left_out: await leftOut(db, selection),
      covered: await coverageOf(db, selection),
    };
  },
});

/** SQL: the stated value of a measure. */
const stated = (measure: Measure) => `CASE WHEN ${measure} > 0 THEN ${measure}::DOUBLE END`;

async function readEdges(db: Connection, measure: Measure, where: string, values: Values, maxBins: number) {
  const { sales, valued, p01, p99 } = await db.row<{
    sales: number;
    valued: number;
    p01: number | null;
    p99: number | null;
  }>(
    `SELECT count(*) AS sales, count(value) AS valued, ${quantiles('value', [0.01, 0.99], covered)}
     FROM (SELECT ${stated(measure)} AS value FROM sale WHERE ${where})`,
    values,
  );
  const edges = p01 === null || p99 === null ? [] : finer(p01, p99, maxBins);
  return { edges, without: sales - valued };
}

/** Round edges on a scale of equal ratios; if even the finest of them leave half of the bins unused, edges at equal distances. */
function finer(low: number, high: number, max: number): number[] {
  const edges = logEdges(low, high, max);
  return edges.length - 1 >= max / 4 ? edges : linearEdges(low, high, max);
}

async function readHistogram(db: Connection, measure: Measure, where: string, values: Values, maxBins: number) {
  const { edges, without } = await readEdges(db, measure, where, values, maxBins);
  const rows = await db.rows<{ bin: number; sales: number }>(
    `SELECT ${binOf('value', 'edges')} AS bin, count(*) AS sales FROM (SELECT ${stated(measure)} AS value FROM sale WHERE ${where})
     WHERE value IS NOT NULL GROUP BY bin`,
    { ...values, edges: JSON.stringify(edges) },
  );
  const counts = new Map(rows.map(({ bin, sales }) => [bin, sales]));
  return {
    bins: edges.slice(0, -1).map((from, i): Static<typeof bins>[number] => {
      return { from, to: edges[i + 1] as number, sales: counts.get(i) ?? 0 };
    }),
    below: counts.get(-1) ?? 0,
    above: edges.length === 0 ? 0 : (counts.get(edges.length - 1) ?? 0),
    without,
  };
}

/** SQL: the index of the bin of a value, -1 below all bins; the index of the last edge for values from it on. */
function binOf(value: string, edges: string): string {
  return `len(list_filter(from_json($${edges}, '["DOUBLE"]'), lambda edge: edge <= ${value})) - 1`;
}

async function readTime(db: Connection, where: string, values: Values) {
  const { sales, dated, days } = await db.row<{ sales: number; dated: number; days: number | null }>(
    `SELECT count(*) AS sales, count(contract_date) AS dated,
       quantile_disc(contract_date, 0.995) - quantile_disc(contract_date, 0.005) AS days FROM sale WHERE ${where}`,
    values,
  );
  const unit =
    (days ?? 0) <= maxDays ? ('day' as const) : (days ?? 0) <= 7 * maxWeeks ? ('week' as const) : ('month' as const);
  const found = await db.rows<{ from: string; sales: number }>(
    `SELECT date_trunc('${unit}', contract_date)::DATE AS "from", count(*) AS sales FROM sale
     WHERE ${where} AND contract_date IS NOT NULL GROUP BY ALL ORDER BY "from"`,
    values,
  );
  return { unit, bins: found, without: sales - dated };
}

/** Cells per axis. */
const maxCells = 36;

async function readCells(db: Connection, of: 'land_area' | 'floor_area', where: string, values: Values) {
  const { edges: x } = await readEdges(db, of, where, values, maxCells);
  const { edges: y } = await readEdges(db, 'price', where, values, maxCells);
  const rows = await db.rows<{ x: number | null; y: number | null; sales: number }>(
    `SELECT ${binOf('area', 'x')} AS x, ${binOf('paid', 'y')} AS y, count(*) AS sales
     FROM (SELECT ${stated(of)} AS area, ${stated('price')} AS paid FROM sale WHERE ${where})
     WHERE area IS NOT NULL AND paid IS NOT NULL GROUP BY ALL ORDER BY x, y`,
    { ...values, x: JSON.stringify(x), y: JSON.stringify(y) },
  );
  const { without } = await db.row<{ without: number }>(
    `SELECT count(*) FILTER (WHERE ${stated(of)} IS NULL OR ${stated('price')} IS NULL) AS without FROM sale WHERE ${where}`,
    values,
  );
  const isInside = ({ x: i, y: j }: { x: number | null; y: number | null }) =>
    i !== null && j !== null && i >= 0 && j >= 0 && i < x.length - 1 && j < y.length - 1;
  return {
    of,
    x,
    y,
    counts: rows.filter(isInside) as Static<typeof cell>[],
    outside: rows.filter((row) => !isInside(row)).reduce((sum, { sales }) => sum + sales, 0),
    without,
  };
}

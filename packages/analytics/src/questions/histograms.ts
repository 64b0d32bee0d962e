import Type, { type Static } from 'typebox';
import { linearEdges, logEdges, wholeEdges } from '../bins.ts';
import type { Connection, Values } from '../connection.ts';
import { coverageOf, coveredSchema } from '../coverage.ts';
import { details } from '../features.ts';
import { type Filters, filterParameters, type Selection, select } from '../filters.ts';
import { defineQuestion } from '../question.ts';
import { heading, leftOut, leftOutSchema, marketHeading } from '../statistics.ts';

/** The measures, in SQL, and the filters on them. Values of zero or below count as not stated. */
const measures = {
  price: { from: 'price_min', to: 'price_max' },
  land_area: { from: 'land_area_min', to: 'land_area_max' },
  floor_area: { from: 'floor_area_min', to: 'floor_area_max' },
} as const;
type Measure = keyof typeof measures;
const dates = { from: 'sold_from', to: 'sold_to' } as const;

/** The filters on an attribute. Those that are 0 or 1 have one. */
const filtersOn = (name: Detail): (keyof Filters)[] =>
  name === 'new_build' || name === 'waterfront' ? [name] : [`${name}_min`, `${name}_max`];
type Detail = (typeof details)[number];

/** Bins cover the values between these quantiles. With the extremes, almost all sales could be in one bin. */
const coveredShares = [0.01, 0.99] as const;

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

const defaultBins = 60;

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
          default: defaultBins,
          description: 'The maximum number of bins of a measure.',
        }),
      ),
      cells: Type.Optional(
        Type.Enum(['land_area', 'floor_area'], {
          default: 'land_area',
          description: 'The area that is counted together with the price.',
        }),
      ),
      details: Type.Optional(
        Type.Array(Type.Enum([...details]), {
          maxItems: details.length,
          description: 'Attributes that are counted too, in `details`; by default none.',
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
    details: Type.Partial(
      Type.Object(
        Object.fromEntries(details.map((name) => [name, histogram(`Values of \`${name}\``)])) as Record<
          Detail,
          ReturnType<typeof histogram>
        >,
      ),
      { description: 'The attributes that are asked for. Their bins have equal, whole widths.' },
    ),
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
  async ask(db, { bins: maxBins = defaultBins, cells: of = 'land_area', details: asked = [], ...filters }, market) {
    const selection = await select(db, filters, market);
    const without = (...names: (keyof Filters)[]) =>
      select(db, { ...filters, ...Object.fromEntries(names.map((name) => [name, undefined])) }, market);
    // Without filters on a measure, its cells and its histogram are of the same sales.
    const counted = new Map<string, Promise<Counts>>();
    const countsOf = (measure: Measure, { where, values }: Selection) => {
      const key = `${measure} ${where}`;
      const counts = counted.get(key) ?? countValues(db, stated(measure), where, values);
      counted.set(key, counts);
      return counts;
    };
    const ofMeasure = async (measure: Measure) => {
      const { from, to } = measures[measure];
      const counts = await countsOf(measure, await without(from, to));
      return histogramOf(counts, edgesOf(counts, maxBins));
    };
    const ofDetail = async (name: Detail) => {
      const { where, values } = await without(...filtersOn(name));
      const counts = await countValues(db, `${name}::DOUBLE`, where, values);
      return histogramOf(counts, counts.stated === 0 ? [] : wholeEdges(...coveredBy(counts), maxBins));
    };
    const ofDetails: Partial<Record<Detail, ReturnType<typeof histogramOf>>> = {};
    for (const name of asked) ofDetails[name] = await ofDetail(name);
    const both = await without('price_min', 'price_max', measures[of].from, measures[of].to);
    return {
      market: heading(market),
      price: await ofMeasure('price'),
      land_area: await ofMeasure('land_area'),
      floor_area: await ofMeasure('floor_area'),
      details: ofDetails,
      time: await readTime(db, await without(dates.from, dates.to)),
      cells: await readCells(db, of, both, await countsOf(of, both), await countsOf('price', both)),
      left_out: await leftOut(db, selection),
      covered: await coverageOf(db, selection),
    };
  },
});

/** SQL: the stated value of a measure. */
const stated = (measure: Measure) => `CASE WHEN ${measure} > 0 THEN ${measure}::DOUBLE END`;

/** Values below this are counted as they are, others to their first four digits. */
const exactBelow = 10_000;

interface Counts {
  /** Stated values, ascending, with the number of their sales. */
  values: { value: number; sales: number }[];
  /** The number of sales that state one. */
  stated: number;
  without: number;
}

/**
 * Counts the sales by value. To four digits, a million sales have a few thousand values, and every bin with edges of up to four digits is counted exactly: in a
 * seventh of the time of a pass for quantiles and one for bins.
 */
async function countValues(db: Connection, value: string, where: string, values: Values): Promise<Counts> {
  const unit = `pow(10, floor(log10(value)) - 3)`;
  const rows = await db.rows<{ rounded: number | null; sales: number }>(
    `SELECT CASE WHEN value < ${exactBelow} THEN value ELSE floor(value / ${unit}) * ${unit} END AS rounded, sum(sales)::BIGINT AS sales
     FROM (SELECT ${value} AS value, count(*) AS sales FROM sale WHERE ${where} GROUP BY value)
     GROUP BY rounded ORDER BY rounded NULLS LAST`,
    values,
  );
  const without = rows.at(-1)?.rounded === null ? (rows.pop()?.sales ?? 0) : 0;
  const counts = rows.map(({ rounded, sales }) => ({ value: rounded as number, sales }));
  return { values: counts, stated: counts.reduce((sum, { sales }) => sum + sales, 0), without };
}

/** The least value that a share of the sales does not exceed. There has to be one. */
function quantileOf<T>(counts: { value: T; sales: number }[], all: number, share: number): T {
  let rest = Math.ceil(all * share);
  const found = counts.find(({ sales }) => {
    rest -= sales;
    return rest <= 0;
  });
  return (found ?? (counts.at(-1) as { value: T })).value;
}

/** The ends of the values that bins cover. There have to be values. */
function coveredBy({ values, stated }: Counts): [number, number] {
  return [quantileOf(values, stated, coveredShares[0]), quantileOf(values, stated, coveredShares[1])];
}

/** Round edges on a scale of equal ratios; if even the finest of them leave three quarters of the bins unused, edges at equal distances. */
function edgesOf(counts: Counts, max: number): number[] {
  if (counts.stated === 0) return [];
  const [low, high] = coveredBy(counts);
  const edges = logEdges(low, high, max);
  if (edges.length - 1 >= max / 4) return edges;
  // Bins are not narrower than the unit to which values are counted.
  const most = high < exactBelow ? max : (high - low) / 10 ** (Math.floor(Math.log10(high)) - 3) + 1;
  return linearEdges(low, high, Math.min(max, most));
}

function histogramOf(counts: Counts, edges: number[]) {
  const found = Array.from({ length: edges.length + 1 }, () => 0);
  let bin = 0;
  for (const { value, sales } of counts.values) {
    while (bin < edges.length && value >= (edges[bin] as number)) bin++;
    found[bin] = (found[bin] as number) + sales;
  }
  return {
    bins: edges.slice(0, -1).map((from, i): Static<typeof bins>[number] => {
      return { from, to: edges[i + 1] as number, sales: found[i + 1] as number };
    }),
    below: found[0] as number,
    above: edges.length === 0 ? 0 : (found.at(-1) as number),
    without: counts.without,
  };
}

async function readTime(db: Connection, { where, values }: Selection) {
  const all = await db.rows<{ value: string | null; sales: number }>(
    `SELECT contract_date AS value, count(*) AS sales FROM sale WHERE ${where} GROUP BY value ORDER BY value NULLS LAST`,
    values,
  );
  const without = all.at(-1)?.value === null ? (all.pop()?.sales ?? 0) : 0;
  const days = all as { value: string; sales: number }[];
  const dated = days.reduce((sum, { sales }) => sum + sales, 0);
  const [first, last] = dated === 0 ? [] : [0.005, 0.995].map((share) => quantileOf(days, dated, share));
  const span = first && last ? dayNumber(last) - dayNumber(first) : 0;
  const unit = span <= maxDays ? 'day' : span <= 7 * maxWeeks ? 'week' : 'month';
  const found = new Map<string, number>();
  for (const { value, sales } of days) {
    const from = startOf(value, unit);
    found.set(from, (found.get(from) ?? 0) + sales);
  }
  return { unit, bins: [...found].map(([from, sales]) => ({ from, sales })), without } as const;
}

const millisecondsInDay = 86_400_000;
const dayNumber = (day: string) => Date.parse(`${day}T00:00:00Z`) / millisecondsInDay;

/** The first day of the period that a day is in. */
function startOf(day: string, unit: 'day' | 'week' | 'month'): string {
  if (unit === 'day') return day;
  if (unit === 'month') return `${day.slice(0, -2)}01`;
  // Day 0, the first of January 1970, was a Thursday.
  const number = dayNumber(day);
  const monday = number - ((((number + 3) % 7) + 7) % 7);
  return new Date(monday * millisecondsInDay).toISOString().slice(0, 10);
}

/** Cells per axis. */
const maxCells = 36;

async function readCells(
  db: Connection,
  of: 'land_area' | 'floor_area',
  { where, values }: Selection,
  areas: Counts,
  prices: Counts,
) {
  const [x, y] = [edgesOf(areas, maxCells), edgesOf(prices, maxCells)];
  const rows = await db.rows<{ x: number; y: number; sales: number }>(
    `SELECT ${binOf('area', x)} AS x, ${binOf('paid', y)} AS y, count(*) AS sales
     FROM (SELECT ${stated(of)} AS area, ${stated('price')} AS paid FROM sale WHERE ${where})
     WHERE area IS NOT NULL AND paid IS NOT NULL GROUP BY ALL ORDER BY x, y`,
    values,
  );
  const isInside = ({ x: i, y: j }: Static<typeof cell>) => i >= 0 && j >= 0 && i < x.length - 1 && j < y.length - 1;
  const countOf = (cells: Static<typeof cell>[]) => cells.reduce((sum, { sales }) => sum + sales, 0);
  const counts = rows.filter(isInside);
  return {
    of,
    x,
    y,
    counts,
    outside: countOf(rows) - countOf(counts),
    without: areas.stated + areas.without - countOf(rows),
  };
}

/** SQL: the index of the bin of a value, -1 below all bins; the index of the last edge for values from it on. By halving, which is ten times as fast as comparing each edge. */
function binOf(value: string, edges: readonly number[], first = 0): string {
  if (edges.length === 0) return String(first - 1);
  const middle = edges.length >> 1;
  return `CASE WHEN ${value} < ${edges[middle]} THEN ${binOf(value, edges.slice(0, middle), first)} ELSE ${binOf(value, edges.slice(middle + 1), first + middle + 1)} END`;
}

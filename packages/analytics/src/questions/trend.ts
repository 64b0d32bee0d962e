import Type, { type Static } from 'typebox';
import { amount, amountOrNull } from '../amounts.ts';
import {
  coverageChange,
  coverageOf,
  coveredBounds,
  coveredSchema,
  dayBefore,
  isCovered,
  periodParameter,
  readCoverage,
} from '../coverage.ts';
import { assertPrecision } from '../date-precision.ts';
import { InvalidQuestion } from '../errors.ts';
import { filterParameters, select } from '../filters.ts';
import { inAreas, nameAreas, namedAreaParameters } from '../named-areas.ts';
import { defineQuestion } from '../question.ts';
import { standardChange } from '../standard.ts';
import { heading, leftOut, leftOutSchema, marketHeading, nullableText } from '../statistics.ts';
import { axisOf, axisSchema, endsOf, intervalOf, readQuantiles, supportOf, supportSchema } from '../support.ts';

const months = { month: 1, quarter: 3, year: 12 } as const;
type Interval = keyof typeof months;

/** SQL for each `group_by`, except `area`, which depends on the named areas. */
const groups = { none: 'NULL', region: 'region', type: 'type', bedrooms: 'bedrooms' } as const;
const groupings = ['none', 'region', 'type', 'bedrooms', 'area'] as const;

/** Two years of months, or six of quarters. The cost grows with it. */
const maxWindow = 24;

/** More rows than a chart or a table can use. With more, some dates are wrong or the interval is too short. */
const maxRows = 20_000;

const period = Type.Object({
  period: Type.String({ format: 'date', description: 'First day of the period.' }),
  group: nullableText(
    'The region, type, number of bedrooms or area; null for sales that state none, and without grouping.',
  ),
  sales: Type.Integer(),
  median: amountOrNull(
    'Exact median, interpolated between the two middle prices; null without sales, like the other prices.',
  ),
  mean: amountOrNull('Arithmetic mean.'),
  p25: amountOrNull('Lower quartile, interpolated.'),
  p75: amountOrNull('Upper quartile, interpolated.'),
  total: amount('Sum of the prices.'),
  ...intervalOf(''),
  support: supportSchema,
  complete: Type.Boolean({
    description:
      'Whether the period and the others of its window are within the covered period, sold_from and sold_to.',
  }),
});
type Period = Static<typeof period>;

/** The figures of a period and a group, the period as a number: see `periodNumber`. */
type Figures = Omit<Period, 'complete' | 'period' | 'support'> & { number: number };

/** Figures as they are read. */
type Read = Pick<Figures, 'number' | 'p25' | 'median' | 'p75' | 'total'> & { key: string | number | null };

/** Prices over time, by contract date. Sales without a contract date are in no period. */
export const trend = defineQuestion({
  name: 'trend',
  summary: 'Sales and prices by month, quarter or year',
  about:
    'Sales are grouped by contract date. Every period from the first to the last with sales is present, including those without sales. They begin and end with the covered period of the market unless `period=all`. A period that the data does not fully cover has `complete: false`. With `group_by=area`, `area` names up to ten areas of the level `level`.',
  methodChanges: [
    { since: '0.3.0', sentence: 'Medians have intervals, and an axis is given.' },
    standardChange,
    coverageChange,
  ],
  example: { interval: 'quarter', group_by: 'type' },
  parameters: Type.Object(
    {
      ...filterParameters,
      ...periodParameter,
      interval: Type.Optional(
        Type.Enum(['month', 'quarter', 'year'], { default: 'month', description: 'The length of a period.' }),
      ),
      group_by: Type.Optional(
        Type.Enum([...groupings], {
          default: 'none',
          description: 'The groups, each with periods of its own. area: the areas named by `area`.',
        }),
      ),
      ...namedAreaParameters,
      window: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: maxWindow,
          default: 1,
          description:
            'The number of periods in a rolling window: the figures of a period are those of all sales in the window that ends with it.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({
    market: marketHeading,
    interval: Type.Enum(['month', 'quarter', 'year']),
    group_by: Type.Enum([...groupings]),
    window: Type.Integer(),
    periods: Type.Array(period, {
      description:
        'By group, then period. Each group has every period from the first to the last in which any group has sales.',
    }),
    axis: axisSchema,
    left_out: leftOutSchema,
    covered: coveredSchema,
  }),
  table: 'periods',
  async ask(db, parameters, market) {
    const { interval = 'month', group_by = 'none', window = 1 } = parameters;
    await assertPrecision(db, interval);
    const all = await select(db, parameters, market);
    if (group_by !== 'area' && parameters.area?.length) {
      throw new InvalidQuestion('area', 'area is valid only with group_by=area; set group_by, or omit area.');
    }
    const named = group_by === 'area' ? await nameAreas(db, parameters, market) : undefined;
    const selection = named ? inAreas(all, named) : all;
    const group = named?.position ?? groups[group_by as keyof typeof groups];
    const coverage = await readCoverage(db);
    const where = [selection.where, 'contract_date IS NOT NULL', ...coveredBounds(coverage, parameters)].join(' AND ');
    const rows: Figures[] = [];
    // Windows that end in every `window`th period do not overlap. So each statement reads each sale once, however long the windows are.
    for (let offset = 0; offset < window; offset++) {
      const end = `(${periodNumber(interval)} + ${offset}) // ${window} * ${window} + ${window - 1 - offset}`;
      const found = await readQuantiles<Read>(
        db,
        { groups: { number: end, key: group }, where, values: selection.values },
        { p25: 0.25, median: 0.5, p75: 0.75 },
        { total: 'sum(price)' },
      );
      rows.push(
        ...found.map(({ key, lower, upper, ...row }) => ({
          ...row,
          ...endsOf({ lower, upper }),
          group: named?.areas[key as number]?.label ?? text(key),
        })),
      );
    }
    const periods = fillGaps(rows, interval, window, named?.areas.map(({ label }) => label) ?? groupsOf(rows));
    const first = periods[0]?.number ?? 0;
    const isComplete = (number: number) => {
      const end = dayBefore(periodStart(number + 1, interval));
      const start = number - window + 1;
      return start >= first && isCovered(coverage, parameters, periodStart(start, interval), end);
    };
    const answered = periods.map(({ number, ...figures }) => ({
      period: periodStart(number, interval),
      ...figures,
      support: supportOf(figures.sales),
      complete: isComplete(number),
    }));
    return {
      market: heading(market),
      interval,
      group_by,
      window,
      periods: answered,
      axis: axisOf(
        answered.map(({ median, median_lower, median_upper, sales, complete }) => {
          return { value: median, lower: median_lower, upper: median_upper, sales, complete };
        }),
      ),
      left_out: await leftOut(db, selection),
      covered: await coverageOf(db, selection),
    };
  },
});

function text(key: string | number | null): string | null {
  return key === null ? null : String(key);
}

/** By name, numbers by value; null last. */
function groupsOf(rows: Figures[]): (string | null)[] {
  const { compare } = new Intl.Collator('en', { numeric: true });
  return [...new Set(rows.map(({ group }) => group))].sort((a, b) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return compare(a, b);
  });
}

/** Adds the periods without sales: every group gets every period from the first to the last in which any group has sales. */
function fillGaps(rows: Figures[], interval: Interval, window: number, groups: (string | null)[]): Figures[] {
  if (rows.length === 0) return [];
  const numbers = rows.map(({ number }) => number);
  const first = numbers.reduce((a, b) => Math.min(a, b));
  // The last windows with sales end after the last period with sales.
  const last = numbers.reduce((a, b) => Math.max(a, b)) - (window - 1);
  const periods = last - first + 1;
  if (periods * groups.length > maxRows) {
    throw new InvalidQuestion(
      'interval',
      `The selected sales are from ${periodStart(first, interval)} to after ${periodStart(last, interval)}, which makes more than ${maxRows.toLocaleString('en-US')} rows; choose a longer interval, or set sold_from and sold_to.`,
    );
  }
  const present = new Map(rows.map((row) => [`${row.number} ${JSON.stringify(row.group)}`, row]));
  const none = { sales: 0, median: null, mean: null, p25: null, p75: null, total: 0, ...endsOf(undefined) };
  return groups.flatMap((group) =>
    Array.from({ length: periods }, (_, i) => {
      const number = first + i;
      return present.get(`${number} ${JSON.stringify(group)}`) ?? { number, group, ...none };
    }),
  );
}

/** SQL: the number of the period since the year 0. Takes half as long as `date_trunc`. */
function periodNumber(interval: Interval): string {
  return `(year(contract_date) * 12 + month(contract_date) - 1) // ${months[interval]}`;
}

/** First day of a period. */
function periodStart(number: number, interval: Interval): string {
  const month = number * months[interval];
  const year = String(Math.floor(month / 12)).padStart(4, '0');
  return `${year}-${String((month % 12) + 1).padStart(2, '0')}-01`;
}

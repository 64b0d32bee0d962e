import Type, { type Static } from 'typebox';
import { InvalidQuestion } from '../errors.ts';
import { filterParameters, select } from '../filters.ts';
import { defineQuestion } from '../question.ts';
import { figure, heading, lastDay, leftOut, leftOutSchema, marketHeading, nullableText } from '../statistics.ts';

const months = { month: 1, quarter: 3, year: 12 } as const;
type Interval = keyof typeof months;

/** What `group_by` groups by, in SQL. */
const groups = { none: 'NULL::VARCHAR', region: 'region', type: 'type' } as const;

/** More rows than a chart or a table can use: some dates must be far off, or the interval too short. */
const maxRows = 20_000;

const period = Type.Object({
  period: Type.String({ format: 'date', description: 'First day of the period.' }),
  group: nullableText('The region or type; null for sales that state none, and where nothing is grouped.'),
  sales: Type.Integer(),
  median: figure('Exact, linear between the two middle prices; null without sales, like the other prices.'),
  mean: figure('Arithmetic mean.'),
  p25: figure('Lower quartile, linear interpolation.'),
  p75: figure('Upper quartile, linear interpolation.'),
  total: Type.Number({ description: 'Sum of the prices.' }),
  complete: Type.Boolean({
    description: "Whether the period lies within sold_from and sold_to, and ends no later than the market's data.",
  }),
});
type Period = Static<typeof period>;

/** Prices through time, by contract date. Sales without one are in no period. */
export const trend = defineQuestion({
  name: 'trend',
  summary: 'Sales and prices by month, quarter or year',
  parameters: Type.Object(
    {
      ...filterParameters,
      interval: Type.Optional(Type.Enum(['month', 'quarter', 'year'], { default: 'month' })),
      group_by: Type.Optional(Type.Enum(['none', 'region', 'type'], { default: 'none' })),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({
    market: marketHeading,
    interval: Type.Enum(['month', 'quarter', 'year']),
    group_by: Type.Enum(['none', 'region', 'type']),
    periods: Type.Array(period, {
      description: 'By group, then period. Each group has every period from the first to the last with sales in any.',
    }),
    left_out: leftOutSchema,
  }),
  async ask(db, parameters, market) {
    const { interval = 'month', group_by = 'none', sold_from, sold_to } = parameters;
    const selection = await select(db, parameters, market);
    const last = await lastDay(db, market);
    const rows = await db.rows<Omit<Period, 'complete'>>(
      `SELECT date_trunc('${interval}', contract_date)::DATE AS period, ${groups[group_by]} AS "group", count(*) AS sales,
         quantile_cont(price, 0.5) AS median, avg(price) AS mean, quantile_cont(price, 0.25) AS p25,
         quantile_cont(price, 0.75) AS p75, sum(price) AS total
       FROM sale WHERE ${selection.where} AND contract_date IS NOT NULL
       GROUP BY ALL ORDER BY "group" NULLS LAST, period`,
      selection.values,
    );
    const isComplete = (start: string) => {
      const end = dayBefore(nextPeriod(start, interval));
      return (
        last !== null &&
        end <= last &&
        (sold_to === undefined || end <= sold_to) &&
        (sold_from === undefined || start >= sold_from)
      );
    };
    return {
      market: heading(market),
      interval,
      group_by,
      periods: fillGaps(rows, interval).map((row) => ({ ...row, complete: isComplete(row.period) })),
      left_out: await leftOut(db, selection),
    };
  },
});

/** Adds the periods without sales, for every group from the first to the last period of all. */
function fillGaps(rows: Omit<Period, 'complete'>[], interval: Interval): Omit<Period, 'complete'>[] {
  const starts = rows.map((row) => row.period).sort();
  const [first, last] = [starts[0], starts.at(-1)];
  if (first === undefined || last === undefined) return [];
  const byGroup = Map.groupBy(rows, ({ group }) => group);
  const periods = (monthNumber(last) - monthNumber(first)) / months[interval] + 1;
  if (periods * byGroup.size > maxRows) {
    throw new InvalidQuestion(
      'interval',
      `The sales asked for are from ${first} to after ${last}, which makes more than ${maxRows.toLocaleString('en-US')} rows; choose a longer interval, or set sold_from and sold_to.`,
    );
  }
  return [...byGroup].flatMap(([group, present]) => {
    const byStart = new Map(present.map((row) => [row.period, row]));
    return Array.from({ length: periods }, (_, i) => {
      const start = monthStart(monthNumber(first) + i * months[interval]);
      return (
        byStart.get(start) ?? {
          period: start,
          group,
          sales: 0,
          median: null,
          mean: null,
          p25: null,
          p75: null,
          total: 0,
        }
      );
    });
  });
}

function nextPeriod(start: string, interval: Interval): string {
  return monthStart(monthNumber(start) + months[interval]);
}

/** Months since the year 0. */
function monthNumber(day: string): number {
  const [year, month] = day.split('-').map(Number) as [number, number];
  return year * 12 + month - 1;
}

function monthStart(number: number): string {
  const year = String(Math.floor(number / 12)).padStart(4, '0');
  return `${year}-${String((number % 12) + 1).padStart(2, '0')}-01`;
}

function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

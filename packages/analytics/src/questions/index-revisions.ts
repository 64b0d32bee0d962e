import Type from 'typebox';
import {
  coverageAt,
  coverageOf,
  coveredSchema,
  isCovered,
  periodParameter,
  readCoverage,
  withinCoverage,
} from '../coverage.ts';
import { filterParameters, select } from '../filters.ts';
import { defaultMethod } from '../price-index/choice.ts';
import { wellFilled } from '../price-index/filled.ts';
import { defaultOptions, type MethodName, methodNames, methods } from '../price-index/methods.ts';
import { MissingData } from '../price-index/missing-data.ts';
import { readSales, restricted, type Sales } from '../price-index/sales.ts';
import { endOf, intervals, monthsIn, startOf } from '../price-index/timeline.ts';
import { defineQuestion } from '../question.ts';
import { figure, heading, leftOut, leftOutSchema, marketHeading, nullableText } from '../statistics.ts';

/** An index is computed for each load. */
const maxLoads = 24;

/** How much later loads revised the values of a price index. */
export const indexRevisions = defineQuestion({
  name: 'index-revisions',
  summary: 'How much earlier values of a price index were revised by later loads',
  about:
    'For each load, the index of the sales in force that it and earlier loads added is compared with the index of all sales, both relative to the same base, in the periods that were covered then: with `period=all`, in all. Sales that a later load replaced count with that load; the exact answer of an earlier version is that of `price-index` with `as_of`.',
  example: { interval: 'quarter' },
  parameters: Type.Object(
    {
      ...filterParameters,
      ...periodParameter,
      interval: Type.Optional(Type.Enum([...intervals], { default: 'month', description: 'The length of a period.' })),
      method: Type.Optional(
        Type.Enum([...methodNames], { description: 'Defaults to the method chosen for the market.' }),
      ),
      loads: Type.Optional(
        Type.Integer({ minimum: 1, maximum: maxLoads, default: 12, description: 'The number of earlier loads.' }),
      ),
    },
    { additionalProperties: false },
  ),
  result: Type.Object({
    market: marketHeading,
    interval: Type.Enum([...intervals]),
    method: Type.Enum([...methodNames]),
    base: Type.String({ format: 'date', description: 'First day of the base period.' }),
    loads: Type.Array(
      Type.Object({
        revision: Type.Integer({ description: 'The revision that loaded the sales, as `/api/revisions` lists it.' }),
        sales: Type.Integer({ description: 'Number of sales that it and earlier ones added.' }),
        covered_to: nullableText('Last day of the covered period then; null if no month was covered.'),
        compared: Type.Integer({ description: 'Number of periods with a value then and now, without the base.' }),
        mean_absolute: figure('Mean absolute revision of their values, in index points; null without any.'),
        max_absolute: figure('Maximum absolute revision, in index points.'),
        latest: nullableText('First day of the last period with a value then.'),
        latest_then: figure('Its value then.'),
        latest_now: figure('Its value now.'),
      }),
      { description: 'The latest first.' },
    ),
    left_out: leftOutSchema,
    covered: coveredSchema,
  }),
  table: 'loads',
  async ask(db, { interval = 'month', loads = 12, method: given, period: whole, ...filters }, market) {
    const selection = await select(db, filters, market);
    const compared = withinCoverage(selection, await readCoverage(db), { period: whole, ...filters });
    const start = filters.sold_from === undefined && whole !== 'all' ? 'filled' : 'first';
    const { sales } = await readSales(db, compared, interval, start);
    const options = defaultOptions(interval);
    const prepare = async (method: MethodName, sales: Sales) => {
      try {
        return await methods[method].prepare(sales, options);
      } catch (error) {
        if (error instanceof MissingData) return undefined;
        throw error;
      }
    };
    const preferred = given ?? ((market.index_method ?? defaultMethod) as MethodName);
    const found = await prepare(preferred, sales);
    const method = found ? preferred : defaultMethod;
    const prepared = found ?? (await methods[method].prepare(sales, options));
    const filled = wellFilled(prepared.counts, 12 / monthsIn[interval]);
    const periods = (prepared.connected[0] ?? []).toSorted((a, b) => a - b);
    const base = periods.find((period) => filled[period]) ?? (periods[0] as number);
    const now = (await prepared.estimate(base)).levels;
    const added = await db.rows<{ revision: number; sales: number }>(
      `SELECT added_by AS revision, (sum(count(*)) OVER (ORDER BY added_by))::BIGINT AS sales FROM sale WHERE ${sales.where}
       GROUP BY added_by ORDER BY added_by DESC LIMIT ${loads + 1}`,
      sales.values,
    );
    const revised = [];
    for (const { revision, sales: count } of added.slice(1)) {
      const coverage = await coverageAt(db, revision);
      const earlier = await prepare(method, restricted(sales, `added_by <= ${revision}`));
      const known = earlier?.connected.some((group) => group.includes(base));
      const then = known && earlier ? (await earlier.estimate(base)).levels : [];
      const both = then.flatMap(({ period, index }) => {
        const current = now[period]?.index ?? null;
        const [first, last] = [startOf(sales.timeline, period), endOf(sales.timeline, period)];
        if (index === null || current === null || period === base) return [];
        if (whole !== 'all' && !isCovered(coverage, filters, first, last)) return [];
        return [{ period, index, current }];
      });
      const sizes = both.map(({ index, current }) => Math.abs(current - index));
      const latest = both.at(-1);
      revised.push({
        revision,
        sales: count,
        covered_to: coverage.to,
        compared: both.length,
        mean_absolute: steady(sizes.length ? sizes.reduce((sum, size) => sum + size, 0) / sizes.length : null),
        max_absolute: steady(sizes.length ? Math.max(...sizes) : null),
        latest: latest ? startOf(sales.timeline, latest.period) : null,
        latest_then: steady(latest?.index ?? null),
        latest_now: steady(latest?.current ?? null),
      });
    }
    return {
      market: heading(market),
      interval,
      method,
      base: startOf(sales.timeline, base),
      loads: revised,
      left_out: await leftOut(db, selection),
      covered: await coverageOf(db, selection),
    };
  },
});

/** Rounded to twelve digits: later ones depend on the order of additions. */
function steady(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(12));
}

import type { Connection, Values } from '../connection.ts';
import { InvalidQuestion } from '../errors.ts';
import type { Selection } from '../filters.ts';
import { wellFilled } from './filled.ts';
import { type Interval, monthNumber, monthsIn, periodOf, startOf, type Timeline } from './timeline.ts';

/** The sales that indices are computed from: those of a selection with a contract date and a positive price. */
export interface Sales {
  db: Connection;
  /** SQL condition on the table `sale`, and the values that it binds. */
  where: string;
  values: Values;
  timeline: Timeline;
  count: number;
  /** By period. */
  counts: number[];
  highestPrice: number;
  meanPrice: number;
}

/** With more periods, the equations take seconds, and either some dates are wrong or the interval is too short. */
const maxPeriods = 600;

export interface ReadSales {
  sales: Sales;
  /** All sales with a contract date and a positive price, including those before the timeline. */
  total: number;
  /** Those before the timeline. */
  before: number;
  /** The sales left out, by reason. */
  leftOut: Record<string, number>;
}

/**
 * The sales of a selection and their timeline, which ends with the last sale.
 * @param start the period that it starts in: the first one with sales, or the first one that is well filled
 * @throws InvalidQuestion if there are no such sales, or if they span more than 600 periods
 */
export async function readSales(
  db: Connection,
  { where, values }: Selection,
  interval: Interval,
  start: 'first' | 'filled' = 'first',
): Promise<ReadSales> {
  const rows = await db.rows<{ month: number | null; all_sales: number; count: number; highest: number; sum: number }>(
    `SELECT ${monthNumber} AS month, count(*) AS all_sales, count(*) FILTER (price > 0) AS count, max(price) AS highest, sum(price) AS sum
     FROM sale WHERE ${where} GROUP BY month ORDER BY month`,
    values,
  );
  const dated = rows.filter(({ month }) => month !== null) as ((typeof rows)[number] & { month: number })[];
  const priced = dated.filter(({ count }) => count > 0);
  const [first, last] = [priced[0], priced.at(-1)];
  if (!first || !last) {
    throw new InvalidQuestion(
      'method',
      'No sale matches the filters, so there is no price index; relax the filters, or set period=all if all sales are outside the covered period.',
    );
  }
  const months = monthsIn[interval];
  const periodOfMonth = (month: number) => Math.floor(month / months);
  const counts = new Array<number>(periodOfMonth(last.month) - periodOfMonth(first.month) + 1).fill(0);
  for (const { month, count } of priced) {
    const period = periodOfMonth(month) - periodOfMonth(first.month);
    counts[period] = (counts[period] as number) + count;
  }
  const skipped = start === 'first' ? 0 : wellFilled(counts, 12 / months).indexOf(true);
  const timeline: Timeline = {
    interval,
    firstMonth: (periodOfMonth(first.month) + skipped) * months,
    length: counts.length - skipped,
  };
  if (timeline.length > maxPeriods) {
    throw new InvalidQuestion(
      'interval',
      `The selected sales are from ${startOf(timeline, 0)} to after ${startOf(timeline, timeline.length - 1)}, which makes more than ${maxPeriods} periods; choose a longer interval, or set sold_from and sold_to.`,
    );
  }
  const sum = (of: typeof priced, name: 'all_sales' | 'count' | 'sum') => of.reduce((sum, row) => sum + row[name], 0);
  const used = priced.filter(({ month }) => month >= timeline.firstMonth);
  const [total, count] = [sum(priced, 'count'), sum(used, 'count')];
  const since = skipped === 0 ? '' : ` AND contract_date >= '${startOf(timeline, 0)}'`;
  return {
    sales: {
      db,
      where: `${where} AND contract_date IS NOT NULL AND price > 0${since}`,
      values,
      timeline,
      count,
      counts: counts.slice(skipped),
      highestPrice: used.reduce((highest, row) => Math.max(highest, row.highest), 0),
      meanPrice: sum(used, 'sum') / count,
    },
    total,
    before: total - count,
    leftOut: {
      'contract date missing': sum(rows as typeof dated, 'all_sales') - sum(dated, 'all_sales'),
      'no price': sum(dated, 'all_sales') - total,
    },
  };
}

/**
 * SQL: a hash of some columns. Grouping and joining by it takes half the time of comparing names. The probability that two of a million different values have
 * the same hash is one in thirty million.
 */
export function keyOf(columns: readonly string[]): string {
  return `hash(${columns.join(', ')})`;
}

/** The sales that also match an SQL condition. */
export function restricted(sales: Sales, condition: string): Sales {
  return { ...sales, where: `${sales.where} AND ${condition}` };
}

/**
 * A sample of about `max` sales, if there are more. It has all sales of each sampled property, so that pairs stay together. Properties are selected by the
 * keys of their sales in the source, because ids depend on the order of imports.
 */
export function sampled(sales: Sales, max: number): Sales {
  const each = Math.ceil(sales.count / max);
  if (each === 1) return sales;
  return restricted(
    sales,
    `property_id IN (SELECT property_id FROM sale GROUP BY property_id HAVING min(hash(key)) % ${each} = 0)`,
  );
}

/** The sales up to and including a period. */
export function upTo(sales: Sales, period: number): Sales {
  return restricted(sales, `${periodOf(sales.timeline)} <= ${period}`);
}

import type { Connection, Values } from '../connection.ts';
import { InvalidQuestion } from '../errors.ts';
import type { Selection } from '../filters.ts';
import { type Interval, monthOf, monthsIn, periodOf, startOf, type Timeline } from './timeline.ts';

/** The sales that indices are computed from: those of a selection with a contract date and a positive price. */
export interface Sales {
  db: Connection;
  /** SQL condition on the table `sale`, and the values that it binds. */
  where: string;
  values: Values;
  timeline: Timeline;
  count: number;
  highestPrice: number;
  meanPrice: number;
}

/** With more periods, the equations take seconds, and either some dates are wrong or the interval is too short. */
const maxPeriods = 600;

/**
 * The sales of a selection and their timeline.
 * @throws InvalidQuestion if there are no such sales, or if they span more than 600 periods
 */
export async function readSales(
  db: Connection,
  { where, values }: Selection,
  interval: Interval,
): Promise<{ sales: Sales; leftOut: Record<string, number> }> {
  const seen = await db.row<{
    all_sales: number;
    dated: number;
    count: number;
    first: string;
    last: string;
    highest: number;
    mean: number;
  }>(
    // One expression gives the day of sales with a price. A FILTER for each aggregate takes half as long again.
    `SELECT count(*) AS all_sales, count(contract_date) AS dated, count(day) AS count, min(day) AS first, max(day) AS last, max(price) AS highest,
       avg(price) AS mean
     FROM (SELECT contract_date, price, CASE WHEN price > 0 THEN contract_date END AS day FROM sale WHERE ${where})`,
    values,
  );
  if (seen.count === 0) {
    throw new InvalidQuestion('method', 'No sale matches the filters, so there is no price index; relax the filters.');
  }
  const months = monthsIn[interval];
  const firstMonth = Math.floor(monthOf(seen.first) / months) * months;
  const timeline = { interval, firstMonth, length: Math.floor((monthOf(seen.last) - firstMonth) / months) + 1 };
  if (timeline.length > maxPeriods) {
    throw new InvalidQuestion(
      'interval',
      `The selected sales are from ${startOf(timeline, 0)} to after ${startOf(timeline, timeline.length - 1)}, which makes more than ${maxPeriods} periods; choose a longer interval, or set sold_from and sold_to.`,
    );
  }
  return {
    sales: {
      db,
      where: `${where} AND contract_date IS NOT NULL AND price > 0`,
      values,
      timeline,
      count: seen.count,
      highestPrice: seen.highest,
      meanPrice: seen.mean,
    },
    leftOut: { 'contract date missing': seen.all_sales - seen.dated, 'no price': seen.dated - seen.count },
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

/** A sample of about `max` sales, if there are more. It has all sales of each sampled property, so that pairs stay together. */
export function sampled(sales: Sales, max: number): Sales {
  const each = Math.ceil(sales.count / max);
  return each === 1 ? sales : restricted(sales, `hash(property_id) % ${each} = 0`);
}

/** The sales up to and including a period. */
export function upTo(sales: Sales, period: number): Sales {
  return restricted(sales, `${periodOf(sales.timeline)} <= ${period}`);
}

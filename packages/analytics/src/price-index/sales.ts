import type { Connection, Values } from '../connection.ts';
import { InvalidQuestion } from '../errors.ts';
import type { Selection } from '../filters.ts';
import { type Interval, monthOf, monthsIn, periodOf, startOf, type Timeline } from './timeline.ts';

/** The sales that indices are made from: those of a selection that have a contract date and a positive price. */
export interface Sales {
  db: Connection;
  /** SQL condition on the table `sale`, and what it binds. */
  where: string;
  values: Values;
  timeline: Timeline;
  count: number;
  highestPrice: number;
  meanPrice: number;
}

/** More than anybody can use, and equations of more unknowns take seconds: some dates must be far off, or the interval too short. */
const maxPeriods = 600;

/**
 * Looks over a selection.
 * @throws InvalidQuestion if it has no such sales, or spans more than 600 periods
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
    // The day of those with a price is told once: a FILTER for each aggregate takes half as long again.
    `SELECT count(*) AS all_sales, count(contract_date) AS dated, count(day) AS count, min(day) AS first, max(day) AS last, max(price) AS highest,
       avg(price) AS mean
     FROM (SELECT contract_date, price, CASE WHEN price > 0 THEN contract_date END AS day FROM sale WHERE ${where})`,
    values,
  );
  if (seen.count === 0) {
    throw new InvalidQuestion('method', 'No sale fits the filters, so that there is no price index; widen them.');
  }
  const months = monthsIn[interval];
  const firstMonth = Math.floor(monthOf(seen.first) / months) * months;
  const timeline = { interval, firstMonth, length: Math.floor((monthOf(seen.last) - firstMonth) / months) + 1 };
  if (timeline.length > maxPeriods) {
    throw new InvalidQuestion(
      'interval',
      `The sales asked for are from ${startOf(timeline, 0)} to after ${startOf(timeline, timeline.length - 1)}, which makes more than ${maxPeriods} periods; choose a longer interval, or set sold_from and sold_to.`,
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
 * SQL for a number that stands for what some columns of a sale say, to group and join by in half the time of comparing names. Of a million different
 * ones two would share a number once in thirty million times.
 */
export function keyOf(columns: readonly string[]): string {
  return `hash(${columns.join(', ')})`;
}

/** Those sales that also fit an SQL condition. */
export function restricted(sales: Sales, condition: string): Sales {
  return { ...sales, where: `${sales.where} AND ${condition}` };
}

/** About `most` of them, if there are more: all sales of every so many-th property, so that pairs stay together. */
export function sampled(sales: Sales, most: number): Sales {
  const each = Math.ceil(sales.count / most);
  return each === 1 ? sales : restricted(sales, `hash(property_id) % ${each} = 0`);
}

/** Those up to and including a period. */
export function upTo(sales: Sales, period: number): Sales {
  return restricted(sales, `${periodOf(sales.timeline)} <= ${period}`);
}

import type { Values } from '../connection.ts';
import type { PairCell } from './bailey-muth-nourse.ts';
import { MissingData } from './missing-data.ts';
import type { Sales } from './sales.ts';
import { monthNumber, monthsIn, periodOf } from './timeline.ts';

export interface PairOptions {
  /** Each sale with the next one of its property, or every pair of its sales. */
  pairs: 'consecutive' | 'all';
  /** The minimum and the maximum number of months between the two contract dates. */
  minMonths: number;
  maxMonths?: number;
  /** The percentage of pairs left out at each end of the price ratios. */
  trim: number;
}

export interface Pairs {
  cells: PairCell[];
  leftOut: Record<string, number>;
}

/**
 * Pairs the sales of each property. Of several sales in one period, the one with the highest price is used, so that a pair is always of different periods.
 * @throws MissingData if there are no pairs
 */
export async function readPairs(sales: Sales, options: PairOptions): Promise<Pairs> {
  const { sql, values } = pairTable(sales, options);
  const rows = await sales.db.rows<PairCell & { fate: string }>(
    `${sql}
     SELECT fate, first, second, count(*) AS pairs, avg(log_ratio) AS meanLogRatio, var_pop(log_ratio) * count(*) AS squares,
       sum(first_price)::DOUBLE AS firstPrices, sum(second_price)::DOUBLE AS secondPrices, sum(first_price::DOUBLE ** 2) AS firstSquares,
       sum(first_price::DOUBLE * second_price) AS products, sum(second_price::DOUBLE ** 2) AS secondSquares
     FROM pair WHERE fate = 'kept' GROUP BY fate, first, second
     UNION ALL BY NAME SELECT fate, count(*) AS pairs FROM pair WHERE fate <> 'kept' GROUP BY fate
     UNION ALL BY NAME SELECT 'sales of properties sold once' AS fate, ${sales.count} - count(*) - count(*) FILTER (WHERE begins) AS pairs FROM step
     UNION ALL BY NAME SELECT 'sales of the same property and period' AS fate, count(*) AS pairs FROM step WHERE within_period
     ORDER BY first, second`,
    values,
  );
  const cells = rows.filter(({ fate }) => fate === 'kept').map(({ fate: _, ...cell }) => cell);
  if (cells.length === 0) {
    const { minMonths, maxMonths } = options;
    const apart = `at least ${minMonths}${maxMonths === undefined ? '' : ` and at most ${maxMonths}`} months apart`;
    throw new MissingData(`no selected property was sold twice in different periods, ${apart}`);
  }
  const others = rows.filter(({ fate, pairs }) => fate !== 'kept' && pairs > 0);
  return { cells, leftOut: Object.fromEntries(others.map(({ fate, pairs }) => [fate, pairs])) };
}

/**
 * SQL: the common table expressions `step`, each sale of a property with the next one, and `pair`, with the columns property_id, first and second
 * (periods), first_price, second_price, log_ratio, and fate (`kept`, or why the pair is left out).
 *
 * A sale is packed into one number: the period in the highest bits, then the price and the month within the period. Sorting one number instead of three
 * takes a third less time, and sorting takes most of the time of an index. So the last sale of a property in a period is the one with the highest price.
 */
export function pairTable(
  { where, timeline, highestPrice, values }: Sales,
  { pairs, minMonths, maxMonths, trim }: PairOptions,
): { sql: string; values: Values } {
  const months = monthsIn[timeline.interval];
  const bits = (number: number) => Math.ceil(Math.log2(number + 1));
  const monthBits = bits(months - 1);
  const priceBits = bits(highestPrice);
  const type = bits(timeline.length) + priceBits + monthBits <= 63 ? 'BIGINT' : 'HUGEINT';
  const period = (sold: string) => `(${sold} >> ${priceBits + monthBits})`;
  const price = (sold: string) => `((${sold} >> ${monthBits}) & ${2n ** BigInt(priceBits) - 1n})`;
  const month = (sold: string) => `(${period(sold)} * ${months} + (${sold} & ${2 ** monthBits - 1}))`;
  const gap = `${month('later')} - ${month('earlier')}`;
  const tooFar =
    maxMonths === undefined ? '' : `WHEN ${gap} > ${maxMonths} THEN 'pairs over ${maxMonths} months apart'`;
  const trimmed = trim
    ? `WHEN log_ratio NOT BETWEEN lowest AND highest THEN 'pairs among the ${trim} % of either end'`
    : '';
  return {
    values,
    sql: `WITH sold AS (
       SELECT property_id, (${periodOf(timeline)}::${type} << ${priceBits + monthBits}) | (price::${type} << ${monthBits})
         ${months === 1 ? '' : `| ((${monthNumber} - ${timeline.firstMonth}) % ${months})`} AS sold
       FROM sale WHERE ${where}
     ),
     step AS MATERIALIZED (
       SELECT property_id, sold AS earlier, next AS later, previous IS NULL AS begins, ${period('sold')} = ${period('next')} AS within_period
       FROM (SELECT property_id, sold, lead(sold) OVER property AS next, lag(sold) OVER property AS previous
         FROM sold WINDOW property AS (PARTITION BY property_id ORDER BY sold))
       WHERE next IS NOT NULL
     ),
     several AS (
       SELECT property_id, ${period('later')} AS period, max(later) AS highest FROM step WHERE within_period GROUP BY ALL
     ),
     consecutive AS (
       SELECT step.property_id, earlier, coalesce(highest, later) AS later
       FROM step LEFT JOIN several ON several.property_id = step.property_id AND several.period = ${period('later')}
       WHERE NOT within_period
     ),
     joined AS (
       ${
         pairs === 'consecutive'
           ? 'FROM consecutive'
           : // From the first sale of one step to the last of the same or a later step.
             `SELECT a.property_id, a.earlier, b.later FROM consecutive AS a JOIN consecutive AS b
              ON a.property_id = b.property_id AND a.earlier <= b.earlier`
       }
     ),
     measured AS (
       SELECT property_id, ${period('earlier')} AS first, ${period('later')} AS second, ${price('earlier')} AS first_price,
         ${price('later')} AS second_price, ln(second_price / first_price) AS log_ratio, ${gap} AS gap,
         CASE WHEN ${gap} < ${minMonths} THEN 'pairs under ${minMonths} months apart' ${tooFar} ELSE 'kept' END AS fate
       FROM joined
     ),
     ${
       trim
         ? `limits AS (
       SELECT quantile_cont(log_ratio, ${trim / 100}) AS lowest, quantile_cont(log_ratio, ${1 - trim / 100}) AS highest
       FROM measured WHERE fate = 'kept'
     ),
     pair AS (
       SELECT * EXCLUDE (fate), CASE WHEN fate <> 'kept' THEN fate ${trimmed} ELSE 'kept' END AS fate FROM measured, limits
     )`
         : 'pair AS (FROM measured)'
     }`,
  };
}

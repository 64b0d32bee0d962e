import type { PriceSummary } from './median.ts';
import type { Sales } from './sales.ts';
import { periodOf } from './timeline.ts';

/**
 * The prices of each period with sales, summed up: one pass over the sales into how often each price occurs, from which every order statistic follows
 * exactly.
 */
export function readPrices({ db, where, values, timeline }: Sales): Promise<PriceSummary[]> {
  return db.rows<PriceSummary>(
    `WITH price AS (
       SELECT ${periodOf(timeline)} AS period, price, count(*) AS times FROM sale WHERE ${where} GROUP BY ALL
     ),
     ranked AS (
       SELECT period, price, times, sum(times) OVER (PARTITION BY period ORDER BY price)::BIGINT AS rank,
         sum(times) OVER (PARTITION BY period)::BIGINT AS sales, sum(price * times) OVER (PARTITION BY period) / sales AS mean,
         floor((sales + 1 - 1.96 * sqrt(sales)) / 2) AS k
       FROM price
     )
     SELECT period, sales, mean, sqrt(sum(times * (price - mean) ** 2) / nullif(sales - 1, 0)) AS deviation,
       (min(price) FILTER (WHERE rank >= (sales + 1) // 2) + min(price) FILTER (WHERE rank >= sales // 2 + 1)) / 2 AS median,
       CASE WHEN k > 0 THEN min(price) FILTER (WHERE rank >= k) END AS lower,
       CASE WHEN k > 0 THEN min(price) FILTER (WHERE rank >= sales + 1 - k) END AS upper
     FROM ranked GROUP BY period, sales, mean, k ORDER BY period`,
    values,
  );
}

import type { PriceMean } from './mean.ts';
import type { PriceMedian } from './median.ts';
import type { Sales } from './sales.ts';
import { periodOf } from './timeline.ts';

/** The mean price of each period with sales. */
export function readMeans({ db, where, values, timeline }: Sales): Promise<PriceMean[]> {
  return db.rows<PriceMean>(
    `SELECT ${periodOf(timeline)} AS period, count(*) AS sales, avg(price) AS mean, stddev_samp(price) AS deviation
     FROM sale WHERE ${where} GROUP BY ALL ORDER BY period`,
    values,
  );
}

/**
 * The median price of each period with sales, and the prices that bound it. The sales are read twice: first to count the prices of each period in 256 bins,
 * then to sort the prices of the few bins that contain the required ranks. That takes a third of the time of sorting all. The width of the bins matters for
 * speed only: about fifty cover the mean, and the last one has all prices far above it.
 */
export function readMedians({ db, where, values, timeline, meanPrice }: Sales): Promise<PriceMedian[]> {
  const shift = Math.max(0, Math.floor(Math.log2(meanPrice / 32)));
  const sold = `SELECT ${periodOf(timeline)} AS period, price, least(price >> ${shift}, 255)::UTINYINT AS bin FROM sale WHERE ${where}`;
  return db.rows<PriceMedian>(
    `WITH bin AS (SELECT period, bin, count(*) AS count FROM (${sold}) GROUP BY ALL),
     ranked AS (
       SELECT period, bin, (sum(count) OVER (PARTITION BY period ORDER BY bin))::BIGINT AS upto, upto - count AS below,
         (sum(count) OVER (PARTITION BY period))::BIGINT AS sales, floor((sales + 1 - 1.96 * sqrt(sales)) / 2)::BIGINT AS k
       FROM bin
     ),
     middle AS (
       SELECT period, sales, k, min(bin) AS first, max(bin) AS last, min(below) AS below
       FROM ranked WHERE upto >= greatest(k, 1) AND below <= sales - greatest(k, 1) GROUP BY ALL
     ),
     sorted AS (
       SELECT period, list_sort(list(price)) AS prices FROM (${sold}) JOIN middle USING (period) WHERE bin BETWEEN first AND last GROUP BY period
     )
     SELECT period, sales, (prices[(sales + 1) // 2 - below] + prices[sales // 2 + 1 - below]) / 2 AS median,
       CASE WHEN k > 0 THEN prices[k - below] END AS lower, CASE WHEN k > 0 THEN prices[sales + 1 - k - below] END AS upper
     FROM middle JOIN sorted USING (period) ORDER BY period`,
    values,
  );
}

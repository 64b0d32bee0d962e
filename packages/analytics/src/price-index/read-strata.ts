import { quantiles } from '../statistics.ts';
import type { Sales } from './sales.ts';
import type { StratumCell } from './stratified-median.ts';
import { periodOf } from './timeline.ts';

/**
 * The medians of each stratum in each period with sales. A stratum has the sales of one dwelling type in places of one price group: the places (localities
 * of a region) are ranked, by type, by the median price of all their sales, and cut into groups of about as many sales each.
 */
export function readStrata({ db, where, values, timeline }: Sales, priceGroups: number): Promise<StratumCell[]> {
  return db.rows<StratumCell>(
    `WITH place AS (
       SELECT region, locality, type, count(*) AS sales, quantile_cont(price, 0.5) AS median FROM sale WHERE ${where} GROUP BY ALL
     ),
     ranked AS (
       SELECT region, locality, type, sum(sales) OVER (PARTITION BY type ORDER BY median, region, locality) AS upto,
         sum(sales) OVER (PARTITION BY type) AS total, floor((upto - sales / 2) / total * ${priceGroups})::INTEGER AS price_group
       FROM place
     ),
     grouped AS (
       SELECT region, locality, type, dense_rank() OVER (ORDER BY type, price_group) AS stratum FROM ranked
     )
     SELECT stratum, sold.type, period, count(*) AS sales, ${quantiles('price', [0.25, 0.5, 0.75], ['p25', 'median', 'p75'])}
     FROM (SELECT region, locality, type, ${periodOf(timeline)} AS period, price FROM sale WHERE ${where}) AS sold JOIN grouped ON sold.region IS NOT DISTINCT FROM grouped.region
       AND sold.locality IS NOT DISTINCT FROM grouped.locality AND sold.type IS NOT DISTINCT FROM grouped.type
     GROUP BY stratum, sold.type, period ORDER BY period, stratum`,
    values,
  );
}

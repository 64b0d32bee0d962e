import { quantiles } from '../statistics.ts';
import { keyOf, type Sales } from './sales.ts';
import type { StratumCell } from './stratified-median.ts';
import { periodOf } from './timeline.ts';

const place = keyOf(['region', 'locality', 'type']);

/**
 * The medians of each stratum in each period with sales. A stratum has the sales of one dwelling type in places of one price group. For each type, the places
 * (localities of a region) are ranked by the median price of all their sales, and split into groups with about equal numbers of sales.
 */
export function readStrata({ db, where, values, timeline }: Sales, priceGroups: number): Promise<StratumCell[]> {
  return db.rows<StratumCell>(
    `WITH place AS (
       SELECT ${place} AS place, any_value(region) AS region, any_value(locality) AS locality, any_value(type) AS type, count(*) AS sales,
         quantile_cont(price, 0.5) AS median
       FROM sale WHERE ${where} GROUP BY ALL
     ),
     ranked AS (
       SELECT place, type, sum(sales) OVER (PARTITION BY type ORDER BY median, region, locality) AS upto,
         sum(sales) OVER (PARTITION BY type) AS total, floor((upto - sales / 2) / total * ${priceGroups})::INTEGER AS price_group
       FROM place
     ),
     grouped AS (
       SELECT place, type, dense_rank() OVER (ORDER BY type, price_group) AS stratum FROM ranked
     )
     SELECT stratum, any_value(type) AS type, period, count(*) AS sales, ${quantiles('price', [0.25, 0.5, 0.75], ['p25', 'median', 'p75'])}
     FROM (SELECT ${place} AS place, ${periodOf(timeline)} AS period, price FROM sale WHERE ${where}) JOIN grouped USING (place)
     GROUP BY stratum, period ORDER BY period, stratum`,
    values,
  );
}

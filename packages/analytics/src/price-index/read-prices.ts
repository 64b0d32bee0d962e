import { readMedians } from '../support.ts';
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

/** The median price of each period with sales, and its interval. */
export function readMediansByPeriod({ db, where, values, timeline, meanPrice }: Sales): Promise<PriceMedian[]> {
  return readMedians<{ period: number }>(db, { groups: { period: periodOf(timeline) }, where, values, meanPrice });
}

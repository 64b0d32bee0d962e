/** What the minimum spread of outliers was chosen by, on real sales: the table of docs/methods.md. */
import { describe, expect, test } from 'vitest';
import { type RealMarket, realMarket, withoutFiles } from '../valuation/real-markets.ts';

const minSpreads = [0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.4];

/**
 * The errors planted, and by minimum spread the outliers beyond five spreads, the planted errors among them, and the sales of estates with a spread below 0.05
 * among the first fifty.
 */
const markets = {
  nsw: {
    planted: 142,
    found: [
      [2681, 126, 12],
      [2686, 126, 10],
      [2670, 126, 2],
      [2598, 126, 0],
      [2350, 126, 0],
      [1974, 126, 0],
      [761, 108, 0],
    ],
  },
  singapore: {
    planted: 80,
    found: [
      [119, 80, 0],
      [119, 80, 0],
      [117, 80, 0],
      [113, 80, 0],
      [111, 80, 0],
      [86, 80, 0],
      [77, 77, 0],
    ],
  },
  reading: {
    planted: 24,
    found: [
      [35, 9, 0],
      [35, 9, 0],
      [35, 9, 0],
      [33, 9, 0],
      [31, 9, 0],
      [30, 9, 0],
      [16, 8, 0],
    ],
  },
} satisfies Partial<Record<RealMarket, { planted: number; found: [number, number, number][] }>>;

describe.each(Object.keys(markets) as (keyof typeof markets)[])('the minimum spread, in %s', (name) => {
  test.skipIf(withoutFiles(name))('finds the errors planted, as documented', { timeout: 900_000 }, async () => {
    const store = await realMarket(name);
    // A zero is added to, or missing in, one price of a thousand.
    const rows = await store.read((db) =>
      db.rows<{ planted: number; outliers: number; found: number; equal: number }>(
        `WITH sold AS MATERIALIZED (
           SELECT id, hash(key, 7) % 1000 = 0 AS planted, locality, region, type,
             ln(CASE WHEN NOT planted THEN price WHEN hash(key, 8) % 2 = 0 THEN price * 10 ELSE price / 10 END) AS log_price
           FROM sale WHERE is_standard AND locality IS NOT NULL
         ),
         typical AS (
           SELECT locality, region, type, quantile_cont(log_price, 0.5) AS center, 1.4826 * mad(log_price) AS spread
           FROM sold GROUP BY ALL HAVING count(*) >= 20
         ),
         compared AS (
           SELECT minimum, planted, spread, abs(log_price - center) / greatest(spread, minimum) AS deviation,
             row_number() OVER (PARTITION BY minimum ORDER BY deviation DESC, id) AS position
           FROM sold JOIN typical ON sold.locality = typical.locality AND sold.region IS NOT DISTINCT FROM typical.region
             AND sold.type IS NOT DISTINCT FROM typical.type, (SELECT unnest([${minSpreads}]) AS minimum)
           WHERE greatest(spread, minimum) > 0
         )
         SELECT count(*) FILTER (planted) AS planted, count(*) FILTER (deviation > 5) AS outliers, count(*) FILTER (deviation > 5 AND planted) AS found,
           count(*) FILTER (position <= 50 AND spread < 0.05) AS equal
         FROM compared GROUP BY minimum ORDER BY minimum`,
      ),
    );
    expect(rows.map(({ outliers, found, equal }) => [outliers, found, equal])).toEqual(markets[name].found);
    expect(rows.at(-1)?.planted).toBe(markets[name].planted);
  });
});

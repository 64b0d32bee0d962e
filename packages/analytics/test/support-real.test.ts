/** What the thresholds of support mean, and whether chance moves medians as often as their intervals promise, on real sales: the tables of docs/methods.md. */
import { describe, expect, test } from 'vitest';
import { changeColumns } from '../src/statistics.ts';
import { withMedians } from '../src/support.ts';
import { type RealMarket, realMarket, withoutFiles } from './valuation/real-markets.ts';

/** In percent, by the number of sales that a median is of: the error that nine of ten medians stay within. Those of NSW suggested the thresholds. */
const markets = {
  nsw: { files: /2024(0[1-9])\d+\.zip/, within: { 5: 24.6, 10: 16.8, 20: 12.4, 30: 9.3, 50: 8.8, 100: 4.7 } },
  singapore: { files: /csv/, within: { 5: 8.6, 10: 5.8, 20: 4.4, 30: 3.5, 50: 2.6, 100: 2.0 } },
  reading: { files: /csv/, within: { 5: 12.2, 10: 9.3, 20: 7.2, 30: 6.0, 50: 4.3, 100: 3.1 } },
} as const satisfies Partial<Record<RealMarket, { files: RegExp; within: Record<number, number> }>>;

const names = Object.keys(markets) as (keyof typeof markets)[];

describe.each(names)('medians of %s', (name) => {
  test.skipIf(withoutFiles(name))(
    'are as near to those of all sales as documented, and move by chance as rarely',
    async () => {
      const store = await realMarket(name, markets[name].files);
      const group = 'region, locality, type, year(contract_date)';
      const sizes = Object.keys(markets[name].within).join(', ');
      // The medians of a few sales of a place, type and year, chosen by hash, compared with those of all of them, which are at least 200.
      const errors = await store.read((db) =>
        db.rows<{ size: keyof (typeof markets)['nsw']['within']; within: number }>(
          `WITH sold AS (
           SELECT hash(${group}) AS place, price, row_number() OVER (PARTITION BY ${group} ORDER BY hash(id)) AS position,
             count(*) OVER (PARTITION BY ${group}) AS sales
           FROM sale WHERE non_standard IS NULL
         ),
         whole AS (SELECT place, quantile_cont(price, 0.5) AS median FROM sold WHERE sales >= 200 GROUP BY place),
         few AS (
           SELECT size, place, list(price) AS prices FROM sold, (SELECT unnest([${sizes}]) AS size)
           WHERE position <= size GROUP BY ALL
         )
         SELECT size, round(100 * quantile_cont(abs(prices_median / median - 1), 0.9), 1) AS within
         FROM (${withMedians('FROM few', ['prices'])}) JOIN whole USING (place) GROUP BY size`,
        ),
      );
      for (const { size, within } of errors) {
        // Rules of what is standard change the sales a little.
        const documented = markets[name].within[size];
        expect(Math.abs(within / documented - 1), `${size} sales: ${within} %`).toBeLessThan(0.15);
      }
      // Two halves of the sales of one place, type and year differ by chance alone.
      const { halves, clear } = await store.read((db) =>
        db.row<{ halves: number; clear: number }>(
          `SELECT count(change_lower) AS halves, count(*) FILTER (WHERE change_lower > 0 OR change_upper < 0) AS clear
         FROM (SELECT ${changeColumns('one', 'other', 'true')} FROM (${withMedians(
           `SELECT list(price) FILTER (hash(id, 1) % 2 = 0) AS one, list(price) FILTER (hash(id, 1) % 2 = 1) AS other
            FROM sale WHERE is_standard GROUP BY ${group}`,
           ['one', 'other'],
         )})
         ) WHERE least(change_sales, change_sales_before) >= 30`,
        ),
      );
      expect(halves).toBeGreaterThan(100);
      expect(clear / halves).toBeLessThan(0.05);
    },
  );
});

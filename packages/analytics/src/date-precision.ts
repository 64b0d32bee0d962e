/** Registers that state the quarter or the year of a contract, and not its day: imports read it as the first day. */
import type { Connection } from './connection.ts';
import { InvalidQuestion } from './errors.ts';
import { ofVersion } from './market.ts';

/** Fewer sales may be on first days of quarters by chance. */
const minSales = 100;

/** @throws InvalidQuestion for an interval that is shorter than what the contract dates of the market state */
export async function assertPrecision(db: Connection, interval: string): Promise<void> {
  if (interval === 'year') return;
  const { sales, quarterly, yearly } = await ofVersion(db, 'precision', () =>
    db.row<{ sales: number; quarterly: boolean; yearly: boolean }>(
      `SELECT coalesce(sum(sales), 0) AS sales, coalesce(bool_and(day(first) = 1 AND month(first) % 3 = 1), false) AS quarterly,
         coalesce(bool_and(dayofyear(first) = 1), false) AS yearly
       FROM (
         SELECT DATE '1970-01-01' + contracted AS first, sum(sales) AS sales FROM arrival WHERE contracted IS NOT NULL
         GROUP BY ALL HAVING sum(sales) > 0
       )`,
    ),
  );
  if (sales < minSales) return;
  if (yearly) {
    throw new InvalidQuestion(
      'interval',
      'The register states the years of contracts, and not their months; choose interval=year.',
    );
  }
  if (quarterly && interval === 'month') {
    throw new InvalidQuestion(
      'interval',
      'The register states the quarters of contracts, and not their months; choose interval=quarter or interval=year.',
    );
  }
}

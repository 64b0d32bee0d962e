/** Registers that state the quarter of a contract, and not its day: imports read it as the first day of the quarter. */
import type { Connection } from './connection.ts';
import { InvalidQuestion } from './errors.ts';
import { position } from './market.ts';

/** Fewer sales may be on first days of quarters by chance. */
const minSales = 100;

/** @throws InvalidQuestion for months, if every contract date of the market is the first day of a quarter */
export async function assertPrecision(db: Connection, interval: string): Promise<void> {
  if (interval !== 'month') return;
  const { reached, market } = await position(db);
  const { sales, quarterly } = await db.memo.get(`precision ${JSON.stringify([market.id, reached])}`, () =>
    db.row<{ sales: number; quarterly: boolean }>(
      `SELECT coalesce(sum(sales), 0) AS sales, coalesce(bool_and(day(first) = 1 AND month(first) % 3 = 1), false) AS quarterly
       FROM (
         SELECT DATE '1970-01-01' + contracted AS first, sum(sales) AS sales FROM arrival WHERE contracted IS NOT NULL
         GROUP BY ALL HAVING sum(sales) > 0
       )`,
    ),
  );
  if (sales >= minSales && quarterly) {
    throw new InvalidQuestion(
      'interval',
      'The register states the quarters of contracts, and not their months; choose interval=quarter or interval=year.',
    );
  }
}

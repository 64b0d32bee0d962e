/** Estimates of all sales of a month from earlier sales, to measure how good estimates are. */
import type { Connection } from '../connection.ts';
import { monthOf } from '../price-index/timeline.ts';
import { type Closest, type Confidence, closestRelation, confidenceOf, maxCandidates, rangeOf } from './calibrate.ts';
import { readCandidates } from './candidates.ts';
import { minNearby } from './compared.ts';
import { valued } from './estimate-value.ts';
import { firstDay, type MarketValuation, salesBefore, valuationsOfMonths } from './market-valuation.ts';
import { typicalSimilarity } from './similarity.ts';
import { building, type Subject, subjectColumns } from './subject.ts';

/** A sale and its estimate. Without held-out sales, there is no range. */
export interface Backtested {
  id: number;
  month: string;
  price: number;
  estimate: number;
  low: number | null;
  high: number | null;
  type: string | null;
  /** The closest relation of its comparables. */
  relation: Closest;
  /** The confidence in the estimate. */
  level: Confidence;
}

/** Subjects whose candidates are read at once. */
const batch = 500;

/**
 * Values each standard sale of some months, as described by the sale, from the sales before its month.
 * @param from the first month, such as 2016-08
 * @param to the last month
 * @param types those of the sales; all if empty
 * @param onMonth is called with the sales of each month
 */
export async function backtest(
  db: Connection,
  from: string,
  to: string,
  types: string[],
  onMonth: (sales: Backtested[]) => void = () => {},
): Promise<Backtested[]> {
  const all: Backtested[] = [];
  const [first, last] = [monthOf(from), monthOf(to)];
  const { where, values } = salesBefore(firstDay(last));
  for await (const { month, valuation } of valuationsOfMonths(db, where, values, first, last)) {
    const ofMonth = await valuedMonth(db, valuation, firstDay(month), types);
    onMonth(ofMonth);
    all.push(...ofMonth);
  }
  return all;
}

async function valuedMonth(
  db: Connection,
  { model, calibration }: MarketValuation,
  month: string,
  types: string[],
): Promise<Backtested[]> {
  const similarity = calibration?.similarity ?? typicalSimilarity(model);
  const { where, values } = salesBefore(month);
  const sold = `SELECT id AS n, price, ${subjectColumns.join(', ')}, ${building} AS building, $before::DATE AS day FROM sale
    WHERE is_standard AND price > 0 AND contract_date >= $before::DATE AND contract_date < $before::DATE + INTERVAL 1 MONTH
      ${types.length > 0 ? `AND type IN ('${types.join("', '")}')` : ''}`;
  const subjects = await db.rows<Subject & { n: number; price: number; day: string }>(`${sold} ORDER BY id`, values);
  const found: Backtested[] = [];
  for (let first = 0; first < subjects.length; first += batch) {
    const some = subjects.slice(first, first + batch);
    const those = (of: typeof some) => `SELECT * FROM (${sold}) WHERE n IN (${of.map(({ n }) => n).join(', ')})`;
    const near = await readCandidates(db, those(some), where, values, maxCandidates);
    const few = some.filter(({ n }) => (near.get(n)?.length ?? 0) < minNearby);
    const far = few.length > 0 ? await readCandidates(db, those(few), where, values, maxCandidates, true) : near;
    for (const { n, price, day: _, ...subject } of some) {
      await db.pause();
      const value = valued(model, similarity, far.get(n) ?? near.get(n) ?? [], subject);
      const ends = calibration && rangeOf(calibration, value, subject);
      found.push({
        id: n,
        month: month.slice(0, 7),
        price,
        estimate: Math.exp(value.logarithm),
        low: ends && Math.exp(ends.low),
        high: ends && Math.exp(ends.high),
        type: subject.type,
        relation: closestRelation(value),
        level: calibration ? confidenceOf(calibration, value, subject).level : 'low',
      });
    }
  }
  return found;
}

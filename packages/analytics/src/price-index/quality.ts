/** The quality of an index: its volatility, its revisions by later sales, and its accuracy for sales that it does not include. */
import type { Pause } from '../connection.ts';
import { median } from '../statistics.ts';
import type { Level } from './estimate.ts';
import type { Method, Options, Prepared } from './methods.ts';
import { MissingData } from './missing-data.ts';
import { pairTable } from './read-pairs.ts';
import { restricted, type Sales } from './sales.ts';

export interface Volatility {
  /** Mean and median of the standard deviations of three consecutive changes, as fractions. */
  mean: number;
  median: number;
}

/** Standard deviation of the changes from period to period, over rolling windows of three. null without three consecutive changes. */
export function volatility(levels: Level[]): Volatility | null {
  const changes = levels.slice(1).map(({ index }, i) => {
    const before = levels[i]?.index ?? null;
    return index === null || before === null ? null : index / before - 1;
  });
  const deviations: number[] = [];
  for (let i = 2; i < changes.length; i++) {
    const three = changes.slice(i - 2, i + 1).filter((change) => change !== null);
    if (three.length < 3) continue;
    const mean = average(three);
    deviations.push(Math.sqrt(three.reduce((sum, change) => sum + (change - mean) ** 2, 0) / 2));
  }
  return deviations.length ? { mean: average(deviations), median: median(deviations) } : null;
}

export interface Revision {
  /** How many times the index was computed with one more period of sales. */
  vintages: number;
  /** Changes of earlier index numbers, as fractions: the mean, the mean of the absolute values, and their maximum. */
  mean: number;
  meanAbsolute: number;
  maxAbsolute: number;
  /** The mean absolute change of the latest index number. */
  latestMeanAbsolute: number;
}

const maxVintages = 12;

/** How much one more period of sales revises earlier index numbers, over the last twelve periods. null without two vintages. */
export async function revision(
  prepared: Prepared,
  periods: number,
  base: number,
  pause: Pause,
): Promise<Revision | null> {
  const changes: number[] = [];
  const latest: number[] = [];
  let vintages = 0;
  let before: Level[] | undefined;
  for (let last = Math.max(base + 1, periods - 1 - maxVintages); last < periods; last++) {
    const vintage = last === periods - 1 ? prepared : await prepared.upTo(last);
    await pause();
    const known = vintage.connected.some((group) => group.includes(base));
    const levels = known ? (await vintage.estimate(base)).levels : undefined;
    if (levels && before) {
      vintages++;
      for (const [period, { index }] of before.entries()) {
        const now = levels[period]?.index ?? null;
        if (index === null || now === null || period === base) continue;
        changes.push(now / index - 1);
        if (period === last - 1) latest.push(now / index - 1);
      }
    }
    before = levels;
  }
  if (changes.length === 0) return null;
  const sizes = changes.map(Math.abs);
  return {
    vintages,
    mean: average(changes),
    meanAbsolute: average(sizes),
    maxAbsolute: sizes.reduce((a, b) => Math.max(a, b)),
    latestMeanAbsolute: latest.length ? average(latest.map(Math.abs)) : 0,
  };
}

export interface Accuracy {
  /** The number of pairs whose later price was predicted, and the number of all pairs. */
  predicted: number;
  pairs: number;
  /** The error is predicted price / price − 1: the median and the mean of its absolute value, and its mean. */
  medianAbsolute: number | null;
  meanAbsolute: number | null;
  bias: number | null;
}

/** The number of parts of the cross-validation. */
const folds = 5;

/**
 * The errors of predicting the later price of each pair of sales from the earlier one, by cross-validation. Properties are split into five parts, and each
 * part is predicted by the index of the other four. All methods have the same pairs. A pair with a period without an index is not predicted.
 */
export async function accuracy(sales: Sales, methods: Method[], options: Options): Promise<Accuracy[]> {
  // By what was sold: ids depend on the order of imports.
  const fold = `md5_number_lower(min(key)) % ${folds}`;
  const others = (i: number) =>
    `property_id IN (SELECT property_id FROM sale GROUP BY property_id HAVING ${fold} <> ${i})`;
  const training = Array.from({ length: folds }, (_, i) => restricted(sales, others(i)));
  const columns: string[] = [];
  for (const [m, method] of methods.entries()) {
    const levels: string[] = [];
    for (const others of training) levels.push(`[${(await logarithms(others, method, options)).join(', ')}]`);
    const list = `([${levels.join(', ')}]::DOUBLE[][])[fold + 1]`;
    columns.push(`first_price * exp(${list}[second + 1] - ${list}[first + 1]) / second_price - 1 AS e${m}`);
  }
  const { sql, values } = pairTable(sales, options.pairs);
  const figures = await sales.db.row<Record<string, number | null>>(
    `${sql},
     predicted AS (SELECT ${columns.join(', ')} FROM pair JOIN (SELECT property_id, (${fold})::INTEGER AS fold FROM sale GROUP BY property_id) USING (property_id) WHERE fate = 'kept')
     SELECT count(*) AS pairs, ${methods
       .map(
         (_, m) =>
           `count(e${m}) AS predicted_${m}, quantile_cont(abs(e${m}), 0.5) AS median_${m}, avg(abs(e${m})) AS mean_${m}, avg(e${m}) AS bias_${m}`,
       )
       .join(', ')}
     FROM predicted`,
    values,
  );
  return methods.map((_, m) => ({
    predicted: figures[`predicted_${m}`] as number,
    pairs: figures.pairs as number,
    medianAbsolute: figures[`median_${m}`] as number | null,
    meanAbsolute: figures[`mean_${m}`] as number | null,
    bias: figures[`bias_${m}`] as number | null,
  }));
}

/** The logarithms of the index numbers, by period, as SQL. */
async function logarithms(sales: Sales, method: Method, options: Options): Promise<(number | 'NULL')[]> {
  const none = new Array<'NULL'>(sales.timeline.length).fill('NULL');
  try {
    const prepared = await method.prepare(sales, options);
    const base = prepared.connected[0]?.[0];
    if (base === undefined) return none;
    return (await prepared.estimate(base)).levels.map(({ index }) => (index === null ? 'NULL' : Math.log(index)));
  } catch (error) {
    if (error instanceof MissingData) return none;
    throw error;
  }
}

function average(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

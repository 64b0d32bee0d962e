/** How far an index can be trusted: does it jump about, does it change its mind, does it tell prices of sales it has not seen. */
import type { Pause } from '../connection.ts';
import { median } from '../statistics.ts';
import type { Level } from './estimate.ts';
import type { Method, Options, Prepared } from './methods.ts';
import { MissingData } from './missing-data.ts';
import { pairTable } from './read-pairs.ts';
import { restricted, type Sales } from './sales.ts';

export interface Volatility {
  /** Of the standard deviations of each three changes in a row, as fractions. */
  mean: number;
  median: number;
}

/** Standard deviation of the changes from period to period, over rolling windows of three. null without three changes in a row. */
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
  /** How many times the index was made with one more period of sales. */
  vintages: number;
  /** Of the changes that this made to index numbers given before, as fractions: their mean, mean size and greatest size. */
  mean: number;
  meanAbsolute: number;
  maxAbsolute: number;
  /** The mean size of the change to the number given last. */
  latestMeanAbsolute: number;
}

const maxVintages = 12;

/** What one more period of sales does to the numbers before it, over the last twelve times. null where there are no two vintages. */
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
  /** Pairs of sales whose later price was told from the earlier, of how many there are. */
  told: number;
  pairs: number;
  /** Of told price / price − 1: the median and the mean of the sizes, and the mean. */
  medianAbsolute: number | null;
  meanAbsolute: number | null;
  bias: number | null;
}

/** A fifth of the properties at a time is kept from the index that tells their prices. */
const folds = 5;

/**
 * Out-of-sample errors of prices carried forward: properties are dealt into five parts, and the price of each pair's later sale is told from the earlier by
 * the index of the sales in the four other parts. All methods tell the same pairs; those with a period that the index doesn't reach are not told.
 */
export async function accuracy(sales: Sales, methods: Method[], options: Options): Promise<Accuracy[]> {
  const fold = `hash(property_id) % ${folds}`;
  const training = Array.from({ length: folds }, (_, i) => restricted(sales, `${fold} <> ${i}`));
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
     told AS (SELECT ${columns.join(', ')} FROM (SELECT *, (${fold})::INTEGER AS fold FROM pair WHERE fate = 'kept'))
     SELECT count(*) AS pairs, ${methods
       .map(
         (_, m) =>
           `count(e${m}) AS told_${m}, quantile_cont(abs(e${m}), 0.5) AS median_${m}, avg(abs(e${m})) AS mean_${m}, avg(e${m}) AS bias_${m}`,
       )
       .join(', ')}
     FROM told`,
    values,
  );
  return methods.map((_, m) => ({
    told: figures[`told_${m}`] as number,
    pairs: figures.pairs as number,
    medianAbsolute: figures[`median_${m}`] as number | null,
    meanAbsolute: figures[`mean_${m}`] as number | null,
    bias: figures[`bias_${m}`] as number | null,
  }));
}

/** Of the index numbers, by period, in SQL. */
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

/** Which periods have enough sales to begin an index with, or to be its base: stray sales of earlier years are in periods that do not. */

/** The minimum share of a year's usual sales, and of the mean of the periods of the year. `docs/methods.md` has what they were chosen on. */
const minShareOfYear = 0.25;
const minShareOfPeriod = 0.5;

/**
 * Whether each period is well filled: the year that it begins or ends has at least a quarter of the sales of a usual year, and the period itself at least
 * half of the mean of that year's periods. The usual year is the one that begins with the period of the middle sale.
 * @param counts sales, or pairs of sales, by period
 * @param yearly the number of periods in a year
 */
export function wellFilled(counts: readonly number[], yearly: number): boolean[] {
  const upTo = [0];
  for (const count of counts) upTo.push((upTo.at(-1) as number) + count);
  const total = upTo.at(-1) as number;
  /** The sales of the year that begins with a period, as far as it is in the timeline. */
  const year = (first: number) => {
    const [from, to] = [Math.max(0, first), Math.min(first + yearly, counts.length)];
    return { sales: (upTo[to] as number) - (upTo[from] as number), periods: to - from };
  };
  const middle = upTo.findIndex((count) => 2 * count >= total) - 1;
  // A year that the timeline ends in has fewer periods.
  const usual = Math.max(year(middle).sales, year(middle - yearly + 1).sales);
  return counts.map((count, period) => {
    const best = [year(period), year(period - yearly + 1)].reduce((a, b) => (b.sales > a.sales ? b : a));
    return count > 0 && best.sales >= minShareOfYear * usual && count >= (minShareOfPeriod * best.sales) / best.periods;
  });
}

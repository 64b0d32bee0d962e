/** What a dwelling that is sold again sells for beyond the price model. */
import type { ModelSales } from './model-sales.ts';
import { heldFor } from './price-model.ts';

/** A residual beyond this many spreads counts as one at this distance. */
const maxSpreads = 3.5;

/**
 * What the later of two consecutive sales of a dwelling exceeds the earlier one by, relative to the model: homes that are sold again soon were often
 * improved. Each of the means counts as if 20 more pairs had shown no premium.
 */
export function premiumsOf({ month, property }: ModelSales, residuals: Float64Array, spread: number): number[] {
  const [sums, pairs] = [heldFor.map(() => 0), heldFor.map(() => 20)];
  const last = new Map<number, number>();
  for (let i = 0; i < residuals.length; i++) {
    const before = last.get(property[i] as number);
    last.set(property[i] as number, i);
    if (before === undefined) continue;
    const years = ((month[i] as number) - (month[before] as number)) / 12;
    const nearest = heldFor.reduce(
      (a, b, j) => (Math.abs(b - years) < Math.abs((heldFor[a] as number) - years) ? j : a),
      0,
    );
    const limit = maxSpreads * spread;
    sums[nearest] =
      (sums[nearest] as number) +
      Math.min(Math.max((residuals[i] as number) - (residuals[before] as number), -limit), limit);
    pairs[nearest] = (pairs[nearest] as number) + 1;
  }
  return sums.map((sum, j) => sum / (pairs[j] as number));
}

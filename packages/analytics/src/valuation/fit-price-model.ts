/**
 * Fits the price model of a market: a smooth monthly trend, the attributes of dwellings, and effects of places and categories, which are shrunk towards 0
 * where sales are few (Francke and Vos 2004, The Hierarchical Trend Model for Property Valuation and Local Price Indices, Journal of Real Estate Finance and
 * Economics 28: 179).
 */
import type { Pause } from '../connection.ts';
import { Factors, zeros } from '../price-index/linear.ts';
import { DesignRow, designOf } from './design.ts';
import { isCategory, levelsOf, trendedGroups } from './groups.ts';
import type { ModelSales } from './model-sales.ts';
import type { PriceModel } from './price-model.ts';
import { premiumsOf } from './resale-premiums.ts';
import { unknownEffects, varianceOf } from './unknown-effects.ts';

/** The number of sales that a change of the trend from month to month counts as. */
const smoothness = 20;
/** The number of sales that a change of what the trend of a type or locality deviates by counts as. */
const smoothnessOf = { type: 300, locality: 600 };
/** The number of sales that the mean of a place is shrunk by. */
const shrinkage = 4;
/** The years in which the weight of a sale falls to 1/e, except in the trend. */
const memory = 8;
const rounds = 12;
/** After so many rounds, deviations beyond `far` spreads are limited (Huber 1964), so that no few sales decide the model. */
const roundsOfLimits = 3;
const far = 2;

/**
 * Fits the model to the sales before a month, by ridge regressions of its parts in turn (backfitting: Buja, Hastie and Tibshirani 1989, Linear Smoothers and
 * Additive Models, Annals of Statistics 17: 453).
 */
export async function fitPriceModel(sales: ModelSales, before: number, pause: Pause): Promise<PriceModel> {
  const count = countBefore(sales.month, before);
  const design = designOf(sales, count);
  const { month, place } = sales;
  /** The logarithms of the prices, from which far deviations are taken. */
  const logarithm = Float64Array.from({ length: count }, (_, i) => sales.logarithm[i] as number);
  const firstMonth = month[0] as number;
  const months = before - firstMonth;
  const weight = Float64Array.from({ length: count }, (_, i) =>
    Math.exp(((month[i] as number) - before) / 12 / memory),
  );
  const levels = levelsOf(sales, count);
  const gram = zeros(design.size);
  const row = new DesignRow(design);
  for (let i = 0; i < count; i++) {
    if (i % 1000 === 0) await pause();
    row.read(i);
    for (let a = 0; a < row.length; a++) {
      const value = (weight[i] as number) * (row.values[a] as number);
      const ofRow = gram[row.columns[a] as number] as Float64Array;
      for (let b = 0; b < row.length; b++) {
        const column = row.columns[b] as number;
        ofRow[column] = (ofRow[column] as number) + value * (row.values[b] as number);
      }
    }
  }
  for (let c = 0; c < design.size; c++)
    (gram[c] as Float64Array)[c] = (gram[c]?.[c] as number) + (design.penalties[c] as number);
  const factors = new Factors(gram, new Float64Array(design.size));
  const sold = new Float64Array(months);
  let [mean, total] = [0, 0];
  for (let i = 0; i < count; i++) {
    const m = (month[i] as number) - firstMonth;
    sold[m] = (sold[m] as number) + 1;
    mean += (weight[i] as number) * (logarithm[i] as number);
    total += weight[i] as number;
  }
  mean /= total;
  let trend: Float64Array = new Float64Array(months);
  const trended = trendedGroups(design, levels, months);
  /** What all trends together add, by sale. */
  const byTrend = new Float64Array(count);
  const followTrend = () => {
    for (let i = 0; i < count; i++) {
      const m = (month[i] as number) - firstMonth;
      let sum = trend[m] as number;
      for (const { of, deviations } of trended) {
        const group = of[place[i] as number] as number;
        if (group >= 0) sum += deviations[group]?.[m] as number;
      }
      byTrend[i] = sum;
    }
  };
  let slopes: Float64Array = new Float64Array(design.size);
  const byAttributes = new Float64Array(count);
  const effects = levels.map(({ size }) => new Float64Array(size));
  const byPlace = (i: number, other?: number) => {
    let sum = 0;
    for (let q = 0; q < levels.length; q++) {
      const group = levels[q]?.of[place[i] as number] as number;
      if (q !== other && group >= 0) sum += effects[q]?.[group] as number;
    }
    return sum;
  };
  /** Of the prices as they are. */
  const remaining = () => {
    const residuals = Float64Array.from({ length: count }, (_, i) => {
      const fitted = mean + byPlace(i) + (byTrend[i] as number) + (byAttributes[i] as number);
      return (sales.logarithm[i] as number) - fitted;
    });
    return { residuals, spread: Math.max(1.4826 * quantile(residuals.map(Math.abs), 0.5), 0.01) };
  };
  for (let round = 0; round < rounds; round++) {
    if (round > 0 && round % roundsOfLimits === 0) {
      const { residuals, spread } = remaining();
      for (let i = 0; i < count; i++) {
        const residual = residuals[i] as number;
        const limited = Math.min(Math.max(residual, -far * spread), far * spread);
        logarithm[i] = (sales.logarithm[i] as number) - residual + limited;
      }
    }
    const sums = new Float64Array(months);
    for (let i = 0; i < count; i++) {
      const m = (month[i] as number) - firstMonth;
      const deviation = (byTrend[i] as number) - (trend[m] as number);
      sums[m] =
        (sums[m] as number) + (logarithm[i] as number) - mean - byPlace(i) - (byAttributes[i] as number) - deviation;
    }
    trend = smoothed(sums, sold, smoothness);
    followTrend();
    for (const { level, of, deviations } of trended) {
      await pause();
      const [sums, sold] = [
        deviations.map(() => new Float64Array(months)),
        deviations.map(() => new Float64Array(months)),
      ];
      for (let i = 0; i < count; i++) {
        const group = of[place[i] as number] as number;
        if (group < 0) continue;
        const m = (month[i] as number) - firstMonth;
        const others = (byTrend[i] as number) - (deviations[group]?.[m] as number);
        const [sum, number] = [sums[group] as Float64Array, sold[group] as Float64Array];
        sum[m] =
          (sum[m] as number) + (logarithm[i] as number) - mean - byPlace(i) - (byAttributes[i] as number) - others;
        number[m] = (number[m] as number) + 1;
      }
      for (let group = 0; group < deviations.length; group++) {
        deviations[group] = smoothed(sums[group] as Float64Array, sold[group] as Float64Array, smoothnessOf[level]);
      }
      followTrend();
    }
    const right = new Float64Array(design.size);
    for (let i = 0; i < count; i++) {
      if (i % 1000 === 0) await pause();
      const rest = (logarithm[i] as number) - mean - byPlace(i) - (byTrend[i] as number);
      row.read(i);
      for (let a = 0; a < row.length; a++) {
        const column = row.columns[a] as number;
        right[column] = (right[column] as number) + (weight[i] as number) * rest * (row.values[a] as number);
      }
    }
    slopes = factors.solve(right);
    for (let i = 0; i < count; i++) {
      if (i % 1000 === 0) await pause();
      row.read(i);
      let sum = 0;
      for (let a = 0; a < row.length; a++)
        sum += (row.values[a] as number) * (slopes[row.columns[a] as number] as number);
      byAttributes[i] = sum;
    }
    for (const [q, { of, size }] of levels.entries()) {
      await pause();
      const [sums, weights] = [new Float64Array(size), new Float64Array(size).fill(shrinkage)];
      for (let i = 0; i < count; i++) {
        const group = of[place[i] as number] as number;
        if (group < 0) continue;
        const rest = (logarithm[i] as number) - mean - byPlace(i, q) - (byTrend[i] as number);
        sums[group] = (sums[group] as number) + (weight[i] as number) * (rest - (byAttributes[i] as number));
        weights[group] = (weights[group] as number) + (weight[i] as number);
      }
      effects[q] = sums.map((sum, group) => sum / (weights[group] as number));
    }
  }
  const { residuals, spread } = remaining();
  // Deviations of trends are relative to the last month; what they are then is part of the effect of the type or locality.
  for (const { level, groups, deviations } of trended) {
    const effect =
      level === 'type'
        ? slopes.subarray(design.size - design.types.length)
        : (effects[levels.findIndex((each) => each.level === level)] as Float64Array);
    for (const [g, { group }] of groups.entries()) {
      const of = deviations[g] as Float64Array;
      const last = of[months - 1] as number;
      effect[group] = (effect[group] as number) + last;
      deviations[g] = of.map((deviation) => deviation - last);
    }
  }
  const groups = new Map(
    levels.map(({ level, names }, q) => [
      level,
      new Map(names.map((name, group) => [name, effects[q]?.[group] as number])),
    ]),
  );
  const terms = design.terms.map(({ column, of: _, ...term }) => ({
    ...term,
    slopes: [...slopes.subarray(column, column + 1 + term.bends.length)],
  }));
  const model: PriceModel = {
    timeline: { interval: 'month', firstMonth, length: months },
    last: months - 1,
    logarithms: [...trend],
    deviations: new Map(
      trended.map(({ level, groups, deviations }) => [
        level,
        new Map(groups.map(({ name }, g) => [name, [...(deviations[g] as Float64Array)]])),
      ]),
    ),
    level: (trend[months - 1] as number) + driftOf(trend),
    drift: driftOf(trend),
    mean,
    terms,
    types: new Map(design.types.map((type, t) => [type, slopes[design.size - design.types.length + t] as number])),
    unknown: new Map(),
    groups,
    premiums: premiumsOf(sales, residuals, spread),
    spread,
  };
  const unknown = unknownEffects(design, model, slopes);
  for (const [q, { level, of }] of levels.entries()) {
    if (!isCategory(level))
      unknown.set(level, { effect: 0, variance: varianceOf(effects[q] as Float64Array, of, place, count) });
  }
  return { ...model, unknown };
}

/** What a month adds to the trend on average over the last year, halved, because a rise does not always continue. */
function driftOf(trend: Float64Array): number {
  const last = trend.length - 1;
  const first = Math.max(0, last - 12);
  return last === first ? 0 : (0.5 * ((trend[last] as number) - (trend[first] as number))) / (last - first);
}

/** The means of the months, smoothed as a random walk. */
function smoothed(sums: Float64Array, sales: Float64Array, smoothness: number): Float64Array {
  const size = sums.length;
  const [factor, solution] = [new Float64Array(size), new Float64Array(size)];
  for (let m = 0; m < size; m++) {
    const neighbours = (m > 0 ? 1 : 0) + (m < size - 1 ? 1 : 0);
    const before = m > 0 ? smoothness * (factor[m - 1] as number) : 0;
    const pivot = (sales[m] as number) + smoothness * neighbours + 1e-6 - before;
    factor[m] = smoothness / pivot;
    solution[m] = ((sums[m] as number) + (m > 0 ? smoothness * (solution[m - 1] as number) : 0)) / pivot;
  }
  for (let m = size - 2; m >= 0; m--)
    solution[m] = (solution[m] as number) + (factor[m] as number) * (solution[m + 1] as number);
  return solution;
}

function countBefore(month: ArrayLike<number>, before: number): number {
  let [low, high] = [0, month.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((month[middle] as number) < before) low = middle + 1;
    else high = middle;
  }
  return low;
}

function quantile(values: Float64Array, share: number): number {
  return values.sort()[Math.floor(share * (values.length - 1))] ?? 0;
}

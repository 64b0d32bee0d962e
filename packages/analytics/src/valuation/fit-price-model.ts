/**
 * Fits the price model of a market: a smooth monthly trend, the attributes of dwellings, and effects of places and categories, which are shrunk towards 0
 * where sales are few (Francke and Vos 2004, The Hierarchical Trend Model for Property Valuation and Local Price Indices, Journal of Real Estate Finance and
 * Economics 28: 179).
 */
import type { Pause } from '../connection.ts';
import { type Measure, measures } from '../features.ts';
import { Factors, zeros } from '../price-index/linear.ts';
import { attributeKey, effectOf, type Term } from './attribute-effects.ts';
import type { ModelSales } from './model-sales.ts';
import {
  levels as allLevels,
  attributeEffect,
  type Dwelling,
  groupKey,
  heldFor,
  type Level,
  modelled,
  type PriceModel,
  placeLevels,
  type TrendLevel,
} from './price-model.ts';

/** An attribute is used for a type of which at least so many sales state it. */
const minStated = 50;

/** The shares of the sales between which the effect of an attribute may bend, and beyond the outer of which it is constant. */
const bends = [0.1, 0.3, 0.5, 0.7, 0.9];
const [lowest, highest] = [0.005, 0.995];

/** The number of sales that a change of the trend from month to month counts as. */
const smoothness = 20;
/** The number of sales that a change of what the trend of a type or locality deviates by counts as. */
const smoothnessOf = { type: 300, locality: 600 };
/** With fewer sales, a type or locality has no trend of its own. */
const minTrended = 300;
/** The number of sales that the mean of a place is shrunk by. */
const shrinkage = 4;
/** A place with fewer sales has no effect of its own: a country may have a million postcodes. */
const minInPlace = 5;
/** The years in which the weight of a sale falls to 1/e, except in the trend. */
const memory = 8;
const rounds = 12;
/** After so many rounds, deviations beyond `far` spreads are limited (Huber 1964), so that no few sales decide the model. */
const roundsOfLimits = 3;
const far = 2;

/** A residual beyond this many spreads counts as one at this distance. */
const maxSpreads = 3.5;

/** The part of `ModelSales` before a month, and what the columns of the design follow from. */
interface Design {
  sales: ModelSales;
  count: number;
  types: (string | null)[];
  /** By place. */
  typeOf: Int32Array;
  /** Each with its first column, and the index of its type; -1 for all. */
  terms: (Omit<Term, 'slopes'> & { column: number; of: number })[];
  /** The columns of values that sales of a type do not state. */
  unknown: { attribute: Measure; of: number; column: number }[];
  size: number;
  penalties: number[];
}

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

/** The columns of one sale in the design that are not 0. */
class DesignRow {
  readonly #design: Design;
  readonly columns: Int32Array;
  readonly values: Float64Array;
  length = 0;

  constructor(design: Design) {
    this.#design = design;
    this.columns = new Int32Array(design.size);
    this.values = new Float64Array(design.size);
  }

  read(i: number): void {
    const { sales, typeOf, terms, unknown, types, size } = this.#design;
    this.length = 0;
    const type = typeOf[sales.place[i] as number] as number;
    for (const term of terms) {
      if (term.of >= 0 && term.of !== type) continue;
      const value = sales.attributes[term.attribute][i] as number;
      if (Number.isNaN(value)) continue;
      const limited = Math.min(Math.max(value, term.low), term.high);
      this.#add(term.column, (limited - term.mean) / term.spread);
      for (let b = 0; b < term.bends.length; b++) {
        const beyond = limited - (term.bends[b] as number);
        if (beyond > 0) this.#add(term.column + 1 + b, beyond / term.spread);
      }
    }
    for (const { attribute, of, column } of unknown) {
      if (of === type && Number.isNaN(sales.attributes[attribute][i])) this.#add(column, 1);
    }
    this.#add(size - types.length + type, 1);
  }

  #add(column: number, value: number): void {
    this.columns[this.length] = column;
    this.values[this.length++] = value;
  }
}

function designOf(sales: ModelSales, count: number): Design {
  const { places, place, attributes } = sales;
  const types = [...new Set(places.map(({ type }) => type))];
  const typeOf = Int32Array.from(places, ({ type }) => types.indexOf(type));
  const terms: Design['terms'] = [];
  const unknown: Design['unknown'] = [];
  const penalties: number[] = [];
  for (const attribute of measures) {
    const stated: number[][] = types.map(() => []);
    const missing = types.map(() => false);
    for (let i = 0; i < count; i++) {
      const value = attributes[attribute][i] as number;
      const type = typeOf[place[i] as number] as number;
      if (Number.isNaN(value)) missing[type] = true;
      else stated[type]?.push(value);
    }
    const used = types.flatMap((_, t) => ((stated[t]?.length ?? 0) >= minStated ? [t] : []));
    if (used.length === 0) continue;
    // One effect for all types, and what it differs by from type to type, which is shrunk more.
    for (const of of used.length > 1 ? [-1, ...used] : [-1]) {
      const values = of < 0 ? stated.flat() : (stated[of] as number[]);
      const term = termOf(attribute, of < 0 ? null : (types[of] as string | null), values);
      if (!term) continue;
      terms.push({ ...term, of, column: penalties.length });
      penalties.push(of < 0 ? 1 : 3, ...term.bends.map(() => (of < 0 ? 3 : 10)));
    }
    for (const of of used) {
      if (!missing[of]) continue;
      unknown.push({ attribute, of, column: penalties.length });
      penalties.push(1);
    }
  }
  penalties.push(...types.map(() => 0.1));
  return { sales, count, types, typeOf, terms, unknown, size: penalties.length, penalties };
}

/** undefined if all values are alike */
function termOf(attribute: Measure, type: string | null, values: number[]): Omit<Term, 'slopes'> | undefined {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] as number;
  const [low, high] = [at(lowest), at(highest)];
  if (!(high > low)) return undefined;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length;
  const inner = [...new Set(bends.map(at))].filter((bend) => bend > low && bend < high);
  return { attribute, type, low, high, mean, spread: Math.sqrt(variance), bends: inner };
}

/** The effect is estimated from sales that do not state the attribute, else the mean of those that do. */
function unknownEffects(
  { sales, count, types, unknown }: Design,
  model: PriceModel,
  slopes: Float64Array,
): PriceModel['unknown'] {
  const sums = new Map<string, { sum: number; squares: number; sales: number }>();
  const add = (key: string, effect: number) => {
    const known = sums.get(key) ?? { sum: 0, squares: 0, sales: 0 };
    sums.set(key, { sum: known.sum + effect, squares: known.squares + effect ** 2, sales: known.sales + 1 });
  };
  const each = Math.max(1, Math.floor(count / 10_000));
  const used = new Set(model.terms.map(({ attribute }) => attribute));
  for (let i = count - 1; i >= 0; i -= each) {
    const place = sales.places[sales.place[i] as number] as ModelSales['places'][number];
    for (const attribute of used) {
      const value = sales.attributes[attribute][i] as number;
      if (Number.isNaN(value)) continue;
      add(attributeKey(attribute, place.type), effectOf(model.terms, attribute, place.type, value));
    }
    for (const category of modelled) {
      if (place[category] === null || !model.groups.has(category)) continue;
      add(attributeKey(category, place.type), attributeEffect(model, category, place as Dwelling));
    }
  }
  const effects: PriceModel['unknown'] = new Map(
    [...sums].map(([key, { sum, squares, sales }]) => {
      const effect = sum / sales;
      return [key, { effect, variance: Math.max(0, squares / sales - effect ** 2) }];
    }),
  );
  const set = (key: string, effect: number) => effects.set(key, { effect, variance: effects.get(key)?.variance ?? 0 });
  for (const { attribute, of, column } of unknown) {
    set(attributeKey(attribute, types[of] as string | null), slopes[column] as number);
  }
  for (const category of modelled) {
    const [of, byType] = [model.groups.get(category), model.groups.get(`${category} by type`)];
    for (const type of types) {
      const effect = [of?.get(''), byType?.get(`\n${type ?? ''}`)];
      if (effect.some((each) => each !== undefined)) {
        set(
          attributeKey(category, type),
          effect.reduce<number>((sum, each) => sum + (each ?? 0), 0),
        );
      }
    }
  }
  return effects;
}

/**
 * What the later of two consecutive sales of a dwelling exceeds the earlier one by, relative to the model: homes that are sold again soon were often
 * improved. Each of the means counts as if 20 more pairs had shown no premium.
 */
function premiumsOf({ month, property }: ModelSales, residuals: Float64Array, spread: number): number[] {
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

/** The variance of an effect over the sales that have one. */
function varianceOf(effects: Float64Array, of: Int32Array, place: ArrayLike<number>, count: number): number {
  let [sum, squares, sales] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const group = of[place[i] as number] as number;
    if (group < 0) continue;
    const effect = effects[group] as number;
    [sum, squares, sales] = [sum + effect, squares + effect ** 2, sales + 1];
  }
  return sales === 0 ? 0 : Math.max(0, squares / sales - (sum / sales) ** 2);
}

function isCategory(level: Level): boolean {
  return !(placeLevels as readonly Level[]).includes(level);
}

/** The names of one level that have enough sales, and their numbers by the index of place; -1 for the others. */
interface Grouped {
  level: Level;
  of: Int32Array;
  names: string[];
  size: number;
}

/** The levels by which sales differ. */
function levelsOf({ places, place }: ModelSales, count: number): Grouped[] {
  const inPlace = new Float64Array(places.length);
  for (let i = 0; i < count; i++) inPlace[place[i] as number] = (inPlace[place[i] as number] as number) + 1;
  return allLevels.flatMap((level) => {
    const keys = places.map((each) => groupKey(level, each as Dwelling));
    const sales = new Map<string, number>();
    for (const [p, key] of keys.entries()) {
      if (key !== null) sales.set(key, (sales.get(key) ?? 0) + (inPlace[p] as number));
    }
    const names = [...sales.keys()].filter((key) => (sales.get(key) as number) >= minInPlace);
    // In a market that does not state a category, it has no effect.
    if (isCategory(level) && !names.some((name) => !/^(\n|$)/.test(name))) return [];
    const index = new Map(names.map((name, i) => [name, i]));
    return [{ level, of: Int32Array.from(keys, (key) => index.get(key ?? '\0') ?? -1), names, size: names.length }];
  });
}

/** The types or localities with trends of their own. */
interface Trended {
  level: TrendLevel;
  /** By place; -1 without a trend of its own. */
  of: Int32Array;
  /** Each with its index among the effects of its level. */
  groups: { group: number; name: string }[];
  /** By group and month. */
  deviations: Float64Array[];
}

function trendedGroups(
  { sales: { place }, count, types, typeOf }: Design,
  levels: Grouped[],
  months: number,
): Trended[] {
  const locality = levels.find(({ level }) => level === 'locality');
  const all = [
    { level: 'type' as const, of: typeOf, names: types.map((type) => type ?? '') },
    ...(locality ? [{ level: 'locality' as const, of: locality.of, names: locality.names }] : []),
  ];
  return all.flatMap(({ level, of, names }) => {
    if (names.length < 2) return [];
    const sold = new Float64Array(names.length);
    for (let i = 0; i < count; i++) {
      const group = of[place[i] as number] as number;
      if (group >= 0) sold[group] = (sold[group] as number) + 1;
    }
    const groups = [...names.keys()].filter((group) => (sold[group] as number) >= minTrended);
    const index = new Map(groups.map((group, g) => [group, g]));
    return [
      {
        level,
        of: of.map((group) => index.get(group) ?? -1),
        groups: groups.map((group) => ({ group, name: names[group] as string })),
        deviations: groups.map(() => new Float64Array(months)),
      },
    ];
  });
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

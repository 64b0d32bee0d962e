/**
 * The price model of a market: a smooth monthly trend, the attributes of dwellings, and effects of places, which are shrunk towards 0 where sales are few
 * (Francke and Vos 2004, The Hierarchical Trend Model for Property Valuation and Local Price Indices, Journal of Real Estate Finance and Economics 28: 179).
 */
import type { Connection, Pause, Values } from '../connection.ts';
import { type Area, areas, type Feature, type Features, features } from '../features.ts';
import { Factors, zeros } from '../price-index/linear.ts';
import { readSales, type Sales, sampled } from '../price-index/sales.ts';
import { intervals, monthNumber, monthsIn, startOf, type Timeline } from '../price-index/timeline.ts';

/** The maximum age of sales of other dwellings, in years. */
export const comparableYears = 5;

/** The maximum age of sales, in years, for a dwelling's own earlier sales and for the trend. */
export const indexYears = 40;

/** With more sales, the model is no better and takes too long. */
const maxSales = 400_000;

/** The mean number of sales in a period from which sales are held out. With fewer, periods are longer. */
const salesPerPeriod = 100;

/** An attribute is used for a type of which at least so many sales state it. */
const minStated = 50;

/** The shares of the sales between which the effect of an attribute may bend, and beyond the outer of which it is constant. */
const bends = [0.1, 0.3, 0.5, 0.7, 0.9];
const [lowest, highest] = [0.005, 0.995];

/** The number of sales that a change of the trend from month to month counts as. */
const smoothness = 20;
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

/** Years between two sales of one dwelling at which the premium of the later one is estimated. */
const heldFor = [0.25, 0.75, 1.5, 3, 6, 12];

/** A residual beyond this many spreads counts as one at this distance. */
const maxSpreads = 3.5;

/** The effect of an attribute on the logarithm of the price, as a line that may bend. */
export interface Term {
  attribute: Feature;
  /** null if it applies to all types. */
  type: string | null;
  /** Values beyond these count as these. */
  low: number;
  high: number;
  mean: number;
  /** Standard deviation. */
  spread: number;
  bends: number[];
  /** Of the value, and of what it exceeds each bend by, in standard deviations. */
  slopes: number[];
}

/** Adjusts the price of a sale to another day and to another dwelling. */
export interface PriceModel {
  timeline: Timeline;
  /** The last month with sales that the model knows. */
  last: number;
  /** The logarithm of the trend by month, up to the last. */
  logarithms: number[];
  /** That of the month after the last, which prices are adjusted to. */
  level: number;
  mean: number;
  terms: Term[];
  /** By type. */
  types: Map<string | null, number>;
  /** What an attribute that is not known adds, by attribute and type, and the variance of what it adds where it is known. */
  unknown: Map<string, { effect: number; variance: number }>;
  localities: Map<string, number>;
  postcodes: Map<string, number>;
  /** What a later sale of a dwelling exceeds the earlier one by, at each of `heldFor`. */
  premiums: number[];
  /** The spread of the logarithms of prices about the model. */
  spread: number;
}

/** What the model takes from a dwelling. */
export interface Dwelling extends Features {
  type: string | null;
  region: string | null;
  locality: string | null;
  postcode: string | null;
}

/** The properties of a sale that its adjustment uses. */
export interface Sold extends Dwelling {
  /** The month of the contract date, counted from the year 0. */
  month: number;
  price: number;
}

/** Price models of the same sales at different times. */
export interface PriceModels {
  /** The periods from which sales are held out. */
  timeline: Timeline;
  /** The model from the sales before a month, counted from the year 0. */
  before(month: number): Promise<PriceModel>;
}

/** The sales of a market as columns, in the order of their contract dates. */
export interface ModelSales {
  /** Counted from the year 0. */
  month: ArrayLike<number>;
  /** The logarithm of the price. */
  logarithm: ArrayLike<number>;
  property: ArrayLike<number>;
  /** The index of its place and type. */
  place: ArrayLike<number>;
  /** NaN if it is not stated; areas as logarithms. */
  attributes: Record<Feature, ArrayLike<number>>;
  places: Pick<Dwelling, 'type' | 'region' | 'locality' | 'postcode'>[];
}

/**
 * @param where SQL condition for sales with a contract date and a price
 * @param yearly the recent number of sales in a year
 */
export async function priceModels(db: Connection, where: string, values: Values, yearly: number): Promise<PriceModels> {
  const interval = intervals.find((interval) => (yearly * monthsIn[interval]) / 12 >= salesPerPeriod) ?? 'year';
  const { sales } = await readSales(db, { where, unstated: {}, leftOut: 'false', values }, interval);
  const read = await readModelSales(sampled(sales, maxSales));
  const { timeline } = sales;
  const pause = () => db.pause();
  return {
    timeline,
    before: (month) => fitPriceModel(read, month, pause),
  };
}

async function readModelSales({ db, where, values }: Sales): Promise<ModelSales> {
  const named = ['type', 'region', 'locality', 'postcode'] as const;
  const places = await db.rows<ModelSales['places'][number]>(
    `SELECT DISTINCT ${named.join(', ')} FROM sale WHERE ${where} ORDER BY ${named.join(', ')}`,
    values,
  );
  const columnOf = (name: Feature) => (isArea(name) ? `CASE WHEN ${name} > 0 THEN ln(${name}) END` : name);
  // The order does not depend on that of imports.
  const columns = await db.columns<string>(
    `WITH place AS (
       SELECT row_number() OVER (ORDER BY ${named.join(', ')}) - 1 AS place, * FROM (SELECT DISTINCT ${named.join(', ')} FROM sale WHERE ${where}))
     SELECT ${monthNumber} AS month, ln(price) AS logarithm, property_id AS property, place,
       ${features.map((name) => `coalesce(${columnOf(name)}, 'NaN'::DOUBLE) AS ${name}`).join(', ')}
     FROM (SELECT * FROM sale WHERE ${where}) AS sale JOIN place ON ${named.map((name) => `sale.${name} IS NOT DISTINCT FROM place.${name}`).join(' AND ')}
     ORDER BY contract_date, key`,
    values,
  );
  const { month, logarithm, property, place, ...attributes } = columns as Record<string, Float64Array>;
  return { month, logarithm, property, place, attributes, places } as unknown as ModelSales;
}

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
  unknown: { attribute: Feature; of: number; column: number }[];
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
  const { month, place, places } = sales;
  /** The logarithms of the prices, from which far deviations are taken. */
  const logarithm = Float64Array.from({ length: count }, (_, i) => sales.logarithm[i] as number);
  const firstMonth = month[0] as number;
  const months = before - firstMonth;
  const weight = Float64Array.from({ length: count }, (_, i) =>
    Math.exp(((month[i] as number) - before) / 12 / memory),
  );
  const levels = [
    grouped(
      places.map(({ region, locality }) => (locality === null ? null : localityKey(region, locality))),
      place,
      count,
    ),
    grouped(
      places.map(({ postcode }) => postcode),
      place,
      count,
    ),
  ];
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
  const deviations = () => {
    const residuals = Float64Array.from({ length: count }, (_, i) => {
      const m = (month[i] as number) - firstMonth;
      const fitted = mean + byPlace(i) + (trend[m] as number) + (byAttributes[i] as number);
      return (sales.logarithm[i] as number) - fitted;
    });
    return { residuals, spread: Math.max(1.4826 * quantile(residuals.map(Math.abs), 0.5), 0.01) };
  };
  for (let round = 0; round < rounds; round++) {
    if (round > 0 && round % roundsOfLimits === 0) {
      const { residuals, spread } = deviations();
      for (let i = 0; i < count; i++) {
        const residual = residuals[i] as number;
        const limited = Math.min(Math.max(residual, -far * spread), far * spread);
        logarithm[i] = (sales.logarithm[i] as number) - residual + limited;
      }
    }
    const sums = new Float64Array(months);
    for (let i = 0; i < count; i++) {
      const m = (month[i] as number) - firstMonth;
      sums[m] = (sums[m] as number) + (logarithm[i] as number) - mean - byPlace(i) - (byAttributes[i] as number);
    }
    trend = smoothed(sums, sold);
    const right = new Float64Array(design.size);
    for (let i = 0; i < count; i++) {
      if (i % 1000 === 0) await pause();
      const rest = (logarithm[i] as number) - mean - byPlace(i) - (trend[(month[i] as number) - firstMonth] as number);
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
        const rest =
          (logarithm[i] as number) - mean - byPlace(i, q) - (trend[(month[i] as number) - firstMonth] as number);
        sums[group] = (sums[group] as number) + (weight[i] as number) * (rest - (byAttributes[i] as number));
        weights[group] = (weights[group] as number) + (weight[i] as number);
      }
      effects[q] = sums.map((sum, group) => sum / (weights[group] as number));
    }
  }
  const { residuals, spread } = deviations();
  const named = (q: number) =>
    new Map(
      (levels[q] as (typeof levels)[number]).names.map((name, group) => [
        name,
        (effects[q] as Float64Array)[group] as number,
      ]),
    );
  const terms = design.terms.map(({ column, of: _, ...term }) => ({
    ...term,
    slopes: [...slopes.subarray(column, column + 1 + term.bends.length)],
  }));
  return {
    timeline: { interval: 'month', firstMonth, length: months },
    last: months - 1,
    logarithms: [...trend],
    level: (trend[months - 1] as number) + driftOf(trend),
    mean,
    terms,
    types: new Map(design.types.map((type, t) => [type, slopes[design.size - design.types.length + t] as number])),
    unknown: unknownEffects(design, terms, slopes),
    localities: named(0),
    postcodes: named(1),
    premiums: premiumsOf(sales, residuals, spread),
    spread,
  };
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
  for (const attribute of features) {
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
function termOf(attribute: Feature, type: string | null, values: number[]): Omit<Term, 'slopes'> | undefined {
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
  { sales, count, types, typeOf, unknown }: Design,
  terms: Term[],
  slopes: Float64Array,
): PriceModel['unknown'] {
  const sums = new Map<string, { sum: number; squares: number; sales: number }>();
  const each = Math.max(1, Math.floor(count / 10_000));
  for (const attribute of new Set(terms.map((term) => term.attribute))) {
    for (let i = count - 1; i >= 0; i -= each) {
      const value = sales.attributes[attribute][i] as number;
      if (Number.isNaN(value)) continue;
      const type = types[typeOf[sales.place[i] as number] as number] as string | null;
      const key = attributeKey(attribute, type);
      const known = sums.get(key) ?? { sum: 0, squares: 0, sales: 0 };
      const effect = effectOf(terms, attribute, type, value);
      sums.set(key, { sum: known.sum + effect, squares: known.squares + effect ** 2, sales: known.sales + 1 });
    }
  }
  const effects: PriceModel['unknown'] = new Map(
    [...sums].map(([key, { sum, squares, sales }]) => {
      const effect = sum / sales;
      return [key, { effect, variance: Math.max(0, squares / sales - effect ** 2) }];
    }),
  );
  for (const { attribute, of, column } of unknown) {
    const key = attributeKey(attribute, types[of] as string | null);
    effects.set(key, { effect: slopes[column] as number, variance: effects.get(key)?.variance ?? 0 });
  }
  return effects;
}

/** @param value areas as logarithms */
function effectOf(terms: Term[], attribute: Feature, type: string | null, value: number): number {
  let sum = 0;
  for (const term of terms) {
    if (term.attribute !== attribute || (term.type !== null && term.type !== type)) continue;
    const limited = Math.min(Math.max(value, term.low), term.high);
    sum += ((limited - term.mean) / term.spread) * (term.slopes[0] as number);
    for (const [b, bend] of term.bends.entries()) {
      if (limited > bend) sum += ((limited - bend) / term.spread) * (term.slopes[b + 1] as number);
    }
  }
  return sum;
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

/** Interpolated between the years of `heldFor`. */
function premium({ premiums }: PriceModel, years: number): number {
  const next = heldFor.findIndex((at) => at > years);
  if (next === 0) return premiums[0] as number;
  if (next < 0) return premiums.at(-1) as number;
  const [from, to] = [heldFor[next - 1] as number, heldFor[next] as number];
  const share = (years - from) / (to - from);
  return (1 - share) * (premiums[next - 1] as number) + share * (premiums[next] as number);
}

/** What a month adds to the trend on average over the last year, halved, because a rise does not always continue. */
function driftOf(trend: Float64Array): number {
  const last = trend.length - 1;
  const first = Math.max(0, last - 12);
  return last === first ? 0 : (0.5 * ((trend[last] as number) - (trend[first] as number))) / (last - first);
}

/** The means of the months, smoothed as a random walk. */
function smoothed(sums: Float64Array, sales: Float64Array): Float64Array {
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

/** Numbers the places that have enough sales, by the index of place and type; -1 for the others. */
function grouped(
  keys: (string | null)[],
  place: ArrayLike<number>,
  count: number,
): { of: Int32Array; names: string[]; size: number } {
  const sales = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const key = keys[place[i] as number];
    if (typeof key === 'string') sales.set(key, (sales.get(key) ?? 0) + 1);
  }
  const names = [...sales.keys()].filter((key) => (sales.get(key) as number) >= minInPlace);
  const index = new Map(names.map((name, i) => [name, i]));
  return { of: Int32Array.from(keys, (key) => index.get(key ?? '') ?? -1), names, size: names.length };
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

function localityKey(region: string | null, locality: string): string {
  return `${locality}\n${region ?? ''}`;
}

function attributeKey(attribute: Feature, type: string | null): string {
  return `${attribute}\n${type ?? ''}`;
}

function isArea(attribute: Feature): boolean {
  return (areas as readonly Feature[]).includes(attribute);
}

/** An attribute as the model counts it: areas as logarithms. null if it is not known. */
export function measured(attribute: Feature, dwelling: Features): number | null {
  const value = dwelling[attribute];
  if (value === null || !isArea(attribute)) return value;
  return value > 0 ? Math.log(value) : null;
}

/** The attributes that the model has effects of. */
export function usedAttributes({ terms }: PriceModel): Feature[] {
  return [...new Set(terms.map(({ attribute }) => attribute))];
}

/** @param value as `measured` */
function attributeEffect(model: PriceModel, attribute: Feature, type: string | null, value: number | null): number {
  if (value !== null) return effectOf(model.terms, attribute, type, value);
  return model.unknown.get(attributeKey(attribute, type))?.effect ?? 0;
}

/** The variance of the logarithm of a price due to attributes that are not known. */
export function unknownVariance(model: PriceModel, dwelling: Dwelling): number {
  return usedAttributes(model)
    .filter((attribute) => measured(attribute, dwelling) === null)
    .reduce((sum, attribute) => sum + (model.unknown.get(attributeKey(attribute, dwelling.type))?.variance ?? 0), 0);
}

function placeEffect(model: PriceModel, { region, locality, postcode }: Dwelling): number {
  const ofLocality = locality === null ? 0 : (model.localities.get(localityKey(region, locality)) ?? 0);
  return ofLocality + (postcode === null ? 0 : (model.postcodes.get(postcode) ?? 0));
}

/** The month of a sale as an index of the trend. */
function monthIndex({ timeline, last }: PriceModel, month: number): number {
  return Math.min(Math.max(month - timeline.firstMonth, 0), last);
}

/** The logarithm of the price of a dwelling in the month after the model's last, by the model alone. */
export function modelLogarithm(model: PriceModel, dwelling: Dwelling): number {
  let sum = model.mean + model.level + (model.types.get(dwelling.type) ?? 0) + placeEffect(model, dwelling);
  for (const attribute of usedAttributes(model)) {
    sum += attributeEffect(model, attribute, dwelling.type, measured(attribute, dwelling));
  }
  return sum;
}

/** One step of the adjustment of a sale's price to the subject. */
export interface Adjustment {
  name: string;
  /** The month, attribute or place of the comparable, and of the subject. */
  from: string | number;
  to: string | number;
  /** The logarithm of the factor that the price is multiplied by. */
  logarithm: number;
}

/**
 * The steps from the price of a sale to that of the subject in the month after the model's last. Attributes that the subject does not state are not adjusted.
 * @param years between an earlier sale of the subject itself and the valuation; null if it is another dwelling
 */
export function adjustments(model: PriceModel, sale: Sold, subject: Dwelling, years: number | null): Adjustment[] {
  const month = monthIndex(model, sale.month);
  const steps: Adjustment[] = [
    {
      name: 'time',
      from: startOf(model.timeline, month),
      to: startOf(model.timeline, model.last + 1),
      logarithm: model.level - (model.logarithms[month] as number),
    },
  ];
  if (years !== null) {
    steps.push({ name: 'resale', from: digits(0), to: digits(years), logarithm: premium(model, years) });
  }
  for (const attribute of usedAttributes(model)) {
    const [from, to] = [measured(attribute, sale), measured(attribute, subject)];
    if (to === null || from === to) continue;
    const effect = (value: number | null) => attributeEffect(model, attribute, subject.type, value);
    steps.push({
      name: attribute,
      from: from === null ? 'not stated' : (sale[attribute] as number),
      to: subject[attribute] as number,
      logarithm: effect(to) - effect(from),
    });
  }
  const places = placeEffect(model, subject) - placeEffect(model, sale);
  if (places !== 0) {
    const name = ({ locality, postcode }: Dwelling) => [locality, postcode].filter(Boolean).join(' ');
    steps.push({ name: 'place', from: name(sale), to: name(subject), logarithm: places });
  }
  return steps;
}

function digits(years: number): number {
  return Number(years.toFixed(2));
}

/** What one more of an attribute adds to the logarithm of a price, between the first and the last bend; areas as logarithms. */
export function coefficientsOf(model: PriceModel, type: string | null): Record<string, number> {
  return Object.fromEntries(
    usedAttributes(model).flatMap((attribute) => {
      const term = model.terms.find((term) => term.attribute === attribute);
      if (!term) return [];
      const isBent = term.bends.length > 1;
      const [from, to] = isBent ? [term.bends[0] as number, term.bends.at(-1) as number] : [term.low, term.high];
      const slope =
        (effectOf(model.terms, attribute, type, to) - effectOf(model.terms, attribute, type, from)) / (to - from);
      return [[isArea(attribute) ? `log_${attribute as Area}` : attribute, slope]];
    }),
  );
}

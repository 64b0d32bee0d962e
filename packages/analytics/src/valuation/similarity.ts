/**
 * What sales have in common beyond the price model: the covariance of the deviations of two prices from it. Where deviations are alike, those of the
 * comparables state the deviation of the subject (Case, Clapp, Dubin and Rodriguez 2004, Modeling Spatial and Temporal House Price Patterns, Journal of Real
 * Estate Finance and Economics 29: 167). The weights are those of simple kriging (Cressie 1993, Statistics for Spatial Data, chapter 3).
 */
import { type Feature, type Features, isMeasure } from '../features.ts';
import { counted } from './attribute-effects.ts';
import { type PriceModel, usedAttributes } from './price-model.ts';

/** The places that two dwellings may have in common. */
const levels = ['locality', 'postcode', 'street', 'building', 'property'] as const;
type Level = (typeof levels)[number];

/** Variances are multiples of that of what a single sale deviates by, for reasons of its own. */
export interface Similarity {
  /** The variance that sales in one place have in common. */
  levels: Record<Level, number>;
  /** The variance that neighbours have in common, and the kilometres in which it falls to 1/e. */
  near: number;
  reach: number;
  /** The variance that equal dwellings have in common, wherever they are. */
  alike: number;
  /** The share of what a place has in common that applies to unlike dwellings too. */
  shared: number;
  /** The years in which what two sales have in common falls to 1/e: of different dwellings, and of one. */
  fading: number;
  ownFading: number;
  /** How much a difference of one spread of an attribute counts. */
  attributes: Partial<Record<Feature, number>>;
  /** The variance of what a single sale deviates by, of the logarithm. */
  own: number;
}

/** Values that fit four markets, from which the fit to a market begins, and which remain if it has too few sales. */
export function typicalSimilarity(model: PriceModel): Similarity {
  return {
    levels: { locality: 1, postcode: 1, street: 2, building: 1.5, property: 1 },
    near: 2,
    reach: 2,
    alike: 0.5,
    shared: 0.25,
    fading: 8,
    ownFading: 4,
    attributes: Object.fromEntries(usedAttributes(model).map((name) => [name, isMeasure(name) ? 0.5 : 0.25])),
    own: model.spread ** 2 / 3,
  };
}

/** Where and when a dwelling was sold, or is valued. */
export interface Located extends Features {
  property_id: number | null;
  region: string | null;
  locality: string | null;
  postcode: string | null;
  street: string | null;
  building: string | null;
  latitude: number | null;
  longitude: number | null;
  approximate: string | null;
  /** Until the valuation day. */
  years: number;
}

/** What the covariances of some dwellings follow from, for each pair i ≥ j at i (i + 1) / 2 + j. */
export interface Pairs {
  count: number;
  used: Feature[];
  /** Bit l is set if both are in one place of level l. */
  places: Uint8Array;
  years: Float64Array;
  /** NaN if either has no coordinates of its own. */
  kilometres: Float64Array;
  /** The squared difference of each used attribute, in spreads; of different categories 1. */
  squares: Float64Array[];
}

/** Kilometres per degree of latitude. */
const degree = 111.195;
/** The squared difference that an attribute counts with if either dwelling does not state it. */
const unstatedSquare = 1;

export function pairsOf(dwellings: readonly Located[], model: PriceModel): Pairs {
  const used = usedAttributes(model);
  const count = dwellings.length;
  const size = (count * (count + 1)) / 2;
  const terms = used.map((attribute) => model.terms.find((term) => term.attribute === attribute));
  /** In spreads; a category as the first position at which it occurs. */
  const values = used.map((attribute, a) => {
    const term = terms[a];
    const all = dwellings.map((dwelling) => counted(attribute, dwelling));
    return all.map((value) => {
      if (value === null) return Number.NaN;
      if (typeof value === 'string' || !term) return all.indexOf(value);
      return Math.min(Math.max(value, term.low), term.high) / term.spread;
    });
  });
  const pairs: Pairs = {
    count,
    used,
    places: new Uint8Array(size),
    years: new Float64Array(size),
    kilometres: new Float64Array(size),
    squares: used.map(() => new Float64Array(size)),
  };
  for (let i = 0, p = 0; i < count; i++) {
    const one = dwellings[i] as Located;
    for (let j = 0; j <= i; j++, p++) {
      const other = dwellings[j] as Located;
      const own = one.property_id !== null && one.property_id === other.property_id;
      const locality = one.locality !== null && one.locality === other.locality && one.region === other.region;
      const street = locality && one.street !== null && one.street === other.street;
      const building = street && one.building !== null && one.building === other.building;
      const postcode = one.postcode !== null && one.postcode === other.postcode;
      pairs.places[p] = +locality | (+postcode << 1) | (+street << 2) | (+building << 3) | (+own << 4);
      pairs.years[p] = Math.abs(one.years - other.years);
      pairs.kilometres[p] = distance(one, other) ?? Number.NaN;
      for (let a = 0; a < used.length; a++) {
        const difference = (values[a]?.[i] as number) - (values[a]?.[j] as number);
        const square = Number.isNaN(difference)
          ? own || i === j
            ? 0
            : unstatedSquare
          : terms[a]
            ? difference ** 2
            : Number(difference !== 0);
        (pairs.squares[a] as Float64Array)[p] = square;
      }
    }
  }
  return pairs;
}

function distance(a: Located, b: Located): number | null {
  if (a.latitude === null || b.latitude === null || a.longitude === null || b.longitude === null) return null;
  if (a.approximate !== null || b.approximate !== null) return null;
  const east = (a.longitude - b.longitude) * Math.cos((a.latitude * Math.PI) / 180);
  return degree * Math.hypot(a.latitude - b.latitude, east);
}

/** The covariance of each pair, in multiples of `own`. */
export function covariances({ places, years, kilometres, squares, used }: Pairs, similarity: Similarity): Float64Array {
  const factors = used.map((attribute) => (similarity.attributes[attribute] ?? 0) ** 2 / 2);
  const { near, reach, alike, shared, fading, ownFading } = similarity;
  const sums = new Float64Array(2 ** levels.length / 2);
  for (let bits = 0; bits < sums.length; bits++) {
    for (let l = 0; l < levels.length - 1; l++)
      if (bits & (1 << l)) sums[bits] = (sums[bits] as number) + similarity.levels[levels[l] as Level];
  }
  const all = new Float64Array(places.length);
  for (let p = 0; p < all.length; p++) {
    let unlike = 0;
    for (let a = 0; a < factors.length; a++) unlike += (factors[a] as number) * (squares[a]?.[p] as number);
    const likeness = Math.exp(-unlike);
    const bits = places[p] as number;
    const kilometre = kilometres[p] as number;
    const common = (sums[bits & 15] as number) + (Number.isNaN(kilometre) ? 0 : near * Math.exp(-kilometre / reach));
    all[p] = alike * likeness + common * Math.exp(-(years[p] as number) / fading) * (shared + (1 - shared) * likeness);
    if (bits & 16)
      all[p] = (all[p] as number) + similarity.levels.property * Math.exp(-(years[p] as number) / ownFading);
  }
  return all;
}

/** The covariance of two of the dwellings. */
export function between(all: Float64Array, i: number, j: number): number {
  return all[i >= j ? (i * (i + 1)) / 2 + j : (j * (j + 1)) / 2 + i] as number;
}

/** A dwelling's own deviation counts this often more if it is so many spreads from those of the others: see `Huber 1964`. */
const far = 2;
/** The smallest spread of deviations, in multiples of that of a single sale. */
const minSpread = 0.5;

export interface Weights {
  /** Of the comparables, none below 0, and at most 1 together. What they lack of 1 is the weight of the price model. */
  weights: Float64Array;
  /** The variance of the estimate's error, in multiples of `own`. */
  variance: number;
}

/**
 * The weights by which the deviations of comparables make up that of the subject.
 * @param all the covariances of the comparables, and of the subject as the last
 * @param deviations of the comparables' adjusted prices from the model's price of the subject, as logarithms
 */
export function krige(all: Float64Array, deviations: readonly number[], { own }: Similarity): Weights {
  const count = deviations.length;
  const toSubject = Float64Array.from(deviations, (_, i) => between(all, count, i));
  const center = weightedMedian(deviations, toSubject);
  const distances = deviations.map((deviation) => Math.abs(deviation - center));
  const spread = Math.max(1.4826 * weightedMedian(distances, toSubject), minSpread * Math.sqrt(own));
  const noise = distances.map((distance) => Math.max(1, distance / (far * spread)) ** 2);
  let kept = deviations.map((_, i) => i);
  const weights = new Float64Array(count);
  let multiplier = 0;
  for (;;) {
    const solve = (right: (i: number) => number) => solvePositive(lowerTriangle(all, kept, noise), kept.map(right));
    let solution = solve((i) => toSubject[i] as number);
    const total = sumOf(solution);
    multiplier = 0;
    if (total > 1) {
      // The best weights whose sum is 1, by a Lagrange multiplier.
      const ones = solve(() => 1);
      multiplier = (total - 1) / sumOf(ones);
      solution = solution.map((weight, a) => weight - multiplier * (ones[a] as number));
    }
    if (solution.every((weight) => weight >= 0)) {
      for (const [a, i] of kept.entries()) weights[i] = solution[a] as number;
      break;
    }
    kept = kept.filter((_, a) => (solution[a] as number) >= 0);
  }
  const explained = weights.reduce((sum, weight, i) => sum + weight * (toSubject[i] as number), 0);
  return { weights, variance: Math.max(between(all, count, count) - explained - multiplier, 0) + 1 };
}

/** The covariances of some comparables, with the noise of each. */
function lowerTriangle(all: Float64Array, kept: readonly number[], noise: readonly number[]): Float64Array[] {
  return kept.map((i, a) => {
    const row = new Float64Array(a + 1);
    for (let b = 0; b <= a; b++) row[b] = between(all, i, kept[b] as number);
    row[a] = (row[a] as number) + (noise[i] as number);
    return row;
  });
}

function sumOf(numbers: Float64Array): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Solves equations with a symmetric positive definite matrix, given by its lower triangle, which is overwritten (Cholesky). */
export function solvePositive(lower: Float64Array[], right: number[]): Float64Array {
  const solution = Float64Array.from(right);
  for (let i = 0; i < lower.length; i++) {
    const row = lower[i] as Float64Array;
    for (let j = 0; j <= i; j++) {
      const other = lower[j] as Float64Array;
      let sum = row[j] as number;
      for (let k = 0; k < j; k++) sum -= (row[k] as number) * (other[k] as number);
      row[j] = i === j ? Math.sqrt(sum) : sum / (other[j] as number);
    }
    let sum = solution[i] as number;
    for (let k = 0; k < i; k++) sum -= (row[k] as number) * (solution[k] as number);
    solution[i] = sum / (row[i] as number);
  }
  for (let i = lower.length - 1; i >= 0; i--) {
    let sum = solution[i] as number;
    for (let k = i + 1; k < lower.length; k++) sum -= (lower[k]?.[i] as number) * (solution[k] as number);
    solution[i] = sum / (lower[i]?.[i] as number);
  }
  return solution;
}

/** The number below which half of the weight is. */
function weightedMedian(numbers: readonly number[], weights: ArrayLike<number>): number {
  const order = numbers
    .map((number, i) => ({ number, weight: weights[i] as number }))
    .sort((a, b) => a.number - b.number);
  const half = order.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let below = 0;
  for (const { number, weight } of order) {
    below += weight;
    if (below >= half) return number;
  }
  return 0;
}

/** What the fit of a similarity to held-out sales needs of each. */
export interface Example {
  pairs: Pairs;
  /** Of the comparables' adjusted prices from the model's price of the subject. */
  deviations: number[];
  /** Of the price of the subject. */
  deviation: number;
}

/** The factors that the numbers are changed by, in turn. */
const changes = [1.8];
/** How often a number is changed in one direction. */
const maxSteps = 4;
/** An error beyond this counts as this. */
const maxError = 0.4;

/** Fits the numbers to held-out sales, one after the other, by the mean absolute error of their estimates. */
export async function fitSimilarity(
  examples: Example[],
  start: Similarity,
  pause: () => Promise<void>,
): Promise<Similarity> {
  const errors = async (similarity: Similarity) => {
    let sum = 0;
    for (const example of examples) {
      await pause();
      sum += Math.min(Math.abs(errorOf(example, similarity)), maxError);
    }
    return sum / examples.length;
  };
  let best = start;
  let least = await errors(best);
  for (const change of changes) {
    for (const set of setters(best, examples)) {
      for (const factor of [change, 1 / change]) {
        const before = least;
        for (let step = 0; step < maxSteps; step++) {
          const changed = set(best, factor);
          const error = await errors(changed);
          if (error >= least * 0.9995) break;
          [best, least] = [changed, error];
        }
        if (least < before) break;
      }
    }
  }
  const squares = examples.map((example) => {
    const { variance } = krige(covariances(example.pairs, best), example.deviations, best);
    return Math.min(Math.abs(errorOf(example, best)), maxError) ** 2 / variance;
  });
  return { ...best, own: squares.reduce((sum, square) => sum + square, 0) / squares.length };
}

function errorOf({ pairs, deviations, deviation }: Example, similarity: Similarity): number {
  const { weights } = krige(covariances(pairs, similarity), deviations, similarity);
  return deviation - deviations.reduce((sum, each, i) => sum + (weights[i] as number) * each, 0);
}

type Setter = (similarity: Similarity, factor: number) => Similarity;

/** One for each number that the examples have something to say about. */
function setters({ attributes }: Similarity, examples: Example[]): Setter[] {
  const seen = examples.reduce(
    (bits, { pairs }) => bits | pairs.places.reduce((all, each, p) => (isDiagonal(p) ? all : all | each), 0),
    0,
  );
  const placed = examples.some(({ pairs }) => pairs.kilometres.some((kilometre) => kilometre > 0));
  const ofLevel = levels.flatMap((level, l): Setter[] =>
    seen & (1 << l) ? [(s, factor) => ({ ...s, levels: { ...s.levels, [level]: s.levels[level] * factor } })] : [],
  );
  const ofAttribute = (Object.keys(attributes) as Feature[]).map(
    (name): Setter =>
      (s, factor) => ({ ...s, attributes: { ...s.attributes, [name]: (s.attributes[name] as number) * factor } }),
  );
  const numbers = ['alike', 'fading', 'ownFading', 'shared', ...(placed ? (['near', 'reach'] as const) : [])] as const;
  const others = numbers.map(
    (name): Setter =>
      (s, factor) => ({
        ...s,
        [name]: name === 'shared' ? Math.min(1, s.shared * factor) : s[name] * factor,
      }),
  );
  return [...ofLevel, ...ofAttribute, ...others];
}

function isDiagonal(p: number): boolean {
  const i = Math.floor((Math.sqrt(8 * p + 1) - 1) / 2);
  return p === (i * (i + 1)) / 2 + i;
}

/** The similarity as variances of the difference between the logarithms of an adjusted price and the price of the subject. */
export function variancesOf(similarity: Similarity, model: PriceModel) {
  const { levels: by, near, reach, alike, shared, fading, own } = similarity;
  const places = by.locality + by.postcode + by.street + by.building;
  const total = places + near + alike + by.property;
  const difference = (common: number) => 2 * own * (total - common + 1);
  const varying = alike + (1 - shared) * (places + near);
  const ofAttribute = (name: Feature, variance: (factor: number) => number) =>
    2 * own * varying * variance((similarity.attributes[name] ?? 0) ** 2 / 2);
  const perUnit = (name: Feature) => {
    const spread = model.terms.find(({ attribute }) => attribute === name)?.spread ?? 1;
    return ofAttribute(name, (factor) => factor / spread ** 2);
  };
  return {
    byRelation: {
      property: difference(total),
      building: difference(total - by.property),
      street: difference(total - by.property - by.building),
      neighbourhood: difference(by.locality + by.postcode + near + alike),
      locality: difference(by.locality + near + alike),
      postcode: difference(by.postcode + near + alike),
      nearby: difference(near + alike),
      region: difference(alike),
    },
    time: 2 * own * (places + near) * (1 - Math.exp(-1 / fading)),
    distance: 2 * own * near * (1 - Math.exp(-1 / reach)),
    floor_area: perUnit('floor_area'),
    land_area: perUnit('land_area'),
    rooms: perUnit('bedrooms'),
    unstated: Object.fromEntries(
      usedAttributes(model).map((name) => [
        name,
        ofAttribute(name, (factor) => 1 - Math.exp(-factor * unstatedSquare)),
      ]),
    ),
  };
}

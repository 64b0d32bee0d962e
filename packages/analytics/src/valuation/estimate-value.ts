import type { Features } from '../features.ts';
import { median } from '../statistics.ts';
import type { Candidate } from './candidates.ts';
import { adjustedLogarithm, type PriceModel } from './price-model.ts';
import { type Similarity, varianceOf } from './similarity.ts';

/** How many comparables an estimate uses, and how much more weight the similar ones have. */
export interface Weighing {
  comparables: number;
  /** The weight of a comparable is the variance of its adjusted price to the power of minus this number. */
  power: number;
}

/** For markets with too few sales to select a weighing. */
export const defaultWeighing: Weighing = { comparables: 10, power: 2 };

/** A sale, adjusted to the subject. */
export interface Comparable {
  candidate: Candidate;
  /** Logarithm of the adjusted price. */
  logarithm: number;
  /** Expected variance of the difference between this logarithm and the subject's. */
  variance: number;
}

export interface Value {
  /** Logarithm of the price. */
  logarithm: number;
  /** The uncertainty of the logarithm, up to a factor that is the same for all values of a market. */
  scale: number;
  /** The weights of the comparables, in their order. They sum to 1. */
  weights: number[];
}

/** Adjusts every candidate to the subject. The most similar is first. */
export function compare(
  model: PriceModel,
  similarity: Similarity,
  candidates: Candidate[],
  subject: Features,
): Comparable[] {
  const variance = varianceOf(similarity);
  return candidates
    .map((candidate) => ({
      candidate,
      logarithm: adjustedLogarithm(model, candidate, subject),
      variance: variance(candidate, subject),
    }))
    .sort((a, b) => a.variance - b.variance || order(a.candidate, b.candidate));
}

/** By what was sold, the latest first: ids depend on the order of imports. */
function order(a: Candidate, b: Candidate): number {
  const key = ({ contract_date, price, address }: Candidate) => `${contract_date} ${price} ${address}`;
  return key(a) < key(b) ? 1 : -1;
}

/** A sale is no comparable if its adjusted price is more than this many spreads from the median of the others (Iglewicz and Hoaglin 1993), as in `quality`. */
const outlying = 5;

/** With fewer comparables, the spread is not known well enough. */
const minToCompare = 10;

/** The smallest spread of logarithms: in an estate of equal dwellings, the observed one can be almost 0. */
const minSpread = 0.1;

/** Separates the comparables whose adjusted prices are so far from the others that they cannot be of such a dwelling, or not of a sale at market. */
export function withoutOutliers(comparables: Comparable[]): { kept: Comparable[]; outliers: Comparable[] } {
  if (comparables.length < minToCompare) return { kept: comparables, outliers: [] };
  const center = median(comparables.map(({ logarithm }) => logarithm));
  const distance = ({ logarithm }: Comparable) => Math.abs(logarithm - center);
  const spread = Math.max(1.4826 * median(comparables.map(distance)), minSpread);
  // The dwelling's own sales state its price, however unusual it is.
  const isOutlier = (one: Comparable) => one.candidate.relation !== 'property' && distance(one) > outlying * spread;
  return { kept: comparables.filter((one) => !isOutlier(one)), outliers: comparables.filter(isOutlier) };
}

/** Beyond this many spreads from the median, the weight of an adjusted price falls with the distance: it may be of a sale between relatives, or of a rebuilt dwelling. */
const far = 2;

/**
 * The mean of the logarithms of the adjusted prices, weighted by similarity (Vandell 1991, Optimal Comparable Selection and Weighting in Real Property
 * Valuation, AREUEA Journal 19: 213), with less weight for prices far from the median (Huber 1964). The scale is the square root of the mean of two
 * variances: the expected one, and the one between the comparables.
 * @param comparables at least one, the most similar first
 */
export function appraise(comparables: Comparable[], { comparables: count, power }: Weighing): Value {
  const used = comparables.slice(0, count);
  const similar = shares(used.map(({ variance }) => variance ** -power));
  const center = weightedMedian(
    used.map(({ logarithm }) => logarithm),
    similar,
  );
  const distances = used.map(({ logarithm }) => Math.abs(logarithm - center));
  const spread = Math.max(1.4826 * weightedMedian(distances, similar), 0.03);
  const weights = shares(similar.map((weight, i) => weight * Math.min(1, (far * spread) / (distances[i] as number))));
  const weighted = (of: (comparable: Comparable) => number) =>
    used.reduce((sum, comparable, i) => sum + (weights[i] as number) * of(comparable), 0);
  const logarithm = weighted((comparable) => comparable.logarithm);
  const between = weighted((comparable) => (comparable.logarithm - logarithm) ** 2);
  const expected = weighted(({ variance }) => variance);
  return { logarithm, scale: Math.sqrt((expected + between) / 2), weights };
}

function shares(weights: number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** The number below which half of the weight is. */
function weightedMedian(numbers: number[], weights: number[]): number {
  const order = numbers
    .map((number, i) => ({ number, weight: weights[i] as number }))
    .sort((a, b) => a.number - b.number);
  let below = 0;
  for (const { number, weight } of order) {
    below += weight;
    if (below >= 0.5) return number;
  }
  return order.at(-1)?.number as number;
}

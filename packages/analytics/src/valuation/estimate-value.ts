import type { Features } from '../features.ts';
import type { Candidate } from './candidates.ts';
import { adjustedLogarithm, type PriceModel } from './price-model.ts';
import { type Similarity, varianceOf } from './similarity.ts';

/** How many comparables an estimate rests on, and how much more the similar ones weigh. */
export interface Weighing {
  comparables: number;
  /** A comparable weighs as the variance of its adjusted price to the power of minus this. */
  power: number;
}

/** Where too few sales are known to choose by. */
export const usualWeighing: Weighing = { comparables: 10, power: 2 };

/** A sale, brought to the subject. */
export interface Comparable {
  candidate: Candidate;
  /** Logarithm of the adjusted price. */
  logarithm: number;
  /** Expected, of the difference of that logarithm from the subject's. */
  variance: number;
}

export interface Value {
  /** Of the price. */
  logarithm: number;
  /** How far off it may be, up to a factor that is the same for all: of the logarithm. */
  scale: number;
  /** Of the comparables, in their order; they sum to 1. */
  weights: number[];
}

/** Every candidate brought to the subject, the most similar first. */
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
    .sort((a, b) => a.variance - b.variance || b.candidate.id - a.candidate.id);
}

/** Spreads from the median beyond which an adjusted price counts for less the further off it is: a sale among relatives, or of what was rebuilt. */
const far = 2;

/**
 * The mean of the logarithms of the adjusted prices, weighted by similarity (Vandell 1991, Optimal Comparable Selection and Weighting in Real Property
 * Valuation, AREUEA Journal 19: 213), those far from the others' median less (Huber 1964). The scale is the root of the mean of two variances: expected of
 * these comparables, and found between them.
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

/** The number that half of the weight is below. */
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

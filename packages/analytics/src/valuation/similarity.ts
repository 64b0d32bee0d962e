import { counts, type Features } from '../features.ts';
import type { Regressor } from '../price-index/read-hedonic.ts';
import { type Candidate, type Relation, relations } from './candidates.ts';
import { attributeDifference, type PriceModel } from './price-model.ts';

/**
 * What makes a comparable less similar to a subject. Each number is a variance of the difference between the logarithms of the comparable's adjusted price
 * and of the subject's price. The variance of a comparable is their sum, and the comparable with the smallest is the most similar.
 */
export interface Similarity {
  /** By the relation of the sale to the subject. */
  relations: Record<Relation, number>;
  /** Per year between the two. */
  time: number;
  /** Per square root of a kilometre: differences grow fast at first. */
  distance: number;
  /** Per squared difference of the logarithms of floor areas, of land areas, and of the number of rooms. */
  floor_area: number;
  land_area: number;
  rooms: number;
  /** For each attribute that one of the two does not state: its variance times its squared coefficient. */
  unstated: Partial<Record<Regressor, number>>;
}

/** The factors of a similarity's numbers, in the order of `numbers`. */
function factorsOf(candidate: Candidate, subject: Features): number[] {
  return [
    ...relations.map((relation) => (relation === candidate.relation ? 1 : 0)),
    candidate.years,
    Math.sqrt(Math.min(candidate.distance ?? 0, 25)),
    square(attributeDifference('log_floor_area', candidate, subject)),
    square(attributeDifference('log_land_area', candidate, subject)),
    counts.reduce((sum, name) => sum + square(attributeDifference(name, candidate, subject)), 0),
  ];
}

function square(difference: number | null): number {
  return difference === null ? 0 : Math.min(difference ** 2, 4);
}

function numbers({ relations: byRelation, time, distance, floor_area, land_area, rooms }: Similarity): number[] {
  return [...relations.map((relation) => byRelation[relation]), time, distance, floor_area, land_area, rooms];
}

/** Returns a function for the variance of a comparable. */
export function varianceOf(similarity: Similarity): (candidate: Candidate, subject: Features) => number {
  const variances = numbers(similarity);
  const unstated = Object.entries(similarity.unstated) as [Regressor, number][];
  return (candidate, subject) => {
    let sum = 0;
    for (const [i, factor] of factorsOf(candidate, subject).entries()) sum += factor * (variances[i] as number);
    // An earlier sale of the same dwelling has its attributes, stated or not.
    if (candidate.relation === 'property') return sum;
    for (const [name, variance] of unstated) {
      if (attributeDifference(name, candidate, subject) === null) sum += variance;
    }
    return sum;
  };
}

/** Typical values of many markets. Numbers for which a market has few sales stay near them. */
export const typicalSimilarity: Similarity = {
  relations: {
    property: 0.02,
    building: 0.02,
    street: 0.03,
    neighbourhood: 0.045,
    locality: 0.05,
    postcode: 0.06,
    nearby: 0.06,
    region: 0.2,
  },
  time: 0.005,
  distance: 0.02,
  floor_area: 0.1,
  land_area: 0.05,
  rooms: 0.01,
  unstated: {},
};
/** The number of pairs of sales that the typical values count as. */
const priorPairs = 20;

/** A pair's squared difference is limited to this many times the mean, so that a sale between relatives has little influence. */
const maxTimesMean = 5;

export interface Pair {
  candidate: Candidate;
  subject: Features;
  /** Logarithm of the candidate's adjusted price divided by the subject's price. */
  difference: number;
}

/**
 * Fits the numbers to pairs of sales: the sale of a subject, and an earlier sale of another dwelling adjusted to it. The fit is by least squares of the
 * squared differences, without negative numbers (Lawson and Hanson 1974, Solving Least Squares Problems, chapter 23), by coordinate descent.
 */
export function fitSimilarity(pairs: Pair[], { coefficients }: PriceModel): Similarity {
  const squares = pairs.map(({ difference }) => difference ** 2);
  const limit = (maxTimesMean * squares.reduce((sum, square) => sum + square, 0)) / Math.max(pairs.length, 1);
  const prior = numbers(typicalSimilarity);
  const size = prior.length;
  const matrix = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const rightHandSide = new Array<number>(size).fill(0);
  for (const [p, pair] of pairs.entries()) {
    const row = factorsOf(pair.candidate, pair.subject);
    for (let i = 0; i < size; i++) {
      if (row[i] === 0) continue;
      rightHandSide[i] = (rightHandSide[i] as number) + (row[i] as number) * Math.min(squares[p] as number, limit);
      for (let j = 0; j < size; j++) {
        (matrix[i] as number[])[j] = (matrix[i]?.[j] as number) + (row[i] as number) * (row[j] as number);
      }
    }
  }
  const solution = [...prior];
  for (let round = 0; round < 500; round++) {
    for (let i = 0; i < size; i++) {
      const row = matrix[i] as number[];
      const others = row.reduce((sum, value, j) => (j === i ? sum : sum + value * (solution[j] as number)), 0);
      const wanted = (rightHandSide[i] as number) - others + priorPairs * (prior[i] as number);
      solution[i] = Math.max(0, wanted / ((row[i] as number) + priorPairs));
    }
  }
  // Even a sale of the same dwelling has some variance.
  const fitted = relations.map((relation, i) => [relation, Math.max(solution[i] as number, 0.001)]);
  const [time, distance, floor_area, land_area, rooms] = solution.slice(relations.length) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    relations: Object.fromEntries(fitted) as Record<Relation, number>,
    time,
    distance,
    floor_area,
    land_area,
    rooms,
    unstated: Object.fromEntries(
      coefficients.map(({ name, coefficient }) => [
        name,
        coefficient ** 2 *
          variance(pairs.flatMap(({ candidate, subject }) => attributeDifference(name, candidate, subject) ?? [])),
      ]),
    ),
  };
}

/** The variance of one of two independent numbers with these differences, about a mean difference of 0. */
function variance(differences: number[]): number {
  if (differences.length === 0) return 0;
  return differences.reduce((sum, value) => sum + value ** 2, 0) / differences.length / 2;
}

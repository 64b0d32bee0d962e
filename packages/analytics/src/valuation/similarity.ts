import { counts, type Features } from '../features.ts';
import type { Regressor } from '../price-index/read-hedonic.ts';
import { type Candidate, type Relation, relations } from './candidates.ts';
import { attributeDifference, type PriceModel } from './price-model.ts';

/**
 * How far the adjusted price of a comparable may be from what the subject sells for: the variance of the difference of their logarithms, as a sum of
 * what makes them unlike. The comparable with the least is the most similar.
 */
export interface Similarity {
  /** Of a sale of each relation to the subject. */
  relations: Record<Relation, number>;
  /** Per year between the two. */
  time: number;
  /** Per square root of a kilometre: differences grow fast at first. */
  distance: number;
  /** Per squared difference of the logarithms of floor areas, of land areas, and of the number of rooms. */
  floor_area: number;
  land_area: number;
  rooms: number;
  /** Of an attribute that one of the two doesn't state: its variance times its squared coefficient. */
  unstated: Partial<Record<Regressor, number>>;
}

/** What a similarity's numbers are multiplied by, in order. */
function parts(candidate: Candidate, subject: Features): number[] {
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

/** Tells the variance of a comparable's adjusted price, as `Similarity` has it. */
export function varianceOf(similarity: Similarity): (candidate: Candidate, subject: Features) => number {
  const factors = numbers(similarity);
  const unstated = Object.entries(similarity.unstated) as [Regressor, number][];
  return (candidate, subject) => {
    let sum = 0;
    for (const [i, part] of parts(candidate, subject).entries()) sum += part * (factors[i] as number);
    // A dwelling has the attributes that it had.
    if (candidate.relation === 'property') return sum;
    for (const [name, variance] of unstated) {
      if (attributeDifference(name, candidate, subject) === null) sum += variance;
    }
    return sum;
  };
}

/** Before any sale has been looked at; what the sales of a market say little about stays near it. */
export const usual: Similarity = {
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
/** As many pairs as this would say so. */
const usualPairs = 20;

/** The squared difference of a pair counts at most so many times the mean one: a sale among relatives shall not tell what a street is. */
const mostTimes = 5;

export interface Pair {
  candidate: Candidate;
  subject: Features;
  /** Logarithm of the candidate's adjusted price over what the subject sold for. */
  difference: number;
}

/**
 * Fits the numbers to pairs of sales, each the sale of a subject and an earlier one of another dwelling brought to it: least squares of the squared
 * differences, none of the numbers below 0 (Lawson and Hanson 1974, Solving Least Squares Problems, chapter 23; by coordinate descent).
 */
export function fitSimilarity(pairs: Pair[], { coefficients }: PriceModel): Similarity {
  const squares = pairs.map(({ difference }) => difference ** 2);
  const most = (mostTimes * squares.reduce((sum, square) => sum + square, 0)) / Math.max(pairs.length, 1);
  const prior = numbers(usual);
  const size = prior.length;
  const matrix = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const rightHandSide = new Array<number>(size).fill(0);
  for (const [p, pair] of pairs.entries()) {
    const row = parts(pair.candidate, pair.subject);
    for (let i = 0; i < size; i++) {
      if (row[i] === 0) continue;
      rightHandSide[i] = (rightHandSide[i] as number) + (row[i] as number) * Math.min(squares[p] as number, most);
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
      const wanted = (rightHandSide[i] as number) - others + usualPairs * (prior[i] as number);
      solution[i] = Math.max(0, wanted / ((row[i] as number) + usualPairs));
    }
  }
  // A sale in the same place is never taken to tell everything.
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

/** About 0, and of one of two independent numbers whose differences these are. */
function variance(differences: number[]): number {
  if (differences.length === 0) return 0;
  return differences.reduce((sum, value) => sum + value ** 2, 0) / differences.length / 2;
}

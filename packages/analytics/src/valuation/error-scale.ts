/** How large errors are expected to be, relative to the standard deviation of kriging: larger for large lots and floors, and by the level of prices. */
import { type Area, areas } from '../features.ts';
import type { Value } from './estimate-value.ts';
import { solvePositive } from './similarity.ts';
import type { Subject } from './subject.ts';

export interface ErrorScale {
  /** What the areas that held-out sales state are exceeded by 30 % and 10 % of them by, of each area that they differ by. */
  limits: { area: Area; limit: number }[];
  /** Mean and standard deviation of each predictor, and what one deviation adds to the logarithm of an error. */
  predictors: { mean: number; deviation: number; slope: number }[];
}

const shares = [0.7, 0.9];
/** Beyond twice a limit errors grow no more: a line to the largest lots would be too low at those that are a little larger than most. */
const maxBeyond = Math.log(2);
/** The number of sales that no effect counts as. */
const penalty = 20;
/** A smaller error counts as this multiple of the standard deviation: near 0 its logarithm has no bound. */
const minError = 0.05;
/** The maximum of the logarithm of the factor, in either direction. */
const maxLogarithm = 1.5;

type Sized = { value: Pick<Value, 'logarithm' | 'scale'>; subject: Pick<Subject, Area> };

/** The estimate, and how far each area is beyond each of its limits, as logarithms. */
function predictorsOf(limits: ErrorScale['limits'], { value, subject }: Sized): number[] {
  const beyond = ({ area, limit }: ErrorScale['limits'][number]) =>
    Math.min(Math.max(0, Math.log((subject[area] ?? 0) / limit)), maxBeyond);
  return [value.logarithm, ...limits.map(beyond)];
}

/** Fits the logarithms of the absolute errors of held-out sales by a ridge regression. @param error of the logarithm of a price */
export function fitErrorScale(scored: (Sized & { error: number })[]): ErrorScale {
  const limits = areas.flatMap((area) => {
    const stated = scored.flatMap(({ subject }) => subject[area] || []).sort((a, b) => a - b);
    const at = new Set(shares.map((share) => stated[Math.floor(share * stated.length)] ?? 0));
    return [...at].filter((limit) => limit < (stated.at(-1) ?? 0)).map((limit) => ({ area, limit }));
  });
  const rows = scored.map((one) => predictorsOf(limits, one));
  const columns = (rows[0] ?? []).map((_, column) => {
    const values = rows.map((row) => row[column] as number);
    const mean = meanOf(values);
    return { mean, deviation: Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2))) || 1 };
  });
  const standard = rows.map((row) =>
    columns.map(({ mean, deviation }, column) => ((row[column] as number) - mean) / deviation),
  );
  const errors = scored.map(({ error, value }) => Math.log(Math.max(Math.abs(error) / value.scale, minError)));
  const mean = meanOf(errors);
  const sum = (a: number, of: (row: number) => number) =>
    standard.reduce((sum, row, i) => sum + (row[a] as number) * of(i), 0);
  const gram = columns.map((_, a) =>
    Float64Array.from({ length: a + 1 }, (_, b) => sum(a, (i) => standard[i]?.[b] as number) + (a === b ? penalty : 0)),
  );
  const slopes = solvePositive(
    gram,
    columns.map((_, a) => sum(a, (i) => (errors[i] as number) - mean)),
  );
  return { limits, predictors: columns.map((column, a) => ({ ...column, slope: slopes[a] as number })) };
}

/** The size of the error that is expected of an estimate, relative to that of others. */
export function expectedError({ limits, predictors }: ErrorScale, one: Sized): number {
  const values = predictorsOf(limits, one);
  const logarithm = predictors.reduce(
    (sum, { mean, deviation, slope }, a) => sum + (slope * ((values[a] as number) - mean)) / deviation,
    0,
  );
  return one.value.scale * Math.exp(Math.min(Math.max(logarithm, -maxLogarithm), maxLogarithm));
}

/** The areas of a dwelling that are larger than those of nine in ten of the held-out sales. */
export function largeAreas({ limits }: ErrorScale, subject: Sized['subject']): Area[] {
  return areas.filter((area) => {
    const highest = limits.findLast((one) => one.area === area)?.limit ?? Number.POSITIVE_INFINITY;
    return (subject[area] ?? 0) > highest;
  });
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

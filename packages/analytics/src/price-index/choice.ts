/** The default method of a market: the one with the smallest error on held-out resales. */
import type { Connection } from '../connection.ts';
import { InvalidQuestion } from '../errors.ts';
import { defaultOptions, type MethodName, methods } from './methods.ts';
import { accuracy } from './quality.ts';
import { readSales, sampled } from './sales.ts';

/** Until a method has been chosen, and where resales are too few to choose one. */
export const defaultMethod = 'stratified_median';

/** One of each kind. The others of a kind differ little from it, or take many times as long. */
const candidates = ['stratified_median', 'median', 'hedonic', 'repeat_sales'] as const satisfies MethodName[];

/** With fewer pairs, chance would choose. */
export const minPairs = 200;

/** A method is compared if its index has values for at least this share of the pairs that the best one has. */
const minShare = 0.9;

/** The former choice stays unless another method's error is smaller by this share, so that each load does not bring another method. */
const minGain = 0.02;

/** The number of sales beyond which a sample of the properties is used. */
const maxSales = 300_000;

export interface Choice {
  /** null if there are too few resales. */
  method: MethodName | null;
  /** A clause that states why. */
  why: string;
}

/** @param former the method that is the default now */
export async function chooseMethod(db: Connection, former: string | null): Promise<Choice> {
  const selection = { where: 'is_standard', leftOut: 'false', unstated: {}, values: {} };
  const read = await readSales(db, selection, 'month', 'filled').catch((error: unknown) => {
    if (error instanceof InvalidQuestion) return undefined;
    throw error;
  });
  const none = { method: null, why: `because it has fewer than ${minPairs} pairs of sales to compare methods by` };
  if (!read) return none;
  const found = await accuracy(
    sampled(read.sales, maxSales),
    candidates.map((name) => methods[name]),
    defaultOptions('month'),
  );
  const most = found.reduce((most, { predicted }) => Math.max(most, predicted), 0);
  if (most < minPairs) return none;
  const compared = candidates.flatMap((method, i) => {
    const { predicted, medianAbsolute: error } = found[i] as (typeof found)[number];
    return error !== null && predicted >= minShare * most ? [{ method, error }] : [];
  });
  const best = compared.reduce((a, b) => (b.error < a.error ? b : a));
  const kept = compared.find(({ method, error }) => method === former && best.error > (1 - minGain) * error);
  const errors = compared.map(({ method, error }) => `${method} ${(100 * error).toFixed(2)} %`).join(', ');
  return {
    method: (kept ?? best).method,
    why: `by the median error of the prices of ${most} held-out resales: ${errors}`,
  };
}

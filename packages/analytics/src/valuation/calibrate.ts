import type { Connection, Values } from '../connection.ts';
import { periodOf, startOf } from '../price-index/timeline.ts';
import { median } from '../statistics.ts';
import { type Candidate, readCandidates } from './candidates.ts';
import { appraise, type Comparable, compare, type Value, type Weighing, withoutOutliers } from './estimate-value.ts';
import type { PriceModel, PriceModels } from './price-model.ts';
import { fitSimilarity, type Similarity, typicalSimilarity } from './similarity.ts';
import { building, type Subject, subjectColumns } from './subject.ts';

/** The accuracy of estimates of held-out sales, each made from earlier sales only. */
export interface Accuracy {
  /** Held-out sales. */
  sales: number;
  /** First and last day of the periods that they were sold in. */
  from: string;
  to: string;
  /** The fraction of them that sold within the 80 % range. */
  coverage: number;
  /** Median absolute error, as a fraction of the price. */
  medianAbsoluteError: number;
  /** The same error, if the median of the type and locality over a year, adjusted to the same period, is the estimate. */
  baselineError: number | null;
  /** Median of the range's width, as a fraction of the estimate. */
  medianWidth: number;
}

export interface Calibration {
  similarity: Similarity;
  weighing: Weighing;
  /** The range from the logarithm of an estimate, in scales of the estimate: one sale in ten is below `low`, and one in ten above `high`. */
  low: number;
  high: number;
  accuracy: Accuracy;
}

/** The number of held-out sales. With more, the results hardly change and take longer. */
const sample = 1500;
/** The maximum number of last periods from which sales are held out. Each is valued from the sales before it. */
const maxPeriods = 8;
/** The number of candidates of a subject that are selected by the rough measure. */
export const maxCandidates = 40;
/** With fewer held-out sales, a range would be a guess. */
const minHeldOut = 90;

const weighings: Weighing[] = [5, 10, 20].flatMap((comparables) => [1, 2, 4].map((power) => ({ comparables, power })));

interface HeldOut {
  subject: Subject;
  price: number;
  candidates: Candidate[];
  model: PriceModel;
  baseline: number | null;
}

/**
 * Calibrates estimates on sales of the last periods. Each is valued as an estimate would be, from the sales before its period only. The held-out sales
 * are split into thirds. The first fits the similarity and selects the number of comparables. The second gives the errors that determine the range. The
 * third, unseen by both, measures the coverage and the errors.
 *
 * The range is made by split conformal prediction. Its ends are the quantiles of the errors divided by their scales, without the lowest and highest 10 %.
 * They hold for at least 80 % of future sales that are like the held-out ones, for any distribution of errors. Sources: Papadopoulos,
 * Proedrou, Vovk and Gammerman 2002, Inductive Confidence Machines for Regression; Lei, G'Sell, Rinaldo, Tibshirani and Wasserman 2018, Distribution-Free
 * Predictive Inference for Regression, Journal of the American Statistical Association 113: 1094 (section 5.2: locally weighted).
 * @param where SQL condition for sales before the valuation day, with date and price
 * @param last the last period that is complete
 * @returns null if there are too few sales
 */
export async function calibrate(
  db: Connection,
  where: string,
  values: Values,
  models: PriceModels,
  last: number,
): Promise<Calibration | null> {
  const { held, first } = await holdOut(db, where, values, models, last);
  if (held.length < minHeldOut) return null;
  const thirds = [0, 1, 2].map((third) => held.filter((_, i) => i % 3 === third)) as [HeldOut[], HeldOut[], HeldOut[]];
  /** Maps items, yielding to the event loop in between. */
  const mapped = async <Item, Made>(items: Item[], make: (item: Item, i: number) => Made): Promise<Made[]> => {
    const all: Made[] = [];
    for (const [i, item] of items.entries()) {
      await db.pause();
      all.push(make(item, i));
    }
    return all;
  };
  const pairs = await mapped(thirds[0], (one, i) => {
    // A sale that has only the region in common: the first candidate of another subject of the same type.
    const other = thirds[0].find(
      ({ subject }, j) => j > i && subject.type === one.subject.type && subject.locality !== one.subject.locality,
    );
    const elsewhere = other?.candidates
      .slice(0, 1)
      .map((sale) => ({ ...sale, relation: 'region' as const, distance: null }));
    return compare(one.model, typicalSimilarity, [...one.candidates, ...(elsewhere ?? [])], one.subject).map(
      ({ candidate, logarithm }) => ({ candidate, subject: one.subject, difference: logarithm - Math.log(one.price) }),
    );
  });
  const similarity = fitSimilarity(pairs.flat(), (held[0] as HeldOut).model);
  const comparedWith = (one: HeldOut): Compared => ({
    ...one,
    comparables: withoutOutliers(compare(one.model, similarity, one.candidates, one.subject)).kept,
  });
  const learning = await mapped(thirds[0], comparedWith);
  const errors = await mapped(weighings, (weighing) => ({
    weighing,
    error: median(learning.map((one) => Math.abs(errorOf(one, appraise(one.comparables, weighing))))),
  }));
  const { weighing } = errors.reduce((a, b) => (b.error < a.error ? b : a));
  const scores = (await mapped(thirds[1], comparedWith))
    .map((one) => {
      const value = appraise(one.comparables, weighing);
      return errorOf(one, value) / value.scale;
    })
    .sort((a, b) => a - b);
  // A fraction of n + 1, so that the range covers at least 80 %.
  const rank = Math.floor(0.1 * (scores.length + 1));
  const [low, high] = [scores[Math.max(rank - 1, 0)] as number, scores[scores.length - Math.max(rank, 1)] as number];
  return {
    similarity,
    weighing,
    low,
    high,
    accuracy: {
      ...accuracy(await mapped(thirds[2], comparedWith), weighing, low, high),
      from: startOf(models.timeline, first),
      to: startOf(models.timeline, last + 1),
    },
  };
}

type Compared = HeldOut & { comparables: Comparable[] };

/** Logarithm of the price divided by the estimate. */
function errorOf({ price }: HeldOut, { logarithm }: Value): number {
  return Math.log(price) - logarithm;
}

function accuracy(held: Compared[], weighing: Weighing, low: number, high: number): Omit<Accuracy, 'from' | 'to'> {
  const valued = held.map((one) => ({ one, value: appraise(one.comparables, weighing) }));
  const errors = valued.map(({ one, value }) => ({ error: errorOf(one, value), scale: value.scale }));
  const baselines = held.flatMap(({ price, baseline }) => (baseline === null ? [] : [Math.abs(baseline / price - 1)]));
  return {
    sales: held.length,
    coverage: errors.filter(({ error, scale }) => error >= low * scale && error <= high * scale).length / held.length,
    medianAbsoluteError: median(errors.map(({ error }) => Math.abs(Math.exp(-error) - 1))),
    baselineError: baselines.length ? median(baselines) : null,
    medianWidth: median(errors.map(({ scale }) => Math.exp(high * scale) - Math.exp(low * scale))),
  };
}

/** Selects sales of the last periods, each with the candidates and the model at the beginning of its period. Also returns the first of the periods. */
async function holdOut(
  db: Connection,
  where: string,
  values: Values,
  models: PriceModels,
  last: number,
): Promise<{ held: HeldOut[]; first: number }> {
  const { timeline } = models;
  if (last === 0) return { held: [], first: last };
  const earliest = Math.max(1, last - maxPeriods + 1);
  const starts = Array.from({ length: maxPeriods + 1 }, (_, i) => startOf(timeline, earliest + i));
  const columns = subjectColumns.join(', ');
  // By a hash of the sale's key: an arbitrary sample, but always the same one, in the same order, whatever the order of imports.
  const subjectsSince = (first: number) =>
    `SELECT id AS n, price, ${columns}, ${building} AS building, period, ['${starts.join("', '")}'][period - ${earliest - 1}]::DATE AS day
     FROM (SELECT *, ${periodOf(timeline)} AS period FROM sale
       WHERE ${where} AND contract_date >= '${startOf(timeline, first)}' AND contract_date < '${startOf(timeline, last + 1)}')
     QUALIFY row_number() OVER (PARTITION BY period ORDER BY md5_number_lower(key), key) <= ${sample / 4}
     ORDER BY md5_number_lower(key), key`;
  const sold = await db.rows<Subject & { n: number; price: number; period: number; day: string }>(
    subjectsSince(earliest),
    values,
  );
  const byPeriod = Map.groupBy(sold, ({ period }) => period);
  let first = last;
  for (let count = byPeriod.get(last)?.length ?? 0; first > earliest && count < sample; ) {
    first--;
    count += byPeriod.get(first)?.length ?? 0;
  }
  const candidates = await readCandidates(db, subjectsSince(first), where, values, maxCandidates);
  const held: HeldOut[] = [];
  for (let period = last; period >= first; period--) {
    const model = await models.upTo(period - 1);
    await db.pause();
    const typical = await typicalPrices(db, where, values, model, startOf(timeline, period));
    for (const { n, price, period: _, day: __, ...subject } of byPeriod.get(period) ?? []) {
      const found = candidates.get(n);
      if (found) held.push({ subject, price, candidates: found, model, baseline: typical(subject) });
    }
  }
  return { held, first };
}

/** Returns the median price by type and locality over the year before a day, adjusted to the model's last period; null without a sale. */
async function typicalPrices(
  db: Connection,
  where: string,
  values: Values,
  model: PriceModel,
  day: string,
): Promise<(subject: Subject) => number | null> {
  const medians = await db.rows<{ type: string | null; region: string | null; locality: string | null; price: number }>(
    `SELECT type, region, locality, quantile_cont(price, 0.5) AS price
     FROM (${adjustedSales(model, `${where} AND contract_date < '${day}'`, `'${day}'::DATE - INTERVAL 1 YEAR`)}) GROUP BY ALL`,
    values,
  );
  const key = ({ type, region, locality }: Pick<Subject, 'type' | 'region' | 'locality'>) =>
    JSON.stringify([type, region, locality]);
  const prices = new Map(medians.map((median) => [key(median), median.price]));
  return (subject) => prices.get(key(subject)) ?? null;
}

/** SQL: sales since a day, with prices adjusted to the model's last period. */
export function adjustedSales(model: PriceModel, where: string, since: string): string {
  const { timeline, logarithms, last } = model;
  const first = Math.max(0, last - 72);
  const factors = logarithms.slice(first).map((logarithm) => Math.exp((logarithms[last] as number) - logarithm));
  const index = `greatest(1, least(${factors.length}, ${periodOf(timeline)} - ${first} + 1))`;
  return `SELECT type, region, locality, price * [${factors.join(', ')}][${index}] AS price FROM sale WHERE ${where} AND contract_date >= ${since}`;
}

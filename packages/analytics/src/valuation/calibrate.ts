import type { Connection, Values } from '../connection.ts';
import { periodOf, startOf } from '../price-index/timeline.ts';
import { median } from '../statistics.ts';
import { type Candidate, readCandidates } from './candidates.ts';
import { appraise, type Comparable, compare, type Value, type Weighing } from './estimate-value.ts';
import type { PriceModel, PriceModels } from './price-model.ts';
import { fitSimilarity, type Similarity, usual } from './similarity.ts';
import { building, type Subject, subjectColumns } from './subject.ts';

/** Sold prices told by sales before them only. */
export interface Accuracy {
  /** Held-out sales. */
  sales: number;
  /** First and last day of the periods that they were sold in. */
  from: string;
  to: string;
  /** The part of them that sold within the 80 % range. */
  coverage: number;
  /** Of the errors, as a fraction of the price. */
  medianAbsoluteError: number;
  /** The same of the median of sales of the type in the locality over a year, brought to the same period. */
  baselineError: number | null;
  /** Median of the range's width, as a fraction of the estimate. */
  medianWidth: number;
}

export interface Calibration {
  similarity: Similarity;
  weighing: Weighing;
  /** An estimate's logarithm is so many of its scales above that of the price, in one of ten sales; and so below. */
  low: number;
  high: number;
  accuracy: Accuracy;
}

/** Sales that are held out, in all. More would tell little more, and take longer. */
const sample = 1500;
/** At most the last so many periods are valued, each from the sales before it. */
const mostCutoffs = 8;
/** Of a subject, kept by the rough measure. */
export const mostCandidates = 40;
/** With fewer, ranges would be a guess. */
const fewest = 90;

const weighings: Weighing[] = [5, 10, 20].flatMap((comparables) => [1, 2, 4].map((power) => ({ comparables, power })));

interface HeldOut {
  subject: Subject;
  price: number;
  candidates: Candidate[];
  model: PriceModel;
  baseline: number | null;
}

/**
 * Values sales of the last periods, each from those before its period only, as an estimate is made; and learns from the errors. A third of the sales
 * tells how much likeness counts and how many comparables to take; the next third how far off estimates are, which makes the range; by the
 * last third, which neither has seen, its coverage and the errors are measured.
 *
 * The range is by split conformal prediction: the quantiles of the errors over their scale, the 10 % lowest and highest apart, bound the errors to come in
 * at least 80 % of all cases where sales to come are like those held out, whatever the distribution of errors. Sources: Papadopoulos,
 * Proedrou, Vovk and Gammerman 2002, Inductive Confidence Machines for Regression; Lei, G'Sell, Rinaldo, Tibshirani and Wasserman 2018, Distribution-Free
 * Predictive Inference for Regression, Journal of the American Statistical Association 113: 1094 (section 5.2: locally weighted).
 * @param where SQL condition on the sales, all before the day valued, with date and price
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
  if (held.length < fewest) return null;
  const thirds = [0, 1, 2].map((third) => held.filter((_, i) => i % 3 === third)) as [HeldOut[], HeldOut[], HeldOut[]];
  /** With turns for other work in between. */
  const mapped = async <Item, Made>(items: Item[], make: (item: Item, i: number) => Made): Promise<Made[]> => {
    const all: Made[] = [];
    for (const [i, item] of items.entries()) {
      await db.pause();
      all.push(make(item, i));
    }
    return all;
  };
  const pairs = await mapped(thirds[0], (one, i) => {
    // What is alike in no more than its region: the first that another of the type is compared with.
    const other = thirds[0].find(
      ({ subject }, j) => j > i && subject.type === one.subject.type && subject.locality !== one.subject.locality,
    );
    const elsewhere = other?.candidates
      .slice(0, 1)
      .map((sale) => ({ ...sale, relation: 'region' as const, distance: null }));
    return compare(one.model, usual, [...one.candidates, ...(elsewhere ?? [])], one.subject).map(
      ({ candidate, logarithm }) => ({ candidate, subject: one.subject, difference: logarithm - Math.log(one.price) }),
    );
  });
  const similarity = fitSimilarity(pairs.flat(), (held[0] as HeldOut).model);
  const comparedWith = (one: HeldOut): Compared => ({
    ...one,
    comparables: compare(one.model, similarity, one.candidates, one.subject),
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
  // The (n + 1)-th part, so that the range covers at least as much.
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

/** Logarithm of the price over the estimate. */
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

/** Sales of the last periods, and the first of these; with what is known of each sale at its period's beginning. */
async function holdOut(
  db: Connection,
  where: string,
  values: Values,
  models: PriceModels,
  last: number,
): Promise<{ held: HeldOut[]; first: number }> {
  const { timeline } = models;
  if (last === 0) return { held: [], first: last };
  const earliest = Math.max(1, last - mostCutoffs + 1);
  const starts = Array.from({ length: mostCutoffs + 1 }, (_, i) => startOf(timeline, earliest + i));
  const columns = subjectColumns.join(', ');
  // The same sales every time, and in the same order; as good as any: by hash.
  const subjectsSince = (first: number) =>
    `SELECT id AS n, price, ${columns}, ${building} AS building, period, ['${starts.join("', '")}'][period - ${earliest - 1}]::DATE AS day
     FROM (SELECT *, ${periodOf(timeline)} AS period FROM sale
       WHERE ${where} AND contract_date >= '${startOf(timeline, first)}' AND contract_date < '${startOf(timeline, last + 1)}')
     QUALIFY row_number() OVER (PARTITION BY period ORDER BY hash(id), id) <= ${sample / 4}
     ORDER BY hash(id), id`;
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
  const candidates = await readCandidates(db, subjectsSince(first), where, values, mostCandidates);
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

/** The median of a dwelling's type in its locality over the year before a day, brought to the model's last period; null where there was no sale. */
async function typicalPrices(
  db: Connection,
  where: string,
  values: Values,
  model: PriceModel,
  day: string,
): Promise<(subject: Subject) => number | null> {
  const medians = await db.rows<{ type: string | null; region: string | null; locality: string | null; price: number }>(
    `SELECT type, region, locality, quantile_cont(price, 0.5) AS price
     FROM (${brought(model, `${where} AND contract_date < '${day}'`, `'${day}'::DATE - INTERVAL 1 YEAR`)}) GROUP BY ALL`,
    values,
  );
  const key = ({ type, region, locality }: Pick<Subject, 'type' | 'region' | 'locality'>) =>
    JSON.stringify([type, region, locality]);
  const prices = new Map(medians.map((median) => [key(median), median.price]));
  return (subject) => prices.get(key(subject)) ?? null;
}

/** SQL for sales since a day, their prices brought to the model's last period. */
export function brought(model: PriceModel, where: string, since: string): string {
  const { timeline, logarithms, last } = model;
  const first = Math.max(0, last - 72);
  const factors = logarithms.slice(first).map((logarithm) => Math.exp((logarithms[last] as number) - logarithm));
  const place = `greatest(1, least(${factors.length}, ${periodOf(timeline)} - ${first} + 1))`;
  return `SELECT type, region, locality, price * [${factors.join(', ')}][${place}] AS price FROM sale WHERE ${where} AND contract_date >= ${since}`;
}

import type { Connection, Values } from '../connection.ts';
import { monthOf, periodOf, startOf, type Timeline } from '../price-index/timeline.ts';
import { median } from '../statistics.ts';
import { type Candidate, readCandidates } from './candidates.ts';
import { type ErrorScale, expectedError, fitErrorScale } from './error-scale.ts';
import { exampleOf, type Value, valued } from './estimate-value.ts';
import type { PriceModel } from './price-model.ts';
import type { PriceModels } from './price-models.ts';
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
  /** The shares sum to 1. */
  ranges: { share: number; ranges: Ranges }[];
  /** The coverage of the last held-out sales, by the names of `groupsOf`. */
  measured: Map<string, Measured>;
  accuracy: Accuracy;
}

/** How certain a value is, by the width of its range. */
export const confidenceLevels = ['high', 'medium', 'low'] as const;
export type Confidence = (typeof confidenceLevels)[number];

/** The greatest width of a range, as a fraction of the estimate. */
const maxWidths = { high: 0.3, medium: 0.6 };
/** A value is not of high confidence if fewer sales like it were within their range. */
const leastCoverage = 0.76;

/** How many sales of a group were measured, and how many of them sold within their range. */
export interface Measured {
  sales: number;
  within: number;
}

/** The ranges about estimates, in multiples of the expected error: one sale in ten is below `low`, and one in ten above `high`. */
export interface Ranges {
  errors: ErrorScale;
  /** The logarithms of the estimates that divide the held-out sales into thirds. */
  thirds: number[];
  /** By the names of `groupsOf`. */
  groups: Map<string, { low: number; high: number }>;
}

/** The number of held-out sales. With more, the results hardly change and take longer. */
const sample = 1500;
/** Those of one period. More periods would be older: where a register is young, the model knew much less then. */
const maxInPeriod = sample / 3;
/** The maximum number of last periods from which sales are held out. Each is valued from the sales before it. */
const maxPeriods = 8;
/** The number of candidates of a subject that are selected by the rough measure. */
export const maxCandidates = 60;
/** The number of held-out sales that the similarity is fitted to. */
const maxExamples = 150;
/** With fewer held-out sales, a range would be a guess. */
const minHeldOut = 90;

interface HeldOut {
  subject: Subject;
  price: number;
  candidates: Candidate[];
  model: PriceModel;
  baseline: number | null;
}

/**
 * Calibrates estimates on sales of the last periods, as known at the end of `last`. Each is valued as an estimate would be, from the sales before its period only. The held-out sales
 * are split. Up to 150 fit the similarity. A third of all measures the coverage, of ranges that rest on the errors of the others, and the errors. The final ranges rest
 * on both.
 *
 * The range is made by split conformal prediction. Its ends are the quantiles of the errors divided by the expected ones, without the lowest and highest 10 %,
 * by groups of sales. They hold for at least 80 % of future sales that are like the held-out ones, for any distribution of errors. Sources: Papadopoulos,
 * Proedrou, Vovk and Gammerman 2002, Inductive Confidence Machines for Regression; Vovk, Lindsay, Nouretdinov and Gammerman 2003, Mondrian Confidence
 * Machine; Lei, G'Sell, Rinaldo, Tibshirani and Wasserman 2018, Distribution-Free Predictive Inference for Regression, Journal of the American Statistical
 * Association 113: 1094 (section 5.2: locally weighted).
 * @returns null if there are too few sales
 */
export async function calibrate(
  db: Connection,
  heldOut: HeldOutSales,
  timeline: Timeline,
  last: number,
): Promise<Calibration | null> {
  const first = firstPeriod(last, (period) => heldOut.get(period)?.selected ?? 0);
  const held = [...heldOut].flatMap(([period, { sales }]) => (period >= first && period <= last ? sales : []));
  if (held.length < minHeldOut) return null;
  const [toFit, toScore, toMeasure] = [0, 1, 2].map((third) => held.filter((_, i) => i % 3 === third)) as [
    HeldOut[],
    HeldOut[],
    HeldOut[],
  ];
  /** Maps items, yielding to the event loop in between. */
  const mapped = async <Item, Made>(items: Item[], make: (item: Item) => Made): Promise<Made[]> => {
    const all: Made[] = [];
    for (const item of items) {
      await db.pause();
      all.push(make(item));
    }
    return all;
  };
  const start = typicalSimilarity((held[0] as HeldOut).model);
  const examples = await mapped(toFit.slice(0, maxExamples), ({ model, candidates, subject, price }) =>
    exampleOf(model, start, candidates, subject, price),
  );
  const similarity = await fitSimilarity(examples, start, () => db.pause());
  const scoredOf = (one: HeldOut) => {
    const value = valued(one.model, similarity, one.candidates, one.subject);
    return { ...one, value, error: Math.log(one.price) - value.logarithm };
  };
  const scored = await mapped([...toFit.slice(maxExamples), ...toScore], scoredOf);
  const unseen = await mapped(toMeasure, scoredOf);
  const withoutUnseen = [{ share: 1, ranges: rangesOf(scored) }];
  return {
    similarity,
    ranges: [{ share: 1, ranges: rangesOf([...scored, ...unseen]) }],
    measured: measuredOf(unseen, withoutUnseen),
    accuracy: {
      ...accuracyOf(unseen, withoutUnseen),
      from: startOf(timeline, first),
      to: startOf(timeline, last + 1),
    },
  };
}

type Valued = HeldOut & { value: Value; error: number };

/** The least number of scores that a group has a range of its own by. */
const minScores = 100;

/** The closest relation that a value rests on. */
export type Closest = 'property' | 'street' | 'area';

export function closestRelation({ comparables }: Value): Closest {
  const used = new Set(comparables.filter(({ weight }) => weight > 0).map(({ candidate }) => candidate.relation));
  return used.has('property') ? 'property' : used.has('building') || used.has('street') ? 'street' : 'area';
}

/** The names of the groups of a value, the narrowest first. */
function groupsOf(value: Value, { type }: Subject, thirds: Ranges['thirds']): string[] {
  const relation = closestRelation(value);
  const third = thirds.filter((limit) => value.logarithm > limit).length;
  return [`${relation} ${third} ${type}`, `${relation} ${type}`, `type ${type}`, 'all'];
}

function rangesOf(scored: Valued[]): Ranges {
  const sorted = scored.map(({ value }) => value.logarithm).sort((a, b) => a - b);
  const thirds = [1, 2].map((third) => sorted[Math.floor((third * sorted.length) / 3)] as number);
  const errors = fitErrorScale(scored);
  const scores = new Map<string, number[]>();
  for (const one of scored) {
    const score = one.error / expectedError(errors, one);
    for (const group of groupsOf(one.value, one.subject, thirds)) {
      scores.set(group, [...(scores.get(group) ?? []), score]);
    }
  }
  const groups = new Map<string, { low: number; high: number }>();
  for (const [group, ofGroup] of scores) {
    if (ofGroup.length < minScores && group !== 'all') continue;
    ofGroup.sort((a, b) => a - b);
    // A fraction of n + 1, so that the range covers at least 80 %.
    const rank = Math.max(Math.floor(0.1 * (ofGroup.length + 1)), 1);
    groups.set(group, { low: ofGroup[rank - 1] as number, high: ofGroup[ofGroup.length - rank] as number });
  }
  return { errors, thirds, groups };
}

/** The 80 % range of a value, of the logarithm. */
export function rangeOf(
  { ranges }: Pick<Calibration, 'ranges'>,
  value: Value,
  subject: Subject,
): { low: number; high: number } {
  let [low, high] = [value.logarithm, value.logarithm];
  for (const {
    share,
    ranges: { errors, thirds, groups },
  } of ranges) {
    const name = groupsOf(value, subject, thirds).find((name) => groups.has(name)) as string;
    const ends = groups.get(name) as { low: number; high: number };
    const scale = share * expectedError(errors, { value, subject });
    low += ends.low * scale;
    high += ends.high * scale;
  }
  return { low, high };
}

/** The coverage by group, of the groups that have enough sales. */
function measuredOf(unseen: Valued[], ranges: Calibration['ranges']): Calibration['measured'] {
  const { thirds } = (ranges[0] as Calibration['ranges'][number]).ranges;
  const measured = new Map<string, Measured>();
  for (const { value, subject, price } of unseen) {
    const { low, high } = rangeOf({ ranges }, value, subject);
    const within = Number(Math.log(price) >= low && Math.log(price) <= high);
    for (const group of groupsOf(value, subject, thirds)) {
      const { sales, within: before } = measured.get(group) ?? { sales: 0, within: 0 };
      measured.set(group, { sales: sales + 1, within: before + within });
    }
  }
  return new Map([...measured].filter(([group, { sales }]) => sales >= minScores || group === 'all'));
}

/** How certain a value is, and the coverage that was measured of the narrowest group of sales like it. */
export function confidenceOf(
  calibration: Calibration,
  value: Value,
  subject: Subject,
): { level: Confidence; measured: Measured } {
  const { low, high } = rangeOf(calibration, value, subject);
  const { thirds } = (calibration.ranges.at(-1) as Calibration['ranges'][number]).ranges;
  const group = groupsOf(value, subject, thirds).find((name) => calibration.measured.has(name)) as string;
  const measured = calibration.measured.get(group) as Measured;
  const width = Math.exp(high - value.logarithm) - Math.exp(low - value.logarithm);
  if (width > maxWidths.medium) return { level: 'low', measured };
  const isCovered = measured.within >= leastCoverage * measured.sales;
  return { level: width <= maxWidths.high && isCovered ? 'high' : 'medium', measured };
}

function accuracyOf(held: Valued[], ranges: Calibration['ranges']): Omit<Accuracy, 'from' | 'to'> {
  const errors = held.map(({ value, subject, price, error }) => {
    const { low, high } = rangeOf({ ranges }, value, subject);
    const logarithm = Math.log(price);
    return {
      within: logarithm >= low && logarithm <= high,
      off: Math.abs(Math.exp(-error) - 1),
      width: Math.exp(high - value.logarithm) - Math.exp(low - value.logarithm),
    };
  });
  const baselines = held.flatMap(({ price, baseline }) => (baseline === null ? [] : [Math.abs(baseline / price - 1)]));
  return {
    sales: held.length,
    coverage: errors.filter(({ within }) => within).length / held.length,
    medianAbsoluteError: median(errors.map(({ off }) => off)),
    baselineError: baselines.length ? median(baselines) : null,
    medianWidth: median(errors.map(({ width }) => width)),
  };
}

/** The held-out sales by their period, the last first: how many were selected, and those that have candidates. */
export type HeldOutSales = Map<number, { selected: number; sales: HeldOut[] }>;

/**
 * Selects sales of the last periods, each with the candidates and the model at the beginning of its period. They are enough for calibrations at the ends of
 * the periods from `from` to `last`.
 * @param where SQL condition for sales before the valuation day, with date and price
 * @param last the last period that is complete
 */
export async function holdOut(
  db: Connection,
  where: string,
  values: Values,
  models: PriceModels,
  from: number,
  last: number,
): Promise<HeldOutSales> {
  const { timeline } = models;
  const held: HeldOutSales = new Map();
  if (last === 0) return held;
  const earliest = Math.max(1, from - maxPeriods + 1);
  const starts = Array.from({ length: last - earliest + 1 }, (_, i) => startOf(timeline, earliest + i));
  const columns = subjectColumns.join(', ');
  // By a hash of the sale's key: an arbitrary sample, but always the same one, in the same order, whatever the order of imports.
  const subjectsSince = (first: number) =>
    `SELECT id AS n, price, ${columns}, ${building} AS building, period, ['${starts.join("', '")}'][period - ${earliest - 1}]::DATE AS day
     FROM (SELECT *, ${periodOf(timeline)} AS period FROM sale
       WHERE ${where} AND contract_date >= '${startOf(timeline, first)}' AND contract_date < '${startOf(timeline, last + 1)}')
     QUALIFY row_number() OVER (PARTITION BY period ORDER BY md5_number_lower(key), key) <= ${maxInPeriod}
     ORDER BY md5_number_lower(key), key`;
  const sold = await db.rows<Subject & { n: number; price: number; period: number; day: string }>(
    subjectsSince(earliest),
    values,
  );
  const byPeriod = Map.groupBy(sold, ({ period }) => period);
  const countOf = (period: number) => byPeriod.get(period)?.length ?? 0;
  const ends = Array.from({ length: last - from + 1 }, (_, i) => Math.max(1, from + i));
  const first = Math.min(...ends.map((end) => firstPeriod(end, countOf)));
  const candidates = await readCandidates(db, subjectsSince(first), where, values, maxCandidates);
  for (let period = last; period >= first; period--) {
    const model = await models.before(monthOf(startOf(timeline, period)));
    await db.pause();
    const typical = await typicalPrices(db, where, values, model, startOf(timeline, period));
    const ofPeriod = (byPeriod.get(period) ?? []).flatMap(({ n, price, period: _, day: __, ...subject }) => {
      const found = candidates.get(n);
      return found ? [{ subject, price, candidates: found, model, baseline: typical(subject) }] : [];
    });
    held.set(period, { selected: countOf(period), sales: ofPeriod });
  }
  return held;
}

/** The first of the periods before the end of `last` that have enough sales together. */
function firstPeriod(last: number, countOf: (period: number) => number): number {
  const earliest = Math.max(1, last - maxPeriods + 1);
  let first = last;
  for (let count = countOf(last); first > earliest && count < sample; ) {
    first--;
    count += countOf(first);
  }
  return first;
}

/** Returns the median price by type and locality over the year before a day, adjusted to the month after the model's last; null without a sale. */
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

/** SQL: sales since a day, with prices adjusted to the month after the model's last. */
export function adjustedSales(model: PriceModel, where: string, since: string): string {
  const { timeline, logarithms, last, level } = model;
  const first = Math.max(0, last - 72);
  const factors = logarithms.slice(first).map((logarithm) => Math.exp(level - logarithm));
  const index = `greatest(1, least(${factors.length}, ${periodOf(timeline)} - ${first} + 1))`;
  return `SELECT type, region, locality, price * [${factors.join(', ')}][${index}] AS price FROM sale WHERE ${where} AND contract_date >= ${since}`;
}

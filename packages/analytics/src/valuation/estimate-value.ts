import { median } from '../statistics.ts';
import type { Candidate } from './candidates.ts';
import type { LeftOutReason } from './left-out-reasons.ts';
import {
  type Adjustment,
  adjustments,
  modelLogarithm,
  type PriceModel,
  unknownVariance,
  usedAttributes,
} from './price-model.ts';
import { between, covariances, type Example, krige, type Located, pairsOf, type Similarity } from './similarity.ts';
import type { Subject } from './subject.ts';

/** The maximum number of comparables that an estimate rests on. */
export const maxComparables = 40;
/** The number that the similarity is fitted with, in half of the time. */
const fittedComparables = 30;

/** A sale, adjusted to the subject. */
export interface Comparable {
  candidate: Candidate;
  /** Whether the caller included it. */
  isIncluded: boolean;
  steps: Adjustment[];
  /** Logarithm of the adjusted price. */
  logarithm: number;
  /** Expected variance of the difference between this logarithm and the subject's. */
  variance: number;
  /** In the estimate; with that of the price model, the weights sum to 1. */
  weight: number;
}

/** A sale that is no comparable, with the reason. */
export interface LeftOut {
  candidate: Candidate;
  logarithm: number;
  reason: LeftOutReason;
}

export interface Value {
  /** Logarithm of the price. */
  logarithm: number;
  /** The standard deviation of its error, of the logarithm. */
  scale: number;
  /** The most similar first. */
  comparables: Comparable[];
  leftOut: LeftOut[];
  /** The logarithm of the price by the model alone, and its weight. */
  model: { logarithm: number; weight: number };
}

/** Below it, a difference of the sum of the weights from 1 is a rounding error. */
const minWeight = 1e-9;

/** The ids of sales that are no comparables, and of candidates that are in any case. */
export interface ChosenIds {
  exclude: number[];
  include: number[];
}

/** The value of a subject in the model's last month, by the candidates that are most similar to it. */
export function valued(
  model: PriceModel,
  similarity: Similarity,
  candidates: Candidate[],
  subject: Subject,
  { exclude, include }: ChosenIds = { exclude: [], include: [] },
): Value {
  const typical = asTypical(
    model,
    candidates.filter(({ id }) => !exclude.includes(id)),
    subject,
  );
  const all = adjusted(model, candidates, { ...subject, postcode: typical.postcode });
  const chosen = (ids: number[]) => all.filter(({ candidate }) => ids.includes(candidate.id));
  const [excluded, included] = [chosen(exclude), chosen(include)];
  const ofModel = modelLogarithm(model, typical);
  const { kept, leftOut } = withoutMisleading(
    all.filter((one) => !excluded.includes(one) && !included.includes(one)),
    subject,
    ofModel,
  );
  const comparables = mostSimilar(model, similarity, kept, subject, included);
  const pairs = pairsOf([...comparables.map(({ candidate }) => candidate), located(subject)], model);
  const covariance = covariances(pairs, similarity);
  const deviations = comparables.map(({ logarithm }) => logarithm - ofModel);
  const { weights, variance } = krige(covariance, deviations, similarity);
  const count = comparables.length;
  const unstated = unknownVariance(model, subject);
  const rest = 1 - weights.reduce((sum, weight) => sum + weight, 0);
  return {
    logarithm: ofModel + deviations.reduce((sum, deviation, i) => sum + (weights[i] as number) * deviation, 0),
    scale: Math.sqrt(similarity.own * variance + unstated),
    comparables: comparables.map((one, i) => ({
      ...one,
      isIncluded: included.includes(one),
      variance:
        unstated +
        similarity.own *
          Math.max(
            0,
            between(covariance, i, i) + between(covariance, count, count) - 2 * between(covariance, count, i) + 2,
          ),
      weight: weights[i] as number,
    })),
    leftOut: [
      ...excluded.map(({ candidate, logarithm }) => ({ candidate, logarithm, reason: { code: 'excluded' as const } })),
      ...leftOut,
    ],
    model: { logarithm: ofModel, weight: rest < minWeight ? 0 : rest },
  };
}

/** A held-out sale, for the fit of the similarity. */
export function exampleOf(
  model: PriceModel,
  similarity: Similarity,
  candidates: Candidate[],
  subject: Subject,
  price: number,
): Example {
  const ofModel = modelLogarithm(model, subject);
  const { kept } = withoutMisleading(adjusted(model, candidates, subject), subject, ofModel);
  const comparables = mostSimilar(model, similarity, kept, subject).slice(0, fittedComparables);
  return {
    pairs: pairsOf([...comparables.map(({ candidate }) => candidate), located(subject)], model),
    deviations: comparables.map(({ logarithm }) => logarithm - ofModel),
    deviation: Math.log(price) - ofModel,
  };
}

type Adjusted = Pick<Comparable, 'candidate' | 'steps' | 'logarithm'>;

function adjusted(model: PriceModel, candidates: Candidate[], subject: Subject): Adjusted[] {
  return candidates.map((candidate) => {
    const steps = adjustments(model, candidate, subject, candidate.relation === 'property' ? candidate.years : null);
    return {
      candidate,
      steps,
      logarithm: steps.reduce((sum, { logarithm }) => sum + logarithm, Math.log(candidate.price)),
    };
  });
}

/**
 * A described dwelling with what is typical of similar sales in place of what is not known: the median or the most frequent value of each attribute, and the postcode of most sales of its locality.
 * Of a house whose land is not described, the model must not assume what it knows of houses whose land is not registered, which are strata titles.
 */
function asTypical(model: PriceModel, candidates: Candidate[], subject: Subject): Subject {
  if (subject.property_id !== null) return subject;
  const typical = { ...subject };
  for (const attribute of usedAttributes(model)) {
    if (subject[attribute] !== null) continue;
    const stated = candidates.flatMap((candidate) => candidate[attribute] ?? []);
    if (stated.length > 0) Object.assign(typical, { [attribute]: middleOf(stated) });
  }
  if (typical.postcode === null && subject.locality !== null) {
    const postcodes = Map.groupBy(
      candidates.filter(({ locality }) => locality === subject.locality),
      ({ postcode }) => postcode,
    );
    const ranked = [...postcodes].sort(([a, x], [b, y]) => y.length - x.length || (a ?? '').localeCompare(b ?? ''));
    typical.postcode = ranked[0]?.[0] ?? null;
  }
  return typical;
}

/** The median of numbers, the most frequent of texts. */
function middleOf(values: (string | number)[]): string | number {
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length > 0) return median(numbers);
  const frequent = [...Map.groupBy(values, (value) => value)].sort(
    ([a, these], [b, those]) => those.length - these.length || (a < b ? -1 : 1),
  );
  return frequent[0]?.[0] as string;
}

function located(subject: Subject): Located {
  return { ...subject, years: 0 };
}

/** Those whose deviation from the model differs least from the subject's, as expected, with those that the caller includes. */
function mostSimilar(
  model: PriceModel,
  similarity: Similarity,
  kept: Adjusted[],
  subject: Subject,
  included: Adjusted[] = [],
): Adjusted[] {
  const all = [...included, ...kept];
  const differences = all.map(({ candidate }) => {
    const all = covariances(pairsOf([candidate, located(subject)], model), similarity);
    return between(all, 0, 0) - 2 * between(all, 1, 0);
  });
  const sorted = all
    .map((one, i) => ({ one, difference: differences[i] as number }))
    .sort((a, b) => a.difference - b.difference || order(a.one.candidate, b.one.candidate))
    .map(({ one }) => one);
  const others = sorted.filter((one) => !included.includes(one)).slice(0, maxComparables - included.length);
  return sorted.filter((one) => included.includes(one) || others.includes(one));
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

/** A floor area that differs by this factor is that of another building, and so is a price so far below the model's in the year of building. */
const rebuilt = Math.log(1.4);

/**
 * Leaves out sales whose adjusted prices are so far from the others that they cannot be of such a dwelling, or not of a sale at market, and earlier sales of
 * the dwelling itself before it was rebuilt.
 */
function withoutMisleading(
  all: Adjusted[],
  subject: Subject,
  ofModel: number,
): { kept: Adjusted[]; leftOut: LeftOut[] } {
  const before = all.filter((one) => isBeforeRebuilding(one, subject, ofModel));
  const current = all.filter((one) => !before.includes(one));
  const leftOut: LeftOut[] = before.map(({ candidate, logarithm }) => ({
    candidate,
    logarithm,
    reason: { code: 'before_rebuilding' },
  }));
  if (current.length < minToCompare) return { kept: current, leftOut };
  const center = median(current.map(({ logarithm }) => logarithm));
  const distance = ({ logarithm }: Adjusted) => Math.abs(logarithm - center);
  const spread = Math.max(1.4826 * median(current.map(distance)), minSpread);
  // The dwelling's own sales state its price, however unusual it is.
  const isOutlier = (one: Adjusted) => one.candidate.relation !== 'property' && distance(one) > outlying * spread;
  const outliers = current.filter(isOutlier).map(({ candidate, logarithm }) => ({
    candidate,
    logarithm,
    reason: { code: 'outlying' as const, times_median: Number(Math.exp(logarithm - center).toPrecision(2)) },
  }));
  return { kept: current.filter((one) => !isOutlier(one)), leftOut: [...leftOut, ...outliers] };
}

/**
 * In the year of building, the land may have been sold with the earlier building, or the new dwelling. Only the price shows which: in Seattle, 5 of 20 such
 * dwellings that were sold again by 2014 sold for at least twice as much then, relative to the market, and the others for at most 1.2 times as much.
 */
function isBeforeRebuilding({ candidate, logarithm }: Adjusted, subject: Subject, ofModel: number): boolean {
  const { relation, contract_date, floor_area, new_build } = candidate;
  if (relation !== 'property') return false;
  if (subject.year_built !== null) {
    const year = Number(contract_date.slice(0, 4));
    if (subject.year_built > year) return true;
    if (subject.year_built === year && new_build !== 1 && logarithm < ofModel - rebuilt) return true;
  }
  if (!floor_area || !subject.floor_area) return false;
  return Math.abs(Math.log(subject.floor_area / floor_area)) > rebuilt;
}

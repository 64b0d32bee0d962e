/**
 * The valuation on a day lies between those of two months. Otherwise every estimate would jump when a month ends and the model of the next one, which knows
 * another month of sales, takes its place.
 */
import type { Calibration } from './calibrate.ts';
import type { PriceModel } from './price-model.ts';
import type { Similarity } from './similarity.ts';

/** @param share of `b`, from 0 to 1 */
const mix = (a: number, b: number, share: number) => a + share * (b - a);

/** Adds what is missing in one of them as 0, which is the mean effect. */
function mixed<Key>(a: Map<Key, number>, b: Map<Key, number>, share: number): Map<Key, number> {
  return new Map(
    [...new Set([...a.keys(), ...b.keys()])].map((key) => [key, mix(a.get(key) ?? 0, b.get(key) ?? 0, share)]),
  );
}

/** The model with its prices at a time, in months after the middle of the month after its last. */
export function atTime(model: PriceModel, months: number): PriceModel {
  return { ...model, level: model.level + months * model.drift };
}

/**
 * The model between two of the same sales, of which `b` knows more months. Its logarithms are exactly those of the two, weighted.
 * @param share of `b`, from 0 to 1
 */
export function blendModels(a: PriceModel, b: PriceModel, share: number): PriceModel {
  const scaled = ({ terms }: PriceModel, factor: number) =>
    terms.map((term) => ({ ...term, slopes: term.slopes.map((slope) => factor * slope) }));
  const unknown = (name: 'effect' | 'variance') => {
    const of = (model: PriceModel) => new Map([...model.unknown].map(([key, values]) => [key, values[name]]));
    return mixed(of(a), of(b), share);
  };
  const variances = unknown('variance');
  return {
    timeline: b.timeline,
    last: b.last,
    // Relative to the level, which is then 0.
    logarithms: b.logarithms.map((logarithm, month) =>
      mix((a.logarithms[Math.min(month, a.last)] as number) - a.level, logarithm - b.level, share),
    ),
    deviations: new Map(
      [...b.deviations].map(([level, groups]) => [
        level,
        new Map(
          [...groups].map(([key, deviations]) => {
            const before = a.deviations.get(level)?.get(key);
            return [
              key,
              deviations.map((deviation, month) => mix(before?.[Math.min(month, a.last)] ?? 0, deviation, share)),
            ];
          }),
        ),
      ]),
    ),
    level: 0,
    drift: mix(a.drift, b.drift, share),
    mean: mix(a.mean + a.level, b.mean + b.level, share),
    terms: [...scaled(b, share), ...scaled(a, 1 - share)],
    types: mixed(a.types, b.types, share),
    unknown: new Map(
      [...unknown('effect')].map(([key, effect]) => [key, { effect, variance: variances.get(key) as number }]),
    ),
    groups: new Map(
      [...new Set([...a.groups.keys(), ...b.groups.keys()])].map((level) => [
        level,
        mixed(a.groups.get(level) ?? new Map(), b.groups.get(level) ?? new Map(), share),
      ]),
    ),
    premiums: a.premiums.map((premium, i) => mix(premium, b.premiums[i] as number, share)),
    spread: mix(a.spread, b.spread, share),
  };
}

/** @param share of `b`, from 0 to 1 */
export function blendCalibrations(a: Calibration, b: Calibration, share: number): Calibration {
  return {
    similarity: blendSimilarities(a.similarity, b.similarity, share),
    ranges: [
      ...a.ranges.map((each) => ({ ...each, share: each.share * (1 - share) })),
      ...b.ranges.map((each) => ({ ...each, share: each.share * share })),
    ],
    measured: b.measured,
    accuracy: b.accuracy,
  };
}

/** Between two numbers that a fit multiplies by factors. */
function blendSimilarities(a: Similarity, b: Similarity, share: number): Similarity {
  const blend = (a: number | undefined, b: number) => (a === undefined ? b : a ** (1 - share) * b ** share);
  const each = <T extends object>(a: T, b: T) =>
    Object.fromEntries(
      Object.entries(b).map(([name, value]) => [name, blend(a[name as keyof T] as number, value)]),
    ) as T;
  const { levels, attributes, ...numbers } = b;
  return {
    ...each<Omit<Similarity, 'levels' | 'attributes'>>(a, numbers),
    levels: each(a.levels, levels),
    attributes: each(a.attributes, attributes),
  };
}

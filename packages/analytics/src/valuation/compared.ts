/** A subject with its comparables, in the form of the questions `comparables` and `estimate`. */
import Type, { type Static } from 'typebox';
import { amount, wholeAmount } from '../amounts.ts';
import type { Connection } from '../connection.ts';
import { InvalidQuestion } from '../errors.ts';
import { eachFeature } from '../features.ts';
import type { Market } from '../market.ts';
import { methodNames } from '../price-index/methods.ts';
import { intervals, startOf } from '../price-index/timeline.ts';
import { statedAttribute } from '../sale-rows.ts';
import { figure, nullableText } from '../statistics.ts';
import { maxCandidates } from './calibrate.ts';
import { readCandidatesOf, relations } from './candidates.ts';
import { type Comparable, type Value, valued } from './estimate-value.ts';
import { leftOutReasonSchema, leftOutSentence } from './left-out-reasons.ts';
import { type MarketValuation, marketValuation, salesBefore, valuedOn } from './market-valuation.ts';
import { coefficientsOf, comparableYears } from './price-model.ts';
import { typicalSimilarity, variancesOf } from './similarity.ts';
import { readSubject, type Subject, type SubjectParameters } from './subject.ts';

const step = Type.Object({
  name: Type.String({
    description:
      '`time`; `resale`, for an earlier sale of the dwelling itself, by the years between; the attribute that differs; or `place`, the locality and postcode.',
  }),
  from: Type.Union([Type.String(), Type.Number()], {
    description: "The comparable's month of sale, attribute or place.",
  }),
  to: Type.Union([Type.String(), Type.Number()], { description: "The subject's." }),
  factor: Type.Number({ description: 'Factor that the price is multiplied by.' }),
  amount: amount('Amount that the factor adds to the price.'),
  price: amount('Price after the step.'),
});

export const comparableSchema = Type.Object({
  rank: Type.Integer({ description: '1 is the most similar.' }),
  id: Type.Integer({ description: 'Id of the sale.' }),
  property_id: Type.Integer(),
  address: Type.String(),
  locality: nullableText('Suburb or town.'),
  postcode: nullableText('As stated by the sale.'),
  type: nullableText('Dwelling type.'),
  contract_date: Type.String({ format: 'date' }),
  price: wholeAmount('As recorded.'),
  included: Type.Boolean({ description: 'Whether it is a comparable because the caller included it.' }),
  relation: Type.Enum([...relations], {
    description:
      'The closest relation to the subject: the same property, building, street, locality and postcode (`neighbourhood`), locality or postcode, within about 4 km (`nearby`), or the same region.',
  }),
  distance_km: figure('null if either has no coordinates of its own.'),
  latitude: figure('WGS 84.'),
  longitude: figure('WGS 84.'),
  approximate: Type.Union([Type.Enum(['locality', 'postcode']), Type.Null()], {
    description: 'Whose middle the coordinates are; null if they are its own, or there are none.',
  }),
  ...eachFeature(statedAttribute),
  steps: Type.Array(step, {
    description:
      'The adjustments from the recorded to the adjusted price. There is no adjustment for attributes that the subject does not state; one that only the comparable does not state is adjusted from the mean of such sales.',
  }),
  adjusted_price: wholeAmount('The price of the subject, as estimated from this sale alone.'),
  expected_error: Type.Number({
    description: 'Expected error of the adjusted price, as a fraction (one standard deviation of the logarithm).',
  }),
  similarity: Type.Number({ description: 'exp(−expected_error): 1 means no error. Comparables are ranked by it.' }),
});

export const outliersSchema = Type.Array(
  Type.Object({
    id: Type.Integer({ description: 'Id of the sale.' }),
    property_id: Type.Integer(),
    address: Type.String(),
    contract_date: Type.String({ format: 'date' }),
    price: wholeAmount('As recorded.'),
    adjusted_price: wholeAmount(),
    reason: Type.String({ description: 'An English sentence.' }),
    coded_reason: leftOutReasonSchema,
  }),
  { description: 'Similar sales that are left out, with the reason.' },
);

export function outliersOf({ value }: Compared): Static<typeof outliersSchema> {
  return value.leftOut.map(({ candidate, logarithm, reason }) => ({
    id: candidate.id,
    property_id: candidate.property_id,
    address: candidate.address,
    contract_date: candidate.contract_date,
    price: candidate.price,
    adjusted_price: Math.round(Math.exp(logarithm)),
    reason: leftOutSentence(reason),
    coded_reason: reason,
  }));
}

export const indexSchema = Type.Object(
  {
    method: Type.Enum([...methodNames], {
      description:
        'Always hedonic: the trend is estimated together with the effects of attributes and places, also where `price-index` has no hedonic index.',
    }),
    interval: Type.Enum([...intervals]),
    to: Type.String({
      format: 'date',
      description: 'First day of the month that prices are adjusted to, which is the one after the last complete one.',
    }),
    coefficients: Type.Record(Type.String(), Type.Number(), {
      description:
        'What one more of an attribute adds to the logarithm of a price, on average between the tenth and the ninetieth of a hundred sales; empty if sales state no attributes.',
    }),
  },
  {
    description:
      'The price model of the market, by which prices are adjusted to the valuation day and to the subject: a smooth trend of its own, attributes by type, and effects of places. It is no index of `price-index`.',
  },
);

export const similaritySchema = Type.Object(
  {
    relations: Type.Record(Type.String(), Type.Number(), { description: 'The variance of each relation.' }),
    time: Type.Number({ description: 'Per year.' }),
    distance: Type.Number({ description: 'Per square root of a kilometre.' }),
    floor_area: Type.Number({ description: 'Per squared difference of the logarithms.' }),
    land_area: Type.Number({ description: 'The same for land areas.' }),
    rooms: Type.Number({ description: 'Per squared difference of bedrooms, bathrooms, car spaces and the like.' }),
    unstated: Type.Record(Type.String(), Type.Number(), {
      description: 'The variance of each attribute that one of the two does not state.',
    }),
    fitted: Type.Boolean({
      description:
        "Whether the variances are fitted to this market's sales. If it has too few, they are typical values of other markets.",
    }),
  },
  {
    description:
      'What makes a sale less similar to the subject. Each member is a variance of the difference between the logarithms of the adjusted price and of the price of the subject. The variances of a sale add up.',
  },
);

/** The maximum number of sales that a caller excludes, and that it includes. */
const maxChosen = 20;
const saleIds = (description: string) =>
  Type.Optional(
    Type.Array(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }), { maxItems: maxChosen, description }),
  );

/** Comparables that the caller chooses, instead of the similarity. */
export const choiceParameters = {
  exclude: saleIds('Ids of sales that are no comparables. `left_out` has those that would have been.'),
  include: saleIds(
    'Ids of sales that are comparables in any case. They have to be of the same type, and of the region or nearby.',
  ),
};
const choice = Type.Object(choiceParameters);
export type Choice = Static<typeof choice>;

export const chosenSchema = Type.Object(
  {
    excluded: Type.Integer({ description: 'Number of comparables that the caller excluded.' }),
    included: Type.Integer({ description: 'Number of comparables that the caller included.' }),
  },
  { description: 'Comparables that the caller chose, by `exclude` and `include`.' },
);

export function chosenOf({ value: { comparables, leftOut } }: Compared): Static<typeof chosenSchema> {
  return {
    excluded: leftOut.filter(({ reason }) => reason.code === 'excluded').length,
    included: comparables.filter(({ isIncluded }) => isIncluded).length,
  };
}

export interface Compared {
  day: string;
  subject: Subject;
  valuation: MarketValuation;
  /** At least one comparable, unless all candidates are left out. */
  value: Value;
}

/** With fewer candidates nearby, sales of the whole region are compared too. */
export const minNearby = 5;

/** @throws InvalidQuestion as `readSubject`, if there is no sale to compare with, or for an included sale that cannot be compared */
export async function compareSubject(
  db: Connection,
  { exclude = [], include = [], ...parameters }: SubjectParameters & Choice,
  market: Market,
): Promise<Compared> {
  const both = include.find((id) => exclude.includes(id));
  if (both !== undefined) throw new InvalidQuestion('include', `Sale ${both} is both included and excluded.`);
  const day = await valuedOn(db, market, parameters.valued_on);
  const subject = await readSubject(db, parameters, market, day);
  const valuation = await marketValuation(db, market, day);
  const { where, values } = salesBefore(day);
  const read = (condition: string, wide: boolean) =>
    readCandidatesOf(db, subject, day, `${where} AND ${condition}`, values, maxCandidates, wide);
  let candidates = await read('true', false);
  if (candidates.length < minNearby) candidates = await read('true', true);
  const included = include.length === 0 ? [] : await read(`id IN (${include.join(', ')})`, true);
  const missing = include.find((id) => included.every((sale) => sale.id !== id));
  if (missing !== undefined) {
    throw new InvalidQuestion(
      'include',
      `Sale ${missing} cannot be compared: it has to be a standard sale of ${subject.type ? `type ${subject.type}` : 'no type'}, in the region of the dwelling or within about 4 km, of the ${comparableYears} years before ${day}.`,
    );
  }
  candidates = [...included, ...candidates.filter(({ id }) => !include.includes(id))];
  if (candidates.length === 0) {
    const where = subject.locality ?? subject.postcode ?? 'its place';
    throw new InvalidQuestion(
      'type',
      `${market.name} has no sale of ${subject.type ? `type ${subject.type}` : 'no type'} before ${day} to compare with, in ${where} or elsewhere in the region; \`facets\` lists the values in use.`,
    );
  }
  const similarity = valuation.calibration?.similarity ?? typicalSimilarity(valuation.model);
  return {
    day,
    subject,
    valuation,
    value: valued(valuation.model, similarity, candidates, subject, { exclude, include }),
  };
}

export function indexOf({ valuation: { model }, subject }: Compared): Static<typeof indexSchema> {
  return {
    method: 'hedonic',
    interval: model.timeline.interval,
    to: startOf(model.timeline, model.last + 1),
    coefficients: Object.fromEntries(
      Object.entries(coefficientsOf(model, subject.type)).map(([name, coefficient]) => [name, digits(coefficient)]),
    ),
  };
}

export function similarityOf({ valuation: { calibration, model } }: Compared): Static<typeof similaritySchema> {
  const similarity = calibration?.similarity ?? typicalSimilarity(model);
  const rounded = (numbers: object) =>
    Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, digits(value)]));
  const { byRelation, unstated, ...others } = variancesOf(similarity, model);
  return {
    relations: rounded(byRelation),
    ...(rounded(others) as typeof others),
    unstated: rounded(unstated),
    fitted: calibration !== null,
  };
}

export function rowOf(
  { candidate, isIncluded, steps, logarithm, variance }: Comparable,
  rank: number,
): Static<typeof comparableSchema> {
  let price = candidate.price;
  const error = Math.sqrt(variance);
  return {
    rank,
    id: candidate.id,
    property_id: candidate.property_id,
    address: candidate.address,
    locality: candidate.locality,
    postcode: candidate.postcode,
    type: candidate.type,
    contract_date: candidate.contract_date,
    price: candidate.price,
    included: isIncluded,
    relation: candidate.relation,
    distance_km: candidate.distance === null ? null : digits(candidate.distance, 4),
    latitude: candidate.latitude,
    longitude: candidate.longitude,
    approximate: candidate.approximate,
    ...eachFeature((name) => candidate[name]),
    steps: steps.map(({ logarithm, ...step }) => {
      const before = price;
      const factor = Math.exp(logarithm);
      price *= factor;
      return { ...step, factor: digits(factor), amount: cents(price - before), price: cents(price) };
    }),
    adjusted_price: Math.round(Math.exp(logarithm)),
    expected_error: digits(error, 4),
    similarity: digits(Math.exp(-error), 4),
  };
}

/** Rounds to digits that suffice to follow the arithmetic, and that are the same on every task. */
export function digits(number: number, count = 9): number {
  return Number(number.toPrecision(count));
}

function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}

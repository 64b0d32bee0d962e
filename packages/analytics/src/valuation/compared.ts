/** A subject with its comparables, in the form of the questions `comparables` and `estimate`. */
import { eachAttribute } from '@property-insights/database';
import Type, { type Static } from 'typebox';
import type { Connection } from '../connection.ts';
import { InvalidQuestion } from '../errors.ts';
import { eachFeature } from '../features.ts';
import type { Market } from '../market.ts';
import { methodNames } from '../price-index/methods.ts';
import { intervals, startOf } from '../price-index/timeline.ts';
import { statedAttribute } from '../sale-rows.ts';
import { figure, median, nullableText } from '../statistics.ts';
import { maxCandidates } from './calibrate.ts';
import { around, readCandidates, relations } from './candidates.ts';
import { type Comparable, compare, withoutOutliers } from './estimate-value.ts';
import { type MarketValuation, marketValuation, salesBefore, valuedOn } from './market-valuation.ts';
import { adjustments } from './price-model.ts';
import { typicalSimilarity } from './similarity.ts';
import { readSubject, type Subject, type SubjectParameters, subjectColumns } from './subject.ts';

const step = Type.Object({
  name: Type.String({ description: '`time`, or the attribute that differs.' }),
  from: Type.Union([Type.String(), Type.Number()], {
    description: "The comparable's period of sale, or attribute.",
  }),
  to: Type.Union([Type.String(), Type.Number()], { description: "The subject's." }),
  factor: Type.Number({ description: 'Factor that the price is multiplied by.' }),
  amount: Type.Number({ description: 'Amount that the factor adds to the price.' }),
  price: Type.Number({ description: 'Price after the step.' }),
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
  price: Type.Integer({ description: 'As recorded.' }),
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
      'The adjustments from the recorded to the adjusted price. There is no adjustment for attributes that one of the two does not state.',
  }),
  adjusted_price: Type.Integer({ description: 'The price of the subject, as estimated from this sale alone.' }),
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
    price: Type.Integer({ description: 'As recorded.' }),
    adjusted_price: Type.Integer(),
    reason: Type.String(),
  }),
  { description: 'Similar sales that are left out, with the reason.' },
);

export function outliersOf({ outliers, comparables }: Compared): Static<typeof outliersSchema> {
  const typical = median(comparables.map(({ logarithm }) => logarithm));
  return outliers.map(({ candidate, logarithm }) => ({
    id: candidate.id,
    property_id: candidate.property_id,
    address: candidate.address,
    contract_date: candidate.contract_date,
    price: candidate.price,
    adjusted_price: Math.round(Math.exp(logarithm)),
    reason: `Its adjusted price is ${Number(Math.exp(logarithm - typical).toPrecision(2))} times the median of the comparables, and so too far from it.`,
  }));
}

export const indexSchema = Type.Object(
  {
    method: Type.Enum([...methodNames]),
    interval: Type.Enum([...intervals]),
    to: Type.String({
      format: 'date',
      description: 'First day of the period that prices are adjusted to, which is the last complete one.',
    }),
    coefficients: Type.Record(Type.String(), Type.Number(), {
      description:
        'What one more of an attribute adds to the logarithm of a price; empty if sales state no attributes.',
    }),
  },
  {
    description:
      'The price index of the market, by which prices are adjusted to the valuation day and to the subject. See `price-index`.',
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

export interface Compared {
  day: string;
  subject: Subject;
  valuation: MarketValuation;
  /** The most similar first; at least one. */
  comparables: Comparable[];
  /** Left out of the comparables, because their adjusted prices are too far from the others. */
  outliers: Comparable[];
}

/** With fewer candidates nearby, sales of the whole region are compared too. */
const minNearby = 5;

/** @throws InvalidQuestion as `readSubject`, or if there is no sale to compare with */
export async function compareSubject(db: Connection, parameters: SubjectParameters, market: Market): Promise<Compared> {
  const day = await valuedOn(db, market, parameters.valued_on);
  const subject = await readSubject(db, parameters, market, day);
  const valuation = await marketValuation(db, market, day);
  const { where, values } = salesBefore(day);
  const types = {
    property_id: 'BIGINT',
    ...eachAttribute(() => 'DOUBLE'),
  };
  const columns = [...subjectColumns, 'building'] as const;
  const one = `SELECT 0 AS n, $before::DATE AS day, ${columns.map((name) => `$s_${name}::${name in types ? types[name as keyof typeof types] : 'VARCHAR'} AS ${name}`).join(', ')}`;
  const bound = { ...values, ...Object.fromEntries(columns.map((name) => [`s_${name}`, subject[name]])) };
  const read = async (wide: boolean) =>
    (await readCandidates(db, one, wide ? where : `${where} AND ${around}`, bound, maxCandidates, wide)).get(0) ?? [];
  let candidates = await read(false);
  if (candidates.length < minNearby) candidates = await read(true);
  if (candidates.length === 0) {
    const where = subject.locality ?? subject.postcode ?? 'its place';
    throw new InvalidQuestion(
      'type',
      `${market.name} has no sale of ${subject.type ? `type ${subject.type}` : 'no type'} before ${day} to compare with, in ${where} or elsewhere in the region; \`facets\` lists the values in use.`,
    );
  }
  const all = compare(valuation.model, valuation.calibration?.similarity ?? typicalSimilarity, candidates, subject);
  const { kept: comparables, outliers } = withoutOutliers(all);
  return { day, subject, valuation, comparables, outliers };
}

export function indexOf({ model }: MarketValuation): Static<typeof indexSchema> {
  return {
    method: model.method,
    interval: model.timeline.interval,
    to: startOf(model.timeline, model.last),
    coefficients: Object.fromEntries(model.coefficients.map(({ name, coefficient }) => [name, digits(coefficient)])),
  };
}

export function similarityOf({ calibration }: MarketValuation): Static<typeof similaritySchema> {
  const { relations: byRelation, unstated, ...others } = calibration?.similarity ?? typicalSimilarity;
  const rounded = (numbers: object) =>
    Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, digits(value)]));
  return {
    relations: rounded(byRelation),
    ...(rounded(others) as typeof others),
    unstated: rounded(unstated),
    fitted: calibration !== null,
  };
}

export function rowOf(
  { candidate, logarithm, variance }: Comparable,
  rank: number,
  { subject, valuation }: Pick<Compared, 'subject' | 'valuation'>,
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
    relation: candidate.relation,
    distance_km: candidate.distance === null ? null : digits(candidate.distance, 4),
    latitude: candidate.latitude,
    longitude: candidate.longitude,
    approximate: candidate.approximate,
    ...eachFeature((name) => candidate[name]),
    steps: adjustments(valuation.model, candidate, subject).map((step) => {
      const before = price;
      price *= step.factor;
      return { ...step, factor: digits(step.factor), amount: cents(price - before), price: cents(price) };
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

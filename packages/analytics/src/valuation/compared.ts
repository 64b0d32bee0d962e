/** A subject with its comparables, as both questions tell of them. */
import { eachAttribute } from '@property-insights/database';
import Type, { type Static } from 'typebox';
import type { Connection } from '../connection.ts';
import { InvalidQuestion } from '../errors.ts';
import { eachFeature } from '../features.ts';
import type { Market } from '../market.ts';
import { methodNames } from '../price-index/methods.ts';
import { intervals, startOf } from '../price-index/timeline.ts';
import { statedAttribute } from '../sale-rows.ts';
import { figure, nullableText } from '../statistics.ts';
import { mostCandidates } from './calibrate.ts';
import { around, readCandidates, relations } from './candidates.ts';
import { type Comparable, compare } from './estimate-value.ts';
import { type MarketValuation, marketValuation, salesBefore, valuedOn } from './market-valuation.ts';
import { adjustments } from './price-model.ts';
import { usual } from './similarity.ts';
import { readSubject, type Subject, type SubjectParameters, subjectColumns } from './subject.ts';

const step = Type.Object({
  name: Type.String({ description: '`time`, or the attribute that differs.' }),
  from: Type.Union([Type.String(), Type.Number()], {
    description: "The comparable's: period of the sale, or attribute.",
  }),
  to: Type.Union([Type.String(), Type.Number()], { description: "The subject's." }),
  factor: Type.Number({ description: 'What the price is multiplied by.' }),
  amount: Type.Number({ description: 'What that adds to it.' }),
  price: Type.Number({ description: 'After the step.' }),
});

export const comparableSchema = Type.Object({
  rank: Type.Integer({ description: '1 is the most similar.' }),
  id: Type.Integer({ description: 'Of the sale.' }),
  property_id: Type.Integer(),
  address: Type.String(),
  locality: nullableText('Suburb or town.'),
  postcode: nullableText('As the sale states it.'),
  type: nullableText('Dwelling type.'),
  contract_date: Type.String({ format: 'date' }),
  price: Type.Integer({ description: 'As recorded.' }),
  relation: Type.Enum([...relations], {
    description:
      'The closest that holds: the same property, building, street, locality and postcode (`neighbourhood`), locality, postcode; within about 4 km; the same region.',
  }),
  distance_km: figure('null where either has no coordinates of its own.'),
  ...eachFeature(statedAttribute),
  steps: Type.Array(step, {
    description:
      'From the recorded to the adjusted price, one after the other. What either of the two does not state is left as it is.',
  }),
  adjusted_price: Type.Integer({ description: 'What the subject would have sold for, by this sale.' }),
  expected_error: Type.Number({
    description:
      'How far, as a fraction, such an adjusted price is usually off (one standard deviation of the logarithm).',
  }),
  similarity: Type.Number({ description: 'exp(−expected_error): 1 would tell the price exactly. It makes the rank.' }),
});

export const indexSchema = Type.Object(
  {
    method: Type.Enum([...methodNames]),
    interval: Type.Enum([...intervals]),
    to: Type.String({
      format: 'date',
      description: 'First day of the period that prices are brought to: the last complete one.',
    }),
    coefficients: Type.Record(Type.String(), Type.Number(), {
      description:
        'What one more of an attribute adds to the logarithm of a price; none where sales state no attributes.',
    }),
  },
  {
    description:
      'What brings prices to the day valued, and to the subject: as `price-index` tells of the whole market.',
  },
);

export const similaritySchema = Type.Object(
  {
    relations: Type.Record(Type.String(), Type.Number(), { description: 'Of each relation.' }),
    time: Type.Number({ description: 'Per year.' }),
    distance: Type.Number({ description: 'Per square root of a kilometre.' }),
    floor_area: Type.Number({ description: 'Per squared difference of the logarithms.' }),
    land_area: Type.Number({ description: 'The same of land areas.' }),
    rooms: Type.Number({ description: 'Per squared difference of bedrooms, bathrooms and car spaces.' }),
    unstated: Type.Record(Type.String(), Type.Number(), {
      description: 'Of an attribute that one of the two does not state.',
    }),
    fitted: Type.Boolean({ description: "To this market's sales; else as in many markets, there being too few." }),
  },
  {
    description:
      'Variances of the difference between the logarithms of an adjusted price and of what the subject sells for, which add up: what makes a sale less alike, and how much of that.',
  },
);

export interface Compared {
  day: string;
  subject: Subject;
  valuation: MarketValuation;
  /** The most similar first; at least one. */
  comparables: Comparable[];
}

/** With fewer in its neighbourhood, sales of the whole region are compared too. */
const fewest = 5;

/** @throws InvalidQuestion as reading the subject does, or if there is nothing to compare it with */
export async function compareSubject(db: Connection, parameters: SubjectParameters, market: Market): Promise<Compared> {
  const day = await valuedOn(db, market, parameters.valued_on);
  const subject = await readSubject(db, parameters, market, day);
  const valuation = await marketValuation(db, market, day);
  const { where, values } = salesBefore(market, day);
  const types = {
    property_id: 'BIGINT',
    ...eachAttribute(() => 'DOUBLE'),
  };
  const columns = [...subjectColumns, 'building'] as const;
  const one = `SELECT 0 AS n, $before::DATE AS day, ${columns.map((name) => `$s_${name}::${name in types ? types[name as keyof typeof types] : 'VARCHAR'} AS ${name}`).join(', ')}`;
  const bound = { ...values, ...Object.fromEntries(columns.map((name) => [`s_${name}`, subject[name]])) };
  const read = async (wide: boolean) =>
    (await readCandidates(db, one, wide ? where : `${where} AND ${around}`, bound, mostCandidates, wide)).get(0) ?? [];
  let candidates = await read(false);
  if (candidates.length < fewest) candidates = await read(true);
  if (candidates.length === 0) {
    const where = subject.locality ?? subject.postcode ?? 'its place';
    throw new InvalidQuestion(
      'type',
      `${market.name} has no sale of ${subject.type ? `type ${subject.type}` : 'no type'} before ${day} to compare with, in ${where} or elsewhere in the region; \`facets\` tells what there is.`,
    );
  }
  const comparables = compare(valuation.model, valuation.calibration?.similarity ?? usual, candidates, subject);
  return { day, subject, valuation, comparables };
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
  const { relations: byRelation, unstated, ...others } = calibration?.similarity ?? usual;
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

/** Enough to follow the arithmetic, and the same wherever it was done. */
export function digits(number: number, count = 9): number {
  return Number(number.toPrecision(count));
}

function cents(amount: number): number {
  return Math.round(amount * 100) / 100;
}

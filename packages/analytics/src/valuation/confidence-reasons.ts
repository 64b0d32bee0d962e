/** The reasons of the confidence in an estimate: as codes with values, for readers of any language, and as English sentences. */
import { coded } from '@property-insights/database';
import Type, { type Static } from 'typebox';
import { areas, type Feature, features } from '../features.ts';
import { type Confidence, confidenceOf } from './calibrate.ts';
import { type Compared, chosenOf, digits } from './compared.ts';
import { largeAreas } from './error-scale.ts';
import { usedAttributes } from './price-model.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });
const amount = (description: string) => Type.Integer({ description: `${description}, in whole currency units.` });
const share = (description: string) => Type.Number({ description });
const date = (description: string) => Type.String({ format: 'date', description });

export const reasonSchema = Type.Union([
  coded('chosen_by_hand', { excluded: count('Comparables excluded.'), included: count('Comparables included.') }),
  coded('own_earlier_sale', { contract_date: date('Of the latest of its own sales among the comparables.') }),
  coded('same_street', {
    comparables: count('Comparables of the estimate.'),
    in_street: count('Those in the street of the dwelling.'),
  }),
  coded('elsewhere_in_region', { comparables: count('Comparables elsewhere in the region.') }),
  coded('rebuilt', {}),
  coded('newest_comparable', {
    contract_date: date('Of the newest comparable.'),
    valued_on: date('The valuation day.'),
  }),
  coded('adjusted_prices', {
    low: amount('The lowest adjusted price of the comparables'),
    high: amount('The highest'),
  }),
  coded('price_model', {
    price: amount('The estimate of the price model alone'),
    weight: share('Its weight in the estimate.'),
  }),
  coded('unknown_attributes', {
    attributes: Type.Array(Type.Enum([...features]), {
      description: 'The attributes that prices depend on and that are not known of the dwelling.',
    }),
  }),
  coded('large_areas', {
    areas: Type.Array(Type.Enum([...areas]), { description: 'Those that are larger than in nine of ten sales.' }),
  }),
  coded('not_measured', {}),
  coded('held_out_coverage', {
    sales: count('Held-out sales like the dwelling.'),
    coverage: share('The fraction of them that sold within their range.'),
  }),
  coded('median_error', { median_absolute_error: share('Of estimates in this market, as a fraction of the price.') }),
]);
export type Reason = Static<typeof reasonSchema>;

export function confidenceReasons(compared: Compared): { level: Confidence; reasons: Reason[] } {
  const { valuation, value, subject, day } = compared;
  const used = value.comparables.filter(({ weight }) => weight > 0);
  const latest = (comparables: typeof used) =>
    comparables
      .map(({ candidate }) => candidate.contract_date)
      .sort()
      .at(-1);
  const related = (...relations: string[]) => used.filter(({ candidate }) => relations.includes(candidate.relation));
  const reasons: Reason[] = [];
  const { excluded, included } = chosenOf(compared);
  if (excluded + included > 0) reasons.push({ code: 'chosen_by_hand', excluded, included });
  const own = latest(related('property'));
  if (own) reasons.push({ code: 'own_earlier_sale', contract_date: own });
  if (subject.street !== null) {
    const close = related('property', 'building', 'street').length;
    reasons.push({ code: 'same_street', comparables: used.length, in_street: close });
  }
  const far = related('region').length;
  if (far > 0) reasons.push({ code: 'elsewhere_in_region', comparables: far });
  if (value.leftOut.some(({ reason }) => reason.code === 'before_rebuilding')) reasons.push({ code: 'rebuilt' });
  const newest = latest(used);
  if (newest) reasons.push({ code: 'newest_comparable', contract_date: newest, valued_on: day });
  const money = (logarithm: number) => Math.round(Math.exp(logarithm));
  const prices = used.map(({ logarithm }) => logarithm);
  if (prices.length > 0) {
    reasons.push({ code: 'adjusted_prices', low: money(Math.min(...prices)), high: money(Math.max(...prices)) });
  }
  const { logarithm, weight } = value.model;
  reasons.push({ code: 'price_model', price: money(logarithm), weight: digits(weight, 4) });
  const attributes: Feature[] = usedAttributes(valuation.model).filter((attribute) => subject[attribute] === null);
  if (attributes.length > 0) reasons.push({ code: 'unknown_attributes', attributes });
  const { calibration } = valuation;
  if (!calibration) return { level: 'low', reasons: [...reasons, { code: 'not_measured' }] };
  const large = largeAreas((calibration.ranges.at(-1) as (typeof calibration.ranges)[number]).ranges.errors, subject);
  if (large.length > 0) reasons.push({ code: 'large_areas', areas: large });
  const { level, measured } = confidenceOf(calibration, value, subject);
  reasons.push(
    { code: 'held_out_coverage', sales: measured.sales, coverage: digits(measured.within / measured.sales, 4) },
    { code: 'median_error', median_absolute_error: digits(calibration.accuracy.medianAbsoluteError, 4) },
  );
  return { level, reasons };
}

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumSignificantDigits: 2 });
const days = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });
const onDay = (day: string) => days.format(new Date(day));

/** An English sentence. */
export function sentenceOf(reason: Reason): string {
  switch (reason.code) {
    case 'chosen_by_hand':
      return `Comparables were chosen by hand: ${reason.excluded} excluded, ${reason.included} included. The range is measured on estimates without such a choice.`;
    case 'own_earlier_sale':
      return `An earlier sale of the same property, of ${onDay(reason.contract_date)}, is among the comparables.`;
    case 'same_street':
      return `Of the ${reason.comparables} comparables, ${reason.in_street} are in the same street.`;
    case 'elsewhere_in_region':
      return `${reason.comparables} are from elsewhere in the region, because there are too few nearby.`;
    case 'rebuilt':
      return 'Its own earlier sale, before it was rebuilt, is left aside.';
    case 'newest_comparable':
      return `The newest was sold on ${onDay(reason.contract_date)}; the valuation day is ${onDay(reason.valued_on)}.`;
    case 'adjusted_prices':
      return `Their adjusted prices are from ${number.format(reason.low)} to ${number.format(reason.high)}.`;
    case 'price_model':
      return `The price model alone estimates ${number.format(reason.price)}, with a weight of ${percent.format(reason.weight)}.`;
    case 'unknown_attributes':
      return `Prices in this market depend on attributes that are not known of the dwelling: ${reason.attributes.join(', ').replaceAll('_', ' ')}.`;
    case 'large_areas':
      return `It is among the largest tenth of sales by ${reason.areas.join(' and ').replaceAll('_', ' ')}. The range accounts for the errors of such estimates.`;
    case 'not_measured':
      return 'Too few sales can be held out to measure the error of estimates.';
    case 'held_out_coverage':
      return `Of ${number.format(reason.sales)} held-out sales like it, ${percent.format(reason.coverage)} sold within their range.`;
    case 'median_error':
      return `Half of the estimates in this market have an error of less than ${percent.format(reason.median_absolute_error)}.`;
  }
}

/** The price model of a market, and the prices and adjustments that follow from it. `fit-price-model.ts` fits it to sales. */
import type { Area, Category, Feature, Features, Measure } from '../features.ts';
import { startOf, type Timeline } from '../price-index/timeline.ts';
import { attributeKey, counted, effectOf, isArea, type Term } from './attribute-effects.ts';

/** The maximum age of sales of other dwellings, in years. */
export const comparableYears = 5;

/** The maximum age of sales, in years, for a dwelling's own earlier sales and for the trend. */
export const indexYears = 40;

/** Years between two sales of one dwelling at which the premium of the later one is estimated. */
export const heldFor = [0.25, 0.75, 1.5, 3, 6, 12];

/** Adjusts the price of a sale to another day and to another dwelling. */
export interface PriceModel {
  timeline: Timeline;
  /** The last month with sales that the model knows. */
  last: number;
  /** The logarithm of the trend by month, up to the last. */
  logarithms: number[];
  /** That of the month after the last, which prices are adjusted to. */
  level: number;
  /** What a month adds to it. */
  drift: number;
  mean: number;
  terms: Term[];
  /** By type. */
  types: Map<string | null, number>;
  /** What an attribute that is not known adds, by attribute and type, and the variance of what it adds where it is known. */
  unknown: Map<string, { effect: number; variance: number }>;
  /** What each name adds, by level and the keys of `groupKey`. A category that the market does not have is missing. */
  groups: Map<Level, Map<string, number>>;
  /** What a later sale of a dwelling exceeds the earlier one by, at each of `heldFor`. */
  premiums: number[];
  /** The spread of the logarithms of prices about the model. */
  spread: number;
}

/** The categories that the model has effects of. Zoning is none: its benefit has not been measured. */
export const modelled = ['tenure', 'flat_model'] as const satisfies Category[];

/** What dwellings have in common by name. Each name has an effect, which is shrunk where sales are few. */
export const levels = ['locality', 'postcode', ...modelled, ...modelled.map((name) => `${name} by type` as const)];
export type Level = (typeof levels)[number];

/** What the model takes from a dwelling. */
export interface Dwelling extends Features {
  type: string | null;
  region: string | null;
  locality: string | null;
  postcode: string | null;
}

/** The properties of a sale that its adjustment uses. */
export interface Sold extends Dwelling {
  /** The month of the contract date, counted from the year 0. */
  month: number;
  price: number;
}

/** Interpolated between the years of `heldFor`. */
function premium({ premiums }: PriceModel, years: number): number {
  const next = heldFor.findIndex((at) => at > years);
  if (next === 0) return premiums[0] as number;
  if (next < 0) return premiums.at(-1) as number;
  const [from, to] = [heldFor[next - 1] as number, heldFor[next] as number];
  const share = (years - from) / (to - from);
  return (1 - share) * (premiums[next - 1] as number) + share * (premiums[next] as number);
}

/** The key of a dwelling's name; null if it has none. Of a category, not to state it is a name too. */
export function groupKey(level: Level, dwelling: Dwelling): string | null {
  const { type, region, locality, postcode } = dwelling;
  if (level === 'postcode') return postcode;
  if (level === 'locality') return locality === null ? null : `${locality}\n${region ?? ''}`;
  const category = level.replace(' by type', '') as (typeof modelled)[number];
  return level === category ? (dwelling[category] ?? '') : `${dwelling[category] ?? ''}\n${type ?? ''}`;
}

function groupEffect({ groups }: PriceModel, level: Level, dwelling: Dwelling): number | undefined {
  const key = groupKey(level, dwelling);
  return key === null ? undefined : groups.get(level)?.get(key);
}

/** The attributes that the model has effects of. */
export function usedAttributes({ terms, groups }: PriceModel): Feature[] {
  return [...new Set([...terms.map(({ attribute }) => attribute), ...modelled.filter((name) => groups.has(name))])];
}

/** What an attribute of a dwelling adds, relative to another dwelling of the type. */
export function attributeEffect(model: PriceModel, attribute: Feature, dwelling: Dwelling): number {
  const value = counted(attribute, dwelling);
  if (typeof value === 'number') return effectOf(model.terms, attribute as Measure, dwelling.type, value);
  if (value !== null) {
    const of = groupEffect(model, attribute as (typeof modelled)[number], dwelling);
    const ofType = groupEffect(model, `${attribute as (typeof modelled)[number]} by type`, dwelling);
    if (of !== undefined || ofType !== undefined) return (of ?? 0) + (ofType ?? 0);
  }
  return model.unknown.get(attributeKey(attribute, dwelling.type))?.effect ?? 0;
}

/** The variance of the logarithm of a price due to attributes that are not known. */
export function unknownVariance(model: PriceModel, dwelling: Dwelling): number {
  return usedAttributes(model)
    .filter((attribute) => counted(attribute, dwelling) === null)
    .reduce((sum, attribute) => sum + (model.unknown.get(attributeKey(attribute, dwelling.type))?.variance ?? 0), 0);
}

function placeEffect(model: PriceModel, dwelling: Dwelling): number {
  return (groupEffect(model, 'locality', dwelling) ?? 0) + (groupEffect(model, 'postcode', dwelling) ?? 0);
}

/** The month of a sale as an index of the trend. */
function monthIndex({ timeline, last }: PriceModel, month: number): number {
  return Math.min(Math.max(month - timeline.firstMonth, 0), last);
}

/** The logarithm of the price of a dwelling in the month after the model's last, by the model alone. */
export function modelLogarithm(model: PriceModel, dwelling: Dwelling): number {
  let sum = model.mean + model.level + (model.types.get(dwelling.type) ?? 0) + placeEffect(model, dwelling);
  for (const attribute of usedAttributes(model)) sum += attributeEffect(model, attribute, dwelling);
  return sum;
}

/** One step of the adjustment of a sale's price to the subject. */
export interface Adjustment {
  name: string;
  /** The month, attribute or place of the comparable, and of the subject. */
  from: string | number;
  to: string | number;
  /** The logarithm of the factor that the price is multiplied by. */
  logarithm: number;
}

/**
 * The steps from the price of a sale to that of the subject in the month after the model's last. Attributes that the subject does not state are not adjusted.
 * @param years between an earlier sale of the subject itself and the valuation; null if it is another dwelling
 */
export function adjustments(model: PriceModel, sale: Sold, subject: Dwelling, years: number | null): Adjustment[] {
  const month = monthIndex(model, sale.month);
  const steps: Adjustment[] = [
    {
      name: 'time',
      from: startOf(model.timeline, month),
      to: startOf(model.timeline, model.last + 1),
      logarithm: model.level - (model.logarithms[month] as number),
    },
  ];
  if (years !== null) {
    steps.push({ name: 'resale', from: digits(0), to: digits(years), logarithm: premium(model, years) });
  }
  for (const attribute of usedAttributes(model)) {
    const [from, to] = [counted(attribute, sale), counted(attribute, subject)];
    if (to === null || from === to) continue;
    steps.push({
      name: attribute,
      from: from === null ? 'not stated' : (sale[attribute] as number | string),
      to: subject[attribute] as number | string,
      logarithm:
        attributeEffect(model, attribute, subject) - attributeEffect(model, attribute, { ...sale, type: subject.type }),
    });
  }
  const places = placeEffect(model, subject) - placeEffect(model, sale);
  if (places !== 0) {
    const name = ({ locality, postcode }: Dwelling) => [locality, postcode].filter(Boolean).join(' ');
    steps.push({ name: 'place', from: name(sale), to: name(subject), logarithm: places });
  }
  return steps;
}

function digits(years: number): number {
  return Number(years.toFixed(2));
}

/** What one more of a measured attribute adds to the logarithm of a price, between the first and the last bend; areas as logarithms. */
export function coefficientsOf({ terms }: PriceModel, type: string | null): Record<string, number> {
  return Object.fromEntries(
    [...new Set(terms.map(({ attribute }) => attribute))].map((attribute) => {
      const { bends, low, high } = terms.find((term) => term.attribute === attribute) as Term;
      const [from, to] = bends.length > 1 ? [bends[0] as number, bends.at(-1) as number] : [low, high];
      const slope = (effectOf(terms, attribute, type, to) - effectOf(terms, attribute, type, from)) / (to - from);
      return [isArea(attribute) ? `log_${attribute as Area}` : attribute, slope];
    }),
  );
}

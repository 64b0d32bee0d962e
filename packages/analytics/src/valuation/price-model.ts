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
  /** What the trend of a type or locality deviates by, by month and relative to the last one, by the keys of `trendKey`. With few sales, it has none. */
  deviations: Map<TrendLevel, Map<string, number[]>>;
  /** That of the month after the last, which prices are adjusted to. */
  level: number;
  /** What a month adds to it. */
  drift: number;
  mean: number;
  terms: Term[];
  /** By type. */
  types: Map<string | null, number>;
  /** What an attribute or place that is not known adds, by attribute and type or by level, and the variance of what it adds where it is known. */
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

/** The places that dwellings have in common: by name, and cells by the coordinates of dwellings themselves. */
export const placeLevels = ['locality', 'locality by type', 'postcode', 'large cell', 'small cell'] as const;

/** The sizes of cells in degrees: about 4 km and 1 km. */
export const cells = { 'large cell': 0.04, 'small cell': 0.01 };

/** What dwellings have in common. Each name has an effect, which is shrunk where sales are few. */
export const levels = [...placeLevels, ...modelled, ...modelled.map((name) => `${name} by type` as const)];
export type Level = (typeof levels)[number];

/** What has a trend of its own. */
export type TrendLevel = 'type' | 'locality';

/** What the model takes from a dwelling. */
export interface Dwelling extends Features {
  type: string | null;
  region: string | null;
  locality: string | null;
  postcode: string | null;
  latitude: number | null;
  longitude: number | null;
  /** Whose middle the coordinates are, if they are not its own. */
  approximate: string | null;
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
  switch (level) {
    case 'postcode':
      return postcode;
    case 'locality':
      return locality === null ? null : `${locality}\n${region ?? ''}`;
    case 'locality by type':
      return locality === null ? null : `${locality}\n${region ?? ''}\n${type ?? ''}`;
    case 'large cell':
    case 'small cell':
      return cellOf(dwelling, cells[level]);
  }
  const category = level.replace(' by type', '') as (typeof modelled)[number];
  return level === category ? (dwelling[category] ?? '') : `${dwelling[category] ?? ''}\n${type ?? ''}`;
}

function cellOf({ latitude, longitude, approximate }: Dwelling, size: number): string | null {
  if (latitude === null || longitude === null || approximate !== null) return null;
  return `${Math.floor(latitude / size)}\n${Math.floor(longitude / size)}`;
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

/** The variance of the logarithm of a price due to attributes and places that are not known. */
export function unknownVariance(model: PriceModel, dwelling: Dwelling): number {
  const keys = [
    ...usedAttributes(model)
      .filter((attribute) => counted(attribute, dwelling) === null)
      .map((attribute) => attributeKey(attribute, dwelling.type)),
    ...placeLevels.filter((level) => groupKey(level, dwelling) === null),
  ];
  return keys.reduce((sum, key) => sum + (model.unknown.get(key)?.variance ?? 0), 0);
}

function placeEffect(model: PriceModel, dwelling: Dwelling): number {
  return placeLevels.reduce((sum, level) => sum + (groupEffect(model, level, dwelling) ?? 0), 0);
}

/** The key of a dwelling's type or locality; null if it has no locality. */
function trendKey(level: TrendLevel, dwelling: Dwelling): string | null {
  return level === 'type' ? (dwelling.type ?? '') : groupKey(level, dwelling);
}

/** The trend at a month of a dwelling's type and locality, relative to the month after the model's last. */
function trendOf(model: PriceModel, month: number, dwelling: Dwelling): number {
  let sum = (model.logarithms[month] as number) - model.level;
  for (const [level, deviations] of model.deviations) {
    const key = trendKey(level, dwelling);
    sum += (key === null ? undefined : deviations.get(key))?.[month] ?? 0;
  }
  return sum;
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
      logarithm: -trendOf(model, month, sale),
    },
  ];
  if (years !== null) {
    steps.push({ name: 'resale', from: digits(0), to: digits(years), logarithm: premium(model, years) });
  }
  // A copy takes longer than all steps together.
  const ofType = sale.type === subject.type ? sale : { ...sale, type: subject.type };
  for (const attribute of usedAttributes(model)) {
    const [from, to] = [counted(attribute, sale), counted(attribute, subject)];
    if (to === null || from === to) continue;
    steps.push({
      name: attribute,
      from: from === null ? 'not stated' : (sale[attribute] as number | string),
      to: subject[attribute] as number | string,
      logarithm: attributeEffect(model, attribute, subject) - attributeEffect(model, attribute, ofType),
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

/** The attributes that the price of a dwelling may depend on: all but its coordinates. */
import {
  type AttributeIn,
  type AttributeValues,
  attributeNames,
  attributes,
  isTextAttribute,
  type NumberAttributeName,
  type TextAttributeName,
} from '@property-insights/database';

export type Area = AttributeIn<'m²'>;
/** An attribute that is a number. */
export type Measure = Exclude<NumberAttributeName, AttributeIn<'°'>>;
/** An attribute that is a text. */
export type Category = TextAttributeName;
export type Feature = Measure | Category;
/** null where it is not known. */
export type Features = Pick<AttributeValues, Feature>;

export const areas = attributeNames.filter((name): name is Area => attributes[name].unit === 'm²').sort();
/** Numbers of rooms and the like. */
export const counts = attributeNames.filter((name): name is AttributeIn<'rooms'> => attributes[name].unit === 'rooms');
/** What else a register may state of a dwelling. */
export const details = attributeNames.filter(
  (name): name is Exclude<Measure, Area | AttributeIn<'rooms'>> =>
    !isTextAttribute(name) && !['m²', '°', 'rooms'].includes(attributes[name].unit ?? ''),
);
export const categories = attributeNames.filter(isTextAttribute);
export const measures: readonly Measure[] = [...areas, ...counts, ...details];
export function isMeasure(name: Feature): name is Measure {
  return (measures as readonly Feature[]).includes(name);
}

/** In the order in which answers list them. */
export const features: readonly Feature[] = [...measures, ...categories];

function each<Name extends string, T>(names: readonly Name[], make: (name: Name) => T): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, T>;
}

/** An object with a member for each feature. */
export const eachFeature = <T>(make: (name: Feature) => T) => each(features, make);
export const eachMeasure = <T>(make: (name: Measure) => T) => each(measures, make);
export const eachCategory = <T>(make: (name: Category) => T) => each(categories, make);

/** The attributes that the price of a dwelling may depend on: all but its coordinates. */
import { type AttributeIn, type AttributeName, attributeNames, attributes } from '@property-insights/database';

export type Area = AttributeIn<'m²'>;
export type Feature = Exclude<AttributeName, AttributeIn<'°'>>;
/** null where it is not known. */
export type Features = Record<Feature, number | null>;

export const areas = attributeNames.filter((name): name is Area => attributes[name].unit === 'm²').sort();
/** Numbers of rooms and the like. */
export const counts = attributeNames.filter((name): name is AttributeIn<'rooms'> => attributes[name].unit === 'rooms');
/** What else a register may state of a dwelling. */
export const details = attributeNames.filter(
  (name): name is Exclude<Feature, Area | AttributeIn<'rooms'>> =>
    !['m²', '°', 'rooms'].includes(attributes[name].unit ?? ''),
);
/** In the order in which answers list them. */
export const features: readonly Feature[] = [...areas, ...counts, ...details];

/** An object with a member for each feature. */
export function eachFeature<T>(make: (name: Feature) => T): Record<Feature, T> {
  return Object.fromEntries(features.map((name) => [name, make(name)])) as Record<Feature, T>;
}

import type { Answer } from '@property-insights/api-types';
import type { Filters } from '../address.ts';

export type Place = Answer<'/api/analytics/places'>['places'][number];

/** The filter that a place stands for. A street or address stands for its locality. */
export function placeFilter({ kind, name, locality, region }: Place): Filters {
  const none = { region: undefined, locality: undefined, postcode: undefined };
  switch (kind) {
    case 'region':
      return { ...none, region: [name] };
    case 'postcode':
      return { ...none, postcode: [name] };
    case 'locality':
      return { ...none, locality: [name], region: region === null ? undefined : [region] };
    default:
      return { ...none, locality: locality === null ? undefined : [locality] };
  }
}

/** `Greene St, Greenwood`; an address contains its locality. */
export function nameOfPlace({ kind, name, locality }: Place): string {
  return kind === 'street' && locality !== null ? `${name}, ${locality}` : name;
}

import type { Question } from '../question.ts';
import { areas } from './areas.ts';
import { changes } from './changes.ts';
import { comparables } from './comparables.ts';
import { compare } from './compare.ts';
import { distribution } from './distribution.ts';
import { estimate } from './estimate.ts';
import { facets } from './facets.ts';
import { histograms } from './histograms.ts';
import { indexPairs } from './index-pairs.ts';
import { indexRevisions } from './index-revisions.ts';
import { map } from './map.ts';
import { places } from './places.ts';
import { priceIndex } from './price-index.ts';
import { property } from './property.ts';
import { propertyDetails } from './property-details.ts';
import { propertySummary } from './property-summary.ts';
import { quality } from './quality.ts';
import { sales } from './sales.ts';
import { summary } from './summary.ts';
import { trend } from './trend.ts';

export {
  areas,
  changes,
  comparables,
  compare,
  distribution,
  estimate,
  facets,
  histograms,
  indexPairs,
  indexRevisions,
  map,
  places,
  priceIndex,
  property,
  propertyDetails,
  propertySummary,
  quality,
  sales,
  summary,
  trend,
};

/** Every question there is. */
export const questions: readonly Question[] = [
  summary,
  trend,
  distribution,
  areas,
  changes,
  compare,
  indexPairs,
  indexRevisions,
  priceIndex,
  propertySummary,
  propertyDetails,
  facets,
  histograms,
  places,
  property,
  sales,
  map,
  quality,
  comparables,
  estimate,
];

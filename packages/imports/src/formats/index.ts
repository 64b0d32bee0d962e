/** The formats of sales files and gazetteers, in the order in which a file is held against them. A new format is a file here and a line in the list. */
import type { Format } from './format.ts';
import { geonames } from './geonames.ts';
import { kingCounty } from './king-county.ts';
import { nswPsi } from './nsw-psi.ts';
import { placeCoordinates } from './place-coordinates.ts';
import { propertyInsights } from './property-insights.ts';
import { singaporeHdb } from './singapore-hdb.ts';
import { ukPricePaid } from './uk-price-paid.ts';

export const formats: readonly Format[] = [
  nswPsi,
  propertyInsights,
  ukPricePaid,
  singaporeHdb,
  kingCounty,
  geonames,
  placeCoordinates,
];

/** The format of a file whose text begins with `sample`, by content alone: names lie. */
export function detectFormat(sample: string): Format | undefined {
  return formats.find((format) => format.detect(sample));
}

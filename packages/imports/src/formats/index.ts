/** The formats of sales files and gazetteers, in the order in which a file is held against them. A new format is a file here and a line in the list. */
import type { Format } from './format.ts';
import { geonames } from './geonames.ts';
import { kaggleMelbourne } from './kaggle-melbourne.ts';
import { kaggleSydney } from './kaggle-sydney.ts';
import { kingCounty } from './king-county.ts';
import { nswArchive } from './nsw-archive.ts';
import { nswPsi } from './nsw-psi.ts';
import { nycRollingSales } from './nyc-rolling-sales.ts';
import { placeCoordinates } from './place-coordinates.ts';
import { propertyInsights } from './property-insights.ts';
import { rejects } from './rejects.ts';
import { seattle } from './seattle.ts';
import { singaporeHdb } from './singapore-hdb.ts';
import { ukPricePaid } from './uk-price-paid.ts';

export const formats: readonly Format[] = [
  // First, for it has headers of the others in it.
  rejects,
  nswArchive,
  nswPsi,
  propertyInsights,
  ukPricePaid,
  singaporeHdb,
  nycRollingSales,
  kingCounty,
  seattle,
  kaggleSydney,
  kaggleMelbourne,
  geonames,
  placeCoordinates,
];

/** The format of a file whose text begins with `sample`, by content alone: names lie. */
export function detectFormat(sample: string): Format | undefined {
  return formats.find((format) => format.detect(sample));
}

/** The formats of sales files and gazetteers. A new format is a file in this folder and a line in the list. */
import { tableRows } from '../mapping/rows.ts';
import { cookCounty } from './cook-county.ts';
import { dvf, geoDvf } from './dvf.ts';
import type { Format } from './format.ts';
import { geonames } from './geonames.ts';
import { irelandPpr } from './ireland-ppr.ts';
import { kaggleMelbourne } from './kaggle-melbourne.ts';
import { kaggleSydney } from './kaggle-sydney.ts';
import { kingCounty } from './king-county.ts';
import { nswArchive } from './nsw-archive.ts';
import { nswPsi } from './nsw-psi.ts';
import { nycRollingSales } from './nyc-rolling-sales.ts';
import { placeCoordinates } from './place-coordinates.ts';
import { propertyInsights } from './property-insights.ts';
import { rejectsFormat } from './rejects.ts';
import { seattle } from './seattle.ts';
import { singaporeHdb } from './singapore-hdb.ts';
import { ukPricePaid } from './uk-price-paid.ts';

/** In the order in which the content of a file is compared with them. */
const sourceFormats: readonly Format[] = [
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
  dvf,
  geoDvf,
  irelandPpr,
  cookCounty,
  geonames,
  placeCoordinates,
];

/** Rejects come first, because their files contain the headers of other formats. */
export const formats: readonly Format[] = [rejectsFormat([...sourceFormats, tableRows]), ...sourceFormats];

/** The format of a file whose text begins with `sample`. Only the content decides, because file names are unreliable. */
export function detectFormat(sample: string): Format | undefined {
  return formats.find((format) => format.detect(sample));
}

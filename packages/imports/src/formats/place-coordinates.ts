/**
 * Any CSV of places with their coordinates: a header that names a postcode, a latitude and a longitude, usually a place name and sometimes a
 * region, and no column of a sale. Other columns are ignored.
 *
 * A place is (region, postcode, name).
 */
import type { CsvLayout } from './csv.ts';
import { csvFormat, firstFields } from './csv.ts';
import { FileError } from './format.ts';
import { readPlace } from './place.ts';

/** The names of each column in headers, the best first, in lower case letters and digits only. */
const columnNames = {
  name: ['placename', 'place', 'locality', 'localityname', 'suburb', 'suburbname', 'town', 'city', 'name'],
  region: ['statecode', 'state', 'stateid', 'statename', 'admincode1', 'adminname1', 'region', 'county', 'province'],
  postcode: ['postcode', 'postalcode', 'zipcode', 'zip', 'pcode'],
  latitude: ['latitude', 'lat'],
  longitude: ['longitude', 'long', 'lon', 'lng'],
};
type Column = keyof typeof columnNames;

const needed: readonly Column[] = ['postcode', 'latitude', 'longitude'];
const ofSales = /price|paid|sale|sold|amount|consideration|address/i;

export const placeCoordinates = csvFormat(
  {
    name: 'place-coordinates',
    title: 'places with coordinates (CSV)',
    detect: (sample) => {
      const header = firstFields(sample);
      return !header.some((name) => ofSales.test(name)) && needed.every((column) => place(header, column) !== -1);
    },
  },
  layout,
);

/** The position of the column in a header, or -1. */
function place(header: string[], column: Column): number {
  const names = header.map((name) => name.toLowerCase().replace(/[^a-z0-9]/g, ''));
  const known = columnNames[column].find((name) => names.includes(name));
  return known === undefined ? -1 : names.indexOf(known);
}

function layout(header: string[]): CsvLayout {
  const missing = needed.filter((column) => place(header, column) === -1);
  if (missing.length > 0) throw new FileError(`the header lacks ${missing.map((name) => `"${name}"`).join(' and ')}`);
  const places = (Object.keys(columnNames) as Column[]).map((column) => [column, place(header, column)] as const);
  return {
    hasHeader: true,
    width: header.length,
    sale: (record) => {
      const stated = { name: '', region: '', postcode: '', latitude: '', longitude: '' };
      for (const [column, at] of places) stated[column] = (record[at] ?? '').trim();
      return readPlace(stated);
    },
  };
}

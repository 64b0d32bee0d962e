/**
 * Melbourne house prices as published on Kaggle (`melb_data.csv`, `Melbourne_housing_FULL.csv`, `MELBOURNE_HOUSE_PRICES_LESS.csv`): the results of
 * auctions from 2016 to 2018, with the columns' own spelling (`Lattitude`, `Longtitude`). The last one lacks most of the columns.
 *
 * A row is what became of a home offered on a day. Not every one is a sale: a home passed in, withdrawn or bid for by its vendor alone was not sold,
 * whatever price stands there; of others the price was not disclosed. Both are kept and not standard.
 */
import { type CsvLayout, columnPlaces, csvFormat, namesColumns } from './csv.ts';
import type { Sale } from './format.ts';
import { ValueError } from './format.ts';
import { detailsOf, fingerprint, isoDay, notStandard, numberOf, remembering } from './values.ts';

const needed = [
  'Suburb',
  'Address',
  'Rooms',
  'Type',
  'Price',
  'Method',
  'SellerG',
  'Date',
  'Postcode',
  'Regionname',
] as const;
const more = ['Bedroom2', 'Bathroom', 'Car', 'Landsize', 'BuildingArea', 'Lattitude', 'Longtitude'] as const;
const kept = {
  Method: 'method',
  SellerG: 'agent',
  Distance: 'distance',
  YearBuilt: 'year_built',
  CouncilArea: 'council_area',
};

export const kaggleMelbourne = csvFormat(
  {
    name: 'kaggle-melbourne',
    title: 'Melbourne house prices (Kaggle)',
    detect: (sample) => namesColumns(sample, needed),
  },
  layout,
);

function layout(header: string[]): CsvLayout {
  columnPlaces(header, needed);
  const places = [...needed, ...more].map((name) => header.indexOf(name));
  const value = (record: string[], place: number) => {
    const text = (record[place] ?? '').trim();
    return missing.has(text) ? '' : text;
  };
  return {
    hasHeader: true,
    width: header.length,
    sale: (record) =>
      readSale(
        places.map((place) => value(record, place)),
        Object.fromEntries(Object.entries(kept).map(([name, ours]) => [ours, value(record, header.indexOf(name))])),
      ),
  };
}

const missing = new Set(['#N/A', 'NA', 'NaN', 'inf', 'missing']);

function readSale(fields: string[], details: Record<string, string>): Sale {
  const [suburb, address, rooms, typeCode, priceText, method, , dateText, postcodeText, region, ...home] = fields as [
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
    ...string[],
  ];
  const [bedrooms, bathrooms, cars, land, building, latitude, longitude] = home as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  if (!suburb) throw new ValueError('Suburb missing', 'Suburb is missing');
  if (!address) throw new ValueError('Address missing', 'Address is missing');
  if (!/^(\d{1,12}(\.0+)?)?$/.test(priceText)) {
    throw new ValueError('bad Price', `Price "${priceText}" is not a whole number of dollars`);
  }
  const contractDate = isoDate(dateText);
  if (!contractDate) throw new ValueError('bad Date', `Date "${dateText}" is not a date (d/mm/yyyy)`);
  if (!latitude !== !longitude)
    throw new ValueError('bad coordinates', 'of Lattitude and Longtitude only one is given');
  const type = types[typeCode];
  if (!type) throw new ValueError('bad Type', `Type "${typeCode}" is none of h, u and t`);
  const price = Number(priceText);
  const propertyKey = `${address};${suburb}`.toUpperCase();
  const postcode = postcodeText.replace(/\.0$/, '');
  return {
    key: `${propertyKey};${contractDate}`,
    propertyKey,
    fingerprint: fingerprint([...fields, ...Object.values(details)].join('\x1f')),
    issuedAt: null,
    contractDate,
    settlementDate: null,
    price,
    type,
    address: `${address}, ${suburb}`,
    // `2/16 Bloomburg St`
    street: address.replace(/^\S*\d\S*\s+(?=\S)/, ''),
    locality: suburb,
    region: region || 'Melbourne',
    postcode: postcode || null,
    bedrooms: numberOf(bedrooms || rooms, 'Rooms', 0, 999, true),
    bathrooms: numberOf(bathrooms, 'Bathroom', 0, 999),
    carSpaces: numberOf(cars, 'Car', 0, 9999, true),
    landArea: numberOf(land, 'Landsize', 0, 1e12) || null,
    floorArea: numberOf(building, 'BuildingArea', 0, 1e9) || null,
    latitude: numberOf(latitude, 'Lattitude', -90, 90),
    longitude: numberOf(longitude, 'Longtitude', -180, 180),
    dealing: null,
    nonStandard: unsold.has(method) ? 'not sold' : notStandard(price, contractDate),
    details: detailsOf(details),
  };
}

const types: Record<string, string> = { h: 'House', u: 'Unit', t: 'Townhouse' };

/** Passed in, no bid, vendor's bid, withdrawn before the auction. */
const unsold = new Set(['PI', 'NB', 'VB', 'W']);

/** ISO date of `d/mm/yyyy`, or an empty text where that is not a day. */
const isoDate = remembering((text) => {
  const [, day, month, year] = /^(\d\d?)\/(\d\d?)\/(\d{4})$/.exec(text) ?? [];
  return day && month && year ? isoDay(year, month, day) : '';
});

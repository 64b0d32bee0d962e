/**
 * Melbourne house prices as published on Kaggle (`melb_data.csv`, `Melbourne_housing_FULL.csv`, `MELBOURNE_HOUSE_PRICES_LESS.csv`): the results of
 * auctions from 2016 to 2018, with the columns' own spelling (`Lattitude`, `Longtitude`). The last one lacks most of the columns.
 *
 * A row is the result of one offer of a home. Not every one is a sale: a home that was passed in, withdrawn or bid for only by its vendor was not
 * sold, even if the row has a price. For others the price was not disclosed. Both are kept as non-standard sales.
 */
import { csvFormat, headerLayout, namesColumns } from './csv.ts';
import type { Sale } from './format.ts';
import { ValueError } from './format.ts';
import { attributeOf, blankSale, detailsOf, fingerprint, isoDay, memoized, notStandard } from './values.ts';

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
// Method and SellerG are listed twice, because the fingerprints of rows that were imported before contain them twice.
const others = [
  'Bedroom2',
  'Bathroom',
  'Car',
  'Landsize',
  'BuildingArea',
  'Lattitude',
  'Longtitude',
  'Method',
  'SellerG',
  'Distance',
  'YearBuilt',
  'CouncilArea',
] as const;
const missing = new Set(['#N/A', 'NA', 'NaN', 'inf', 'missing']);
type Column = (typeof needed | typeof others)[number];

export const kaggleMelbourne = csvFormat(
  {
    name: 'kaggle-melbourne',
    title: 'Melbourne house prices (Kaggle)',
    detect: (sample) => namesColumns(sample, needed),
  },
  (header) => headerLayout<Column>(header, { needed, others, missing }, readSale),
);

function readSale(row: Record<Column, string>): Sale {
  const { Suburb: suburb, Address: address, Price: priceText, Lattitude: latitude, Longtitude: longitude } = row;
  if (!suburb) throw new ValueError('Suburb missing', 'Suburb is missing');
  if (!address) throw new ValueError('Address missing', 'Address is missing');
  if (!/^(\d{1,12}(\.0+)?)?$/.test(priceText)) {
    throw new ValueError('bad Price', `Price "${priceText}" is not a whole number of dollars`);
  }
  const contractDate = isoDate(row.Date);
  if (!contractDate) throw new ValueError('bad Date', `Date "${row.Date}" is not a date (d/mm/yyyy)`);
  if (!latitude !== !longitude)
    throw new ValueError('bad coordinates', 'Lattitude and Longtitude must both be given, or neither');
  const type = types[row.Type];
  if (!type) throw new ValueError('bad Type', `Type "${row.Type}" is none of h, u and t`);
  const price = Number(priceText);
  const propertyKey = `${address};${suburb}`.toUpperCase();
  return {
    ...blankSale,
    key: `${propertyKey};${contractDate}`,
    propertyKey,
    fingerprint: fingerprint([...needed, ...others].map((name) => row[name]).join('\x1f')),
    contractDate,
    price,
    type,
    address: `${address}, ${suburb}`,
    // `2/16 Bloomburg St`
    street: withoutNumber(address),
    locality: suburb,
    region: row.Regionname || 'Melbourne',
    postcode: row.Postcode.replace(/\.0$/, '') || null,
    bedrooms: attributeOf('bedrooms', row.Bedroom2 || row.Rooms, 'Rooms'),
    bathrooms: attributeOf('bathrooms', row.Bathroom, 'Bathroom'),
    carSpaces: attributeOf('car_spaces', row.Car, 'Car'),
    landArea: attributeOf('land_area', row.Landsize, 'Landsize') || null,
    floorArea: attributeOf('floor_area', row.BuildingArea, 'BuildingArea') || null,
    latitude: attributeOf('latitude', latitude, 'Lattitude'),
    longitude: attributeOf('longitude', longitude, 'Longtitude'),
    nonStandard: unsold.has(row.Method) ? 'not sold' : notStandard(price, contractDate),
    details: detailsOf({
      method: row.Method,
      agent: row.SellerG,
      distance: row.Distance,
      year_built: row.YearBuilt,
      council_area: row.CouncilArea,
    }),
  };
}

const types: Record<string, string> = { h: 'House', u: 'Unit', t: 'Townhouse' };

/** The street of an address: without a first word that has a digit, unless it is the only word. */
function withoutNumber(address: string): string {
  const [first = '', street] = address.split(/\s+(.*)/s, 2);
  return street && /\d/.test(first) ? street : address;
}

/** Passed in, no bid, vendor's bid, withdrawn before the auction. */
const unsold = new Set(['PI', 'NB', 'VB', 'W']);

/** The ISO date of `d/mm/yyyy`; empty if it is not a day. */
const isoDate = memoized((text) => {
  const [, day, month, year] = /^(\d\d?)\/(\d\d?)\/(\d{4})$/.exec(text) ?? [];
  return day && month && year ? isoDay(year, month, day) : '';
});

/**
 * House sales in King County, Washington (`kc_house_data.csv`, May 2014 to May 2015), in all known copies: dates as
 * `20141013T000000`, `10/13/2014` or `2014-10-13`, prices as `221900`, `221900.0` or `1.225e+006`, missing values as `?`, `NaN` or empty.
 *
 * The id is the county's parcel number. A sale is a parcel and a date; there are no addresses.
 */
import { csvFormat, headerLayout, namesColumns } from './csv.ts';
import type { Sale } from './format.ts';
import { ValueError } from './format.ts';
import {
  attributeOf,
  blankSale,
  detailOf,
  detailsOf,
  fingerprint,
  isoDay,
  memoized,
  notStandard,
  squareMetresOfFeet,
} from './values.ts';

const needed = [
  'id',
  'date',
  'price',
  'bedrooms',
  'bathrooms',
  'sqft_living',
  'sqft_lot',
  'zipcode',
  'lat',
  'long',
] as const;
const others = [
  'floors',
  'waterfront',
  'view',
  'condition',
  'grade',
  'sqft_above',
  'sqft_basement',
  'yr_built',
  'yr_renovated',
] as const;
const missing = new Set(['?', 'NaN']);
type Column = (typeof needed | typeof others)[number];

export const kingCounty = csvFormat(
  {
    name: 'king-county',
    title: 'King County house sales',
    detect: (sample) => namesColumns(sample, needed),
  },
  (header) => headerLayout<Column>(header, { needed, others, missing }, readSale),
);

function readSale({ id, date: dateText, price: priceText, ...home }: Record<Column, string>): Sale {
  const { bedrooms, bathrooms, sqft_living, sqft_lot, zipcode, lat, long, ...details } = home;
  if (!/^\d{1,10}$/.test(id)) throw new ValueError('bad id', `id "${id}" is not a parcel number of up to 10 digits`);
  const date = isoDate(dateText);
  if (!date) throw new ValueError('bad date', `date "${dateText}" is not one such as 20141013T000000 or 10/13/2014`);
  const price = Number(priceText);
  if (!/^\d+(\.\d+)?(e\+?\d{1,3})?$/i.test(priceText) || price >= 1e12) {
    throw new ValueError('bad price', `price "${priceText}" is not a number of dollars`);
  }
  if (!lat !== !long) throw new ValueError('bad coordinates', 'lat and long must both be given, or neither');
  // Spreadsheets drop its leading zeros.
  const parcel = id.padStart(10, '0');
  return {
    ...blankSale,
    key: `${parcel};${date}`,
    propertyKey: parcel,
    fingerprint: fingerprint([parcel, date, Math.round(price), ...Object.values(home)].join('\x1f')),
    contractDate: date,
    price: Math.round(price),
    type: 'House',
    address: `Parcel ${parcel}`,
    region: 'King County',
    postcode: zipcode || null,
    bedrooms: attributeOf('bedrooms', bedrooms),
    bathrooms: attributeOf('bathrooms', bathrooms),
    landArea: squareMetresOfFeet(sqft_lot, 'sqft_lot'),
    floorArea: squareMetresOfFeet(sqft_living, 'sqft_living'),
    yearBuilt: detailOf('year_built', details.yr_built),
    yearRenovated: detailOf('year_renovated', details.yr_renovated) ?? detailOf('year_built', details.yr_built),
    grade: detailOf('grade', details.grade),
    condition: detailOf('condition', details.condition),
    waterfront: detailOf('waterfront', details.waterfront),
    latitude: attributeOf('latitude', lat, 'lat'),
    longitude: attributeOf('longitude', long, 'long'),
    nonStandard: notStandard(price, date),
    details: detailsOf(details),
  };
}

/** ISO date of `CCYYMMDDT000000`, `m/d/yyyy` or `YYYY-MM-DD`; empty if it is not a day. */
const isoDate = memoized((text) => {
  const match = /^(?:(\d{4})-?(\d\d)-?(\d\d)(?:T000000)?|(\d\d?)\/(\d\d?)\/(\d{4}))$/.exec(text);
  if (!match) return '';
  const [, year = match[6], month = match[4], day = match[5]] = match;
  return isoDay(year as string, month as string, day as string);
});

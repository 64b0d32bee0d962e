import { expect, test } from 'vitest';
import { detectFormat } from '../../src/formats/index.ts';
import { kaggleMelbourne } from '../../src/formats/kaggle-melbourne.ts';
import { blankSale } from '../../src/formats/values.ts';
import { readText } from '../helpers.ts';

const header =
  'Suburb,Address,Rooms,Type,Price,Method,SellerG,Date,Distance,Postcode,Bedroom2,Bathroom,Car,Landsize,BuildingArea,YearBuilt,CouncilArea,Lattitude,Longtitude,Regionname,Propertycount';
const line =
  'Abbotsford,2/25 Bloomburg St,2,h,1035000.0,S,Biggin,4/02/2016,2.5,3067.0,2.0,1.0,0.0,156.0,79.0,1900.0,Yarra,-37.8079,144.9934,Northern Metropolitan,4019.0';

async function readOne(fields: Record<string, string> = {}) {
  const values = line.split(',').map((value, i) => fields[header.split(',')[i] as string] ?? value);
  const { sales, rejects } = await readText(kaggleMelbourne, `${header}\n${values}\n`);
  return { sale: sales[0], reject: rejects[0] };
}

test('a line becomes a sale in our names and units', async () => {
  expect((await readOne()).sale).toEqual({
    ...blankSale,
    key: '2/25 BLOOMBURG ST;ABBOTSFORD;2016-02-04',
    propertyKey: '2/25 BLOOMBURG ST;ABBOTSFORD',
    fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    contractDate: '2016-02-04',
    price: 1_035_000,
    type: 'House',
    address: '2/25 Bloomburg St, Abbotsford',
    street: 'Bloomburg St',
    locality: 'Abbotsford',
    region: 'Northern Metropolitan',
    postcode: '3067',
    bedrooms: 2,
    bathrooms: 1,
    carSpaces: 0,
    landArea: 156,
    floorArea: 79,
    latitude: -37.8079,
    longitude: 144.9934,
    nonStandard: null,
    details: '{"method":"S","agent":"Biggin","distance":"2.5","year_built":"1900.0","council_area":"Yarra"}',
  });
});

test.each([
  [
    { Price: '', Method: 'SN' },
    { price: 0, nonStandard: 'no price' },
  ],
  [{ Method: 'PI' }, { nonStandard: 'not sold' }],
  [{ Method: 'VB' }, { nonStandard: 'not sold' }],
  [{ Method: 'SP' }, { nonStandard: null }],
  [{ Type: 'u' }, { type: 'Unit' }],
  [{ Type: 't' }, { type: 'Townhouse' }],
  [
    { Bedroom2: '', Car: '', BuildingArea: 'inf', Landsize: '0.0' },
    { bedrooms: 2, carSpaces: null, floorArea: null, landArea: null },
  ],
  [
    { Postcode: '#N/A', Regionname: '#N/A', Lattitude: '', Longtitude: '' },
    { postcode: null, region: 'Melbourne', latitude: null },
  ],
])('with %o it is %o', async (fields, expected) => {
  expect((await readOne(fields)).sale).toMatchObject(expected);
});

test.each([
  ['Address', '', 'Address is missing'],
  ['Price', '1.2m', 'Price "1.2m" is not a whole number of dollars'],
  ['Date', '2016-02-04', 'Date "2016-02-04" is not a date (d/mm/yyyy)'],
  ['Type', 'x', 'Type "x" is none of h, u and t'],
  ['Lattitude', '', 'Lattitude and Longtitude must both be given, or neither'],
])('%s "%s" is rejected', async (name, value, message) => {
  expect((await readOne({ [name]: value })).reject?.message).toBe(`line 2: ${message}`);
});

test('the longer file with fewer columns is read as well', async () => {
  const { sales } = await readText(
    kaggleMelbourne,
    'Suburb,Address,Rooms,Type,Price,Method,SellerG,Date,Postcode,Regionname,Propertycount,Distance,CouncilArea\nAbbotsford,49 Lithgow St,3,h,1490000,S,Jellis,1/04/2017,3067,Northern Metropolitan,4019,3,Yarra City Council\n',
  );
  expect(sales[0]).toMatchObject({
    price: 1_490_000,
    bedrooms: 3,
    bathrooms: null,
    contractDate: '2017-04-01',
    latitude: null,
  });
});

test('is known by the names of its columns', () => {
  expect(detectFormat(`${header}\n${line}\n`)).toBe(kaggleMelbourne);
});

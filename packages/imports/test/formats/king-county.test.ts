import { expect, test } from 'vitest';
import { detectFormat } from '../../src/formats/index.ts';
import { kingCounty } from '../../src/formats/king-county.ts';
import { readText } from '../helpers.ts';

const header =
  'id,date,price,bedrooms,bathrooms,sqft_living,sqft_lot,floors,waterfront,view,condition,grade,sqft_above,sqft_basement,yr_built,yr_renovated,zipcode,lat,long,sqft_living15,sqft_lot15';
const line = '7129300520,20141013T000000,221900,3,1,1180,5650,1,0,0,3,7,1180,0,1955,0,98178,47.5112,-122.257,1340,5650';

/** The line's sale with some of its fields replaced. */
async function readOne(fields: Record<string, string> = {}) {
  const names = header.split(',');
  const values = line.split(',').map((value, i) => fields[names[i] as string] ?? value);
  const { sales, rejects } = await readText(kingCounty, `${header}\n${values}\n`);
  return { sale: sales[0], reject: rejects[0] };
}

test('a line becomes a sale in our names and units', async () => {
  expect((await readOne()).sale).toEqual({
    key: '7129300520;2014-10-13',
    propertyKey: '7129300520',
    fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    issuedAt: null,
    contractDate: '2014-10-13',
    settlementDate: null,
    price: 221_900,
    type: 'House',
    address: 'Parcel 7129300520',
    street: null,
    locality: null,
    region: 'King County',
    postcode: '98178',
    bedrooms: 3,
    bathrooms: 1,
    carSpaces: null,
    landArea: 524.9,
    floorArea: 109.63,
    latitude: 47.5112,
    longitude: -122.257,
    storey: null,
    yearBuilt: 1955,
    leaseStart: null,
    leaseRemaining: null,
    grade: 7,
    newBuild: null,
    yearRenovated: 1955,
    condition: 3,
    waterfront: 0,
    tenure: null,
    flatModel: null,
    zoning: null,
    dealing: null,
    nonStandard: null,
    details:
      '{"floors":"1","waterfront":"0","view":"0","condition":"3","grade":"7","sqft_above":"1180","sqft_basement":"0","yr_built":"1955","yr_renovated":"0"}',
  });
});

test.each([
  ['date', '10/13/2014'],
  ['date', '2014-10-13'],
  ['price', '221900.0'],
  ['price', '2.219e+005'],
])('with %s %s it is the same sale', async (name, value) => {
  expect(await readOne({ [name]: value })).toEqual(await readOne());
});

test('a parcel number that has lost its zeros is completed', async () => {
  expect((await readOne({ id: '16000397' })).sale?.propertyKey).toBe('0016000397');
});

test.each(['?', 'NaN', ''])('"%s" stands for a missing value', async (missing) => {
  const { sale } = await readOne({ sqft_basement: missing, bedrooms: missing, sqft_lot: missing });
  expect(sale).toMatchObject({ bedrooms: null, landArea: null });
  expect(sale?.details).not.toContain('sqft_basement');
});

test.each([
  ['id', 'x', 'id "x" is not a parcel number of up to 10 digits'],
  ['date', '13/10/2014', 'date "13/10/2014" is not one such as 20141013T000000 or 10/13/2014'],
  ['price', '?', 'price "" is not a number of dollars'],
  ['price', '-1', 'price "-1" is not a number of dollars'],
  ['bedrooms', '2.5', 'bedrooms "2.5" is not a whole number from 0 to 999'],
  ['long', '', 'lat and long must both be given, or neither'],
])('%s "%s" is rejected', async (name, value, message) => {
  expect((await readOne({ [name]: value })).reject?.message).toBe(`line 2: ${message}`);
});

test('is known by the names of its columns', () => {
  expect(detectFormat(`${header.replaceAll(/(\w+)/g, '"$1"')}\n`)).toBe(kingCounty);
  expect(detectFormat(header.replace('sqft_living,', ''))).toBeUndefined();
});

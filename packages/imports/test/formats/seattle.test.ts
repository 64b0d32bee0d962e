import { expect, test } from 'vitest';
import { detectFormat } from '../../src/formats/index.ts';
import { seattle } from '../../src/formats/seattle.ts';
import { readText } from '../helpers.ts';

const header =
  'pinx,sale_id,sale_price,sale_date,use_type,area,lot_sf,wfnt,bldg_grade,tot_sf,beds,baths,age,eff_age,longitude,latitude';
const line = '..0007600046,2011..2621,308900,2011-02-22,sfr,15,5160,0,7,2290,8,4.5,12,12,-122.3020,47.6039';

async function readOne(fields: Record<string, string> = {}) {
  const values = line.split(',').map((value, i) => fields[header.split(',')[i] as string] ?? value);
  const { sales, rejects } = await readText(seattle, `${header}\n${values}\n`);
  return { sale: sales[0], reject: rejects[0] };
}

test('a line becomes a sale in our names and units', async () => {
  expect((await readOne()).sale).toEqual({
    key: '2011..2621',
    propertyKey: '0007600046',
    fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    issuedAt: null,
    contractDate: '2011-02-22',
    settlementDate: null,
    price: 308_900,
    type: 'House',
    address: 'Parcel 0007600046',
    street: null,
    locality: 'Area 15',
    region: 'Seattle',
    postcode: null,
    bedrooms: 8,
    bathrooms: 4.5,
    carSpaces: null,
    landArea: 479.38,
    floorArea: 212.75,
    latitude: 47.6039,
    longitude: -122.302,
    storey: null,
    yearBuilt: 1999,
    leaseStart: null,
    leaseRemaining: null,
    grade: 7,
    newBuild: null,
    yearRenovated: 1999,
    condition: null,
    waterfront: 0,
    tenure: null,
    flatModel: null,
    zoning: null,
    dealing: null,
    nonStandard: null,
    details: '{"wfnt":"0","bldg_grade":"7","age":"12","eff_age":"12"}',
  });
});

test.each([
  ['pinx', 'x', 'pinx "x" is not one such as ..0007600046'],
  ['sale_price', '1.2m', 'sale_price "1.2m" is not a whole number of dollars'],
  ['sale_date', '2011-02-29', 'sale_date "2011-02-29" is not a date (YYYY-MM-DD)'],
  ['beds', '2.5', 'beds "2.5" is not a whole number from 0 to 999'],
])('%s "%s" is rejected', async (name, value, message) => {
  expect((await readOne({ [name]: value })).reject?.message).toBe(`line 2: ${message}`);
});

test('is known by the names of its columns', () => {
  expect(detectFormat(`${header}\n${line}\n`)).toBe(seattle);
});

import { expect, test } from 'vitest';
import { detectFormat } from '../../src/formats/index.ts';
import { kaggleSydney } from '../../src/formats/kaggle-sydney.ts';
import { blankSale } from '../../src/formats/values.ts';
import { readText } from '../helpers.ts';

const header = 'Date,Id,suburb,postalCode,sellPrice,bed,bath,car,propType';
const line = '2019-06-19,1,Avalon Beach,2107,1210000,4.0,2,,house';

async function readOne(fields: Record<string, string> = {}) {
  const values = line.split(',').map((value, i) => fields[header.split(',')[i] as string] ?? value);
  const { sales, rejects } = await readText(kaggleSydney, `${header}\n${values}\n`);
  return { sale: sales[0], reject: rejects[0] };
}

test('a line becomes a sale in our names', async () => {
  expect((await readOne()).sale).toEqual({
    ...blankSale,
    key: '1',
    propertyKey: '1',
    fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    contractDate: '2019-06-19',
    price: 1_210_000,
    type: 'House',
    address: 'Avalon Beach 2107',
    locality: 'Avalon Beach',
    region: 'Sydney',
    postcode: '2107',
    bedrooms: 4,
    bathrooms: 2,
    nonStandard: null,
  });
});

test.each([
  [{ sellPrice: '2147483647' }, { price: 2_147_483_647, nonStandard: 'no price' }],
  [{ sellPrice: '0' }, { nonStandard: 'no price' }],
  [{ Date: '19/6/2019' }, { contractDate: '2019-06-19' }],
  [{ Date: '0217-06-19' }, { contractDate: '0217-06-19', nonStandard: 'contract date before 1900' }],
  [{ propType: 'duplex/semi-detached' }, { type: 'Duplex/Semi-Detached' }],
])('with %o it is %o', async (fields, expected) => {
  expect((await readOne(fields)).sale).toMatchObject(expected);
});

test.each([
  ['Id', '', 'Id "" is not a number'],
  ['suburb', '', 'suburb is missing'],
  ['sellPrice', '-1', 'sellPrice "-1" is not a whole number of dollars'],
  ['sellPrice', '1.2m', 'sellPrice "1.2m" is not a whole number of dollars'],
  ['Date', '2019-06-31', 'Date "2019-06-31" is not a date (YYYY-MM-DD or d/mm/yyyy)'],
  ['bed', 'x', 'bed "x" is not a whole number from 0 to 999'],
])('%s "%s" is rejected', async (name, value, message) => {
  expect((await readOne({ [name]: value })).reject?.message).toBe(`line 2: ${message}`);
});

test('is known by the names of its columns', () => {
  expect(detectFormat(`${header}\n${line}\n`)).toBe(kaggleSydney);
});

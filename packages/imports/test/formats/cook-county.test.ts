import { expect, test } from 'vitest';
import { cookCounty } from '../../src/formats/cook-county.ts';
import { detectFormat } from '../../src/formats/index.ts';
import { blankSale } from '../../src/formats/values.ts';
import { readText } from '../helpers.ts';

const header =
  'pin,year,township_code,nbhd,class,sale_date,is_mydec_date,sale_price,doc_no,deed_type,mydec_deed_type,seller_name,is_multisale,num_parcels_sale,buyer_name,sale_type,sale_filter_same_sale_within_365,sale_filter_less_than_10k,sale_filter_deed_type,row_id';
const line =
  '17093330250000,2024,74,74030,299,2024-01-07T00:00:00.000,true,410000.0,2400700042,Warranty,,A B,false,1,C D,LAND AND BUILDING,false,false,false,1';

async function readOne(fields: Record<string, string> = {}) {
  const values = line.split(',').map((value, i) => fields[header.split(',')[i] as string] ?? value);
  const { sales, rejects } = await readText(cookCounty, `${header}\n${values}\n`);
  return { sale: sales[0], reject: rejects[0] };
}

test('a line becomes a sale in our names and units, without names of persons', async () => {
  expect((await readOne()).sale).toEqual({
    ...blankSale,
    key: '2400700042;17093330250000',
    propertyKey: '17093330250000',
    fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    contractDate: '2024-01-07',
    price: 410_000,
    type: 'Condominium',
    address: 'Parcel 17-09-333-025-0000',
    locality: 'Neighborhood 74030',
    region: 'Cook County',
    dealing: '2400700042',
    nonStandard: null,
    details:
      '{"class":"299","sale_document_num":"2400700042","deed_type":"Warranty","sale_type":"LAND AND BUILDING","num_parcels_sale":"1"}',
  });
});

test.each([
  [{ is_multisale: 'true' }, 'shared dealing'],
  [{ num_parcels_sale: '40' }, 'shared dealing'],
  [{ sale_filter_deed_type: 'true' }, 'not at market value'],
  [{ sale_filter_less_than_10k: 'TRUE', sale_price: '10' }, 'price below 10,000'],
  [{ sale_filter_same_sale_within_365: 'true' }, 'repeated within a year'],
  [{ sale_price: '0' }, 'no price'],
])('%s is non-standard', async (fields, reason) => {
  const { sale } = await readOne(fields);
  expect(sale?.nonStandard).toBe(reason);
  if (reason === 'shared dealing') expect(sale?.dealing).toBeNull();
});

test.each([
  ['203', 'House'],
  ['211', 'Apartment building'],
  ['100', 'Land'],
  ['517', 'Commercial'],
  ['EX', null],
])('class %s is %s', async (code, type) => {
  expect((await readOne({ class: code })).sale?.type).toBe(type);
});

test.each([
  ['pin', '1.40812E+13', 'pin "1.40812E+13" is not a number of 14 digits'],
  ['sale_date', '2024-02-30T00:00:00.000', 'sale_date "2024-02-30T00:00:00.000" is not a date'],
  ['sale_price', 'x', 'sale_price "x" is not a number of dollars'],
])('%s "%s" is rejected', async (name, value, message) => {
  expect((await readOne({ [name]: value })).reject?.message).toBe(`line 2: ${message}`);
});

test('is known by the names of its fields or of its columns', async () => {
  expect(detectFormat(`${header}\n${line}\n`)).toBe(cookCounty);
  const names = 'PIN,Sale Date,Sale Price,Sale Document Num,Num Parcels Sale,Is Multisale';
  expect(detectFormat(names)).toBe(cookCounty);
  const { sales } = await readText(
    cookCounty,
    `${names}\n17-09-333-024-1018,01/05/2024,"$18,500,000.00",2400500001,40,true\n4012050090000,1/7/2024,1,7,1,false\n`,
  );
  expect(sales).toMatchObject([
    { propertyKey: '17093330241018', price: 18_500_000, contractDate: '2024-01-05', nonStandard: 'shared dealing' },
    { propertyKey: '04012050090000', contractDate: '2024-01-07', nonStandard: null },
  ]);
});

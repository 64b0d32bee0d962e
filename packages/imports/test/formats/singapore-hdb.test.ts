import { expect, test } from 'vitest';
import { detectFormat } from '../../src/formats/index.ts';
import { singaporeHdb } from '../../src/formats/singapore-hdb.ts';
import { blankSale } from '../../src/formats/values.ts';
import { readText } from '../helpers.ts';

const header =
  'month,town,flat_type,block,street_name,storey_range,floor_area_sqm,flat_model,lease_commence_date,remaining_lease,resale_price';
const line = '2017-01,ANG MO KIO,2 ROOM,406,ANG MO KIO AVE 10,10 TO 12,44,Improved,1979,61 years 04 months,232000';

/** The line's sale with some of its fields replaced. */
async function readOne(fields: Record<string, string> = {}) {
  const names = header.split(',');
  const values = line.split(',').map((value, i) => fields[names[i] as string] ?? value);
  const { sales, rejects } = await readText(singaporeHdb, `${header}\n${values}\n`);
  return { sale: sales[0], reject: rejects[0] };
}

test('a line becomes a sale in our names and units, on the first of its month', async () => {
  const { sale } = await readOne();
  expect(sale).toEqual({
    ...blankSale,
    key: '2017-01;406;ANG MO KIO AVE 10;ANG MO KIO;10 TO 12;2 ROOM;IMPROVED;44;1979;232000;1',
    propertyKey: '406;ANG MO KIO AVE 10;ANG MO KIO;10 TO 12;2 ROOM;IMPROVED;44;1979',
    fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    contractDate: '2017-01-01',
    price: 232_000,
    type: '2 Room',
    address: '406 Ang Mo Kio Ave 10, Ang Mo Kio',
    street: 'Ang Mo Kio Ave 10',
    locality: 'Ang Mo Kio',
    region: 'Singapore',
    bedrooms: 1,
    floorArea: 44,
    storey: 11,
    leaseStart: 1979,
    leaseRemaining: 61.33,
    flatModel: 'Improved',
    nonStandard: null,
    details:
      '{"storey_range":"10 TO 12","flat_model":"Improved","lease_commence_date":"1979","remaining_lease":"61 years 4 months"}',
  });
});

test.each([
  ['1 ROOM', '1 Room', null],
  ['3 ROOM', '3 Room', 2],
  ['4 ROOM', '4 Room', 3],
  ['5 ROOM', '5 Room', null],
  ['EXECUTIVE', 'Executive', null],
  ['MULTI GENERATION', 'Multi-Generation', null],
  ['MULTI-GENERATION', 'Multi-Generation', null],
])('flat type %s is %s, and has %s bedrooms', async (flat_type, type, bedrooms) => {
  expect((await readOne({ flat_type })).sale).toMatchObject({ type, bedrooms });
});

test.each([
  ['70', '70 years'],
  ['61 years', '61 years'],
  ['61 years 0 months', '61 years'],
  ['61 years 11 months', '61 years 11 months'],
  ['61 years 1 month', '61 years 1 months'],
  ['', undefined],
])('a remaining lease of "%s" is %s', async (remaining_lease, expected) => {
  const { sale } = await readOne({ remaining_lease });
  expect(JSON.parse(sale?.details as string).remaining_lease).toBe(expected);
});

test('without a column for the remaining lease it is the same sale', async () => {
  const without = (text: string) => text.split(',').toSpliced(9, 1).join(',');
  const { sales } = await readText(singaporeHdb, `${without(header)}\n${without(line)}\n`);
  expect(sales[0]?.key).toBe((await readOne()).sale?.key);
  expect(sales[0]?.details).not.toContain('remaining_lease');
});

test('prices with cents are rounded, but distinguish sales', async () => {
  const { sale } = await readOne({ resale_price: '654321.88' });
  expect(sale).toMatchObject({ price: 654_322, key: expect.stringContaining(';654321.88;1') });
});

test('lines that say the same are sales of their own, and the same file has the same sales again', async () => {
  const content = `${header}\n${line}\n${line.replace('406', '407')}\n${line}\n`;
  const { sales } = await readText(singaporeHdb, content);
  expect(new Set(sales.map(({ key }) => key)).size).toBe(3);
  expect(new Set(sales.map(({ fingerprint }) => fingerprint)).size).toBe(3);
  expect((await readText(singaporeHdb, content)).sales).toEqual(sales);
});

test.each([
  ['month', '2017-13', 'month "2017-13" is not a month (YYYY-MM)'],
  ['month', '2017-01-05', 'month "2017-01-05" is not a month (YYYY-MM)'],
  ['town', '', 'town is missing'],
  ['block', '', 'block is missing'],
  ['floor_area_sqm', 'big', 'floor_area_sqm "big" is not a number of square metres'],
  ['resale_price', '-1', 'resale_price "-1" is not a number of dollars'],
  ['resale_price', '', 'resale_price "" is not a number of dollars'],
  ['remaining_lease', 'long', 'remaining_lease "long" is neither a number of years nor such as 61 years 04 months'],
])('%s "%s" is rejected', async (name, value, message) => {
  const { sale, reject } = await readOne({ [name]: value });
  expect(sale).toBeUndefined();
  expect(reject?.message).toBe(`line 2: ${message}`);
});

test('a file without one of the columns is refused', async () => {
  await expect(readText(singaporeHdb, `${header.replace('block', 'blk')}\n${line}\n`)).rejects.toThrow(
    'the header lacks "block"',
  );
});

test('is known by the names of its columns', () => {
  expect(detectFormat(`${header}\n${line}\n`)).toBe(singaporeHdb);
  expect(detectFormat(`${header.replace('remaining_lease,', '')}\r\n`)).toBe(singaporeHdb);
  expect(detectFormat(header.replace('resale_price', 'rent'))).toBeUndefined();
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { salesFiles } from '../../src/files.ts';
import { detectFormat } from '../../src/formats/index.ts';
import { nycRollingSales } from '../../src/formats/nyc-rolling-sales.ts';
import { blankSale } from '../../src/formats/values.ts';
import { readText } from '../helpers.ts';
import { file, house, names, quoted, workbook } from './nyc-rolling-sales.ts';

async function readOne(fields: Record<string, string> = {}) {
  const { sales, rejects } = await readText(
    nycRollingSales,
    file(names.map((name, i) => fields[name] ?? (house[i] as string))),
  );
  return { sale: sales[0], reject: rejects[0] };
}

test('a line below the title and the header becomes a sale in our names and units', async () => {
  expect((await readOne()).sale).toEqual({
    ...blankSale,
    key: 'MANHATTAN;376;43;;2018-07-24',
    propertyKey: 'MANHATTAN;376;43;',
    fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    contractDate: '2018-07-24',
    price: 3_200_000,
    type: 'One-family house',
    address: '743 East 6th Street, Manhattan',
    street: 'East 6th Street',
    locality: 'Alphabet City',
    region: 'Manhattan',
    postcode: '10009',
    landArea: 194.17,
    floorArea: 341.88,
    nonStandard: null,
    details:
      '{"block":"376","lot":"43","building_class_category":"01 ONE FAMILY DWELLINGS","residential_units":"1","commercial_units":"1","year_built":"1940","tax_class":"1","building_class":"S1"}',
  });
});

test.each([
  [{ 'SALE PRICE': ' $-   ' }, { price: 0, nonStandard: 'no price', key: 'MANHATTAN;376;43;;2018-07-24;no price' }],
  [{ 'SALE PRICE': ' -  ' }, { price: 0, nonStandard: 'no price' }],
  [{ 'SALE PRICE': '0' }, { price: 0, nonStandard: 'no price' }],
  [{ 'SALE PRICE': '730000' }, { price: 730_000, nonStandard: null }],
  [{ 'SALE PRICE': '2147483647' }, { price: 2_147_483_647, nonStandard: null }],
  [{ 'SALE DATE': '7/4/18' }, { contractDate: '2018-07-04' }],
  [{ 'SALE DATE': '2018-07-04 00:00:00' }, { contractDate: '2018-07-04' }],
  [{ 'SALE DATE': '2018-07-04T00:00:00.000' }, { contractDate: '2018-07-04' }],
  [{ BOROUGH: '5' }, { region: 'Staten Island' }],
  [{ BOROUGH: 'BROOKLYN' }, { region: 'Brooklyn' }],
  [
    { 'LAND SQUARE FEET': ' - ', 'GROSS SQUARE FEET': '0' },
    { landArea: null, floorArea: null },
  ],
  [{ 'ZIP CODE': '0' }, { postcode: null }],
  [
    { 'APARTMENT NUMBER': '5C' },
    { propertyKey: 'MANHATTAN;376;43;5C', address: '743 East 6th Street, Apt 5C, Manhattan' },
  ],
  [{ ADDRESS: '131 AVENUE B, 3B' }, { propertyKey: 'MANHATTAN;376;43;3B', address: '131 Avenue B, Apt 3B, Manhattan' }],
  [{ ADDRESS: '12-34 21ST ROAD' }, { street: '21st Road' }],
  [{ 'BUILDING CLASS CATEGORY': '10 COOPS - ELEVATOR APARTMENTS' }, { type: 'Cooperative' }],
  [{ 'BUILDING CLASS CATEGORY': '13 CONDOS - ELEVATOR APARTMENTS' }, { type: 'Condominium' }],
  [{ 'BUILDING CLASS CATEGORY': '05 TAX CLASS 1 VACANT LAND' }, { type: 'Land' }],
  [{ 'BUILDING CLASS CATEGORY': '21 OFFICE BUILDINGS' }, { type: 'Commercial' }],
  [{ 'BUILDING CLASS CATEGORY': '' }, { type: 'Other' }],
])('with %o it is %o', async (fields, expected) => {
  expect((await readOne(fields)).sale).toMatchObject(expected);
});

test.each([
  ['SALE PRICE', '1.2m', 'sale price "1.2m" is not a number of dollars'],
  ['SALE PRICE', '-5', 'sale price "-5" is not a number of dollars'],
  ['SALE PRICE', '', 'sale price "" is not a number of dollars'],
  ['SALE DATE', '24/7/2018', 'sale date "24/7/2018" is not a date (M/D/YYYY)'],
  ['BOROUGH', '6', 'borough "6" is neither a number from 1 to 5 nor a name'],
  ['BLOCK', '', 'block "" is not a number'],
])('%s "%s" is rejected', async (name, value, message) => {
  expect((await readOne({ [name]: value })).reject?.message).toBe(`line 6: ${message}`);
});

test('copies with other spellings and columns before ours say the same', async () => {
  const header = ['', ...names.map((name) => name.toLowerCase().replaceAll(' ', '_'))];
  const { sales } = await readText(nycRollingSales, `${header}\n4,${quoted(house)}\n`);
  expect(sales).toEqual([(await readOne()).sale]);
  const broken = names.map((name) => name.replace(' AT ', '\n AT '));
  expect(detectFormat(quoted(broken))).toBe(nycRollingSales);
  expect((await readText(nycRollingSales, `${quoted(broken)}\n${quoted(house)}\n`)).sales).toEqual(sales);
});

test('a file without its header is refused', async () => {
  await expect(readText(nycRollingSales, `${quoted(house)}\n`)).rejects.toThrow(
    'the file has no header of this format',
  );
});

test('a workbook says the same as the CSV file of it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nyc-test-'));
  const path = join(folder, 'book.xlsx');
  await writeFile(path, workbook());
  for await (const { name, format, content } of salesFiles([{ name: 'rollingsales_manhattan.xlsx', path }], () => {})) {
    expect([name, format]).toEqual(['rollingsales_manhattan.xlsx/Manhattan', nycRollingSales]);
    for await (const { sales } of format.read(content)) {
      if (sales.length > 0) expect(sales).toEqual([(await readOne()).sale]);
    }
  }
  await rm(folder, { recursive: true });
});

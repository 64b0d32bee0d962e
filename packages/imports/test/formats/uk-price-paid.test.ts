import { describe, expect, test } from 'vitest';
import { detectFormat } from '../../src/formats/index.ts';
import { ukPricePaid } from '../../src/formats/uk-price-paid.ts';
import { blankSale } from '../../src/formats/values.ts';
import { readText } from '../helpers.ts';
import { changed, line, semi } from './uk-price-paid.ts';

async function readOne(record: string) {
  const { sales, rejects } = await readText(ukPricePaid, `${record}\r\n`);
  return { sale: sales[0], reject: rejects[0] };
}

test('a record becomes a sale in our names and units', async () => {
  const { sale } = await readOne(line(semi));
  expect(sale).toEqual({
    ...blankSale,
    key: '596A4084-13B8-4307-B3C8-83BB0C5E69F6',
    propertyKey: 'RG30 6DT;92;;RODWAY ROAD',
    fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    contractDate: '1995-03-17',
    settlementDate: '1995-03-17',
    price: 55_000,
    type: 'Semi-detached',
    address: '92 Rodway Road, Tilehurst, Reading',
    street: 'Rodway Road',
    locality: 'Tilehurst',
    region: 'Berkshire',
    postcode: 'RG30 6DT',
    newBuild: 0,
    tenure: 'Freehold',
    nonStandard: null,
    details: '{"new_build":"N","duration":"F","town":"Reading","district":"Newbury","category":"A"}',
  });
});

test.each([
  ['D', 'Detached'],
  ['S', 'Semi-detached'],
  ['T', 'Terraced'],
  ['F', 'Flat'],
  ['O', 'Other'],
])('property type %s is %s', async (code, type) => {
  expect((await readOne(changed({ 4: code }))).sale?.type).toBe(type);
});

describe('an address reads as on an envelope', () => {
  test.each([
    [{ 7: 'WEST FRYERNE', 8: 'FLAT 24' }, 'Flat 24, West Fryerne, Rodway Road, Tilehurst, Reading'],
    [{ 7: 'JOSEPHINE COURT', 8: '40' }, '40 Josephine Court, Rodway Road, Tilehurst, Reading'],
    [{ 7: 'PINERIDGE GARDENS, 15', 8: 'FLAT 4' }, 'Flat 4, Pineridge Gardens, 15 Rodway Road, Tilehurst, Reading'],
    [{ 7: '12 - 14A', 8: '3' }, '3, 12 - 14A Rodway Road, Tilehurst, Reading'],
    [{ 7: 'MANOR COTTAGE', 9: '' }, 'Manor Cottage, Tilehurst, Reading'],
    [{ 10: 'READING' }, '92 Rodway Road, Reading'],
    [{ 10: '' }, '92 Rodway Road, Reading'],
  ])('%j', async (fields, address) => {
    expect((await readOne(changed(fields))).sale?.address).toBe(address);
  });
});

test('the town is used where the locality is empty', async () => {
  expect((await readOne(changed({ 10: '' }))).sale?.locality).toBe('Reading');
});

test('without a postcode the place identifies the property, and without a building each sale is a property of its own', async () => {
  expect((await readOne(changed({ 3: '' }))).sale).toMatchObject({
    postcode: null,
    propertyKey: 'TILEHURST;READING;NEWBURY;BERKSHIRE;92;;RODWAY ROAD',
  });
  expect((await readOne(changed({ 7: '' }))).sale?.propertyKey).toBe('596A4084-13B8-4307-B3C8-83BB0C5E69F6');
});

test.each([
  [{ 14: 'B' }, 'not at market value'],
  [{ 1: '0' }, 'no price'],
  [{ 2: '1895-03-17 00:00' }, 'contract date before 1900'],
])('%j is not standard: %s', async (fields, reason) => {
  expect((await readOne(changed(fields))).sale?.nonStandard).toBe(reason);
});

describe('files with a header', () => {
  // The columns of the search page's download: no record status, SAON first.
  const header =
    '"unique_id","price_paid","deed_date","postcode","property_type","new_build","estate_type","saon","paon","street","locality","town","district","county","transaction_category","linked_data_uri"';
  const record = (date: string) =>
    line([
      '596A4084-13B8-4307-B3C8-83BB0C5E69F6',
      '55000',
      date,
      ...semi.slice(3, 7),
      '',
      '92',
      ...semi.slice(9, 15),
      'http://landregistry.data.gov.uk/data/ppi/transaction/596A4084-13B8-4307-B3C8-83BB0C5E69F6/current',
    ]);

  test.each(['1995-03-17', '17/03/1995', '17/03/1995 00:00'])(
    'are read by its names, with the date %s: the same sale',
    async (date) => {
      const { sales } = await readText(ukPricePaid, `${header}\n${record(date)}\n`);
      expect(sales).toEqual([(await readOne(line(semi))).sale]);
    },
  );

  test('may use the names of the published description', async () => {
    const names =
      'Transaction unique identifier,Price,Date of Transfer,Postcode,Property Type,Old/New,Duration,PAON,SAON,Street,Locality,Town/City,District,County,PPD Category Type,Record Status - monthly file only';
    const { sales } = await readText(ukPricePaid, `${names}\n${line(semi)}\n`);
    expect(sales).toEqual([(await readOne(line(semi))).sale]);
  });

  test('are refused where a column is missing', async () => {
    await expect(readText(ukPricePaid, `${header.replace('"paon"', '"x"')}\n`)).rejects.toThrow(
      'the header lacks "paon"',
    );
  });
});

test.each([
  [{ 0: '{596A4084}' }, 'transaction id "{596A4084}" is not one such as {F9059A48-F872-4B00-A7C4-83B8088E8B17}'],
  [{ 1: '-5' }, 'price "-5" is not a whole number of pounds'],
  [{ 2: '1995-02-30 00:00' }, 'date of transfer "1995-02-30 00:00" is not a date (YYYY-MM-DD or dd/mm/yyyy)'],
  [{ 2: '03/17/1995' }, 'date of transfer "03/17/1995" is not a date (YYYY-MM-DD or dd/mm/yyyy)'],
  [{ 4: 'X' }, 'property type "X" is none of D, S, T, F and O'],
  [{ 14: '' }, 'category "" is neither A nor B'],
  [{ 15: 'Z' }, 'record status "Z" is none of A, C and D'],
  [{ 10: '', 11: '' }, 'locality and town are both missing'],
])('%j is rejected', async (fields, message) => {
  const { sales, rejects } = await readText(ukPricePaid, `${line(semi)}\n${changed(fields)}\n`);
  expect(sales).toHaveLength(1);
  expect(rejects.map((reject) => reject.message)).toEqual([`line 2: ${message}`]);
});

test('a record of another width is rejected', async () => {
  const { rejects } = await readText(ukPricePaid, `${line(semi)}\n${line(semi.slice(0, 15))}\n`);
  expect(rejects[0]?.message).toBe('line 2: a sale has 16 fields, but this line has 15');
});

test('is known by its first record or its header', () => {
  expect(detectFormat(line(semi))).toBe(ukPricePaid);
  expect(detectFormat('contract_date,price,address\n')).not.toBe(ukPricePaid);
  expect(detectFormat('596A4084,55000,1995-03-17\n')).toBeUndefined();
});

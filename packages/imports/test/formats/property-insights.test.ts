import { describe, expect, test } from 'vitest';
import { propertyInsights } from '../../src/formats/property-insights.ts';
import { readText } from '../helpers.ts';

const header = 'contract_date,price,type,address,locality,postcode,bedrooms,bathrooms,land_area,latitude,longitude';
const line = '2025-03-14,850000,House,"12 King St, Mosman",Mosman,2088,3,1.5,420.5,-33.83,151.24';

async function readOne(columns: string, values: string) {
  const { sales, rejects } = await readText(propertyInsights, `${columns}\n${values}\n`);
  return { sale: sales[0], reject: rejects[0] };
}

test('a line becomes a sale', async () => {
  const { sale } = await readOne(header, line);
  expect(sale).toMatchObject({
    key: '12 king st, mosman;2088;2025-03-14',
    propertyKey: '12 king st, mosman;2088',
    issuedAt: null,
    contractDate: '2025-03-14',
    price: 850_000,
    type: 'House',
    address: '12 King St, Mosman',
    locality: 'Mosman',
    region: null,
    bedrooms: 3,
    bathrooms: 1.5,
    landArea: 420.5,
    latitude: -33.83,
    longitude: 151.24,
    nonStandard: null,
  });
});

test('columns may be in any order, and the same sale has the same fingerprint', async () => {
  const { sale } = await readOne('contract_date,price,address,region', '2025-03-14,850000,1 King St,NSW');
  const other = await readOne('region,address,price,contract_date,type', 'NSW,1 King St,850000,2025-03-14,');
  expect(other.sale).toEqual(sale);
});

test('keys given by the file are taken as they are', async () => {
  const { sale } = await readOne('contract_date,price,address,property_key,sale_key', '2025-03-14,1,x,p7,s9');
  expect(sale).toMatchObject({ key: 's9', propertyKey: 'p7' });
});

test('an exported line is read without its ids, and without the coordinates of its place', async () => {
  const columns = 'id,property_id,contract_date,price,address,latitude,longitude,approximate,non_standard,set_aside';
  const { sale: placed } = await readOne(columns, '7,3,2025-03-14,1,x,-33.8,151.2,postcode,set aside,a gift');
  const { sale } = await readOne('contract_date,price,address,non_standard', '2025-03-14,1,x,set aside');
  expect(placed).toEqual(sale);
  expect(placed).toMatchObject({ latitude: null, longitude: null, nonStandard: 'set aside' });
  const { sale: stated } = await readOne(columns, '7,3,2025-03-14,1,x,-33.8,151.2,,,');
  expect(stated).toMatchObject({ latitude: -33.8, longitude: 151.2, nonStandard: null });
});

test('the marks of an export before what a spreadsheet would execute are removed', async () => {
  const plain = await readOne(
    'contract_date,price,address,locality,type',
    '2024-03-01,5,"=HYPERLINK(""x"")",@SUM(1+1),-House',
  );
  const marked = await readOne(
    'contract_date,price,address,locality,type',
    `2024-03-01,5,"'=HYPERLINK(""x"")",'@SUM(1+1),'-House`,
  );
  expect(plain.sale).toMatchObject({ address: '=HYPERLINK("x")', locality: '@SUM(1+1)', type: '-House' });
  expect(marked.sale).toEqual(plain.sale);
});

test('quotes, commas and line breaks inside a value, CRLF and a byte order mark are understood', async () => {
  const { sales, rejects } = await readText(
    propertyInsights,
    '\uFEFFcontract_date,price,address\r\n2025-03-14,1,"The ""Nest"",\r\nBay Rd"\r\n2025-03-15,x,y\r\n',
  );
  expect(sales.map(({ address }) => address)).toEqual(['The "Nest",\r\nBay Rd']);
  // The value with a line break takes two lines, and the count goes on from there.
  expect(rejects).toEqual([
    {
      line: 4,
      content: '2025-03-15,x,y',
      header: 'contract_date,price,address',
      reason: 'bad price',
      message: 'line 4: price "x" is not a whole number without signs or separators',
    },
  ]);
});

describe('a bad value is rejected, with its line and column', () => {
  test.each([
    ['price', '1.2m', 'line 2: price "1.2m" is not a whole number without signs or separators'],
    ['price', '-1', 'line 2: price "-1" is not a whole number without signs or separators'],
    ['price', '', 'line 2: price is missing'],
    ['address', '', 'line 2: address is missing'],
    ['contract_date', '14/03/2025', 'line 2: contract_date "14/03/2025" is not a date (YYYY-MM-DD)'],
    ['contract_date', '2025-02-29', 'line 2: contract_date "2025-02-29" is not a date (YYYY-MM-DD)'],
    ['bedrooms', '2.5', 'line 2: bedrooms "2.5" is not a whole number from 0 to 999'],
    ['latitude', '133.8', 'line 2: latitude "133.8" is not a number from -90 to 90'],
    ['longitude', '', 'line 2: latitude and longitude must both be given, or neither'],
    ['land_area', '1e3', 'line 2: land_area "1e3" is not a number from 0 to 1000000000000'],
  ])('%s %s', async (column, value, message) => {
    const names = 'contract_date,price,address,bedrooms,land_area,latitude,longitude'.split(',');
    const good = ['2025-03-14', '850000', '1 King St', '3', '400', '-33.8', '151.2'];
    const { sales, rejects } = await readText(
      propertyInsights,
      `${names}\n${names.map((name, i) => (name === column ? value : good[i]))}\n${good}\n`,
    );
    expect(rejects.map((reject) => reject.message)).toEqual([message]);
    expect(sales).toHaveLength(1);
  });

  test('a line of another width', async () => {
    const { sales, rejects } = await readText(
      propertyInsights,
      'contract_date,price,address\n2025-01-01,1\n2025-01-01,1,x\n',
    );
    expect(rejects[0]?.message).toBe('line 2: the header names 3 columns, but this line has 2');
    expect(sales).toHaveLength(1);
  });
});

test.each([
  ['0', '2025-03-14', '', 'no price'],
  ['1', '', '', 'contract date missing'],
  ['1', '0217-05-12', '', 'contract date before 1900'],
  ['1', '2025-03-14', 'part interest', 'part interest'],
])('price %s on "%s" said to be "%s" is not standard: %s', async (price, date, said, reason) => {
  const { sale } = await readOne('contract_date,price,address,non_standard', `${date},${price},x,${said}`);
  expect(sale?.nonStandard).toBe(reason);
});

test.each([
  ['never closed', '2025-01-01,1,"b', 1, 'has a quote (") that is never closed'],
  ['never closed, and megabytes after it', '2025-01-01,1,"b', 200_000, 'has a quote (") that is never closed'],
  ['inside a value', '2025-01-01,1,a"b"', 1, 'has a quote (") inside a value'],
])('a quote %s costs its line', async (_, odd, after, message) => {
  const content = `contract_date,price,address\n2025-01-01,1,a\n${odd}\n${'2025-01-01,1,c\n'.repeat(after)}`;
  const { sales, rejects } = await readText(propertyInsights, content, 65_536);
  expect(sales.length).toBe(1 + after);
  expect(rejects).toMatchObject([{ line: 3, content: odd, reason: 'odd quote' }]);
  expect(rejects[0]?.message).toContain(`line 3: the row ${message}`);
});

describe('a file that cannot be trusted is refused whole', () => {
  test.each([
    ['an unknown column', 'contract_date,prise,price,address\n', 'the header has an unknown column "prise"'],
    ['a column twice', 'contract_date,price,price,address\n', 'the header names the column "price" twice'],
    ['no price', 'contract_date,address\n', 'the header lacks "price"'],
    ['nothing in it', '', 'the file is empty'],
  ])('%s', async (_, content, message) => {
    await expect(readText(propertyInsights, content, 65_536)).rejects.toThrow(message);
  });
});

test('is known by the names of its columns', () => {
  expect(propertyInsights.detect(`${header}\n${line}`)).toBe(true);
  expect(propertyInsights.detect('"price","address","contract_date"\r\n')).toBe(true);
  expect(propertyInsights.detect('Date,Id,suburb,postalCode,sellPrice,bed,bath,car,propType\n')).toBe(false);
});

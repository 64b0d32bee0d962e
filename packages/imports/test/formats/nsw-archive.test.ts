import { describe, expect, test } from 'vitest';
import { detectFormat } from '../../src/formats/index.ts';
import { nswArchive } from '../../src/formats/nsw-archive.ts';
import { nswPsi } from '../../src/formats/nsw-psi.ts';
import { blankSale } from '../../src/formats/values.ts';
import { readText } from '../helpers.ts';

const header = 'A;;VALNET;20010622 11:10;;';
const house =
  'B;001;ARCHIVE;0011800000000;2857799;;176;LAKE RD;ELRINGTON;2325;24/05/1990;65000;LOT 3 DP 1234;556.4;M;15.2/36.6;RAN;A;;;;';

const file = (records: string[], { first = [header], trailer = `Z;${records.length + 2};${records.length};` } = {}) =>
  [...first, ...records, trailer, ''].join('\r\n');

/** The house's record with some of its fields, counted from 0, replaced. */
const changed = (fields: Record<number, string>) =>
  house
    .split(';')
    .map((value, i) => fields[i] ?? value)
    .join(';');

async function readOne(fields: Record<number, string> = {}) {
  const { sales, rejects } = await readText(nswArchive, file([changed(fields)]));
  return { sale: sales[0], reject: rejects[0] };
}

test('a record becomes a sale in our names and units', async () => {
  expect((await readOne()).sale).toEqual({
    ...blankSale,
    key: '2857799;24/05/1990;LOT 3 DP 1234;65000',
    propertyKey: '2857799',
    fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    contractDate: '1990-05-24',
    price: 65_000,
    address: '176 Lake Rd, Elrington',
    street: 'Lake Rd',
    locality: 'Elrington',
    region: 'NSW',
    postcode: '2325',
    landArea: 556.4,
    zoning: 'A',
    nonStandard: null,
    details:
      '{"district_code":"001","source":"ARCHIVE","valuation_number":"0011800000000","property_id":"2857799","land_description":"LOT 3 DP 1234","dimensions":"15.2/36.6","component_code":"RAN","zoning":"A"}',
  });
});

test('a house has the property key that the current form gives it, so that its history goes on', async () => {
  const current =
    'A;RTSALEDATA;001;20240101 01:07;VALNET;\nB;001;2857799;1;20240101 01:07;;;176;LAKE RD;ELRINGTON;2325;25.15;H;20231219;20231222;1330000;RU2;R;RESIDENCE;;RAN;;0;AT729586;\nZ;3;1;0;0;\n';
  const { sales } = await readText(nswPsi, current);
  expect((await readOne()).sale?.propertyKey).toBe(sales[0]?.propertyKey);
});

test.each([
  [{ 13: '2529', 14: 'U' }, { landArea: null }],
  [{ 13: '25.15', 14: 'H' }, { landArea: 251_500 }],
  [{ 13: '', 14: '' }, { landArea: null }],
  [{ 5: '4' }, { type: 'Unit', propertyKey: '2857799/unit 4', address: '4/176 Lake Rd, Elrington' }],
  [{ 4: '' }, { propertyKey: '0011800000000;176;LAKE RD;ELRINGTON;2325' }],
  [{ 9: '' }, { postcode: null }],
  [{ 11: '0' }, { nonStandard: 'no price' }],
  [{ 10: '' }, { contractDate: null, nonStandard: 'contract date missing' }],
  [{ 10: '12/05/0217' }, { contractDate: '0217-05-12', nonStandard: 'contract date before 1900' }],
  [{ 10: '23/06/2001' }, { nonStandard: 'contract date after the file' }],
])('with %o it is %o', async (fields, expected) => {
  expect((await readOne(fields)).sale).toMatchObject(expected);
});

test.each([
  [{ 10: '31/02/1990' }, 'contract date "31/02/1990" is not a date (DD/MM/YYYY)'],
  [{ 11: '1.2m' }, 'price "1.2m" is not a whole number of dollars'],
  [{ 11: '-5' }, 'price "-5" is not a whole number of dollars'],
  [{ 8: '' }, 'the suburb is missing'],
  [{ 20: 'x' }, 'a sale has 20 fields, each followed by ";", but this record has 21'],
  [{ 0: 'C' }, 'record type "C" is none of A, B and Z'],
])('%o is rejected', async (fields, message) => {
  const { sales, rejects } = await readText(
    nswArchive,
    file([house, changed(fields)], { trailer: 0 in fields ? 'Z;4;1;' : 'Z;4;2;' }),
  );
  expect(sales).toHaveLength(1);
  expect(rejects.map((reject) => reject.message)).toEqual([`line 3: ${message}`]);
});

test('two sales of one property on one day are two, and the same record again is the same', async () => {
  const { sales } = await readText(nswArchive, file([house, changed({ 11: '70000' }), house]));
  expect(new Set(sales.map(({ key }) => key)).size).toBe(2);
  expect(new Set(sales.map(({ fingerprint }) => fingerprint)).size).toBe(2);
});

test('an open quote loses no record', async () => {
  expect((await readText(nswArchive, file([changed({ 12: '"LOT 3' }), house, house]))).sales).toHaveLength(3);
});

describe('a file', () => {
  test.each([
    ['without a header record', { first: [], trailer: 'Z;2;1;;' }],
    ['whose total leaves header and trailer out', { trailer: 'Z;1;1;' }],
    ['whose header has no date', { first: ['A;;VALNET;;;'] }],
  ])('%s is read as well', async (_, options) => {
    expect((await readText(nswArchive, file([house], options))).sales).toHaveLength(1);
  });

  test.each([
    ['whose trailer counts more', 'Z;4;2;', 'the trailer on line 3 states 2 B records, but the file has 1'],
    ['whose trailer is cut short', 'Z;', 'the trailer on line 3 is incomplete; download the file again'],
    ['without a trailer', '', 'the trailer record (Z) of the header on line 1 is missing'],
  ])('%s is refused', async (_, trailer, message) => {
    await expect(readText(nswArchive, file([house], { trailer }))).rejects.toThrow(message);
  });
});

test('is known by the date of its first sales', () => {
  expect(detectFormat(file([house]))).toBe(nswArchive);
  expect(detectFormat(file([house], { first: [] }))).toBe(nswArchive);
});

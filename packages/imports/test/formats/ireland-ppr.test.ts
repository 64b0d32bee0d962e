import { expect, test } from 'vitest';
import { detectFormat } from '../../src/formats/index.ts';
import { irelandPpr } from '../../src/formats/ireland-ppr.ts';
import { blankSale } from '../../src/formats/values.ts';
import { readText } from '../helpers.ts';

const header =
  '"Date of Sale (dd/mm/yyyy)","Address","County","Eircode","Price (€)","Not Full Market Price","VAT Exclusive","Description of Property","Property Size Description"';
const line =
  '"01/02/2023","1 REDWOOD AVE, BROOMFIELD VILLAGE, MIDLETON","Cork","P25WF98","€365,000.50","No","No","Second-Hand Dwelling house /Apartment",""';

const windows1252 = (text: string) => Buffer.from(text.replaceAll('€', '\x80'), 'latin1');

async function readOne(changes: [string, string][] = []) {
  let changed = line;
  for (const [from, to] of changes) changed = changed.replace(from, to);
  const { sales, rejects } = await readText(irelandPpr, windows1252(`${header}\r\n${changed}\r\n`));
  return { sale: sales[0], reject: rejects[0] };
}

test('a line becomes a sale in our names and units', async () => {
  expect((await readOne()).sale).toEqual({
    ...blankSale,
    key: '1 REDWOOD AVE BROOMFIELD VILLAGE MIDLETON;CORK;2023-02-01;365001',
    propertyKey: '1 REDWOOD AVE BROOMFIELD VILLAGE MIDLETON;CORK',
    fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    contractDate: '2023-02-01',
    price: 365_001,
    type: 'Second-hand dwelling',
    address: '1 Redwood Ave, Broomfield Village, Midleton, Cork',
    locality: 'Midleton',
    region: 'Cork',
    postcode: 'P25WF98',
    nonStandard: null,
    details: '{"vat_exclusive":"No","description_of_property":"Second-Hand Dwelling house /Apartment"}',
  });
});

test('a price that is not the full one is non-standard, and a price without VAT is noted', async () => {
  const { sale } = await readOne([
    ['"No","No"', '"Yes","Yes"'],
    ['Second-Hand', 'New'],
  ]);
  expect(sale).toMatchObject({ nonStandard: 'not at market value', type: 'New dwelling' });
  expect(JSON.parse(sale?.details ?? '')).toMatchObject({ vat_exclusive: 'Yes' });
});

test.each([
  ['1 The Green, Clondalkin Dublin 22', 'Dublin', 'Dublin 22'],
  ['200 BUSHY PARK HOUSE, TEMPLEOGUE RD, DUBLIN 6W', 'Dublin', 'Dublin 6W'],
  ['12 BROOKVILLE, ASHBOURNE, CO. MEATH', 'Meath', 'Ashbourne'],
  ['3 CLONROADBEG, ENNIS, COUNTY CLARE', 'Clare', 'Ennis'],
  ['22 harpur avenue, leixlip', 'Kildare', 'Leixlip'],
  ['1 THE GREEN, COLLEGE RD, GALWAY', 'Galway', null],
  ['Oak Park', 'Carlow', null],
])('the locality of "%s", %s is %s', async (address, county, locality) => {
  const { sale } = await readOne([
    ['1 REDWOOD AVE, BROOMFIELD VILLAGE, MIDLETON', address],
    ['"Cork"', `"${county}"`],
  ]);
  expect(sale?.locality).toBe(locality);
});

test.each([
  [['01/02/2023', '2023-02-01'], 'date of sale "2023-02-01" is not a date (dd/mm/yyyy)'],
  [['€365,000.50', '€365.000,50'], 'price "€365.000,50" is not an amount of euros'],
  [['1 REDWOOD AVE, BROOMFIELD VILLAGE, MIDLETON', ''], 'address is missing'],
  [['"No"', '"Maybe"'], 'Not Full Market Price "Maybe" is neither Yes nor No'],
] as [[string, string], string][])('%s is rejected', async (change, message) => {
  expect((await readOne([change])).reject?.message).toBe(`line 2: ${message}`);
});

test.each([
  ['with Eircodes', header],
  ['with postal codes', header.replace('Eircode', 'Postal Code').replaceAll('"', '')],
  ['in a wrong encoding', header.replace('€', '\ufffd')],
])('is known by the names of its columns: %s', async (_, names) => {
  expect(detectFormat(`${names}\n${line}\n`)).toBe(irelandPpr);
  const { sales } = await readText(irelandPpr, `${names}\n${line}\n`);
  expect(sales[0]).toMatchObject({ price: 365_001, postcode: 'P25WF98' });
});

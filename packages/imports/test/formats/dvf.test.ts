import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { dvf, geoDvf } from '../../src/formats/dvf.ts';
import type { Format, Sale } from '../../src/formats/format.ts';
import { detectFormat } from '../../src/formats/index.ts';
import { blankSale } from '../../src/formats/values.ts';
import { readText } from '../helpers.ts';

const fixture = (path: string) => readFile(new URL(`../fixtures/${path}`, import.meta.url), 'utf8');
const raw = await fixture('dvf/ValeursFoncieres-extract.txt');
const geo = await fixture('geo-dvf/geo-dvf-extract.csv');

/** The sales that an import keeps: of several with one key, the last. */
async function kept(format: Format, text: string): Promise<Sale[]> {
  const { sales, rejects } = await readText(format, text, 1000);
  expect(rejects).toEqual([]);
  return [...new Map(sales.map((sale) => [sale.key, sale])).values()];
}

/** A file of the form, with these values of each row in place of those of its first. */
function file(form: string, delimiter: string, rows: Record<string, string>[]): string {
  const [header = '', first = ''] = form.split('\n');
  const names = header.split(delimiter);
  const lines = rows.map((row) => first.split(delimiter).map((value, i) => row[names[i] as string] ?? value));
  return [header, ...lines.map((values) => values.join(delimiter)), ''].join('\n');
}
const rawFile = (...rows: Record<string, string>[]) => file(raw, '|', rows);

test('a row becomes a sale in our names and units', async () => {
  expect((await kept(dvf, raw))[1]).toEqual({
    ...blankSale,
    key: '2015-11-20;17300;295000;000002;17300000CR0459',
    propertyKey: '17300000CR0459',
    fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
    contractDate: '2015-11-20',
    price: 295_000,
    type: 'Maison',
    address: '16 Rue du Moulin Rouge, La Rochelle',
    street: 'Rue du Moulin Rouge',
    locality: 'La Rochelle',
    region: '17',
    postcode: '17000',
    landArea: 262,
    floorArea: 94,
    nonStandard: null,
    transaction: ';000002;Vente;17300',
    details:
      '{"nature_mutation":"Vente","parcel":"17300000CR0459","nombre_pieces_principales":"4","nature_culture":"S"}',
    land: '17300000CR0459;S;262',
  });
});

test('the forms are known by the names of their columns', () => {
  expect(detectFormat(raw)).toBe(dvf);
  expect(detectFormat(raw.replace('Identifiant de document', 'Code service CH'))).toBe(dvf);
  expect(detectFormat(geo)).toBe(geoDvf);
});

test('both forms of a deed are the same sale', async () => {
  const [land, woods, flat] = (await kept(dvf, raw)).slice(3);
  const geoSales = await kept(geoDvf, geo);
  for (const sale of [land, woods, flat] as Sale[]) {
    const other = geoSales.find(({ key }) => key === sale.key);
    const { propertyKey, contractDate, price, type, address, postcode, floorArea, landArea } = sale;
    expect(other).toMatchObject({ propertyKey, contractDate, price, type, address, postcode, floorArea, landArea });
  }
  expect(flat).toMatchObject({ address: '38 Quai Georges Gorse, Boulogne-Billancourt', floorArea: 44, landArea: null });
  expect(geoSales.find(({ key }) => key === flat?.key)).toMatchObject({ latitude: 48.824998, longitude: 2.236695 });
});

describe('a deed over several rows', () => {
  const flat = { 'Type local': 'Appartement', 'Surface reelle bati': '42', 'Surface terrain': '331', Section: 'KM' };
  const house = { 'Type local': 'Maison', 'Surface reelle bati': '100' };

  test('is one sale with all its land', async () => {
    expect(await kept(geoDvf, geo)).toMatchObject([
      { price: 31_234, type: 'Terrain', landArea: 1192 },
      { price: 278_000, type: 'Terrain', landArea: 10_092 + 4570 + 5750, nonStandard: null },
      { price: 8000 },
      { price: 75_000 },
      { price: 425_200, type: 'Appartement', floorArea: 44, landArea: null, nonStandard: null },
      { price: 500_000, type: 'Appartement', floorArea: 52, propertyKey: '920120000Y0154;605;753', nonStandard: null },
      { price: 102_000, type: 'Appartement', floorArea: 67 },
    ]);
  });

  test.each([
    [
      'a house, its outbuilding and its garden',
      [
        house,
        { ...house, 'Type local': 'Dépendance', 'Surface reelle bati': '0' },
        { 'Type local': '', 'Nature culture': 'J', 'Surface terrain': '300' },
      ],
      [['Maison', 756, null]],
    ],
    [
      'a house that is repeated for each use of its land',
      [house, { ...house, 'Nature culture': 'J', 'Surface terrain': '300' }],
      [['Maison', 756, null]],
    ],
    ['two houses', [house, { ...house, 'No plan': '121' }], [['Maison', 912, 'shared dealing']]],
    ['two equal flats, whose numbers are not published', [flat, flat], [['Appartement', null, 'shared dealing']]],
    [
      'a flat and a shop',
      [flat, { ...flat, 'Type local': 'Local industriel. commercial ou assimilé' }],
      [['Appartement', null, 'shared dealing']],
    ],
    [
      'two dispositions',
      [house, { ...house, 'No disposition': '000002' }],
      [
        ['Maison', 456, null],
        ['Maison', 456, null],
      ],
    ],
    [
      'two communes',
      [house, { ...house, 'Code commune': '12' }],
      [
        ['Maison', 456, null],
        ['Maison', 456, null],
      ],
    ],
  ] as const)('%s', async (_, rows, expected) => {
    const sales = await kept(dvf, rawFile(...rows));
    expect(sales.map(({ type, landArea, nonStandard }) => [type, landArea, nonStandard])).toEqual(expected);
  });

  test('that gains a row in a later edition is another version of the sale', async () => {
    const [before] = await kept(dvf, rawFile(house));
    const [after] = await kept(dvf, rawFile(house, { ...house, 'No plan': '121', 'Surface reelle bati': '50' }));
    expect(after?.key).toBe(before?.key);
    expect(after?.fingerprint).not.toBe(before?.fingerprint);
  });
});

test.each([
  ['Echange', 'exchange'],
  ['Expropriation', 'expropriation'],
  ['Adjudication', 'court auction'],
  ["Vente en l'état futur d'achèvement", null],
])('a mutation of the nature "%s"', async (nature, reason) => {
  expect((await kept(dvf, rawFile({ 'Nature mutation': nature })))[0]?.nonStandard).toBe(reason);
});

test.each([
  ['', 'no price'],
  ['0,00', 'no price'],
])('the price "%s"', async (price, reason) => {
  expect((await kept(dvf, rawFile({ 'Valeur fonciere': price })))[0]?.nonStandard).toBe(reason);
});

test('flats without lots are distinguished by their size, and departments and parcels are completed', async () => {
  const values = { 'Code departement': '1', 'Code commune': '53', 'Code postal': '1000', Section: 'A', 'No plan': '7' };
  const [sale] = await kept(
    dvf,
    rawFile({ ...values, 'Type local': 'Appartement', 'Surface reelle bati': '42', 'Nombre pieces principales': '2' }),
  );
  expect(sale).toMatchObject({ propertyKey: '010530000A0007;42;2', postcode: '01000', region: '01' });
});

test.each([
  [{ 'Date mutation': '31/02/2020' }, 'the date of the mutation is not a date'],
  [{ 'Valeur fonciere': 'x' }, 'valeur fonciere "x" is not a number of euros'],
  [{ Section: '', Voie: '', 'Type de voie': '' }, 'the parcel and the street are both missing'],
])('%s is rejected', async (values, message) => {
  const { rejects } = await readText(dvf, rawFile(values));
  expect(rejects.map((reject) => reject.message)).toEqual([`line 2: ${message}`]);
  const reject = rejects[0];
  expect(() => dvf.rowReader(reject?.header ?? '')(reject?.content ?? '')).toThrow(message);
});

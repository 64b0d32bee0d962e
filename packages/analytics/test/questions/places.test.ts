import { beforeAll, describe, expect, test } from 'vitest';
import { places } from '../../src/index.ts';
import { type FixtureStore, fixtureMarket, storeOf } from '../fixture-market.ts';
import { plainSale } from '../sales.ts';

const market = fixtureMarket();
let store: FixtureStore;

beforeAll(async () => {
  const at = (
    property: number,
    address: string,
    street: string,
    locality: string,
    postcode: string,
    region = 'NSW',
  ) => ({
    ...plainSale,
    property,
    address: `${address}, ${locality}`,
    street,
    locality,
    postcode,
    region,
  });
  market.write([
    at(1, '1 Church St', 'Church St', 'Parramatta', '2150'),
    at(1, '1 Church St', 'Church St', 'Parramatta', '2150'),
    at(2, '12 Church St', 'Church St', 'Parramatta', '2150'),
    at(3, '7 Parramatta Rd', 'Parramatta Rd', 'Auburn', '2144'),
    at(4, '9 Castle St', 'Castle St', 'North Parramatta', '2151'),
    at(5, '3 Bridge Rd', 'Bridge Rd', 'Richmond', '3121', 'VIC'),
    at(6, '4 Windsor St', 'Windsor St', 'Richmond', '2753'),
  ]);
  const ids = market.write([at(7, '1 Lost St', 'Lost St', 'Atlantis', '9999')]);
  market.write([], ids);
  store = await market.store();
});

async function find(q: string, limit?: number): Promise<string[]> {
  return (await store.ask(places, { q, limit })).places.map(
    (place) => `${place.match} ${place.kind} ${place.name}${place.kind === 'locality' ? `, ${place.region}` : ''}`,
  );
}

describe('places', () => {
  test('are found by their start, then by a later word, larger kinds first', async () => {
    expect(await find('PARRA')).toEqual([
      'start locality Parramatta, NSW',
      'start street Parramatta Rd',
      'word locality North Parramatta, NSW',
    ]);
    expect(await find('parramatta', 2)).toEqual(['exact locality Parramatta, NSW', 'start street Parramatta Rd']);
    expect(await find('215')).toEqual(['start postcode 2150', 'start postcode 2151']);
    expect(await find('  1  church')).toEqual(['start address 1 Church St, Parramatta']);
    expect(await find('richmond')).toEqual(['exact locality Richmond, NSW', 'exact locality Richmond, VIC']);
  });

  test('are found without regard to accents and spacing, and addresses by words that are abbreviated', async () => {
    expect(await find('north párramatta')).toEqual(['exact locality North Parramatta, NSW']);
    expect(await find('northparra')).toEqual(['start locality North Parramatta, NSW']);
    expect(await find('12 Church Street Parramatta')).toEqual(['similar address 12 Church St, Parramatta']);
    expect(await find('12 Church Street')).toEqual([]);
  });

  test('of one address show what distinguishes them', async () => {
    const flat = { ...plainSale, address: '406 Ang Mo Kio', street: 'Ang Mo Kio', postcode: null };
    const flats = await storeOf([
      { ...flat, property: 1, floor_area: 67, details: { storey: '07 TO 09' } },
      { ...flat, property: 2, floor_area: 67, details: { storey: '10 TO 12' } },
      { ...flat, property: 3, address: '407 Ang Mo Kio' },
    ]);
    const found = (await flats.ask(places, { q: '40' })).places;
    expect(found.map(({ name, property, differs }) => [name, property, differs])).toEqual([
      ['406 Ang Mo Kio', 1, 'storey 07 TO 09'],
      ['406 Ang Mo Kio', 2, 'storey 10 TO 12'],
      ['407 Ang Mo Kio', 3, null],
    ]);
  });

  test('are found despite typing errors', async () => {
    expect((await find('paramata'))[0]).toBe('similar locality Parramatta, NSW');
    expect((await find('Ricmhond')).slice(0, 2)).toEqual([
      'similar locality Richmond, NSW',
      'similar locality Richmond, VIC',
    ]);
    expect(await find('chruch st')).toContain('similar street Church St');
  });

  test('state the number of their sales, and the property of an address', async () => {
    const { places: found } = await store.ask(places, { q: '1 Church St, Parramatta' });
    expect(found[0]).toMatchObject({
      sales: 2,
      postcode: '2150',
      property: expect.any(Number),
    });
  });

  test('are only those of sales in force, and none where none matches', async () => {
    for (const q of ['Atlantis', 'Lost St', '9999', "' OR 1=1 --", '%', '_', '\\', '   ']) {
      expect(
        (await find(q)).filter((found) => !found.startsWith('similar')),
        q,
      ).toEqual(q === '   ' ? await find(' ') : []);
    }
  });
});

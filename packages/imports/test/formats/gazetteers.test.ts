import { describe, expect, test } from 'vitest';
import type { Format } from '../../src/formats/format.ts';
import { geonames } from '../../src/formats/geonames.ts';
import { detectFormat } from '../../src/formats/index.ts';
import { placeCoordinates } from '../../src/formats/place-coordinates.ts';
import { pieces } from '../helpers.ts';
import { line } from './geonames.ts';

const header = 'postcode,place_name,state_name,state_code,latitude,longitude,accuracy';

async function read(format: Format, content: string) {
  const places = [];
  const rejects = [];
  for await (const batch of format.read(pieces(Buffer.from(content), 7))) {
    places.push(...(batch.places ?? []));
    rejects.push(...batch.rejects);
    expect(batch.sales).toEqual([]);
  }
  return { places, rejects };
}

describe('GeoNames postal codes', () => {
  test('a line becomes a place', async () => {
    expect(await read(geonames, `${line()}\n`)).toEqual({
      places: [
        {
          key: 'AU-NSW;2150;Parramatta',
          fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
          name: 'Parramatta',
          region: 'AU-NSW',
          postcode: '2150',
          latitude: -33.8167,
          longitude: 151,
        },
      ],
      rejects: [],
    });
  });

  test('a quote is an ordinary character, and a country without regions or names has places', async () => {
    const { places } = await read(
      geonames,
      `${line({ 2: '"Parramatta' })}\n${line({ 0: 'MC', 2: '', 3: '', 4: '' })}\r\n\r\n${line()}`,
    );
    expect(places).toMatchObject([{ name: '"Parramatta' }, { name: null, region: 'MC' }, { name: 'Parramatta' }]);
  });

  test.each([
    [{ 0: 'Australia' }, 'country code "Australia" is not two capital letters'],
    [{ 1: '' }, 'the postcode is missing'],
    [{ 9: '' }, 'latitude and longitude must both be given'],
    [{ 9: '-91' }, 'latitude "-91" is not a number of degrees from -90 to 90'],
    [{ 10: '151E' }, 'longitude "151E" is not a number of degrees from -180 to 180'],
    [{ 9: '0', 10: '0.0' }, 'latitude and longitude are both 0, which stands for missing coordinates'],
    [{ 11: '4\t' }, 'a place has 12 fields, but this line has 13'],
    [{ 2: 'Parra\0matta' }, 'the line contains a NUL character'],
  ])('is rejected with %j', async (fields, message) => {
    const { places, rejects } = await read(geonames, `${line()}\n${line(fields)}\n`);
    expect(places).toHaveLength(1);
    expect(rejects).toMatchObject([{ line: 2, content: line(fields), message: `line 2: ${message}` }]);
    expect(() => geonames.rowReader('')(line(fields))).toThrow(message);
  });

  test('are distinguished from others by their content', () => {
    expect(detectFormat(`${line()}\n`)).toBe(geonames);
    expect(detectFormat(`${line({ 9: 'here' })}\n`)).toBeUndefined();
    expect(detectFormat('Readme for GeoNames Postal Code files :\n\n')).toBeUndefined();
  });
});

describe('places with coordinates', () => {
  test.each([
    [header, '2150,Parramatta,New South Wales,NSW,-33.8167,151,4'],
    ['Suburb,Lat,Lng,State,Post Code', '"Parramatta",-33.8167,151.0,NSW,2150'],
    ['"id","name","region","zip","lon","lat"', '1, Parramatta ,NSW,2150,151,-33.8167'],
  ])('are known by a header such as %s', async (names, record) => {
    expect(detectFormat(`${names}\n${record}`)).toBe(placeCoordinates);
    const { places } = await read(placeCoordinates, `${names}\n${record}\n`);
    expect(places).toMatchObject([
      { key: 'NSW;2150;Parramatta', name: 'Parramatta', postcode: '2150', latitude: -33.8167, longitude: 151 },
    ]);
  });

  test('may be postcodes alone', async () => {
    const { places } = await read(placeCoordinates, 'postcode,latitude,longitude\nRG30 1AB,51.45,-1.01\n');
    expect(places).toMatchObject([{ name: null, region: null, postcode: 'RG30 1AB' }]);
  });

  test.each(['Suburb,Address,Price,Postcode,Lattitude,Longtitude', 'zipcode,lat,long,sold_on', 'postcode,latitude'])(
    'are not in a file with the header %s',
    (names) => expect(detectFormat(`${names}\n`)).not.toBe(placeCoordinates),
  );

  test('a line without coordinates is rejected, and can be read again when it is corrected', async () => {
    const { rejects } = await read(placeCoordinates, `${header}\n2150,Parramatta,,NSW,,,\n`);
    expect(rejects).toMatchObject([{ header, message: 'line 2: latitude and longitude must both be given' }]);
    expect(placeCoordinates.rowReader(header)('2150,Parramatta,,NSW,-33.8,151,')).toMatchObject({ latitude: -33.8 });
  });
});

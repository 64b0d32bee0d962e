import { expect, it } from 'vitest';
import { ended, service } from '../service.ts';

const analytical = service();
const ask = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object | string) =>
  analytical.app.inject({
    method,
    url,
    ...(payload && { payload }),
    ...(typeof payload === 'string' && { headers: { 'content-type': 'text/csv' } }),
  });
const get = async (url: string) => (await ask('GET', url)).json();

const gazetteer = (latitude: number) =>
  `postcode,place_name,state_code,latitude,longitude\n2150,Parramatta,NSW,${latitude},151\n2150,Harris Park,NSW,-33.9,151.1\n`;

async function imported(content: string) {
  const { headers } = await ask('POST', '/api/imports', content);
  return ended(analytical, headers.location as string);
}

async function undo({ id }: { id: string }) {
  const { headers } = await ask('DELETE', `/api/imports/${id}`);
  expect(await ended(analytical, headers.location as string)).toMatchObject({ state: 'finished' });
}

it('a gazetteer places what has no coordinates, wherever it is shown, until it is undone', {
  timeout: 120_000,
}, async () => {
  const property = { address: '1 Green St', price: 500_000, locality: 'PARRAMATTA', postcode: '2150' };
  const nowhere = { latitude: null, longitude: null, approximate: null };
  const own = { latitude: 1, longitude: 2, approximate: null };
  const added = (await ask('POST', '/api/properties', property)).json();
  expect(added).toMatchObject(nowhere);
  const placed = (await ask('POST', '/api/properties', { ...property, latitude: 1, longitude: 2 })).json();

  const { files } = (await ask('POST', '/api/imports/preview', gazetteer(-33.8))).json();
  expect(files).toMatchObject([
    {
      format: 'place-coordinates',
      rows: 2,
      sales: [],
      places: [{ name: 'Parramatta', postcode: '2150' }, {}],
      error: null,
    },
  ]);
  const first = await imported(gazetteer(-33.8));
  expect(first).toMatchObject({ state: 'finished', accepted: 2, format: 'place-coordinates' });

  const shown = async (id: number) => {
    const listed = (await get('/api/properties')).find((each: { id: number }) => each.id === id);
    expect(listed).toEqual(await get(`/api/properties/${id}`));
    const { sales } = await get(`/api/analytics/property?id=${id}`);
    const coordinates = ({ latitude, longitude, approximate }: typeof nowhere) => ({
      latitude,
      longitude,
      approximate,
    });
    expect(coordinates(sales[0])).toEqual(coordinates(listed));
    return coordinates(listed);
  };
  const there = { latitude: -33.8, longitude: 151, approximate: 'locality' };
  expect(await shown(added.id)).toEqual(there);
  expect(await shown(placed.id)).toEqual(own);
  const csv = (await ask('GET', '/api/analytics/sales.csv?locality=Parramatta')).body;
  expect(csv).toContain(',-33.8,151.0,locality,');
  const { features } = await get('/api/analytics/map?bbox=150,-35,152,-33&zoom=16');
  expect(features).toMatchObject([{ geometry: { coordinates: [151, -33.8] }, properties: { approximate: 1 } }]);

  // A correction keeps what was entered, and not the place that the gazetteer gave.
  await ask('PATCH', `/api/properties/${added.id}`, { price: 2 });
  expect(await shown(added.id)).toEqual(there);
  const second = await imported(gazetteer(-33.7));
  expect(second).toMatchObject({ superseding: 1, duplicate: 1 });
  expect(await shown(added.id)).toEqual({ ...there, latitude: -33.7 });
  await undo(second);
  expect(await shown(added.id)).toEqual(there);
  await undo(first);
  expect(await shown(added.id)).toEqual(nowhere);
  expect(await shown(placed.id)).toEqual(own);
});

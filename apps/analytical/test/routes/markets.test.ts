import { describe, expect, it } from 'vitest';
import { service } from '../service.ts';

const analytical = service();
const post = (payload: object) => analytical.app.inject({ method: 'POST', url: '/api/markets', payload });
const list = async () => (await analytical.app.inject('/api/markets')).json();

const demo = {
  code: 'demo',
  name: 'Demonstration',
  currency: 'AUD',
  time_zone: 'Australia/Sydney',
  is_default: true,
  is_synthetic: false,
  attribution: null,
  licence: null,
};

describe('GET /api/markets', () => {
  it('gives the demonstration market of an empty database', async () => {
    expect(await list()).toEqual([demo]);
  });
});

describe('POST /api/markets', () => {
  it('adds a market, at once known to questions and lists', async () => {
    const response = await post({ code: 'nsw', name: 'New South Wales', currency: 'AUD' });
    expect(response.statusCode).toBe(201);
    const added = { ...demo, code: 'nsw', name: 'New South Wales', time_zone: 'UTC', is_default: false };
    expect(response.json()).toEqual(added);
    expect(await list()).toEqual([demo, added]);
    const { total_properties, average_price } = (
      await analytical.app.inject('/api/analytics/summary?market=nsw')
    ).json();
    expect({ total_properties, average_price }).toEqual({ total_properties: 0, average_price: 'N/A' });
  });

  it('knows one that is there already', async () => {
    const response = await post({ code: 'demo', name: 'Again', currency: 'AUD' });
    expect(response.statusCode).toBe(409);
    expect(response.json().error).toContain('"demo"');
  });

  it('makes at most one market the default', async () => {
    const full = {
      code: 'made-up',
      name: 'Made up',
      currency: 'NZD',
      time_zone: 'Pacific/Auckland',
      attribution: 'Property Insights',
      licence: 'CC0',
      is_default: true,
      is_synthetic: true,
    };
    expect((await post(full)).json()).toEqual(full);
    const defaults = (await list()).filter((market: { is_default: boolean }) => market.is_default);
    expect(defaults).toEqual([full]);
  });

  it.each([
    ['code', ''],
    ['code', 'NSW'],
    ['code', '-x'],
    ['code', 'x'.repeat(41)],
    ['name', ''],
    ['name', 5],
    ['currency', 'aud'],
    ['currency', 'A$'],
    ['time_zone', 'Sydney'],
    ['time_zone', '+10:00'],
    ['time_zone', 'Australia/Sydney\u0000'],
    ['is_default', 'yes'],
    ['colour', 'red'],
  ])('refuses %s = %j, naming it', async (member, value) => {
    const response = await post({ code: 'x', name: 'X', currency: 'AUD', [member]: value });
    expect(response.statusCode).toBe(400);
    expect(response.json().error).toContain(`"${member}"`);
  });

  it.each(['code', 'name', 'currency'])('needs %s', async (member) => {
    const response = await post({ code: 'x', name: 'X', currency: 'AUD', [member]: undefined });
    expect(response.json()).toMatchObject({
      status: 400,
      error: expect.stringContaining(`Missing member "${member}"`),
    });
  });
});

import { sql } from 'kysely';
import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { countRevisions, openDatabase, testDatabase } from '../../../../test/database.ts';
import { listProperties } from '../../src/data/properties.ts';
import { service } from '../service.ts';

const analytical = service();
const get = (url: string) => analytical.app.inject(url);
const post = (payload: object, query = '') =>
  analytical.app.inject({ method: 'POST', url: `/api/properties${query}`, payload });
const entry = { address: '1 Test St', price: 500_000 };

async function marketId(code: string): Promise<number> {
  const market = analytical.database.kysely.selectFrom('market').select('id').where('code', '=', code);
  return (await market.executeTakeFirstOrThrow()).id;
}

describe('GET /api/properties', () => {
  it("gives the original's three properties", async () => {
    const response = await get('/api/properties');
    expect(response.statusCode).toBe(200);
    const shown = response
      .json()
      .map(({ address, price, type, region }: Record<string, unknown>) => ({ address, price, type, region }));
    expect(shown.slice(0, 3)).toEqual([
      { address: '123 Green St, Sydney', price: 1_200_000, type: 'House', region: 'NSW' },
      { address: '456 Blue Rd, Melbourne', price: 850_000, type: 'Apartment', region: 'VIC' },
      { address: '789 Red Av, Sydney', price: 2_500_000, type: 'House', region: 'NSW' },
    ]);
    expect(response.headers.link).toBeUndefined();
    expect(response.json()[0]).toEqual({
      id: 1,
      market: 'demo',
      address: '123 Green St, Sydney',
      price: 1_200_000,
      type: 'House',
      region: 'NSW',
      locality: 'Sydney',
      postcode: null,
      sold_on: '2025-07-01',
      bedrooms: null,
      bathrooms: null,
      car_spaces: null,
      land_area: null,
      floor_area: null,
      storey: null,
      year_built: null,
      lease_start: null,
      lease_remaining: null,
      grade: null,
      new_build: null,
      year_renovated: null,
      condition: null,
      waterfront: null,
      tenure: null,
      flat_model: null,
      zoning: null,
      latitude: null,
      longitude: null,
      approximate: null,
    });
  });

  it('leads through all pages by the Link header, each property once', async () => {
    await analytical.app.inject({
      method: 'POST',
      url: '/api/markets',
      payload: { code: 'paged', name: 'Paged', currency: 'AUD' },
    });
    for (let i = 1; i <= 7; i++)
      expect((await post({ address: `${i} Page St`, price: i }, '?market=paged')).statusCode).toBe(201);
    const seen: string[] = [];
    let url: string | undefined = '/api/properties?market=paged&limit=3';
    const sizes: number[] = [];
    while (url) {
      const response = await get(url);
      const items: { address: string }[] = response.json();
      sizes.push(items.length);
      seen.push(...items.map(({ address }) => address));
      url = /^<(.+)>; rel="next"$/.exec(response.headers.link?.toString() ?? '')?.[1];
    }
    expect(sizes).toEqual([3, 3, 1]);
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7].map((i) => `${i} Page St`));
  });

  it('returns 100 by default, and at most 1000', async () => {
    await analytical.app.inject({
      method: 'POST',
      url: '/api/markets',
      payload: { code: 'many', name: 'Many', currency: 'AUD' },
    });
    await analytical.database.write(
      { marketId: await marketId('many'), kind: 'entry', author: 'test' },
      async ({ client, revisionId }) => {
        await client.query(
          `WITH added AS (
           INSERT INTO property (market_id, key) SELECT market.id, n::text FROM market, generate_series(1, 1100) AS n WHERE code = 'many'
           RETURNING id, market_id, key
         )
         INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, price, address)
         SELECT market_id, id, key, md5(key)::uuid, $1, 1, key FROM added`,
          [revisionId],
        );
      },
    );
    expect((await get('/api/properties?market=many')).json()).toHaveLength(100);
    expect((await get('/api/properties?market=many&limit=1000')).json()).toHaveLength(1000);
    expect((await get('/api/properties?market=many&limit=1001')).json()).toMatchObject({
      status: 400,
      error: 'Query parameter "limit" must be a whole number from 1 to 1000, not 1001.',
    });
  });

  it.each(['cursor=x', 'cursor=', 'cursor=LTE', 'limit=0', 'limit=all', 'market=No'])('refuses %s', async (query) => {
    const response = await get(`/api/properties?${query}`);
    expect(response.statusCode).toBe(400);
    expect(response.json().error).toContain(`"${query.split('=')[0]}"`);
  });

  it('does not know a market that is not there', async () => {
    expect((await get('/api/properties?market=none')).json()).toMatchObject({
      status: 404,
      error: 'There is no market "none".',
    });
  });

  it("shows the latest sale in force: later contract dates win, retired sales don't count", async () => {
    const { id } = (await post({ address: '5 Resold Rd', price: 1, sold_on: '2020-01-01' })).json();
    const sale = `INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, retired_by, contract_date, price, address)
      SELECT market_id, $1, $2, md5($2)::uuid, $3, $4, $5, $6, '5 Resold Rd' FROM property WHERE id = $1`;
    await analytical.database.write(
      { marketId: await marketId('demo'), kind: 'entry', author: 'test' },
      async ({ client, revisionId }) => {
        await client.query(sale, [id, 'a', revisionId, null, '2021-05-05', 2]);
        await client.query(sale, [id, 'b', revisionId, revisionId, '2022-05-05', 3]);
        await client.query(sale, [id, 'c', revisionId, null, null, 4]);
        await client.query(sale, [id, 'd', revisionId, null, '2020-05-05', 5]);
      },
    );
    expect((await get(`/api/properties/${id}`)).json()).toMatchObject({ price: 2, sold_on: '2021-05-05' });
  });
});

describe('a page of properties, while an import fills the tables', () => {
  // In a database of its own: connections report late what they read, and what other tests read would be counted here.
  const server = testDatabase();

  it('is found by a few index entries', async () => {
    const { host, port, name, master } = server;
    const owner = new pg.Client({ host, port, database: name, user: master.username, password: master.password });
    await owner.connect();
    const entriesRead = async () => {
      const { rows } = await sql<{ entries: string }>`
        SELECT (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes) + (SELECT sum(seq_tup_read) FROM pg_stat_user_tables) AS entries`.execute(
        server.database.kysely,
      );
      return Number(rows[0]?.entries);
    };
    const database = openDatabase(server);
    const list = async () => expect(await listProperties(database, analytical.replica, 1, 0, 3)).toHaveLength(3);
    await list();
    await owner.query('BEGIN');
    await owner.query(`INSERT INTO property (market_id, key) SELECT 1000, n::text FROM generate_series(1, 20000) AS n`);
    await owner.query(
      `INSERT INTO sale (market_id, property_id, key, fingerprint, added_by, price, address)
       SELECT market_id, id, key, md5(key)::uuid, 1000, 1, 'an address' FROM property WHERE market_id = 1000`,
    );
    const before = await entriesRead();
    for (let n = 0; n < 10; n++) await list();
    await database.close(); // Connections report what they read when they end, at the latest.
    await expect.poll(entriesRead, { timeout: 30_000 }).toBeGreaterThan(before);
    const read = (await entriesRead()) - before;
    await owner.end();
    expect(read).toBeLessThan(1_000);
  });
});

describe('GET /api/properties/{id}', () => {
  it('does not know one that is not there', async () => {
    expect((await get('/api/properties/999999999')).json()).toMatchObject({
      status: 404,
      error: 'There is no property 999999999.',
    });
  });

  it.each(['x', '0', '-1', '1.5', '99999999999999999999'])('refuses %s', async (id) => {
    const response = await get(`/api/properties/${id}`);
    expect(response.statusCode).toBe(400);
    expect(response.json().error).toContain('"id"');
  });
});

describe('POST /api/properties', () => {
  beforeAll(async () => {
    const payload = { is_default: true };
    expect((await analytical.app.inject({ method: 'PATCH', url: '/api/markets/demo', payload })).statusCode).toBe(200);
  });

  it('gives the row, and where it is', async () => {
    const full = {
      address: '12 Long Way',
      price: 765_000,
      type: 'House',
      region: 'NSW',
      locality: 'Sydney',
      postcode: '2000',
      sold_on: '2024-02-29',
      bedrooms: 3,
      bathrooms: 2.5,
      car_spaces: 0,
      land_area: 450.5,
      floor_area: 120,
      storey: 2,
      year_built: 1955,
      lease_start: 1950,
      lease_remaining: 24.5,
      grade: 8,
      new_build: 0,
      ...{
        year_renovated: 1990,
        condition: 4,
        waterfront: 1,
        tenure: 'Freehold',
        flat_model: 'Maisonette',
        zoning: 'R2',
      },
      latitude: -33.87,
      longitude: 151.21,
    };
    const response = await post(full);
    expect(response.statusCode).toBe(201);
    expect(response.json()).toEqual({ id: expect.any(Number), market: 'demo', ...full, approximate: null });
    const there = await get(response.headers.location as string);
    expect(there.json()).toEqual(response.json());
  });

  it('takes just an address and a price, sold today in the market', async () => {
    for (const zone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
      const code = zone.split('/')[1]?.toLowerCase().replace('_', '-') as string;
      const market = { code, name: zone, currency: 'AUD', time_zone: zone };
      await analytical.app.inject({ method: 'POST', url: '/api/markets', payload: market });
      const there = () => new Date().toLocaleDateString('sv-SE', { timeZone: zone });
      const before = there();
      const { sold_on, region, market: of } = (await post(entry, `?market=${code}`)).json();
      expect([before, there()]).toContain(sold_on);
      expect({ region, of }).toEqual({ region: null, of: code });
    }
  });

  it('takes null for what is not known, and trims text', async () => {
    const response = await post({ ...entry, address: '  1 Trim St ', type: null, sold_on: null, bedrooms: null });
    expect(response.json()).toMatchObject({ address: '1 Trim St', type: null, bedrooms: null });
  });

  it.each([
    [{}],
    [{ address: '1 Test St' }],
    [{ price: 1 }],
    [{ address: '', price: 1 }],
    [{ address: ' \t', price: 1 }],
    [{ address: null, price: 1 }],
    [{ address: '1 Test St', price: null }],
    [{ address: '1 Test St', price: '' }],
    [{ colour: 'red' }],
  ])('%j misses address or price', async (payload) => {
    const response = await post(payload);
    expect(response.statusCode).toBe(400);
    expect(response.json().error).toBe('Missing address or price');
  });

  it.each([
    ['price', 0],
    ['price', -1],
    ['price', 1.5],
    ['price', '500000'],
    ['price', 1e12 + 1],
    ['price', true],
    ['address', 5],
    ['address', 'x'.repeat(301)],
    ['address', '1 Test\nSt'],
    ['address', '1 Test\u0000St'],
    ['type', ''],
    ['region', '  '],
    ['locality', 7],
    ['postcode', 2000],
    ['sold_on', '2024-02-30'],
    ['sold_on', '29/02/2024'],
    ['sold_on', '0217-05-01'],
    ['sold_on', '2999-01-01'],
    ['bedrooms', -1],
    ['bedrooms', 1.5],
    ['bedrooms', 40_000],
    ['bathrooms', '2'],
    ['car_spaces', 1e9],
    ['land_area', 0],
    ['floor_area', -5],
    ['latitude', 91],
    ['longitude', -181],
    ['latitude', 1],
    ['longitude', 1],
    ['colour', 'red'],
  ])('refuses %s = %j, naming it', async (member, value) => {
    const response = await post({ ...entry, [member]: value });
    expect(response.statusCode).toBe(400);
    expect(response.json().error).toContain(`"${member}"`);
  });

  it('refuses what is not JSON', async () => {
    const send = (payload: string, type: string) =>
      analytical.app.inject({ method: 'POST', url: '/api/properties', payload, headers: { 'content-type': type } });
    expect((await send('address=x', 'application/x-www-form-urlencoded')).statusCode).toBe(415);
    expect((await send('{', 'application/json')).statusCode).toBe(400);
    expect((await send('[]', 'application/json')).json().error).toBe('The body must be a JSON object.');
    expect((await analytical.app.inject({ method: 'POST', url: '/api/properties' })).json().error).toBe(
      'The body must be a JSON object.',
    );
  });

  it('is a revision of its own', async () => {
    const count = () => countRevisions(analytical.database);
    const before = await count();
    await post({ ...entry, address: '1 Revision St' });
    expect(await count()).toBe(before + 1);
    const revision = await analytical.database.kysely
      .selectFrom('revision')
      .selectAll()
      .orderBy('id', 'desc')
      .executeTakeFirstOrThrow();
    expect(revision).toMatchObject({
      kind: 'entry',
      author: expect.stringMatching(/^test admin \(token \d+\)$/),
      note: '1 Revision St',
      sales_added: 1,
      sales_retired: 0,
    });
  });
});

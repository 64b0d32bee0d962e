import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createAnalytical } from '../../src/app.ts';
import { findMarket } from '../../src/data/markets.ts';
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
  covered_from: null,
  covered_to: null,
};

describe('GET /api/markets', () => {
  it('gives the demonstration market of an empty database', async () => {
    expect(await list()).toEqual([demo]);
  });

  it('gives a real market as the default one as soon as it has sales, until it is deleted', async () => {
    const defaults = async () =>
      (await list()).flatMap(({ code, is_default }: typeof demo) => (is_default ? [code] : []));
    const answered = async () => (await analytical.app.inject('/api/analytics/summary')).json().market.code;
    await post({ code: 'real', name: 'Real', currency: 'AUD' });
    expect([await defaults(), await answered()]).toEqual([['demo'], 'demo']);
    const payload = { address: '1 A St', price: 5 };
    await analytical.app.inject({ method: 'POST', url: '/api/properties?market=real', payload });
    expect([await defaults(), await answered()]).toEqual([['real'], 'real']);
    const removed = await analytical.app.inject({ method: 'DELETE', url: '/api/markets/real?confirm=real' });
    expect(removed.statusCode).toBe(200);
    expect([await defaults(), await answered()]).toEqual([['demo'], 'demo']);
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
    const added = { ...full, covered_from: null, covered_to: null };
    expect((await post(full)).json()).toEqual(added);
    const defaults = (await list()).filter((market: { is_default: boolean }) => market.is_default);
    expect(defaults).toEqual([added]);
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

describe('PATCH /api/markets/{code}', () => {
  const patch = (url: string, payload: object) =>
    analytical.app.inject({ method: 'PATCH', url: `/api/markets/${url}`, payload });
  const enter = (market: string) =>
    analytical.app.inject({
      method: 'POST',
      url: `/api/properties?market=${market}`,
      payload: { address: '1 A St', price: 5 },
    });

  it('changes what is given, at once for questions too', async () => {
    await post({ code: 'changing', name: 'Before', currency: 'AUD', attribution: 'Someone' });
    const changes = { name: ' After ', time_zone: 'Europe/London', attribution: null, licence: 'OGL', currency: 'GBP' };
    const response = await patch('changing', changes);
    expect(response.json()).toMatchObject({ ...changes, name: 'After', code: 'changing' });
    const { market } = (await analytical.app.inject('/api/analytics/summary?market=changing')).json();
    expect(market).toMatchObject({ name: 'After', currency: 'GBP' });
  });

  it('sets the covered period, as a revision, and leaves it to the estimate again', async () => {
    await post({ code: 'covered', name: 'Covered', currency: 'AUD' });
    const covered = async () => (await analytical.app.inject('/api/analytics/summary?market=covered')).json().covered;
    expect(await covered()).toMatchObject({ from: null, to: null, basis: 'counts' });
    const response = await patch('covered', { covered_from: '2024-01-01', covered_to: '2024-09-30' });
    expect(response.json()).toMatchObject({ covered_from: '2024-01-01', covered_to: '2024-09-30' });
    expect(await covered()).toMatchObject({ from: '2024-01-01', to: '2024-09-30', basis: 'setting' });
    const last = await analytical.database.kysely
      .selectFrom('revision')
      .selectAll()
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    expect(last).toMatchObject({
      kind: 'market',
      note: 'market covered: covered_from "2024-01-01", covered_to "2024-09-30"',
      market_state: { covered_from: '2024-01-01', covered_to: '2024-09-30' },
    });
    expect((await patch('covered', { covered_from: '2024-10-01' })).json()).toMatchObject({
      status: 400,
      error: 'The covered period would end on 2024-09-30, before it begins, on 2024-10-01.',
    });
    expect((await patch('covered', { covered_to: '2024-02-30' })).statusCode).toBe(400);
    await patch('covered', { covered_from: null, covered_to: null });
    expect(await covered()).toMatchObject({ from: null, to: null, basis: 'counts' });
  });

  it('relabels prices only when that is confirmed', async () => {
    await post({ code: 'priced', name: 'Priced', currency: 'AUD' });
    await enter('priced');
    expect((await patch('priced', { currency: 'NZD' })).json()).toMatchObject({
      status: 409,
      error: expect.stringContaining('repeat the request with ?confirm=NZD'),
    });
    expect((await patch('priced?confirm=USD', { currency: 'NZD' })).statusCode).toBe(409);
    expect((await patch('priced?confirm=NZD', { currency: 'NZD' })).json().currency).toBe('NZD');
    expect((await patch('priced', { currency: 'NZD', name: 'Same' })).statusCode).toBe(200);
  });

  it('makes it the default instead of another', async () => {
    await patch('demo', { is_default: true });
    expect((await list()).filter((market: { is_default: boolean }) => market.is_default)).toMatchObject([
      { code: 'demo' },
    ]);
  });

  it.each([
    [{}],
    [{ name: '' }],
    [{ time_zone: 'x' }],
    [{ is_default: false }],
    [{ code: 'other' }],
    [{ currency: 'A$' }],
  ])('refuses %j', async (changes) => {
    expect((await patch('demo', changes)).statusCode).toBe(400);
  });

  it('knows only markets that are there', async () => {
    expect((await patch('none', { name: 'x' })).statusCode).toBe(404);
  });

  it('is refused while an import or an undo has locked the market, instead of waiting for it', async () => {
    await post({ code: 'busy', name: 'Busy', currency: 'AUD' });
    const rename = () =>
      analytical.app.inject({ method: 'PATCH', url: '/api/markets/busy', payload: { name: 'Renamed' } });
    const { id } = await findMarket(analytical.database, 'busy');
    await analytical.database.read(async (client) => {
      await client.query('SELECT pg_advisory_xact_lock(1, $1)', [id]);
      expect((await rename()).json()).toMatchObject({
        status: 409,
        error: expect.stringContaining('An import or an undo is writing to the market.'),
      });
    });
    await expect.poll(async () => (await rename()).statusCode).toBe(200);
  });
});

describe('DELETE /api/markets/{code}', () => {
  const remove = (url: string) => analytical.app.inject({ method: 'DELETE', url: `/api/markets/${url}` });

  it('takes the market and all its sales away, keeps the history, and frees the code', async () => {
    await post({ code: 'going', name: 'Going', currency: 'AUD' });
    const payload = { address: '1 A St', price: 5 };
    await analytical.app.inject({ method: 'POST', url: '/api/properties?market=going', payload });
    expect((await remove('going')).json()).toMatchObject({
      status: 400,
      error: expect.stringContaining('?confirm=going'),
    });
    expect((await remove('going?confirm=other')).statusCode).toBe(400);
    const removed = await remove('going?confirm=going');
    expect(removed.json()).toMatchObject({ kind: 'market', note: 'market going deleted', sales_retired: 1 });
    expect((await list()).map(({ code }: { code: string }) => code)).not.toContain('going');
    for (const url of ['properties?market=going', 'analytics/summary?market=going']) {
      expect((await analytical.app.inject(`/api/${url}`)).statusCode, url).toBe(404);
    }
    expect((await analytical.app.inject(`/api/revisions/${removed.json().id}`)).json().market).toBe('going');
    await post({ code: 'going', name: 'Come again', currency: 'AUD' });
    expect((await analytical.app.inject('/api/properties?market=going')).json()).toEqual([]);
  });

  const left = async (id: number) => {
    const { rows } = await analytical.database.read((client) =>
      client.query(
        'SELECT (SELECT count(*) FROM sale WHERE market_id = $1) + (SELECT count(*) FROM property WHERE market_id = $1) AS rows',
        [id],
      ),
    );
    return rows[0].rows;
  };

  it('has every row of it removed in the background, and goes on with that after a restart', async () => {
    const enter = (market: string) =>
      analytical.app.inject({
        method: 'POST',
        url: `/api/properties?market=${market}`,
        payload: { address: 'x', price: 5 },
      });
    const markets: number[] = [];
    for (const code of ['at-once', 'left-over']) {
      await post({ code, name: code, currency: 'AUD' });
      await enter(code);
      markets.push((await findMarket(analytical.database, code)).id);
    }
    const [atOnce, leftOver] = markets as [number, number];
    await remove('at-once?confirm=at-once');
    await expect.poll(() => left(atOnce)).toBe(0);

    // As by a process that died when it had deleted the market.
    const { id } = (await enter('left-over')).json();
    const deleted = { deleted_at: new Date() };
    await analytical.database.kysely.updateTable('market').set(deleted).where('id', '=', leftOver).execute();
    expect(await left(leftOver)).toBe(4);
    expect((await analytical.app.inject(`/api/properties/${id}`)).statusCode).toBe(404);
    for (const method of ['PATCH', 'DELETE'] as const) {
      const response = await analytical.app.inject({
        method,
        url: `/api/properties/${id}`,
        ...(method === 'PATCH' && { payload: { price: 6 } }),
      });
      expect(response.statusCode).toBe(404);
    }
    const { database, replica, jobs, directory } = analytical;
    const log = pino({ level: 'silent' });
    const restarted = await createAnalytical({ database, replica, jobs, dashboard: directory, log });
    await restarted.ready();
    await expect.poll(() => left(leftOver)).toBe(0);
    await restarted.close();
  });

  it('leaves the default market, until another takes its place', async () => {
    expect((await remove('demo?confirm=demo')).statusCode).toBe(409);
  });
});

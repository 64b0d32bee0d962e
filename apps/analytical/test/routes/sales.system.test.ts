import { describe, expect, it } from 'vitest';
import { bearer, tokens } from '../../../../test/tokens.ts';
import { findMarket } from '../../src/data/markets.ts';
import { createMarket, ended, importText, service } from '../service.ts';

const analytical = service();
const ask = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object, headers = {}) =>
  analytical.app.inject({ method, url, headers, ...(payload && { payload }) });
const get = async (url: string) => (await ask('GET', url)).json();

async function load(market: string, text: string): Promise<void> {
  expect(await importText(analytical, market, text)).toMatchObject({ state: 'finished', rejected: 0, error: null });
}

const file = (...rows: string[]) => ['sale_key,address,price,contract_date', ...rows, ''].join('\n');
const newMarket = async (...rows: string[]) => {
  const market = await createMarket(analytical);
  if (rows.length > 0) await load(market, file(...rows));
  return market;
};

interface Sale {
  id: number;
  price: number;
  non_standard: string | null;
  set_aside: string | null;
}

/** All sales of a market, by price. */
async function salesOf(market: string): Promise<Sale[]> {
  return (await get(`/api/analytics/sales?market=${market}&standard=all&sort=price&order=asc`)).sales;
}

const setAside = (id: number, reason: string | null, headers = {}) =>
  ask('PATCH', `/api/sales/${id}`, { set_aside: reason }, headers);

const twoSales = ['a,1 A St,100,2024-01-01', 'b,2 A St,200,2024-02-01'];

describe('PATCH /api/sales/{id}', () => {
  it('sets a sale aside, which answers state at once, and reinstates it', async () => {
    const market = await newMarket(...twoSales);
    const [sale] = (await salesOf(market)) as [Sale, Sale];
    expect(sale).toMatchObject({ non_standard: null, set_aside: null });
    const response = await setAside(sale.id, ' a gift ', bearer(tokens.write));
    expect(response.statusCode).toBe(200);
    const version = 3; // after the market and the import
    expect(response.json()).toEqual({
      id: sale.id,
      set_aside: 'a gift',
      revision: expect.any(Number),
      version,
      changed: true,
    });
    expect(await salesOf(market)).toMatchObject([
      { id: sale.id, non_standard: 'set aside', set_aside: 'a gift' },
      { non_standard: null, set_aside: null },
    ]);
    expect(await get(`/api/analytics/summary?market=${market}`)).toMatchObject({
      sales: 1,
      left_out: { count: 1, by_reason: { 'set aside': 1 }, set_aside: { 'a gift': 1 } },
    });
    const csv = (await ask('GET', `/api/analytics/sales.csv?market=${market}&standard=false`)).body.split('\n');
    expect(csv[0]).toMatch(/,non_standard,set_aside$/);
    expect(csv[1]).toMatch(/,set aside,a gift$/);
    expect(await get(`/api/revisions/${response.json().revision}`)).toMatchObject({
      kind: 'set_aside',
      note: '1 A St set aside: a gift',
      author: expect.stringMatching(/^test write/),
      set_aside_added: 1,
      version,
    });

    const unchanged = { id: sale.id, set_aside: 'a gift', revision: null, version: null, changed: false };
    expect((await setAside(sale.id, 'a gift')).json()).toEqual(unchanged);
    expect((await setAside(sale.id, null)).json()).toMatchObject({ set_aside: null, version: 4, changed: true });
    const { sales, left_out } = await get(`/api/analytics/summary?market=${market}`);
    expect({ sales, left_out }).toEqual({ sales: 2, left_out: { count: 0, by_reason: {} } });
  });

  it('is undone and redone as any revision is', async () => {
    const market = await newMarket(...twoSales);
    const [{ id }] = (await salesOf(market)) as [Sale, Sale];
    const before = await salesOf(market);
    const { revision } = (await setAside(id, 'a gift')).json();
    const after = await salesOf(market);
    const undo = async (of: number) => {
      const { statusCode, headers } = await ask('POST', `/api/revisions/${of}/undo`);
      expect(statusCode).toBe(202);
      const { state, revision } = await ended(analytical, headers.location as string);
      expect(state).toBe('finished');
      return revision;
    };
    const undone = await undo(revision);
    expect(await salesOf(market)).toEqual(before);
    await undo(undone);
    expect(await salesOf(market)).toEqual(after);
  });

  it('lasts when the source issues the sale again, whose former id is refused', async () => {
    const market = await newMarket(...twoSales);
    const [sale] = (await salesOf(market)) as [Sale, Sale];
    await setAside(sale.id, 'a gift');
    await load(market, file('a,1 A St,150,2024-01-01'));
    const [reissued] = (await salesOf(market)) as [Sale, Sale];
    expect(reissued).toMatchObject({ price: 150, non_standard: 'set aside', set_aside: 'a gift' });
    expect((await setAside(sale.id, null)).json()).toMatchObject({
      status: 404,
      error: `Sale ${sale.id} was superseded by sale ${reissued.id}. Use that id.`,
    });
    expect((await setAside(reissued.id, null)).statusCode).toBe(200);
    expect((await salesOf(market))[0]).toMatchObject({ price: 150, non_standard: null, set_aside: null });
  });

  it('counts the reasons that analysts gave most often, and no more than twenty', async () => {
    const numbers = Array.from({ length: 23 }, (_, i) => i + 1);
    const market = await newMarket(...numbers.map((n) => `${n},${n} A St,${n},2024-01-01`));
    const sales = await salesOf(market);
    for (const [i, { id }] of sales.entries()) await setAside(id, i < 3 ? 'frequent' : `reason ${i}`);
    const { left_out } = await get(`/api/analytics/summary?market=${market}`);
    expect(left_out).toMatchObject({ count: 23, by_reason: { 'set aside': 23 } });
    const reasons = Object.entries(left_out.set_aside);
    expect(reasons[0]).toEqual(['frequent', 3]);
    expect(reasons).toHaveLength(20);
  });

  it('is refused for a sale that is not in force, or whose market was deleted', async () => {
    expect((await setAside(999_999, 'a gift')).json()).toMatchObject({
      status: 404,
      error: 'There is no sale 999999.',
    });
    const market = await newMarket();
    const property = (await ask('POST', `/api/properties?market=${market}`, { address: '1 A St', price: 1 })).json();
    const [{ id }] = (await salesOf(market)) as [Sale];
    await ask('DELETE', `/api/properties/${property.id}`);
    expect((await setAside(id, 'a gift')).json()).toMatchObject({
      status: 404,
      error: `Sale ${id} is no longer in force.`,
    });
    await analytical.database.kysely
      .updateTable('market')
      .set({ deleted_at: new Date(), emptied_at: new Date() })
      .where('code', '=', market)
      .execute();
    expect((await setAside(id, 'a gift')).json()).toMatchObject({ status: 409, error: 'The market has been deleted.' });
  });

  it('is refused while an import or an undo has locked the market, instead of waiting for it', async () => {
    const market = await newMarket(...twoSales);
    const [{ id }] = (await salesOf(market)) as [Sale, Sale];
    const { id: marketId } = await findMarket(analytical.database, market);
    await analytical.database.read(async (client) => {
      await client.query('SELECT pg_advisory_xact_lock(1, $1)', [marketId]);
      expect((await setAside(id, 'a gift')).json()).toMatchObject({
        status: 409,
        error: expect.stringContaining('An import or an undo is writing to the market.'),
      });
    });
    await expect.poll(async () => (await setAside(id, 'a gift')).statusCode).toBe(200);
  });

  it.each([
    [{}, 'Missing member "set_aside"'],
    [{ set_aside: '' }, '"set_aside"'],
    [{ set_aside: ' ' }, '"set_aside"'],
    [{ set_aside: 'x'.repeat(501) }, '"set_aside"'],
    [{ set_aside: 'a\nb' }, '"set_aside"'],
    [{ set_aside: 5 }, '"set_aside"'],
    [{ set_aside: 'x', price: 5 }, 'Unknown member "price"'],
  ])('refuses the body %j', async (body, error) => {
    expect((await ask('PATCH', '/api/sales/1', body)).json()).toMatchObject({
      status: 400,
      error: expect.stringContaining(error),
    });
  });

  it('needs the scope write', async () => {
    expect((await setAside(1, 'a gift', bearer(tokens.read))).statusCode).toBe(403);
    expect((await setAside(1, 'a gift', { authorization: '' })).statusCode).toBe(401);
  });
});

it('an export can be imported, and keeps which sales are set aside', async () => {
  const market = await newMarket(...twoSales);
  const [{ id }] = (await salesOf(market)) as [Sale, Sale];
  await setAside(id, 'a gift');
  const copy = await newMarket();
  await load(copy, (await ask('GET', `/api/analytics/sales.csv?market=${market}&standard=all`)).body);
  const figuresOf = async (code: string) => {
    const answer = await get(`/api/analytics/summary?market=${code}`);
    // A sale that an analyst set aside counts for the covered period; one that its source states to be set aside does not.
    const { market: _, version: __, citation: ___, covered: ____, left_out, ...figures } = answer;
    return { ...figures, count: left_out.count, reasons: left_out.by_reason };
  };
  expect(await figuresOf(copy)).toEqual(await figuresOf(market));
});

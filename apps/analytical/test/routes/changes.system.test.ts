import { recordRestore } from '@property-insights/database';
import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { findMarket } from '../../src/data/markets.ts';
import { createMarket, ended, importText, service } from '../service.ts';

const analytical = service();
const ask = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object, headers = {}) =>
  analytical.app.inject({ method, url, headers, ...(payload && { payload }) });
const get = async (url: string) => (await ask('GET', url)).json();

const newMarket = () => createMarket(analytical);

/** Imports sales with these keys and prices. */
async function load(market: string, prices: Record<string, number>): Promise<void> {
  const rows = Object.entries(prices).map(([key, price]) => `${key},${key} A St,${price},2024-01-01`);
  await importText(analytical, market, ['sale_key,address,price,contract_date', ...rows, ''].join('\n'));
}

interface Item {
  change: string;
  revision: number;
  version: number;
  key: string;
  reason: string | null;
  sale: { id: number; price: number; address: string } | null;
  before: { id: number; price: number } | null;
}

/** All pages of the changes. */
async function list(market: string, query: string): Promise<Item[]> {
  const items: Item[] = [];
  let url: string | undefined = `/api/markets/${market}/changes/sales?${query}`;
  while (url) {
    const { headers, statusCode, body } = await ask('GET', url);
    expect(statusCode, body).toBe(200);
    items.push(...JSON.parse(body));
    url = /^<(.+)>; rel="next"$/.exec(String(headers.link))?.[1];
  }
  return items;
}

const setAside = (id: number, reason: string | null) => ask('PATCH', `/api/sales/${id}`, { set_aside: reason });

async function saleIds(market: string): Promise<Record<string, number>> {
  const { id } = await findMarket(analytical.database, market);
  const sales = analytical.database.kysely.selectFrom('sale').select(['key', 'id']).where('market_id', '=', id);
  const rows = await sales.where('retired_by', 'is', null).orderBy('id').execute();
  return Object.fromEntries(rows.map(({ key, id }) => [key, id]));
}

describe('GET /api/markets/{code}/changes', () => {
  it('compares the sales of two versions, as counts, as rows and by revision', async () => {
    const market = await newMarket(); // version 1
    await load(market, { a: 100, b: 200, c: 300 });
    await load(market, { b: 250, d: 400 });
    const ids = await saleIds(market);
    await setAside(ids.a as number, 'a gift');
    await setAside(ids.c as number, 'part sale');
    await setAside(ids.c as number, null); // version 6

    const counts = await get(`/api/markets/${market}/changes?from=2&to=4`);
    expect(counts).toMatchObject({
      market,
      from: 2,
      to: 4,
      revisions: 2,
      sales: { added: 1, retired: 0, corrected: 1, set_aside: 1, reinstated: 0 },
      by_revision: [
        { version: 4, kind: 'set_aside', set_aside_added: 1, undone_by: null },
        { version: 3, kind: 'import', sales_added: 2, sales_retired: 1 },
      ],
    });
    expect(counts.by_revision[0]).not.toHaveProperty('position');
    const rows = await list(market, 'from=2&to=4');
    expect(rows).toMatchObject([
      { change: 'corrected', version: 3, key: 'b', reason: null, sale: { price: 250 }, before: { price: 200 } },
      { change: 'added', version: 3, key: 'd', reason: null, sale: { price: 400 }, before: null },
      { change: 'set_aside', version: 4, key: 'a', reason: 'a gift', sale: { id: ids.a, address: 'a A St' } },
    ]);
    expect(rows[0]?.revision).toBe(counts.by_revision[1].id);
    expect(await list(market, 'from=2&to=4&limit=1')).toEqual(rows);
    // Set aside and reinstated in between: no change.
    expect(await list(market, 'from=4')).toEqual([]);
    expect(await list(market, 'from=5')).toMatchObject([{ change: 'reinstated', key: 'c', reason: 'part sale' }]);

    const csv = await ask('GET', `/api/markets/${market}/changes/sales?from=2&to=4&limit=2`, undefined, {
      accept: 'text/csv',
    });
    expect(csv.headers).toMatchObject({ 'content-type': 'text/csv; charset=utf-8; header=present', vary: 'accept' });
    expect(csv.headers.link).toMatch(/from=2&to=4&limit=2&cursor=.*rel="next"/);
    const [header, first, second] = csv.body.split('\r\n');
    expect(header).toMatch(/^change,revision,version,key,reason,sale\.id,.*,before\.id,.*,before\.details$/);
    expect(first).toMatch(/^corrected,\d+,3,b,,\d+,.*,200,/);
    expect(second).toMatch(/^added,\d+,3,d,,\d+,.*,+$/);
  });

  it('defaults to what the current version changed', async () => {
    const market = await newMarket();
    await load(market, { a: 100 });
    await load(market, { b: 200 });
    expect(await get(`/api/markets/${market}/changes`)).toMatchObject({ from: 2, to: 3, sales: { added: 1 } });
    expect(await get(`/api/markets/${market}/changes?to=2`)).toMatchObject({ from: 1, to: 2, sales: { added: 1 } });
    expect(await get(`/api/markets/${market}/changes?from=0`)).toMatchObject({
      to: 3,
      revisions: 3,
      sales: { added: 2 },
    });
    const none = { revisions: 0, by_revision: [], sales: { added: 0 } };
    expect(await get(`/api/markets/${market}/changes?from=3&to=3`)).toMatchObject(none);
    // The pages that follow are of the same changes, also after another write.
    const { link } = (await ask('GET', `/api/markets/${market}/changes/sales?from=1&limit=1`)).headers;
    await load(market, { c: 300 });
    expect(await get(/^<(.+)>/.exec(String(link))?.[1] as string)).toMatchObject([{ key: 'b' }]);
  });

  it('equals the difference of the recorded states, for every two versions of a random history', async () => {
    const price = fc.integer({ min: 1, max: 3 });
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const step = fc.oneof(
      fc.record({ do: fc.constant('import' as const), prices: fc.dictionary(key, price, { minKeys: 1 }) }),
      fc.record({
        do: fc.constant('set aside' as const),
        key,
        reason: fc.constantFrom('a gift', 'part sale', null),
      }),
      fc.record({ do: fc.constant('undo' as const), back: fc.integer({ min: 0, max: 3 }) }),
    );
    const states = new Map<number, { sales: Record<string, string>; reasons: Record<string, string> }>();
    const market = await newMarket();
    const { id: marketId } = await findMarket(analytical.database, market);
    const { kysely } = analytical.database;
    const inForce = async (table: 'sale' | 'set_aside_sale') => {
      const rows = kysely.selectFrom(table).select(['key', 'fingerprint']).where('market_id', '=', marketId);
      const found = await rows.where('retired_by', 'is', null).execute();
      return Object.fromEntries(found.map(({ key, fingerprint }) => [key, fingerprint]));
    };
    const record = async () => {
      const [{ version }] = await get(`/api/revisions?market=${market}&limit=1`);
      states.set(version, { sales: await inForce('sale'), reasons: await inForce('set_aside_sale') });
    };
    await record();
    // The last two add a sale and retire it.
    const last = [
      { do: 'import' as const, prices: { f: 1 } },
      { do: 'undo' as const, back: 0 },
    ];
    for (const one of [...fc.sample(step, { numRuns: 14, seed: 7 }), ...last]) {
      if (one.do === 'import') await load(market, one.prices);
      if (one.do === 'set aside') {
        const id = (await saleIds(market))[one.key];
        if (id !== undefined) await setAside(id, one.reason);
      }
      if (one.do === 'undo') {
        const revisions = await get(`/api/revisions?market=${market}`);
        const undo = await ask('POST', `/api/revisions/${revisions[one.back % revisions.length].id}/undo`);
        if (undo.statusCode === 202) await ended(analytical, undo.headers.location as string);
      }
      await record();
    }
    const versions = [...states.keys()];
    expect(versions.length).toBeGreaterThan(10);
    const differences = (from: number, to: number) => {
      const [before, after] = [states.get(from), states.get(to)] as [never, never];
      const compare = (member: 'sales' | 'reasons', [added, retired, changed]: [string, string, string]) => {
        const [old, now]: [Record<string, string>, Record<string, string>] = [before[member], after[member]];
        return [...new Set([...Object.keys(old), ...Object.keys(now)])]
          .filter((key) => old[key] !== now[key])
          .map((key) => `${key} ${!(key in old) ? added : !(key in now) ? retired : changed}`);
      };
      return [
        ...compare('sales', ['added', 'retired', 'corrected']),
        ...compare('reasons', ['set_aside', 'reinstated', 'set_aside']),
      ].sort();
    };
    const kinds = new Set<string>();
    for (const from of versions) {
      for (const to of versions.filter((version) => version >= from)) {
        const rows = await list(market, `from=${from}&to=${to}&limit=3`);
        const expected = differences(from, to);
        expect(rows.map(({ key, change }) => `${key} ${change}`).sort(), `${from} to ${to}`).toEqual(expected);
        expect(rows.every(({ version }) => version > from && version <= to)).toBe(true);
        const { sales } = await get(`/api/markets/${market}/changes?from=${from}&to=${to}`);
        for (const [kind, count] of Object.entries(sales)) {
          expect(count).toBe(expected.filter((row) => row.endsWith(` ${kind}`)).length);
          if (count) kinds.add(kind);
        }
      }
    }
    expect([...kinds].sort()).toEqual(['added', 'corrected', 'reinstated', 'retired', 'set_aside']);
  });

  it.each(['', '/sales'])('%s refuses versions that there are not', async (path) => {
    const market = await newMarket();
    await load(market, { a: 100 });
    const url = `/api/markets/${market}/changes${path}`;
    expect(await get(`${url}?to=3`)).toMatchObject({ status: 404, error: expect.stringContaining('at version 2') });
    expect(await get(`${url}?from=3`)).toMatchObject({ status: 404 });
    expect(await get(`${url}?from=2&to=1`)).toMatchObject({
      status: 400,
      error: 'Query parameter "from" (2) is above "to" (1); exchange them.',
    });
    for (const query of ['from=-1', 'to=x', 'from=1.5', 'colour=red']) {
      expect((await get(`${url}?${query}`)).status, query).toBe(400);
    }
    expect(await get('/api/markets/never/changes')).toMatchObject({
      status: 404,
      error: 'There is no market "never".',
    });
    await ask('DELETE', `/api/markets/${market}?confirm=${market}`);
    expect(await get(url)).toMatchObject({ status: 410, error: `The market "${market}" has been deleted.` });
    // Another market with its code goes on counting; the versions of the former one are gone.
    await ask('POST', '/api/markets', { code: market, name: market, currency: 'AUD' });
    expect(await get(`${url}?from=2`)).toMatchObject({ status: 410 });
    expect((await ask('GET', url)).statusCode).toBe(200);
  });

  it('refuses a cursor that is none of its own', async () => {
    const market = await newMarket();
    for (const cursor of ['x', Buffer.from('7').toString('base64url'), Buffer.from('2:1').toString('base64url')]) {
      expect((await get(`/api/markets/${market}/changes/sales?cursor=${cursor}`)).status).toBe(400);
    }
  });

  it('refuses versions in the gap that a restore leaves, and spans it', async () => {
    const market = await newMarket();
    await load(market, { a: 100 });
    const { host, port, name, master } = analytical.server;
    const owner = new pg.Client({ host, port, database: name, user: master.username, password: master.password });
    await owner.connect();
    await recordRestore(owner);
    await owner.end();
    await load(market, { a: 150 });
    const url = `/api/markets/${market}/changes`;
    expect(await get(url)).toMatchObject({ from: 2, to: 1_000_003, sales: { corrected: 1 } });
    expect(await get(`${url}?from=1000002`)).toMatchObject({ sales: { corrected: 1 } });
    expect(await get(`${url}?from=3`)).toMatchObject({ status: 410, error: expect.stringContaining('Version 3') });
    expect(await get(`${url}?from=1&to=1000001`)).toMatchObject({ status: 410 });
  });
});

it('the ledger accounts for every row, from rows read to sales shown', async () => {
  const market = await createMarket(analytical);
  const load = (...rows: string[]) =>
    importText(analytical, market, ['sale_key,address,price,contract_date', ...rows, ''].join('\n'));
  const month = (i: number) => `2023-${String(1 + (i % 12)).padStart(2, '0')}-10`;
  const first = Array.from({ length: 40 }, (_, i) => `s${i},${i} A St,${400_000 + i},${month(i)}`);
  await load(...first, 'x,1 B St,10,2023-05-01', 'y,2 B St,500000,2204-01-01', 'z,3 B St,a lot,2023-05-01');
  await load('s0,0 A St,450000,2023-01-10', 's1,1 A St,400001,2023-02-10', 'u,4 B St,470000,');
  const undone = await load('v,5 B St,480000,2023-06-10');
  const entry = { address: '9 C St', price: 490_000, sold_on: '2023-07-01' };
  const url = `/api/properties?market=${market}`;
  expect((await analytical.app.inject({ method: 'POST', url, payload: entry })).statusCode).toBe(201);
  const undo = await analytical.app.inject({ method: 'POST', url: `/api/revisions/${undone.revision}/undo` });
  await ended(analytical, undo.headers.location as string);

  const ledger = await get(`/api/markets/${market}/ledger`);
  expect(ledger).toEqual({
    market,
    version: 6,
    rows: { read: 47, rejected: 1, duplicate: 1, superseded: 0, deleting: 0, places: 0, sales: 45 },
    // One was replaced, and one import was undone.
    sales: { imported: 45, entered: 1, retired: 2, in_force: 44 },
    shown: {
      left_out: { 'contract date after issue': 1, 'contract date missing': 1, 'nominal price': 1 },
      standard: 41,
      undated: 0,
      before: 0,
      after: 0,
      covered: 41,
    },
  });
  expect((await get(`/api/analytics/sales?market=${market}&standard=all`)).total).toBe(ledger.sales.in_force);
  expect((await analytical.app.inject('/api/markets/nowhere/ledger')).statusCode).toBe(404);
});

it('the ledger adds up after a complete edition that retires sales, replaces one and adds one, and after its undo', async () => {
  const market = await createMarket(analytical);
  const head = 'sale_key,address,price,contract_date';
  const row = (i: number, price = 400_000 + i) => `s${i},${i} A St,${price},2023-0${1 + (i % 9)}-10`;
  const numbers = Array.from({ length: 40 }, (_, i) => i);
  await importText(analytical, market, [head, ...numbers.map((i) => row(i))].join('\n'));
  const table = 'Sold,Price,Address\n2023-05-01,500000,1 Other St\n';
  await importText(analytical, market, table);
  const kept = numbers.slice(10).map((i) => row(i, i === 10 ? 450_000 : undefined));
  const edition = await importText(analytical, market, [head, ...kept, row(40)].join('\n'), 'complete');
  expect(edition).toMatchObject({ accepted: 1, superseding: 1, duplicate: 29, retired: 10 });

  const balanced = async (inForce: number) => {
    const ledger = await get(`/api/markets/${market}/ledger`);
    const { read, ...rows } = ledger.rows;
    const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);
    expect(sum(rows)).toBe(read);
    const { imported, entered, retired, in_force } = ledger.sales;
    expect(imported + entered - retired).toBe(in_force);
    const { left_out, standard, ...parts } = ledger.shown;
    expect(sum(left_out) + standard).toBe(in_force);
    expect(sum(parts)).toBe(standard);
    expect(in_force).toBe(inForce);
    expect((await get(`/api/analytics/sales?market=${market}&standard=all`)).total).toBe(inForce);
    return ledger;
  };
  expect(await balanced(32)).toMatchObject({
    rows: { read: 72, duplicate: 29, sales: 43 },
    sales: { imported: 43, entered: 0, retired: 11 },
  });
  const undo = await analytical.app.inject({ method: 'POST', url: `/api/revisions/${edition.revision}/undo` });
  await ended(analytical, undo.headers.location as string);
  await balanced(41);
});

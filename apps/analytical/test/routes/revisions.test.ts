import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runImport } from '@property-insights/imports';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { bearer, tokens } from '../../../../test/tokens.ts';
import { addImport } from '../../src/imports.ts';
import { findMarket } from '../../src/markets.ts';
import { service } from '../service.ts';

const analytical = service();
const ask = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object, headers = {}) =>
  analytical.app.inject({ method, url, headers, ...(payload && { payload }) });
const get = async (url: string) => (await ask('GET', url)).json();

let markets = 0;
async function newMarket(): Promise<string> {
  const code = `history-${++markets}`;
  expect((await ask('POST', '/api/markets', { code, name: code, currency: 'AUD' })).statusCode).toBe(201);
  return code;
}

const log = pino({ level: 'silent' });

/** Imports sales, in this thread: starting another takes longer than all the rest. */
async function load(market: string, ...rows: string[]) {
  const { database, directory } = analytical;
  const { id: marketId } = await findMarket(database, market);
  const id = randomUUID();
  const path = join(directory, id);
  await writeFile(path, ['sale_key,property_key,address,price,contract_date,region', ...rows, ''].join('\n'));
  const author = 'test';
  await addImport(database, { id, marketId, author, files: [] });
  const files = [{ name: 'sales.csv', path }];
  await runImport({ database, importId: id, files, marketId, author, signal: new AbortController().signal, log });
  const state = await get(`/api/imports/${id}`);
  expect(state).toMatchObject({ state: 'finished', rejected: 0, error: null });
  return state;
}
const row = (key: number, price: number, region = 'NSW') =>
  `${key},${key},${key} A St,${price},2024-0${1 + (key % 9)}-01,${region}`;

/** What questions answer of a market, but for what tells the version. */
async function answers(market: string) {
  const urls = ['summary', 'trend?interval=month', 'areas?level=region', 'distribution', 'quality'];
  const all = await Promise.all(
    urls.map((url) => get(`/api/analytics/${url}${url.includes('?') ? '&' : '?'}market=${market}`)),
  );
  return [...all, (await get(`/api/properties?market=${market}`)) as unknown];
}

describe('undoing an import', () => {
  it('gives every answer as it was before; undoing that, as after; and so on', async () => {
    const market = await newMarket();
    await load(market, row(1, 100_000), row(2, 200_000), row(3, 300_000));
    const before = await answers(market);
    const second = await load(market, row(2, 250_000), row(4, 400_000, 'VIC'));
    expect(second).toMatchObject({ accepted: 1, superseding: 1, undone_by: null });
    const after = await answers(market);
    expect(after).not.toEqual(before);

    const undone = await ask('DELETE', `/api/imports/${second.id}`);
    expect(undone.statusCode).toBe(200);
    expect(undone.json()).toMatchObject({ state: 'finished', undone_by: expect.any(Number) });
    expect(await answers(market)).toEqual(before);

    const { undone_by } = undone.json();
    expect((await ask('DELETE', `/api/imports/${second.id}`)).json()).toMatchObject({
      status: 409,
      error: `Revision ${second.revision} is undone already, by revision ${undone_by}.`,
    });

    const redone = await ask('POST', `/api/revisions/${undone_by}/undo`);
    expect(redone.statusCode).toBe(201);
    expect(redone.json()).toMatchObject({ kind: 'undo', undoes: undone_by, sales_added: 2, sales_retired: 1 });
    expect(await answers(market)).toEqual(after);
    expect((await get(`/api/imports/${second.id}`)).undone_by).toBeNull();

    expect((await ask('DELETE', `/api/imports/${second.id}`)).statusCode).toBe(200);
    expect(await answers(market)).toEqual(before);
  });

  it('is refused, and changes nothing, when a later import has changed what it wrote', async () => {
    const market = await newMarket();
    const first = await load(market, row(1, 100), row(2, 200));
    const second = await load(market, row(2, 250));
    const before = await answers(market);
    const response = await ask('DELETE', `/api/imports/${first.id}`);
    expect(response.json()).toMatchObject({
      status: 409,
      error: `Revision ${second.revision} has since changed what revision ${first.revision} wrote, so that the state before can't be had back. Undo revision ${second.revision} first.`,
    });
    expect(await answers(market)).toEqual(before);
    for (const { id } of [second, first]) expect((await ask('DELETE', `/api/imports/${id}`)).statusCode).toBe(200);
    expect(await get(`/api/properties?market=${market}`)).toEqual([]);
  });

  it('is not stopped by imports that have nothing to do with it', async () => {
    const market = await newMarket();
    const first = await load(market, row(1, 100));
    await load(market, row(2, 200));
    expect((await ask('DELETE', `/api/imports/${first.id}`)).statusCode).toBe(200);
    const left = await get(`/api/properties?market=${market}`);
    expect(left.map(({ price }: { price: number }) => price)).toEqual([200]);
  });

  it('needs the scope admin, where cancelling needs write', async () => {
    const market = await newMarket();
    const { id } = await load(market, row(1, 100));
    const response = await ask('DELETE', `/api/imports/${id}`, undefined, bearer(tokens.write));
    expect(response.json()).toMatchObject({ status: 403, error: expect.stringContaining('scope "admin"') });
  });

  it('is refused for one that changed nothing', async () => {
    const market = await newMarket();
    await load(market, row(1, 100));
    const again = await load(market, row(1, 100));
    expect((await ask('DELETE', `/api/imports/${again.id}`)).json()).toMatchObject({
      status: 409,
      error: 'The import changed nothing, so there is nothing to undo.',
    });
  });

  it('asked for five times at once, is done once', async () => {
    const market = await newMarket();
    const { id } = await load(market, row(1, 100));
    const all = await Promise.all(Array.from({ length: 5 }, () => ask('DELETE', `/api/imports/${id}`)));
    expect(all.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409, 409, 409, 409]);
  });
});

describe('the history', () => {
  it('tells who did what in a market, the latest first, page by page', async () => {
    const market = await newMarket();
    const first = await load(market, row(1, 100), row(2, 200));
    await load(market, row(2, 250));
    const property = { address: '9 B St', price: 5 };
    await ask('POST', `/api/properties?market=${market}`, property, bearer(tokens.write));
    const all = await get(`/api/revisions?market=${market}`);
    expect(all).toMatchObject([
      { kind: 'entry', note: '9 B St', sales_added: 1, author: expect.stringMatching(/^test write \(token \d+\)$/) },
      { kind: 'import', note: 'sales.csv', sales_added: 1, sales_retired: 1 },
      { kind: 'import', sales_added: 2, sales_retired: 0, import: first.id, id: first.revision, undone_by: null },
    ]);
    expect(all.every((revision: { market: string }) => revision.market === market)).toBe(true);
    const page = await ask('GET', `/api/revisions?market=${market}&limit=2`);
    expect(page.json()).toEqual(all.slice(0, 2));
    const next = /^<(.+)>; rel="next"$/.exec(String(page.headers.link))?.[1] as string;
    expect(await get(next)).toEqual(all.slice(2));
    expect(await get(`/api/revisions/${first.revision}`)).toEqual(all[2]);
  });

  it('knows what is not there', async () => {
    expect((await ask('GET', '/api/revisions/999999')).statusCode).toBe(404);
    expect((await ask('POST', '/api/revisions/999999/undo')).statusCode).toBe(404);
    expect((await ask('GET', '/api/revisions?market=none')).statusCode).toBe(404);
  });

  it('has revisions that changed a market itself, which are not undone', async () => {
    const market = await newMarket();
    await ask('PATCH', `/api/markets/${market}`, { name: 'Another' });
    const [{ id, note }] = await get(`/api/revisions?market=${market}`);
    expect(note).toBe(`market ${market}: name "Another"`);
    expect((await ask('POST', `/api/revisions/${id}/undo`)).statusCode).toBe(409);
  });
});

describe('a property that was entered', () => {
  const enter = async (market: string) =>
    (
      await ask('POST', `/api/properties?market=${market}`, {
        address: '1 C St',
        price: 100,
        region: 'NSW',
        bedrooms: 3,
      })
    ).json();

  it('is corrected, and the correction undone', async () => {
    const market = await newMarket();
    const entered = await enter(market);
    const before = await answers(market);
    const corrected = await ask('PATCH', `/api/properties/${entered.id}`, {
      price: 120,
      bedrooms: null,
      type: ' House ',
    });
    expect(corrected.json()).toEqual({ ...entered, price: 120, bedrooms: null, type: 'House' });
    const [{ id, kind, sales_added, sales_retired }] = await get(`/api/revisions?market=${market}`);
    expect({ kind, sales_added, sales_retired }).toEqual({ kind: 'correction', sales_added: 1, sales_retired: 1 });
    await ask('POST', `/api/revisions/${id}/undo`);
    expect(await answers(market)).toEqual(before);
  });

  it('is taken back, and brought back', async () => {
    const market = await newMarket();
    const { id } = await enter(market);
    const before = await answers(market);
    expect((await ask('DELETE', `/api/properties/${id}`)).statusCode).toBe(204);
    expect((await ask('GET', `/api/properties/${id}`)).statusCode).toBe(404);
    expect((await ask('DELETE', `/api/properties/${id}`)).statusCode).toBe(404);
    const [{ id: revision }] = await get(`/api/revisions?market=${market}`);
    await ask('POST', `/api/revisions/${revision}/undo`);
    expect(await answers(market)).toEqual(before);
  });

  it.each([
    [{}, 'must be a JSON object'],
    [{ price: 0 }, '"price"'],
    [{ colour: 'red' }, 'Unknown member "colour"'],
    [{ latitude: 5 }, 'given together'],
    [{ sold_on: '1066-10-14' }, '"sold_on"'],
    [{ address: null }, '"address"'],
  ])('cannot be corrected by %j', async (payload, error) => {
    const { id } = await enter(await newMarket());
    expect((await ask('PATCH', `/api/properties/${id}`, payload)).json()).toMatchObject({
      status: 400,
      error: expect.stringContaining(error),
    });
  });

  it('is not one from a file', async () => {
    const market = await newMarket();
    await load(market, row(1, 100));
    const [{ id }] = await get(`/api/properties?market=${market}`);
    for (const response of [
      await ask('DELETE', `/api/properties/${id}`),
      await ask('PATCH', `/api/properties/${id}`, { price: 5 }),
    ]) {
      expect(response.json()).toMatchObject({ status: 409, error: expect.stringContaining('are from a file') });
    }
  });
});

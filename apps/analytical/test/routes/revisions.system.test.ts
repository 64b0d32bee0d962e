import { randomUUID } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { JobQueue } from '@property-insights/imports';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { bearer, tokens } from '../../../../test/tokens.ts';
import { findMarket } from '../../src/data/markets.ts';
import { createMarket, ended, importText, service } from '../service.ts';

const analytical = service();
const ask = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object, headers = {}) =>
  analytical.app.inject({ method, url, headers, ...(payload && { payload }) });
const get = async (url: string) => (await ask('GET', url)).json();

const newMarket = () => createMarket(analytical);

const log = pino({ level: 'silent' });

/** Imports sales. */
async function load(market: string, ...rows: string[]) {
  const text = ['sale_key,property_key,address,price,contract_date,region', ...rows, ''].join('\n');
  const state = await importText(analytical, market, text);
  expect(state).toMatchObject({ state: 'finished', rejected: 0, error: null });
  return state;
}

/** Undoes what a request asks to be undone, to its end. */
async function undo(method: 'POST' | 'DELETE', url: string) {
  const response = await ask(method, url);
  expect(response.statusCode).toBe(202);
  expect(response.headers.location).toBe(`/api/imports/${response.json().id}`);
  const state = await ended(analytical, response.headers.location as string);
  expect(state).toMatchObject({ state: 'finished', stage: null, files: [], changed: true, error: null });
  return state;
}

const row = (key: number, price: number, region = 'NSW') =>
  `${key},${key},${key} A St,${price},2024-0${1 + (key % 9)}-01,${region}`;

/** The answers about a market, without the members that follow from its version. */
async function answers(market: string) {
  const urls = ['summary', 'trend?interval=month', 'areas?level=region', 'distribution', 'quality'];
  const all = await Promise.all(
    urls.map((url) => get(`/api/analytics/${url}${url.includes('?') ? '&' : '?'}market=${market}`)),
  );
  for (const answer of all) {
    delete answer.version;
    delete answer.citation;
  }
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

    const undone = await undo('DELETE', `/api/imports/${second.id}`);
    // Two sales that it took back, and one that is in force again.
    const rows = { rows_read: 3, rows_total: 3, accepted: 1, deleted: 2 };
    expect(undone).toMatchObject({ undoes: second.revision, market, ...rows });
    expect(await answers(market)).toEqual(before);

    const { undone_by } = await get(`/api/imports/${second.id}`);
    expect(undone_by).toBe(undone.revision);
    expect((await ask('DELETE', `/api/imports/${second.id}`)).json()).toMatchObject({
      status: 409,
      error: `Revision ${second.revision} is undone already, by revision ${undone_by}.`,
    });

    const redone = await undo('POST', `/api/revisions/${undone_by}/undo`);
    expect(await get(`/api/revisions/${redone.revision}`)).toMatchObject({
      kind: 'undo',
      import: redone.id,
      undoes: undone_by,
      sales_added: 2,
      sales_retired: 1,
    });
    expect(await answers(market)).toEqual(after);
    expect((await get(`/api/imports/${second.id}`)).undone_by).toBeNull();

    await undo('DELETE', `/api/imports/${second.id}`);
    expect(await answers(market)).toEqual(before);
    // As a finished import is undone, so is an undo.
    const [{ import: last }] = await get(`/api/revisions?market=${market}&limit=1`);
    await undo('DELETE', `/api/imports/${last}`);
    expect(await answers(market)).toEqual(after);
  });

  it('is refused, and changes nothing, when a later import has changed what it wrote', async () => {
    const market = await newMarket();
    const first = await load(market, row(1, 100), row(2, 200));
    const second = await load(market, row(2, 250));
    const before = await answers(market);
    const response = await ask('DELETE', `/api/imports/${first.id}`);
    expect(response.json()).toMatchObject({
      status: 409,
      error: `Revision ${second.revision} has since changed what revision ${first.revision} wrote, so the earlier state cannot be restored. Undo revision ${second.revision} first.`,
    });
    expect(await answers(market)).toEqual(before);
    for (const { id } of [second, first]) await undo('DELETE', `/api/imports/${id}`);
    expect(await get(`/api/properties?market=${market}`)).toEqual([]);
  });

  it('is not stopped by imports that have nothing to do with it', async () => {
    const market = await newMarket();
    const first = await load(market, row(1, 100));
    await load(market, row(2, 200));
    await undo('DELETE', `/api/imports/${first.id}`);
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

  it('requested five times at the same time, is done once', async () => {
    const market = await newMarket();
    const { id } = await load(market, row(1, 100));
    const all = await Promise.all(Array.from({ length: 5 }, () => ask('DELETE', `/api/imports/${id}`)));
    expect(all.map(({ statusCode }) => statusCode).sort()).toEqual([202, 409, 409, 409, 409]);
    const begun = all.find(({ statusCode }) => statusCode === 202);
    expect(await ended(analytical, begun?.headers.location as string)).toMatchObject({ state: 'finished' });
  });
});

describe('an undo under way', () => {
  /** Begins to undo an import while another holds its market, so that the undo waits in the middle of a statement; does the work then. */
  async function waiting<T>(market: string, work: (undo: string) => Promise<T>): Promise<T> {
    const { id } = await load(market, row(1, 100));
    const { id: marketId } = await findMarket(analytical.database, market);
    return analytical.database.read(async (client) => {
      await client.query('SELECT pg_advisory_xact_lock(1, $1)', [marketId]);
      const { location } = (await ask('DELETE', `/api/imports/${id}`)).headers;
      await expect.poll(async () => get(location as string)).toMatchObject({ state: 'running', stage: 'comparing' });
      return work(location as string);
    });
  }

  it('reports its progress, and is not started twice', async () => {
    const market = await newMarket();
    const undo = await waiting(market, async (undo) => {
      expect(await get(undo)).toMatchObject({ rows_read: 0, rows_total: 1, market, revision: null, finished_at: null });
      const { undoes } = await get(undo);
      expect((await ask('POST', `/api/revisions/${undoes}/undo`)).json()).toMatchObject({
        status: 409,
        error: `Revision ${undoes} is being undone already. GET /api/imports shows the progress.`,
      });
      return undo;
    });
    expect(await ended(analytical, undo)).toMatchObject({ state: 'finished', rows_read: 1, deleted: 1 });
    expect(await get(`/api/properties?market=${market}`)).toEqual([]);
  });

  it('is cancelled like an import, changes nothing, and can be started again', async () => {
    const market = await newMarket();
    const undo = await waiting(market, async (undo) => {
      const cancelled = await ask('DELETE', undo, undefined, bearer(tokens.write));
      expect(cancelled.statusCode).toBe(200);
      expect(cancelled.json()).toMatchObject({ state: 'cancelled', changed: false });
      // It has given the market's other transactions way before that one ended.
      await expect.poll(() => analytical.jobs.has(cancelled.json().id)).toBe(false);
      return undo;
    });
    expect(await get(undo)).toMatchObject({ state: 'cancelled', error: null, revision: null });
    expect((await ask('DELETE', undo)).json().error).toBe('The undo has ended already: it is cancelled.');
    expect(await get(`/api/properties?market=${market}`)).toHaveLength(1);
    expect(await get(`/api/revisions?market=${market}`)).toMatchObject([{ kind: 'import' }, { kind: 'market' }]);
    const [{ id }] = await get(`/api/revisions?market=${market}`);
    await ended(analytical, (await ask('POST', `/api/revisions/${id}/undo`)).headers.location as string);
    expect(await get(`/api/properties?market=${market}`)).toEqual([]);
  });

  it('is cancelled where the market is deleted, and says why', async () => {
    const market = await newMarket();
    const { undo, removed } = await waiting(market, async (undo) => ({
      undo,
      removed: ask('DELETE', `/api/markets/${market}?confirm=${market}`),
    }));
    expect((await removed).json()).toMatchObject({ kind: 'market', sales_retired: 1 });
    expect(await get(undo)).toMatchObject({
      state: 'cancelled',
      error: 'The market was deleted before the undo had ended, so nothing was written.',
    });
    expect((await ask('POST', `/api/revisions/${(await get(undo)).undoes}/undo`)).json()).toMatchObject({
      status: 409,
      error: 'The market has been deleted.',
    });
  });

  it('fails when its process dies, and can be started again', async () => {
    const market = await newMarket();
    const { revision } = await load(market, row(1, 100));
    const { database, directory } = analytical;
    const { id: marketId } = await findMarket(database, market);
    // One that was at work, and one that waited.
    const undo = { market_id: marketId, undoes: revision, author: 'test' };
    const running = randomUUID();
    await database.kysely
      .insertInto('import')
      .values({ id: running, state: 'running', ...undo })
      .execute();
    expect(await get(`/api/imports/${running}`)).toMatchObject({
      state: 'failed',
      error: 'The undo was interrupted, so nothing was written. Undo again.',
    });
    const waiting = randomUUID();
    await database.kysely
      .insertInto('import')
      .values({ id: waiting, ...undo })
      .execute();
    await mkdir(join(directory, 'left', waiting), { recursive: true });
    const next = new JobQueue({ directory: join(directory, 'left'), database, log });
    await expect.poll(() => readdir(join(directory, 'left'))).toEqual([]);
    expect(await get(`/api/imports/${waiting}`)).toMatchObject({
      state: 'failed',
      error: 'The service or its database stopped before the undo had ended, so nothing was written. Undo again.',
    });
    await next.close();
    await ended(analytical, (await ask('POST', `/api/revisions/${revision}/undo`)).headers.location as string);
    expect(await get(`/api/properties?market=${market}`)).toEqual([]);
  });
});

describe('the history', () => {
  it('lists who did what in a market, the latest first, in pages', async () => {
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
      { kind: 'market', sales_added: 0 },
    ]);
    expect(all.map((revision: { version: number }) => revision.version)).toEqual([4, 3, 2, 1]);
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
    await undo('POST', `/api/revisions/${id}/undo`);
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
    await undo('POST', `/api/revisions/${revision}/undo`);
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
      expect(response.json()).toMatchObject({ status: 409, error: expect.stringContaining('come from a file') });
    }
  });
});

describe('a note on the charts of a market', () => {
  const add = (market: string, note: object, headers = bearer(tokens.write)) =>
    ask('POST', `/api/markets/${market}/notes`, note, headers);
  const notesOf = (market: string, asOf?: number) =>
    get(`/api/markets/${market}/notes${asOf === undefined ? '' : `?as_of=${asOf}`}`);
  const law = { day: '2023-07-01', text: 'Stamp duty is abolished for first buyers.' };

  it('is added, removed and restored by revisions, and each version keeps its notes', async () => {
    const market = await newMarket();
    await load(market, row(1, 100));
    const added = await add(market, law);
    expect(added.statusCode).toBe(201);
    const { id, revision } = added.json();
    expect(added.json()).toEqual({ id, ...law, revision, version: 3 });
    expect(await notesOf(market)).toEqual([{ id, ...law }]);
    expect((await get(`/api/analytics/summary?market=${market}`)).version).toBe(3);
    const earlier = (await add(market, { day: '2020-03-01', text: 'Rates are cut.' })).json();
    expect((await notesOf(market)).map(({ day }: { day: string }) => day)).toEqual(['2020-03-01', '2023-07-01']);

    const removed = await ask('DELETE', `/api/markets/${market}/notes/${id}`);
    expect(removed.json()).toMatchObject({ version: 5 });
    expect(await notesOf(market)).toMatchObject([{ id: earlier.id }]);
    expect(await notesOf(market, 4)).toMatchObject([{ id: earlier.id }, { id, ...law }]);
    expect(await notesOf(market, 2)).toEqual([]);
    // What was removed since cannot be taken back; its removal can.
    expect((await ask('POST', `/api/revisions/${revision}/undo`)).json()).toMatchObject({ status: 409 });
    await undo('POST', `/api/revisions/${removed.json().revision}/undo`);
    expect(await notesOf(market)).toMatchObject([{ id: earlier.id }, { id, ...law }]);
    await undo('POST', `/api/revisions/${revision}/undo`);
    expect(await notesOf(market)).toMatchObject([{ id: earlier.id }]);
    expect(await get(`/api/revisions?market=${market}`)).toMatchObject([
      { kind: 'undo', notes_added: 0, notes_retired: 1 },
      { kind: 'undo', notes_added: 1, notes_retired: 0, undoes_version: 5 },
      {
        kind: 'note',
        notes_retired: 1,
        note: `removed: ${law.day}: ${law.text}`,
        coded_note: { code: 'note_removed', ...law },
      },
      { kind: 'note', notes_added: 1 },
      { kind: 'note', notes_added: 1, note: `${law.day}: ${law.text}` },
      { kind: 'import' },
      { kind: 'market' },
    ]);
  });

  it('is refused if it is not valid, or the market has enough', async () => {
    const market = await newMarket();
    expect((await add(market, { ...law, day: '2023-02-30' })).statusCode).toBe(400);
    expect((await add(market, { ...law, text: ' ' })).statusCode).toBe(400);
    expect((await add(market, { ...law, text: 'x'.repeat(301) })).statusCode).toBe(400);
    expect((await add('nowhere', law)).statusCode).toBe(404);
    expect((await ask('DELETE', `/api/markets/${market}/notes/${randomUUID()}`)).statusCode).toBe(404);
    expect(await notesOf(market)).toEqual([]);
  });
});

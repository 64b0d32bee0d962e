import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { JobQueue } from '@property-insights/imports';
import { pino } from 'pino';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { countRevisions } from '../../../../test/database.ts';
import { sharedPath, withoutSharedData } from '../../../../test/shared-data.ts';
import { bearer, tokens } from '../../../../test/tokens.ts';
import { createMarket, ended as endedOf, service } from '../service.ts';

const analytical = service();
const get = (url: string) => analytical.app.inject(url);

/** A form with the given files, as browsers and fetch send it. */
async function form(files: Record<string, string | Buffer>) {
  const data = new FormData();
  for (const [name, content] of Object.entries(files)) data.append('file', new Blob([content]), name);
  const response = new Response(data);
  return {
    payload: Buffer.from(await response.arrayBuffer()),
    headers: { 'content-type': response.headers.get('content-type') as string },
  };
}

async function upload(files: Record<string, string | Buffer>, query = '') {
  return analytical.app.inject({ method: 'POST', url: `/api/imports${query}`, ...(await form(files)) });
}

const ended = (url: string) => endedOf(analytical, url);

const csv = (...rows: string[]) => ['address,price,contract_date,region', ...rows, ''].join('\n');
const many = (rows: number) =>
  csv(Array.from({ length: rows }, (_, i) => `${i} Long St,${i + 1},2024-01-01,NSW`).join('\n'));
const uploads = () => readdir(join(analytical.directory, 'uploads'));

const newMarket = () => createMarket(analytical);

describe('POST /api/imports', () => {
  it('imports the files of a form, says where to look, and keeps none of them', async () => {
    const code = await newMarket();
    const response = await upload(
      {
        'a.csv': csv('1 A St,100,2024-01-01,NSW', '2 A St,200,2024-01-02,NSW'),
        'b.csv': csv('3 B St,300,2024-01-03,VIC'),
      },
      `?market=${code}`,
    );
    expect(response.statusCode).toBe(202);
    const received = response.json();
    expect(received).toMatchObject({ market: code, files: [{ name: 'a.csv' }, { name: 'b.csv' }], finished_at: null });
    expect(response.headers.location).toBe(`/api/imports/${received.id}`);
    const finished = await ended(response.headers.location as string);
    expect(finished).toEqual({
      ...received,
      state: 'finished',
      stage: null,
      format: 'property-insights',
      bytes_read: received.bytes_total,
      rows_read: 3,
      rows_total: null,
      accepted: 3,
      changed: true,
      revision: expect.any(Number),
      undoes: null,
      finished_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    const { properties_by_region } = (await get(`/api/analytics/summary?market=${code}`)).json();
    expect(properties_by_region).toEqual({ NSW: 2, VIC: 1 });
    await expect.poll(uploads).toEqual([]);
  });

  it('imports the body itself, under the name given', async () => {
    const code = await newMarket();
    const response = await analytical.app.inject({
      method: 'POST',
      url: `/api/imports?market=${code}&filename=sales.csv`,
      payload: csv('1 A St,100,2024-01-01,NSW'),
      headers: { 'content-type': 'text/csv' },
    });
    expect(response.statusCode).toBe(202);
    expect(await ended(response.headers.location as string)).toMatchObject({
      state: 'finished',
      accepted: 1,
      files: [{ name: 'sales.csv', bytes: 61 }],
    });
  });

  it('changes nothing, and says so, when the same sales come again', async () => {
    const code = await newMarket();
    const files = { 'a.csv': csv('1 A St,100,2024-01-01,NSW') };
    await ended((await upload(files, `?market=${code}`)).headers.location as string);
    const revisions = await countRevisions(analytical.database);
    const again = await ended((await upload(files, `?market=${code}`)).headers.location as string);
    expect(again).toMatchObject({
      state: 'finished',
      rows_read: 1,
      accepted: 0,
      duplicate: 1,
      changed: false,
      revision: null,
    });
    expect(await countRevisions(analytical.database)).toBe(revisions);
  });

  it('fails with a sentence for a file that is none of sales', async () => {
    const response = await upload({ 'picture.csv': Buffer.from('\x89PNG\r\n\x1a\n', 'latin1') });
    expect(await ended(response.headers.location as string)).toMatchObject({
      state: 'failed',
      changed: false,
      error: expect.stringContaining('picture.csv'),
    });
  });

  it('keeps names from reaching out of its folder', async () => {
    const response = await upload(
      { '../../../../tmp/x\u0000.csv': csv('1 A St,100,2024-01-01,NSW') },
      `?market=${await newMarket()}`,
    );
    expect(response.statusCode).toBe(202);
    expect((await ended(response.headers.location as string)).state).toBe('finished');
  });

  it('reads every file as the format given, and names those there are', async () => {
    const files = { 'a.csv': csv('1 A St,100,2024-01-01,NSW') };
    const code = await newMarket();
    const asNsw = await upload(files, `?market=${code}&format=nsw-psi`);
    expect(await ended(asNsw.headers.location as string)).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/^a\.csv: line 1 is not between a header record/),
    });
    const unknown = await upload(files, `?market=${code}&format=xls`);
    expect(unknown.json()).toMatchObject({
      status: 400,
      error: expect.stringMatching(/^Query parameter "format" must be one of .*nsw-psi.*, not "xls"\.$/),
    });
    await expect.poll(uploads).toEqual([]);
  });

  it.each(['-0.1', '1.1', 'all'])('refuses %s for a share of rejects', async (share) => {
    const response = await upload({ 'a.csv': csv() }, `?max_rejects=${share}`);
    expect(response.json()).toMatchObject({ status: 400, error: expect.stringContaining('from 0 to 1') });
  });

  const cutShort = async () => {
    const { payload, headers } = await form({ 'a.csv': csv('1 A St,100,2024-01-01,NSW') });
    return { payload: payload.subarray(0, payload.length - 30), headers };
  };
  const ofField = async () => {
    const data = new FormData();
    data.append('market', 'demo');
    const response = new Response(data);
    return {
      payload: Buffer.from(await response.arrayBuffer()),
      headers: { 'content-type': response.headers.get('content-type') as string },
    };
  };
  it.each([
    ['no body', async () => ({}), 'No file was sent.'],
    ['a form without files', () => form({}), 'No file was sent.'],
    ['a form cut short', cutShort, 'The body is incomplete'],
    ['a form with a field', ofField, 'Unknown form field "market"'],
    [
      'a form without a boundary',
      async () => ({ payload: 'x', headers: { 'content-type': 'multipart/form-data' } }),
      'The body is incomplete, or is not the multipart/form-data',
    ],
  ])('refuses %s, and keeps nothing of it', async (_name, body, error) => {
    const response = await analytical.app.inject({ method: 'POST', url: '/api/imports', ...(await body()) });
    expect(response.json()).toMatchObject({ status: 400, error: expect.stringContaining(error) });
    await expect.poll(uploads).toEqual([]);
  });

  it('does not take files for a market that is not there', async () => {
    const response = await upload({ 'a.csv': csv() }, '?market=none');
    expect(response.json()).toMatchObject({ status: 404, error: 'There is no market "none".' });
    await expect.poll(uploads).toEqual([]);
  });
});

describe('over a connection', () => {
  let port: number;
  beforeAll(async () => {
    port = Number(new URL(await analytical.app.listen({ port: 0, host: '127.0.0.1' })).port);
  });

  it('takes more than fits into memory, as a stream', async () => {
    // 300 MB; were it gathered, resident memory would grow by as much.
    const piece = Buffer.alloc(1 << 20, 'x');
    const pieces = 300;
    const before = process.memoryUsage().rss;
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 10);
    const location = await new Promise<string>((resolve, reject) => {
      const sending = request({ port, method: 'POST', path: '/api/imports?filename=big.dat' }, (response) => {
        response.resume();
        if (response.statusCode === 202) resolve(response.headers.location as string);
        else reject(new Error(`${response.statusCode}`));
      });
      sending.on('error', reject);
      let sent = 0;
      const send = () => {
        while (sent++ < pieces) if (!sending.write(piece)) return sending.once('drain', send);
        return sending.end();
      };
      send();
    });
    clearInterval(watch);
    expect((most - before) / 2 ** 20).toBeLessThan(150);
    expect(await ended(location)).toMatchObject({ state: 'failed', bytes_total: pieces * piece.length });
  });

  it('keeps nothing of an upload whose sender went away', async () => {
    const sending = request({
      port,
      method: 'POST',
      path: '/api/imports?filename=half.csv',
      headers: { 'content-length': '1000000' },
    });
    sending.on('error', () => {});
    sending.write(csv('1 A St,100,2024-01-01,NSW'));
    await expect.poll(uploads).toHaveLength(1);
    sending.destroy();
    await expect.poll(uploads).toEqual([]);
  });
});

describe('GET /api/imports', () => {
  it('lists all, the latest first, page by page', async () => {
    const all = (await get('/api/imports?limit=1000')).json();
    expect(all.length).toBeGreaterThan(4);
    expect(all.map(({ created_at }: { created_at: string }) => created_at)).toEqual(
      all
        .map(({ created_at }: { created_at: string }) => created_at)
        .sort()
        .reverse(),
    );
    const seen: unknown[] = [];
    let url: string | undefined = '/api/imports?limit=2';
    while (url) {
      const response = await get(url);
      seen.push(...response.json());
      url = /^<(.+)>; rel="next"$/.exec(response.headers.link?.toString() ?? '')?.[1];
    }
    expect(seen).toEqual(all);
  });

  it('knows only imports that are there', async () => {
    const id = randomUUID();
    for (const url of [`/api/imports/${id}`, `/api/imports/${id}/rejects`]) {
      expect((await get(url)).json()).toMatchObject({ status: 404, error: `There is no import ${id}.` });
    }
    expect((await get('/api/imports/x')).json().error).toBe(
      'Path segment "id" must be the id of an import, a UUID, not "x".',
    );
    expect((await get('/api/imports?cursor=eA')).statusCode).toBe(400);
  });
});

describe('GET /api/imports/{id}/rejects', () => {
  it('gives every reject as CSV, with the original text', async () => {
    const good = Array.from({ length: 30_000 }, (_, i) => `${i} Good St,100,2024-01-01,NSW`);
    const bad = Array.from({ length: 2_500 }, (_, i) => `"${i} ""Bad"" St",1.2m,2024-01-01,NSW`);
    const response = await upload({ 'mixed.csv': csv(...good, ...bad) }, `?market=${await newMarket()}`);
    const state = await ended(response.headers.location as string);
    expect(state).toMatchObject({ state: 'finished', accepted: 30_000, rejected: 2_500 });
    expect(Object.values<number>(state.rejected_by_reason)).toEqual([2_500]);
    const rejects = await get(`${response.headers.location}/rejects`);
    expect(rejects.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(rejects.headers['content-disposition']).toBe(`attachment; filename="rejects-${state.id}.csv"`);
    const lines = rejects.body.split('\r\n');
    expect(lines).toHaveLength(2_500 + 2);
    expect(lines[0]).toBe('file,line,reason,message,content,format,header');
    expect(lines[1]).toMatch(
      /^mixed\.csv,30002,.*1\.2m.*,"""0 """"Bad"""" St"",1\.2m,2024-01-01,NSW",property-insights,"address,price,contract_date,region"$/,
    );
    // A header is kept once, and given with every row.
    expect(lines[2_500]).toMatch(/,property-insights,"address,price,contract_date,region"$/);
  });

  it('gives the header alone when nothing was rejected', async () => {
    const response = await upload({ 'a.csv': csv('1 A St,100,2024-01-01,NSW') }, `?market=${await newMarket()}`);
    await ended(response.headers.location as string);
    expect((await get(`${response.headers.location}/rejects`)).body).toBe(
      'file,line,reason,message,content,format,header\r\n',
    );
  });

  it('can be corrected and imported again', async () => {
    const query = `?market=${await newMarket()}&max_rejects=1`;
    const first = await ended(
      (
        await upload(
          { 'a.csv': csv('1 A St,100,2024-01-01,NSW', '"2, A St",1.2m,2024-01-02,NSW', '3 A St,x,,NSW') },
          query,
        )
      ).headers.location as string,
    );
    expect(first).toMatchObject({ accepted: 1, rejected: 2 });
    const mended = (await get(`/api/imports/${first.id}/rejects`)).body.replaceAll('1.2m', '1200000');
    const second = await ended((await upload({ 'rejects.csv': mended }, query)).headers.location as string);
    expect(second).toMatchObject({ state: 'finished', format: 'rejects', accepted: 1, rejected: 1 });
    const still = (await get(`/api/imports/${second.id}/rejects`)).body.split('\r\n');
    expect(still[1]).toMatch(/^a\.csv,4,.*,"3 A St,x,,NSW",property-insights,/);
    const again = await ended((await upload({ 'rejects.csv': mended }, query)).headers.location as string);
    expect(again).toMatchObject({ accepted: 0, duplicate: 1, rejected: 1, changed: false });
  });
});

describe('DELETE /api/imports/{id}', () => {
  const cancel = (url: string) => analytical.app.inject({ method: 'DELETE', url });

  it('cancels a running import and one that waits, and nothing of them is written', async () => {
    const code = await newMarket();
    const revisions = await countRevisions(analytical.database);
    const running = (await upload({ 'a.csv': many(200_000) }, `?market=${code}`)).headers.location as string;
    const waiting = (await upload({ 'b.csv': many(10) }, `?market=${code}`)).headers.location as string;
    await expect.poll(async () => (await get(running)).json().state).toBe('running');
    for (const url of [waiting, running]) {
      const response = await cancel(url);
      expect(response.statusCode).toBe(200);
      expect(response.json()).toMatchObject({ state: 'cancelled', changed: false });
    }
    await expect.poll(uploads).toEqual([]);
    for (const url of [running, waiting])
      expect((await get(url)).json()).toMatchObject({ state: 'cancelled', error: null, revision: null });
    expect((await get(`/api/properties?market=${code}`)).json()).toEqual([]);
    expect(await countRevisions(analytical.database)).toBe(revisions);
  });

  it('cancels an import that another task runs', async () => {
    const log = pino({ level: 'silent' });
    const other = new JobQueue({
      directory: join(analytical.directory, 'other'),
      database: analytical.database,
      log,
    });
    const code = await newMarket();
    const { id: marketId } = await analytical.database.kysely
      .selectFrom('market')
      .select('id')
      .where('code', '=', code)
      .executeTakeFirstOrThrow();
    const importId = randomUUID();
    const directory = other.directoryOf(importId);
    await mkdir(directory, { recursive: true });
    const path = join(directory, '1');
    await writeFile(path, many(200_000));
    await other.addImport({ id: importId, marketId, author: 'test', files: [{ name: 'a.csv', path, bytes: 1 }] });
    await expect.poll(async () => (await get(`/api/imports/${importId}`)).json().state).toBe('running');
    expect((await cancel(`/api/imports/${importId}`)).statusCode).toBe(200);
    await expect.poll(() => existsSync(directory)).toBe(false);
    expect((await get(`/api/imports/${importId}`)).json()).toMatchObject({ state: 'cancelled', error: null });
    expect((await get(`/api/properties?market=${code}`)).json()).toEqual([]);
    await other.close();
  });

  it('is not needed where the market is deleted: its imports are cancelled, and say why', async () => {
    const code = await newMarket();
    const running = (await upload({ 'a.csv': many(200_000) }, `?market=${code}`)).headers.location as string;
    const waiting = (await upload({ 'b.csv': many(10) }, `?market=${code}`)).headers.location as string;
    await expect.poll(async () => (await get(running)).json().state).toBe('running');
    const removed = await analytical.app.inject({
      method: 'DELETE',
      url: `/api/markets/${code}?confirm=${code}`,
    });
    expect(removed.json()).toMatchObject({ kind: 'market', sales_retired: 0 });
    await expect.poll(uploads).toEqual([]);
    const error = 'The market was deleted before the import had ended, so nothing was written.';
    for (const url of [running, waiting]) {
      expect((await get(url)).json()).toMatchObject({ state: 'cancelled', changed: false, error, revision: null });
    }
  });

  it('undoes one that has ended, and knows what is not there', async () => {
    const url = (await upload({ 'a.csv': csv('1 A St,100,2024-01-01,NSW') }, `?market=${await newMarket()}`)).headers
      .location as string;
    const { revision } = await ended(url);
    const response = await cancel(url);
    expect(response.statusCode).toBe(202);
    const undo = await ended(response.headers.location as string);
    expect(undo).toMatchObject({ state: 'finished', undoes: revision, files: [], format: null });
    expect(await ended(url)).toMatchObject({ state: 'finished', undone_by: undo.revision });
    expect((await cancel(`/api/imports/${randomUUID()}`)).statusCode).toBe(404);
  });
});

describe('what is measured', () => {
  // Of a service of its own: an import is counted after it has ended, so another test's could be counted here.
  const measuring = service();

  it('is how imports end, and what the finished ones read', async () => {
    const load = async (content: string) => {
      const payload = { method: 'POST', url: '/api/imports', ...(await form({ 'a.csv': content })) } as const;
      await endedOf(measuring, (await measuring.app.inject(payload)).headers.location as string);
    };
    await load(csv('1 A St,100,2024-01-01,NSW', '2 A St,200,2024-01-01,NSW'));
    await load('what is this?');
    await expect.poll(() => measuring.measured).toEqual({ ImportsFinished: 1, ImportRows: 2, ImportsFailed: 1 });
  });
});

describe('after a process that died', () => {
  it('its imports are failed, and their files removed', async () => {
    const left = randomUUID();
    const directory = join(analytical.directory, 'left');
    await mkdir(join(directory, left), { recursive: true });
    await writeFile(join(directory, left, '1'), 'x');
    await analytical.database.kysely.insertInto('import').values({ id: left, market_id: 1, author: 'test' }).execute();
    const measure = vi.fn();
    const { database } = analytical;
    const jobs = new JobQueue({ directory, database, log: pino({ level: 'silent' }), measure });
    await expect.poll(() => readdir(directory)).toEqual([]);
    expect(measure.mock.calls).toEqual([['ImportsFailed', 1]]);
    expect((await get(`/api/imports/${left}`)).json()).toMatchObject({
      state: 'failed',
      error: 'The service or its database stopped before the import had ended, so nothing was written. Import again.',
    });
    await jobs.close();
  });
});

it('lets imports of several tokens take turns', async () => {
  const market = await newMarket();
  const send = async (token: string) => {
    const response = await analytical.app.inject({
      method: 'POST',
      url: `/api/imports?market=${market}&filename=sales.csv`,
      payload: many(2_000),
      headers: { 'content-type': 'text/csv', ...bearer(token) },
    });
    return response.headers.location as string;
  };
  const [first, second, ofAnother] = [await send(tokens.admin), await send(tokens.admin), await send(tokens.write)];
  const order = [first, ofAnother, second];
  const ends = await Promise.all(order.map(async (url) => (await ended(url)).finished_at as string));
  expect(ends).toEqual(ends.toSorted());
});

it('fails an abandoned import, if it was recorded', async () => {
  const id = randomUUID();
  await analytical.database.kysely.insertInto('import').values({ id, market_id: 1, author: 'test' }).execute();
  await analytical.jobs.abandon(id);
  await expect
    .poll(async () => (await get(`/api/imports/${id}`)).json())
    .toMatchObject({ state: 'failed', error: expect.stringContaining('nothing was written') });
});

it.skipIf(withoutSharedData('nsw-psi-2024'))('imports weekly zips of New South Wales', async () => {
  const folder = sharedPath('nsw-psi-2024');
  const zips = readdirSync(folder).sort().slice(0, 2);
  const code = await newMarket();
  const files = Object.fromEntries(zips.map((name) => [name, readFileSync(join(folder, name))]));
  const response = await upload(files, `?market=${code}`);
  const state = await ended(response.headers.location as string);
  expect(state).toMatchObject({ state: 'finished', format: 'nsw-psi', changed: true, rejected: 0 });
  expect(state.rows_read).toBe(
    state.accepted + state.duplicate + state.superseding + state.superseded + state.deleted + state.rejected,
  );
  const { sales, left_out } = (await get(`/api/analytics/summary?market=${code}&standard=all`)).json();
  expect(sales).toBe(state.accepted);
  expect(left_out).toBeDefined();
});

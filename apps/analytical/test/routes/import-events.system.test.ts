import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeAll, expect, it, vi } from 'vitest';
import { service } from '../service.ts';

const analytical = service();
let address: string;
beforeAll(async () => {
  address = await analytical.app.listen({ port: 0, host: '127.0.0.1' });
});

const open: AbortController[] = [];
afterEach(() => {
  for (const controller of open.splice(0)) controller.abort();
});

/** Asks for the events of an import as a client would, who can hang up. */
async function listen(id: string) {
  const controller = new AbortController();
  open.push(controller);
  const response = await fetch(`${address}/api/imports/${id}/events`, { signal: controller.signal });
  return { response, hangUp: () => controller.abort() };
}

/** What comes, one by one: events, comments, and fields that stand alone. */
async function* blocks({ body }: Response): AsyncGenerator<string> {
  let text = '';
  for await (const piece of (body as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(new TextDecoderStream())) {
    const complete = (text + piece).split('\n\n');
    text = complete.pop() as string;
    yield* complete;
  }
  expect(text).toBe('');
}

interface ServerEvent {
  name: string;
  data: Record<string, unknown>;
}

function parse(block: string): ServerEvent {
  const [, name = '', data = ''] = /^(?:retry: \d+\n)?event: (\w+)\ndata: (.+)$/.exec(block) ?? [];
  return { name, data: JSON.parse(data) };
}

async function* events(response: Response): AsyncGenerator<ServerEvent> {
  for await (const block of blocks(response)) yield parse(block);
}

/** The first event of which this holds. */
async function next(
  stream: AsyncGenerator<ServerEvent>,
  holds: (delivered: ServerEvent) => boolean,
): Promise<ServerEvent> {
  for (;;) {
    const { value, done } = await stream.next();
    if (done) throw new Error('The events have ended.');
    if (holds(value)) return value;
  }
}

/** Adds an import that nobody runs. */
async function waiting(): Promise<string> {
  const id = randomUUID();
  await analytical.database.kysely
    .insertInto('import')
    .values({ id, market_id: 1, author: 'test', bytes_total: 1_000_000 })
    .execute();
  return id;
}

const get = (id: string) => analytical.app.inject(`/api/imports/${id}`);
const cancel = (id: string) => analytical.app.inject({ method: 'DELETE', url: `/api/imports/${id}` });

it('reports the progress of an import, then how it ended, and nothing after that', async () => {
  const rows = Array.from({ length: 5_000 }, (_, i) => `${i} Long St,${i + 1},2024-01-01,NSW\n`);
  const received = await analytical.app.inject({
    method: 'POST',
    url: '/api/imports?filename=a.csv',
    payload: `address,price,contract_date,region\n${rows.join('')}`,
    headers: { 'content-type': 'text/csv' },
  });
  const { id } = received.json();
  const { response } = await listen(id);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('cache-control')).toBe('no-cache');
  const delivered = await Array.fromAsync(events(response));
  expect(new Set(delivered.slice(0, -1).map(({ name }) => name))).toEqual(new Set(['progress']));
  expect(delivered.at(-1)).toEqual({ name: 'end', data: (await get(id)).json() });
  expect(delivered.at(-1)?.data).toMatchObject({ state: 'finished', accepted: 5_000 });
  // A client that connects after the end gets the end at once.
  expect(await Array.fromAsync(events((await listen(id)).response))).toEqual([delivered.at(-1)]);
});

it('reports speed and remaining time of an import that another task runs, and its failure when that task is gone', async () => {
  const { kysely } = analytical.database;
  const id = await waiting();
  const { response } = await listen(id);
  const stream = events(response);
  expect((await stream.next()).value).toEqual({
    name: 'progress',
    data: {
      id,
      state: 'received',
      stage: null,
      bytes_total: 1_000_000,
      bytes_read: 0,
      rows_read: 0,
      rows_total: null,
      rejected: 0,
      rows_per_second: null,
      bytes_per_second: null,
      seconds_left: null,
    },
  });
  const record = (values: object) => kysely.updateTable('import').set(values).where('id', '=', id).execute();
  await kysely.transaction().execute(async (task) => {
    await sql`SELECT pg_advisory_xact_lock(2, hashtext(${id}))`.execute(task);
    await record({ state: 'running', stage: 'reading' });
    await next(stream, ({ data }) => data.stage === 'reading');
    await record({ bytes_read: 400_000, rows_read: 4_000 });
    const { data } = await next(stream, ({ data }) => data.bytes_read === 400_000);
    const { rows_per_second, bytes_per_second, seconds_left } = data as Record<string, number>;
    expect(rows_per_second).toBeGreaterThan(0);
    expect(bytes_per_second).toBeGreaterThan(0);
    expect(seconds_left).toBe(Math.ceil(600_000 / (bytes_per_second as number)));
    await record({ stage: 'comparing', bytes_read: 1_000_000 });
    const after = await next(stream, ({ data }) => data.stage === 'comparing');
    expect(after.data).toMatchObject({ rows_per_second: null, bytes_per_second: null, seconds_left: null });
  });
  expect(await next(stream, ({ name }) => name === 'end')).toMatchObject({
    data: { state: 'failed', error: 'The import was interrupted, so nothing was written. Import again.' },
  });
  expect((await stream.next()).done).toBe(true);
});

it('reports speed and remaining time of an undo by its rows', async () => {
  const { kysely } = analytical.database;
  const revision = { marketId: 1, kind: 'import', author: 'test' } as const;
  const { revisionId } = await analytical.database.write(revision, async (written) => {
    Object.assign(written, { salesAdded: 600_000, salesRetired: 400_000 });
  });
  const id = randomUUID();
  await kysely.insertInto('import').values({ id, market_id: 1, undoes: revisionId, author: 'test' }).execute();
  const record = (values: object) => kysely.updateTable('import').set(values).where('id', '=', id).execute();
  await kysely.transaction().execute(async (task) => {
    await sql`SELECT pg_advisory_xact_lock(2, hashtext(${id}))`.execute(task);
    await record({ state: 'running', stage: 'comparing' });
    const { response } = await listen(id);
    const stream = events(response);
    expect((await next(stream, ({ data }) => data.stage === 'comparing')).data).toMatchObject({
      rows_read: 0,
      rows_total: 1_000_000,
      rows_per_second: null,
      seconds_left: null,
    });
    await record({ stage: 'writing' });
    await next(stream, ({ data }) => data.stage === 'writing');
    await record({ rows_read: 400_000 });
    const { data } = await next(stream, ({ data }) => data.rows_read === 400_000);
    const { rows_per_second, seconds_left } = data as Record<string, number>;
    expect(rows_per_second).toBeGreaterThan(0);
    expect(seconds_left).toBe(Math.ceil(600_000 / (rows_per_second as number)));
    await cancel(id);
    expect(await next(stream, ({ name }) => name === 'end')).toMatchObject({
      data: { state: 'cancelled', undoes: revisionId },
    });
  });
});

it('knows only imports that are there', async () => {
  const id = randomUUID();
  const response = await analytical.app.inject(`/api/imports/${id}/events`);
  expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(response.json()).toMatchObject({ status: 404, error: `There is no import ${id}.` });
});

it('200 can listen at a time, each of whom makes room by hanging up', async () => {
  const id = await waiting();
  const listeners = await Promise.all(Array.from({ length: 200 }, () => listen(id)));
  expect(listeners.map(({ response }) => response.status)).toEqual(Array.from({ length: 200 }, () => 200));
  const { response } = await listen(id);
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('5');
  expect(await response.json()).toHaveProperty(
    'error',
    `200 clients follow imports already. Poll GET /api/imports/${id}, or retry later.`,
  );
  listeners.pop()?.hangUp();
  await expect.poll(async () => (await listen(id)).response.status).toBe(200);
  await cancel(id);
  for (const { response } of listeners) {
    expect((await Array.fromAsync(events(response))).at(-1)).toMatchObject({
      name: 'end',
      data: { state: 'cancelled' },
    });
  }
});

it('a comment shows every 15 s that the connection lives', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const stream = blocks((await listen(await waiting())).response);
    expect(parse((await stream.next()).value)).toMatchObject({ name: 'progress' });
    for (let beat = 0; beat < 2; beat++) {
      vi.advanceTimersByTime(15_000);
      expect((await stream.next()).value).toBe(':');
    }
  } finally {
    vi.useRealTimers();
  }
});

it('when the service stops, the streams are ended', async () => {
  const { response } = await listen(await waiting());
  const delivered = Array.fromAsync(events(response));
  const closed = analytical.app.close();
  expect((await delivered).map(({ name }) => name)).toEqual(['progress']);
  // What is kept alive now is idle; a process that stops closes it.
  analytical.app.server.closeAllConnections();
  await closed;
});
